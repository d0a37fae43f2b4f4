//! Permissions on the server and on endpoints (GRANT, DENY, REVOKE).

use super::{changed, instance_mut, missing};
use crate::effect::{Refused, Reply};
use crate::state::{ServerPermission, Site};
use scaleout_model::names::{LoginName, ReplicaName};

/// GRANT, DENY or REVOKE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// GRANT.
    Grant,
    /// DENY.
    Deny,
    /// REVOKE.
    Revoke,
}

/// A change of server permissions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the parts of the statement")]
pub enum PermissionChange {
    /// `GRANT | DENY | REVOKE permission [ON ENDPOINT::e] TO login`.
    SetServerPermission { verb: Grant, grantee: LoginName, permission: String, endpoint: Option<String> },
}

impl PermissionChange {
    pub(crate) fn apply(&self, site: &mut Site, instance: &ReplicaName) -> Result<Reply, Refused> {
        let Self::SetServerPermission { verb, grantee, permission, endpoint } = self;
        let own = instance_mut(site, instance)?;
        let endpoint = match endpoint {
            None => None,
            Some(name) => match own.endpoints.keys().find(|key| key.eq_ignore_ascii_case(name)) {
                Some(key) => Some(key.clone()),
                None => return missing("find", "endpoint", name),
            },
        };
        if !own.logins.contains_key(grantee) {
            return missing("find", "login", grantee.as_str());
        }
        let before = own.permissions.clone();
        let row = ServerPermission {
            grantee: grantee.clone(),
            permission: permission.to_uppercase(),
            endpoint,
            denied: *verb == Grant::Deny,
        };
        let same = |other: &ServerPermission| {
            other.grantee == row.grantee
                && other.permission == row.permission
                && other.endpoint == row.endpoint
        };
        match verb {
            Grant::Revoke => own.permissions.retain(|other| !same(other)),
            _ if own.permissions.contains(&row) => {}
            _ => {
                own.permissions.retain(|other| !same(other));
                own.permissions.push(row);
            }
        }
        Ok(changed(own.permissions != before))
    }
}
