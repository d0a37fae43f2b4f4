//! Options, trusted assemblies and credentials of an instance, and procedures that run at its start (`sp_configure`,
//! `RECONFIGURE`, `sys.sp_add_trusted_assembly`, CREATE CREDENTIAL, `sp_control_dbmasterkey_password`, `sp_procoption`).

use super::{changed, instance_mut, instance_of, missing, refuse};
use crate::effect::{Refused, Reply};
use crate::state::{Credential, Instance, Secret, Setting, Site, TrustedAssembly};
use scaleout_model::names::ReplicaName;

/// Options of `sp_configure`: id, name, least, most, default, dynamic, advanced (sys.configurations of 2019, those
/// that matter here).
pub const OPTIONS: [(i32, &str, i32, i32, i32, bool, bool); 12] = [
    (102, "allow updates", 0, 1, 0, true, false),
    (115, "nested triggers", 0, 1, 1, true, false),
    (518, "show advanced options", 0, 1, 0, true, false),
    (1519, "remote login timeout (s)", 0, i32::MAX, 10, true, false),
    (1534, "user options", 0, 32_767, 0, true, false),
    (1539, "max degree of parallelism", 0, 32_767, 0, true, true),
    (1544, "max server memory (MB)", 128, i32::MAX, i32::MAX, true, true),
    (1562, "clr enabled", 0, 1, 0, true, false),
    (1587, "clr strict security", 0, 1, 1, true, true),
    (1579, "backup compression default", 0, 1, 0, true, false),
    (16_387, "Agent XPs", 0, 1, 0, true, true),
    (16_390, "xp_cmdshell", 0, 1, 0, true, true),
];

/// The value of an option on an instance: its own, or the default.
pub fn option_of(instance: &Instance, name: &str) -> Option<Setting> {
    let own = instance.configuration.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, s)| *s);
    own.or_else(|| {
        let known = OPTIONS.iter().find(|option| option.1.eq_ignore_ascii_case(name))?;
        Some(Setting { value: known.4, in_use: known.4 })
    })
}

/// A change of an instance's own objects.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the arguments of the procedure or statement")]
pub enum ServerChange {
    /// `sp_configure`.
    Configure { option: String, value: i32 },
    /// `RECONFIGURE`.
    Reconfigure,
    /// `sys.sp_add_trusted_assembly`; hash is upper-case hex.
    TrustAssembly { hash: String, description: String },
    /// `sys.sp_drop_trusted_assembly`.
    DistrustAssembly { hash: String },
    /// `CREATE CREDENTIAL`.
    CreateCredential { name: String, identity: String, secret: Secret },
    /// `DROP CREDENTIAL`.
    DropCredential { name: String },
    /// `sp_control_dbmasterkey_password … add`; the password is not verified [DBMKEY].
    AddKeyCredential { database: String, password: Secret },
    /// `sp_control_dbmasterkey_password … drop`.
    DropKeyCredential { database: String, password: Secret },
    /// `sp_procoption … startup`.
    SetStartup { procedure: String, on: bool },
}

impl ServerChange {
    pub(crate) fn apply(&self, site: &mut Site, instance: &ReplicaName) -> Result<Reply, Refused> {
        match self {
            Self::Configure { option, value } => configure(site, instance, option, *value),
            Self::Reconfigure => {
                let own = instance_mut(site, instance)?;
                let before = own.configuration.clone();
                own.configuration.values_mut().for_each(|setting| setting.in_use = setting.value);
                Ok(changed(own.configuration != before))
            }
            Self::TrustAssembly { hash, description } => trust(site, instance, hash, description),
            Self::DistrustAssembly { hash } => {
                match instance_mut(site, instance)?.trusted_assemblies.remove(&hash.to_uppercase()) {
                    Some(_) => Ok(Reply::Done),
                    None => refuse(
                        15_600,
                        "An invalid parameter or option was specified for procedure 'sys.sp_drop_trusted_assembly'.",
                    ),
                }
            }
            Self::CreateCredential { name, identity, secret } => {
                create_credential(site, instance, name, identity, secret)
            }
            Self::DropCredential { name } => {
                let own = instance_mut(site, instance)?;
                let key = own.credentials.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned();
                let Some(key) = key else { return missing("drop", "credential", name) };
                own.credentials.remove(&key);
                Ok(Reply::Done)
            }
            Self::AddKeyCredential { database, password } => add_key(site, instance, database, password),
            Self::DropKeyCredential { database, password } => drop_key(site, instance, database, password),
            Self::SetStartup { procedure, on } => set_startup(site, instance, procedure, *on),
        }
    }
}

