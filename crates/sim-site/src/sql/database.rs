//! Databases as a whole (CREATE, ALTER, DROP, BACKUP, RESTORE DATABASE, ALTER AUTHORIZATION).

use super::access::role_of;
use super::{changed, instance_mut, instance_of, missing, refuse};
use crate::effect::{Refused, Reply};
use crate::state::{
    Backup, Catalog, Database, DatabaseContent, DatabaseState, InstalledFeature, Node, RecoveryModel, Sid,
    Site,
};
use scaleout_model::defaults::CATALOG_DATABASE;
use scaleout_model::names::{LoginName, ReplicaName};
use scaleout_model::node::Feature;
use scaleout_model::sql::ReplicaRole;
use sha2::{Digest as _, Sha256};
use std::sync::Arc;

/// Roles of SSISDB as shipped (domain §4.4).
pub(crate) const CATALOG_ROLES: [&str; 5] = [
    "ssis_admin",
    "ssis_cluster_executor",
    "ssis_cluster_worker",
    "ssis_failover_monitoring_agent",
    "ssis_logreader",
];

/// One option of `ALTER DATABASE … SET`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DatabaseSetting {
    /// `RECOVERY`.
    Recovery(RecoveryModel),
    /// `READ_ONLY` or `READ_WRITE`.
    ReadOnly(bool),
    /// `MULTI_USER`, or the others.
    MultiUser(bool),
    /// `AUTO_CLOSE`.
    AutoClose(bool),
    /// `TRUSTWORTHY`.
    Trustworthy(bool),
    /// `ONLINE` or `OFFLINE`.
    Online(bool),
}

/// A change of a database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the parts of the statement")]
pub enum DatabaseChange {
    /// `CREATE DATABASE`; the caller owns it.
    CreateDatabase { database: String, owner: Sid },
    /// `DROP DATABASE`.
    DropDatabase { database: String },
    /// `ALTER DATABASE … SET` one option.
    SetDatabase { database: String, setting: DatabaseSetting },
    /// `ALTER AUTHORIZATION ON DATABASE::`.
    SetDatabaseOwner { database: String, owner: LoginName },
    /// `BACKUP DATABASE | LOG … TO DISK`.
    BackupDatabase { database: String, log: bool, copy_only: bool, path: String },
    /// `RESTORE DATABASE … WITH RECOVERY`: a restoring copy comes online.
    RecoverDatabase { database: String },
    /// `RESTORE DATABASE … FROM DISK`; the caller owns it.
    RestoreDatabase { database: String, path: String, replace: bool, owner: Sid },
}

impl DatabaseChange {
    pub(crate) fn apply(&self, site: &mut Site, instance: &ReplicaName) -> Result<Reply, Refused> {
        match self {
            Self::CreateDatabase { database, owner } => create(site, instance, database, owner),
            Self::DropDatabase { database } => drop_database(site, instance, database),
            Self::SetDatabase { database, setting } => set(site, instance, database, *setting),
            Self::SetDatabaseOwner { database, owner } => set_owner(site, instance, database, owner),
            Self::BackupDatabase { database, log, copy_only, path } => {
                backup(site, instance, database, *log, *copy_only, path)
            }
            Self::RecoverDatabase { database } => recover(site, instance, database),
            Self::RestoreDatabase { database, path, replace, owner } => {
                restore(site, instance, database, path, *replace, owner)
            }
        }
    }
}

fn unknown<T>(name: &str) -> Result<T, Refused> {
    refuse(911, format!("Database '{name}' does not exist. Make sure that the name is entered correctly."))
}

