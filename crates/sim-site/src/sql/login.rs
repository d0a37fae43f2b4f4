//! Logins and members of fixed server roles (CREATE LOGIN, ALTER LOGIN, DROP LOGIN, ALTER SERVER ROLE).

use super::{changed, instance_mut, instance_of, missing, refuse};
use crate::effect::{Refused, Reply};
use crate::state::{AccountKind, Login, LoginKind, LoginPassword, Secret, ServerPermission, Sid, Site};
use scaleout_model::names::{AccountName, LoginName, ReplicaName};
use std::collections::BTreeSet;

/// Fixed server roles.
pub(crate) const SERVER_ROLES: [&str; 9] = [
    "sysadmin",
    "securityadmin",
    "serveradmin",
    "setupadmin",
    "processadmin",
    "diskadmin",
    "dbcreator",
    "bulkadmin",
    "public",
];

/// A password as a statement gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewPassword {
    /// Text.
    Text(Secret),
    /// `0x… HASHED`: upper-case hex without prefix.
    Hash(Secret),
}

/// Where a login comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoginSource {
    /// `FROM WINDOWS`.
    Windows,
    /// `WITH PASSWORD`, a SID if given, policy and expiration checked.
    Sql {
        /// Password.
        password: NewPassword,
        /// SID.
        sid: Option<Sid>,
        /// `CHECK_POLICY`.
        policy: bool,
        /// `CHECK_EXPIRATION`.
        expiration: bool,
    },
}

/// A change of a login.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the options that each statement names")]
pub enum LoginChange {
    /// `CREATE LOGIN`.
    CreateLogin { name: LoginName, source: LoginSource, default_database: Option<String> },
    /// `ALTER LOGIN … WITH PASSWORD`.
    SetLoginPassword { name: LoginName, password: NewPassword },
    /// `ALTER LOGIN … ENABLE | DISABLE`.
    EnableLogin { name: LoginName, enabled: bool },
    /// `ALTER LOGIN … WITH CHECK_POLICY | CHECK_EXPIRATION | DEFAULT_DATABASE`.
    SetLoginOptions {
        name: LoginName,
        policy: Option<bool>,
        expiration: Option<bool>,
        default_database: Option<String>,
    },
    /// `DROP LOGIN`.
    DropLogin { name: LoginName },
    /// `ALTER SERVER ROLE … ADD | DROP MEMBER`.
    SetServerRole { role: String, member: LoginName, add: bool },
}

impl LoginChange {
    pub(crate) fn apply(&self, site: &mut Site, instance: &ReplicaName) -> Result<Reply, Refused> {
        match self {
            Self::CreateLogin { name, source, default_database } => {
                create(site, instance, name, source, default_database.as_deref())
            }
            Self::SetLoginPassword { name, password } => set_password(site, instance, name, password),
            Self::EnableLogin { name, enabled } => alter(site, instance, name, |login| {
                std::mem::replace(&mut login.disabled, !*enabled) == *enabled
            }),
            Self::SetLoginOptions { name, policy, expiration, default_database } => {
                alter(site, instance, name, |login| {
                    let before = login.clone();
                    login.policy_checked = policy.unwrap_or(login.policy_checked);
                    login.expiration_checked = expiration.unwrap_or(login.expiration_checked);
                    login.default_database =
                        default_database.clone().unwrap_or(login.default_database.clone());
                    *login != before
                })
            }
            Self::DropLogin { name } => drop_login(site, instance, name),
            Self::SetServerRole { role, member, add } => set_role(site, instance, role, member, *add),
        }
    }
}

fn create(
    site: &mut Site,
    instance: &ReplicaName,
    name: &LoginName,
    source: &LoginSource,
    default_database: Option<&str>,
) -> Result<Reply, Refused> {
    if instance_of(site, instance)?.logins.contains_key(name) {
        return refuse(15_025, format!("The server principal '{name}' already exists."));
    }
    let (sid, kind, policy, expiration) = match source {
        LoginSource::Windows => {
            let (sid, kind) = windows(site, instance, name)?;
            (sid, kind, false, false)
        }
        LoginSource::Sql { password, sid, policy, expiration } => {
            let kind = LoginKind::Sql(store(site, password)?);
            (sid.clone().unwrap_or_else(|| site.new_sid()), kind, *policy, *expiration)
        }
    };
    let now = site.now_ms;
    let own = instance_mut(site, instance)?;
    if own.login_of_sid(&sid).is_some() {
        return refuse(15_433, "Supplied parameter sid is in use.");
    }
    let id = own.take_id();
    let login = Login {
        id,
        sid,
        kind,
        disabled: false,
        policy_checked: policy,
        expiration_checked: expiration,
        default_database: default_database.unwrap_or("master").to_owned(),
        roles: BTreeSet::new(),
        created_ms: now,
        modified_ms: now,
    };
    own.logins.insert(name.clone(), login);
    own.permissions.push(ServerPermission {
        grantee: name.clone(),
        permission: "CONNECT SQL".to_owned(),
        endpoint: None,
        denied: false,
    });
    Ok(Reply::Done)
}