fn configure(site: &mut Site, instance: &ReplicaName, option: &str, value: i32) -> Result<Reply, Refused> {
    let own = instance_mut(site, instance)?;
    let unknown = || {
        let text =
            format!("The configuration option '{option}' does not exist, or it may be an advanced option.");
        Refused::new(15_123, text)
    };
    let known = OPTIONS.iter().find(|known| known.1.eq_ignore_ascii_case(option)).ok_or_else(unknown)?;
    let advanced = option_of(own, "show advanced options").is_some_and(|setting| setting.in_use == 1);
    if known.6 && !advanced {
        return Err(unknown());
    }
    if !(known.2..=known.3).contains(&value) {
        return refuse(
            15_129,
            format!("'{value}' is not a valid value for configuration option '{option}'."),
        );
    }
    let before = option_of(own, option).ok_or_else(unknown)?;
    let key = own.configuration.keys().find(|key| key.eq_ignore_ascii_case(option)).cloned();
    own.configuration.insert(key.unwrap_or_else(|| known.1.to_owned()), Setting { value, ..before });
    Ok(changed(before.value != value))
}

fn trust(site: &mut Site, instance: &ReplicaName, hash: &str, description: &str) -> Result<Reply, Refused> {
    let now = site.now_ms;
    let own = instance_mut(site, instance)?;
    let hash = hash.to_uppercase();
    if hash.len() != 128 || own.trusted_assemblies.contains_key(&hash) {
        let text =
            "An invalid parameter or option was specified for procedure 'sys.sp_add_trusted_assembly'.";
        return refuse(15_600, text);
    }
    let assembly = TrustedAssembly { description: description.to_owned(), created_ms: now };
    own.trusted_assemblies.insert(hash, assembly);
    Ok(Reply::Done)
}

fn create_credential(
    site: &mut Site,
    instance: &ReplicaName,
    name: &str,
    identity: &str,
    secret: &Secret,
) -> Result<Reply, Refused> {
    let now = site.now_ms;
    let own = instance_mut(site, instance)?;
    if own.credentials.keys().any(|key| key.eq_ignore_ascii_case(name)) {
        return refuse(15_530, format!("The credential with name \"{name}\" already exists."));
    }
    let id = own.take_id();
    let credential = Credential {
        id,
        identity: identity.to_owned(),
        secret: secret.clone(),
        created_ms: now,
        family_guid: None,
    };
    own.credentials.insert(name.to_owned(), credential);
    Ok(Reply::Done)
}

/// The family of a user database; system databases are refused [DBMKEY].
fn family(site: &Site, instance: &ReplicaName, database: &str) -> Result<String, Refused> {
    let system = ["master", "msdb", "model", "tempdb"].iter().any(|name| name.eq_ignore_ascii_case(database));
    match instance_of(site, instance)?.database(database) {
        Some(found) if !system => Ok(found.family_guid.clone()),
        _ => refuse(
            15_600,
            "An invalid parameter or option was specified for procedure 'sys.sp_control_dbmasterkey_password'.",
        ),
    }
}

fn holds<'a>(own: &'a Instance, family: &str, password: &Secret) -> Option<&'a String> {
    let is_it = |credential: &Credential| {
        credential.family_guid.as_deref().is_some_and(|guid| guid.eq_ignore_ascii_case(family))
            && credential.secret == *password
    };
    own.credentials.iter().find(|(_, credential)| is_it(credential)).map(|(name, _)| name)
}

fn add_key(
    site: &mut Site,
    instance: &ReplicaName,
    database: &str,
    password: &Secret,
) -> Result<Reply, Refused> {
    let family = family(site, instance, database)?;
    let (now, guid) = (site.now_ms, site.new_guid());
    let own = instance_mut(site, instance)?;
    if holds(own, &family, password).is_some() {
        return refuse(15_600, "A credential with this password exists for the database's family.");
    }
    let name = format!("##DBMKEY_{}_{}##", family.to_uppercase(), guid.to_uppercase());
    let id = own.take_id();
    let credential = Credential {
        id,
        identity: name.clone(),
        secret: password.clone(),
        created_ms: now,
        family_guid: Some(family),
    };
    own.credentials.insert(name, credential);
    Ok(Reply::Done)
}

fn drop_key(
    site: &mut Site,
    instance: &ReplicaName,
    database: &str,
    password: &Secret,
) -> Result<Reply, Refused> {
    let family = family(site, instance, database)?;
    let own = instance_mut(site, instance)?;
    let Some(name) = holds(own, &family, password).cloned() else {
        return refuse(15_600, "No credential with this password exists for the database's family.");
    };
    own.credentials.remove(&name);
    Ok(Reply::Done)
}

/// Only procedures of `master` that dbo owns.
fn set_startup(site: &mut Site, instance: &ReplicaName, procedure: &str, on: bool) -> Result<Reply, Refused> {
    let label = procedure.rsplit('.').next().unwrap_or(procedure).trim_matches(['[', ']']);
    let own = instance_mut(site, instance)?;
    let master = own.database_mut("master").map(super::super::state::Database::content_mut);
    let found = master.and_then(|content| {
        content.procedures.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(&format!("dbo.{label}")))
    });
    if let Some((_, procedure)) = found {
        return Ok(changed(std::mem::replace(&mut procedure.at_startup, on) != on));
    }
    let text = format!(
        "The object '{procedure}' does not exist in database 'master' or is invalid for this operation."
    );
    refuse(15_009, text)
}
