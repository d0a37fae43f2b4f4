//! The endpoint for database mirroring (CREATE, ALTER, DROP ENDPOINT); one per instance [ENDP].

use super::{changed, instance_mut, missing, refuse};
use crate::effect::{Refused, Reply};
use crate::state::{Endpoint, EndpointState, Sid, Site};
use scaleout_model::names::ReplicaName;

/// Options; `None` where not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointOptions {
    /// `STATE`.
    pub state: Option<EndpointState>,
    /// `LISTENER_PORT`.
    pub port: Option<u16>,
    /// `connection_auth_desc`.
    pub authentication: Option<String>,
    /// `encryption_algorithm_desc`.
    pub encryption: Option<String>,
    /// `role_desc`.
    pub role: Option<String>,
}

/// A change of the endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the parts of the statement")]
pub enum EndpointChange {
    /// `CREATE ENDPOINT`; the owner is the caller or the login of AUTHORIZATION.
    CreateEndpoint { name: String, owner: Sid, options: EndpointOptions },
    /// `ALTER ENDPOINT`.
    AlterEndpoint { name: String, options: EndpointOptions },
    /// `DROP ENDPOINT`.
    DropEndpoint { name: String },
}

impl EndpointChange {
    pub(crate) fn apply(&self, site: &mut Site, instance: &ReplicaName) -> Result<Reply, Refused> {
        let own = instance_mut(site, instance)?;
        match self {
            Self::CreateEndpoint { name, owner, options } => {
                if !own.endpoints.is_empty() {
                    let text = "An endpoint of the requested type already exists. Only one endpoint of this type is \
                                supported. Use ALTER ENDPOINT or DROP the existing endpoint and execute the CREATE ENDPOINT \
                                statement.";
                    return refuse(7_862, text);
                }
                let Some(port) = options.port else {
                    return refuse(7_869, format!("The endpoint '{name}' has no LISTENER_PORT."));
                };
                let id = own.take_id().max(65_536);
                let endpoint = Endpoint {
                    id,
                    port,
                    state: options.state.unwrap_or(EndpointState::Stopped),
                    authentication: options.authentication.clone().unwrap_or_else(|| "NEGOTIATE".to_owned()),
                    encryption: options.encryption.clone().unwrap_or_else(|| "AES".to_owned()),
                    role: options.role.clone().unwrap_or_else(|| "ALL".to_owned()),
                    owner: owner.clone(),
                };
                own.endpoints.insert(name.clone(), endpoint);
                Ok(Reply::Done)
            }
            Self::AlterEndpoint { name, options } => {
                let found = own.endpoints.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(name));
                let Some((_, endpoint)) = found else { return missing("alter", "endpoint", name) };
                let before = endpoint.clone();
                endpoint.state = options.state.unwrap_or(endpoint.state);
                endpoint.port = options.port.unwrap_or(endpoint.port);
                let pick =
                    |given: &Option<String>, own: &str| given.clone().unwrap_or_else(|| own.to_owned());
                endpoint.authentication = pick(&options.authentication, &endpoint.authentication);
                endpoint.encryption = pick(&options.encryption, &endpoint.encryption);
                endpoint.role = pick(&options.role, &endpoint.role);
                Ok(changed(*endpoint != before))
            }
            Self::DropEndpoint { name } => {
                let key = own.endpoints.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
                let Some(key) = key else { return missing("drop", "endpoint", name) };
                own.endpoints.remove(&key);
                own.permissions.retain(|row| row.endpoint.as_deref() != Some(key.as_str()));
                Ok(Reply::Done)
            }
        }
    }
}