/// A GUID made from a text: copies of one backup share the family.
fn guid_of(text: &str) -> String {
    let hex = hex::encode(Sha256::digest(text));
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

fn blank(id: i32, owner: &Sid, now: i64, family_guid: String) -> Database {
    Database {
        id,
        state: DatabaseState::Online,
        recovery: RecoveryModel::Full,
        owner: owner.clone(),
        created_ms: now,
        read_only: false,
        multi_user: true,
        auto_close: false,
        trustworthy: false,
        family_guid,
        log_chain: None,
        group: None,
        content: Arc::new(DatabaseContent::default()),
    }
}

fn create(site: &mut Site, instance: &ReplicaName, name: &str, owner: &Sid) -> Result<Reply, Refused> {
    let (now, family) = (site.now_ms, site.new_guid());
    let own = instance_mut(site, instance)?;
    if own.database(name).is_some() {
        return refuse(1_801, format!("Database '{name}' already exists. Choose a different database name."));
    }
    let id = own.take_id();
    own.databases.insert(name.to_owned(), blank(id, owner, now, family));
    Ok(Reply::Done)
}

fn drop_database(site: &mut Site, instance: &ReplicaName, name: &str) -> Result<Reply, Refused> {
    let own = instance_mut(site, instance)?;
    let Some(database) = own.database(name) else {
        let text = format!(
            "Cannot drop the database '{name}', because it does not exist or you do not have permission."
        );
        return refuse(3_701, text);
    };
    if ["master", "msdb", "model", "tempdb"].iter().any(|system| system.eq_ignore_ascii_case(name)) {
        return refuse(3_708, format!("Cannot drop the database '{name}' because it is a system database."));
    }
    if database.group.is_some() {
        let text = format!(
            "The database '{name}' is currently joined to an availability group.  Before you can drop the database, you \
             need to remove it from the availability group."
        );
        return refuse(3_752, text);
    }
    own.databases.retain(|key, _| !key.eq_ignore_ascii_case(name));
    Ok(Reply::Done)
}

fn set(
    site: &mut Site,
    instance: &ReplicaName,
    name: &str,
    setting: DatabaseSetting,
) -> Result<Reply, Refused> {
    let Some(database) = instance_of(site, instance)?.database(name) else { return unknown(name) };
    let role = role_of(site, instance, database);
    let trustworthy = matches!(setting, DatabaseSetting::Trustworthy(_));
    let keeps = matches!(setting, DatabaseSetting::Recovery(RecoveryModel::Full))
        || matches!(setting, DatabaseSetting::ReadOnly(false) | DatabaseSetting::MultiUser(true))
        || matches!(setting, DatabaseSetting::AutoClose(false) | DatabaseSetting::Online(true));
    if role.is_some_and(|role| role != ReplicaRole::Primary) || (role.is_some() && !keeps && !trustworthy) {
        let text = format!(
            "The operation cannot be performed on database \"{name}\" because it is involved in a database mirroring \
             session or an availability group. Some operations are not allowed on a database that is participating in a \
             database mirroring session or in an availability group."
        );
        return refuse(1_468, text);
    }
    let Some(database) = instance_mut(site, instance)?.database_mut(name) else { return unknown(name) };
    let before = database.clone();
    match setting {
        DatabaseSetting::Recovery(model) => {
            database.recovery = model;
            if model == RecoveryModel::Simple {
                database.log_chain = None;
            }
        }
        DatabaseSetting::ReadOnly(on) => database.read_only = on,
        DatabaseSetting::MultiUser(on) => database.multi_user = on,
        DatabaseSetting::AutoClose(on) => database.auto_close = on,
        DatabaseSetting::Trustworthy(on) => database.trustworthy = on,
        DatabaseSetting::Online(on) => {
            database.state = if on { DatabaseState::Online } else { DatabaseState::Offline };
        }
    }
    Ok(changed(*database != before))
}

/// Each replica has its own owner; it changes only where the copy can be written (domain §1.8).
fn set_owner(
    site: &mut Site,
    instance: &ReplicaName,
    name: &str,
    owner: &LoginName,
) -> Result<Reply, Refused> {
    super::access::writable(site, instance, name)?;
    let own = instance_mut(site, instance)?;
    let Some(sid) = own.logins.get(owner).map(|login| login.sid.clone()) else {
        return missing("find", "principal", owner.as_str());
    };
    let Some(database) = own.database_mut(name) else { return unknown(name) };
    if database.content.users.values().any(|user| user.sid == sid) {
        return refuse(
            15_110,
            "The proposed new database owner is already a user or aliased in the database.",
        );
    }
    Ok(changed(std::mem::replace(&mut database.owner, sid.clone()) != sid))
}

/// Whether a path's folder exists on the machine.
fn folder_exists(node: &Node, path: &str) -> bool {
    let folder = path.rsplit_once('\\').map_or("", |(folder, _)| folder);
    let known = |directory: &String| directory.trim_end_matches('\\').eq_ignore_ascii_case(folder);
    node.directories.iter().any(known)
        || folder.to_lowercase().contains(r"\program files\microsoft sql server\")
}

fn no_device<T>(path: &str, code: u32, text: &str) -> Result<T, Refused> {
    refuse(3_201, format!("Cannot open backup device '{path}'. Operating system error {code}({text})."))
}

fn backup(
    site: &mut Site,
    instance: &ReplicaName,
    name: &str,
    log: bool,
    copy_only: bool,
    path: &str,
) -> Result<Reply, Refused> {
    let now = site.now_ms;
    let Some((node, own)) = site.instance(instance) else { return unknown(name) };
    let Some(database) = own.database(name) else { return unknown(name) };
    match database.state {
        DatabaseState::Online => {}
        DatabaseState::Restoring => {
            return refuse(
                927,
                format!("Database '{name}' cannot be opened. It is in the middle of a restore."),
            );
        }
        DatabaseState::Offline => {
            return refuse(942, format!("Database '{name}' cannot be opened because it is offline."));
        }
    }
    let secondary = role_of(site, instance, database).is_some_and(|role| role != ReplicaRole::Primary);
    if secondary && !log && !copy_only {
        let text =
            "This BACKUP or RESTORE command is not supported on a database mirror or secondary replica.";
        return refuse(3_059, text);
    }
    if log && database.recovery == RecoveryModel::Simple {
        return refuse(4_208, "The statement BACKUP LOG is not allowed while the recovery model is SIMPLE.");
    }
    if log && database.log_chain.is_none() {
        return refuse(4_214, "BACKUP LOG cannot be performed because there is no current database backup.");
    }
    if !path.eq_ignore_ascii_case("NUL") && !folder_exists(node, path) {
        return no_device(path, 3, "The system cannot find the path specified.");
    }
    let own = instance_mut(site, instance)?;
    let kind = if log { "L" } else { "D" };
    own.backups.push(Backup {
        database: name.to_owned(),
        kind: kind.to_owned(),
        path: path.to_owned(),
        at_ms: now,
    });
    if let Some(database) = own.database_mut(name)
        && database.recovery != RecoveryModel::Simple
        && !copy_only
    {
        database.log_chain = Some(u64::try_from(now).unwrap_or_default());
    }
    Ok(Reply::Done)
}

fn recover(site: &mut Site, instance: &ReplicaName, name: &str) -> Result<Reply, Refused> {
    let Some(database) = instance_mut(site, instance)?.database_mut(name) else { return unknown(name) };
    if database.state != DatabaseState::Restoring {
        return refuse(3_153, "The database is already fully recovered.");
    }
    database.state = DatabaseState::Online;
    Ok(Reply::Done)
}

/// The Integration Services whose shipped backup a path names.
fn shipped<'a>(node: &'a Node, path: &str) -> Option<&'a InstalledFeature> {
    node.features.values().find(|feature| {
        feature.feature == Feature::IntegrationServices
            && format!(r"{}Binn\SSISDBBackup.bak", node.dts_path(feature.version)).eq_ignore_ascii_case(path)
    })
}