/// SID and kind of a Windows account; 15401 if there is none of that name.
fn windows(site: &Site, instance: &ReplicaName, name: &LoginName) -> Result<(Sid, LoginKind), Refused> {
    let account = AccountName::new(name.as_str());
    let Some(sid) = site.account_sid(&instance.machine(), &account) else {
        let text = format!("Windows NT user or group '{name}' not found. Check the name again.");
        return refuse(15_401, text);
    };
    let group = site.account(&account).is_some_and(|known| known.kind == AccountKind::Group);
    Ok((sid, if group { LoginKind::WindowsGroup } else { LoginKind::Windows }))
}

/// The password as it is kept. 15021 for a hash that is none.
pub(crate) fn store(site: &mut Site, password: &NewPassword) -> Result<LoginPassword, Refused> {
    match password {
        NewPassword::Text(text) => Ok(LoginPassword::Text { text: text.clone(), salt: site.new_salt() }),
        NewPassword::Hash(hash) if hash.expose().starts_with("0200") && hash.expose().len() == 140 => {
            Ok(LoginPassword::Hash(hash.clone()))
        }
        NewPassword::Hash(_) => {
            refuse(15_021, "Invalid value given for parameter PASSWORD. Specify a valid parameter value.")
        }
    }
}

/// Always a change: `modify_date` moves on with each statement.
fn set_password(
    site: &mut Site,
    instance: &ReplicaName,
    name: &LoginName,
    password: &NewPassword,
) -> Result<Reply, Refused> {
    match instance_of(site, instance)?.logins.get(name).map(|login| &login.kind) {
        None => return missing("alter", "login", name.as_str()),
        Some(LoginKind::Sql(_)) => {}
        Some(_) => return refuse(15_151, format!("Cannot alter the login '{name}': it has no password.")),
    }
    let kept = store(site, password)?;
    alter(site, instance, name, |login| {
        login.kind = LoginKind::Sql(kept);
        true
    })
}

fn alter(
    site: &mut Site,
    instance: &ReplicaName,
    name: &LoginName,
    change: impl FnOnce(&mut Login) -> bool,
) -> Result<Reply, Refused> {
    let now = site.now_ms;
    let Some(login) = instance_mut(site, instance)?.logins.get_mut(name) else {
        return missing("alter", "login", name.as_str());
    };
    let did = change(login);
    if did {
        login.modified_ms = now;
    }
    Ok(changed(did))
}

fn drop_login(site: &mut Site, instance: &ReplicaName, name: &LoginName) -> Result<Reply, Refused> {
    let own = instance_mut(site, instance)?;
    let Some(login) = own.logins.get(name) else { return missing("drop", "login", name.as_str()) };
    if own.databases.values().any(|database| database.owner == login.sid) {
        let text = format!(
            "Login '{name}' owns one or more database(s). Change the owner of the database(s) before dropping the login."
        );
        return refuse(15_174, text);
    }
    if let Some((job, _)) = own.jobs.iter().find(|(_, job)| job.owner == login.sid) {
        let text =
            format!("This login is the owner of the job '{job}'. Delete or reassign it before the login.");
        return refuse(15_170, text);
    }
    own.logins.remove(name);
    own.permissions.retain(|row| row.grantee != *name);
    Ok(Reply::Done)
}

fn set_role(
    site: &mut Site,
    instance: &ReplicaName,
    role: &str,
    member: &LoginName,
    add: bool,
) -> Result<Reply, Refused> {
    let role = role.to_lowercase();
    if !SERVER_ROLES.contains(&role.as_str()) {
        return missing("alter", "server role", &role);
    }
    let Some(login) = instance_mut(site, instance)?.logins.get_mut(member) else {
        return missing("add", "principal", member.as_str());
    };
    Ok(changed(if add { login.roles.insert(role) } else { login.roles.remove(&role) }))
}