fn restore(
    site: &mut Site,
    instance: &ReplicaName,
    name: &str,
    path: &str,
    replace: bool,
    owner: &Sid,
) -> Result<Reply, Refused> {
    let now = site.now_ms;
    let Some((node, own)) = site.instance(instance) else { return unknown(name) };
    let Some(feature) = shipped(node, path) else {
        return no_device(path, 2, "The system cannot find the file specified.");
    };
    let (version, major) = (feature.product_version.clone(), feature.version.major());
    if major > own.major() {
        let text = format!(
            "The database was backed up on a server running version {version}, which is newer than this server."
        );
        return refuse(3_169, text);
    }
    if let Some(existing) = own.database(name) {
        if existing.group.is_some() {
            let text = format!(
                "RESTORE cannot operate on database '{name}' because it is configured for database mirroring or has joined an availability group."
            );
            return refuse(3_104, text);
        }
        if !replace {
            let text = format!(
                "The backup set holds a backup of a database other than the existing '{name}' database."
            );
            return refuse(3_154, text);
        }
    }
    let mut content =
        DatabaseContent { catalog: Some(Catalog::shipped(&version)), ..DatabaseContent::default() };
    content.roles = CATALOG_ROLES.iter().map(|role| (*role).to_owned()).collect();
    let startup = std::iter::once("EXECUTE ON catalog.startup".to_owned()).collect();
    content.role_grants.insert("ssis_failover_monitoring_agent".to_owned(), startup);
    let own = instance_mut(site, instance)?;
    let id = own.take_id();
    own.databases.retain(|key, _| !key.eq_ignore_ascii_case(name));
    let family = guid_of(&format!("{CATALOG_DATABASE} {version}"));
    let database = Database { content: Arc::new(content), ..blank(id, owner, now, family) };
    own.databases.insert(name.to_owned(), database);
    Ok(Reply::Done)
}
