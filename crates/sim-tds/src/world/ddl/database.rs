//! Databases: options, owner, backup, restore, master key.

use super::{require_key_control, unsupported};
use crate::tsql::{
    Backup, DatabaseOption, DatabaseState, Ddl, KeyProtector, MasterKeyAction, RecoveryModel, Restore,
    Securable, Switch, UserAccess,
};
use crate::value::SqlError;
use crate::world::seen::{Seen, no_permission};
use scaleout_model::names::LoginName;
use scaleout_sim_site::sql::{DatabaseChange, DatabaseSetting, KeyChange};
use scaleout_sim_site::sql_effect::SqlChange;
use scaleout_sim_site::state::{RecoveryModel as Model, Secret};

pub(super) fn plan(seen: &Seen<'_>, ddl: &Ddl) -> Result<Vec<SqlChange>, SqlError> {
    match ddl {
        Ddl::CreateDatabase { name } => {
            if !seen.may("CREATE ANY DATABASE") {
                let text = "CREATE DATABASE permission denied in database 'master'.";
                return Err(SqlError::new(262, text).with_class(14));
            }
            let change = DatabaseChange::CreateDatabase { database: name.clone(), owner: seen.sid()? };
            Ok(vec![SqlChange::Database(change)])
        }
        Ddl::DropDatabase { names, if_exists } => Ok(names
            .iter()
            .filter(|name| !if_exists || seen.database(name).is_some())
            .map(|name| {
                require_alter(seen, name)?;
                Ok(SqlChange::Database(DatabaseChange::DropDatabase { database: name.clone() }))
            })
            .collect::<Result<_, SqlError>>()?),
        Ddl::AlterDatabaseSet { database, options, .. } => {
            let database = database.clone().unwrap_or_else(|| seen.session.database.clone());
            require_alter(seen, &database)?;
            let set = |option: &DatabaseOption| {
                let setting = setting(*option)?;
                Ok(SqlChange::Database(DatabaseChange::SetDatabase { database: database.clone(), setting }))
            };
            options.iter().map(set).collect()
        }
        Ddl::AlterAuthorization { securable: Securable::Database(name), owner: Some(owner) } => {
            if !seen.is_sysadmin() {
                let text = format!(
                    "Cannot find the principal '{owner}', because it does not exist or you do not have permission."
                );
                return Err(SqlError::new(15_151, text));
            }
            let change =
                DatabaseChange::SetDatabaseOwner { database: name.clone(), owner: LoginName::new(owner) };
            Ok(vec![SqlChange::Database(change)])
        }
        Ddl::Backup(backup) => self::backup(seen, backup),
        Ddl::Restore(restore) => self::restore(seen, restore),
        Ddl::MasterKey(action) => master_key(seen, action),
        _ => Err(SqlError::not_implemented(ddl.title())),
    }
}

/// 5011.
fn require_alter(seen: &Seen<'_>, name: &str) -> Result<(), SqlError> {
    if seen.may("ALTER ANY DATABASE") || seen.is_in(name, &[]) {
        return Ok(());
    }
    let text = format!(
        "User does not have permission to alter database '{name}', the database does not exist, or the database is not in a state that allows access checks."
    );
    Err(SqlError::new(5_011, text).with_class(14))
}

fn setting(option: DatabaseOption) -> Result<DatabaseSetting, SqlError> {
    Ok(match option {
        DatabaseOption::Recovery(RecoveryModel::Full) => DatabaseSetting::Recovery(Model::Full),
        DatabaseOption::Recovery(RecoveryModel::BulkLogged) => DatabaseSetting::Recovery(Model::BulkLogged),
        DatabaseOption::Recovery(RecoveryModel::Simple) => DatabaseSetting::Recovery(Model::Simple),
        DatabaseOption::Access(access) => DatabaseSetting::MultiUser(access == UserAccess::Multi),
        DatabaseOption::ReadOnly(on) => DatabaseSetting::ReadOnly(on),
        DatabaseOption::State(DatabaseState::Online) => DatabaseSetting::Online(true),
        DatabaseOption::State(DatabaseState::Offline) => DatabaseSetting::Online(false),
        DatabaseOption::Switch(Switch::AutoClose, on) => DatabaseSetting::AutoClose(on),
        DatabaseOption::Switch(Switch::Trustworthy, on) => DatabaseSetting::Trustworthy(on),
        other => return Err(SqlError::not_implemented(format!("ALTER DATABASE … SET {other:?}"))),
    })
}

fn backup(seen: &Seen<'_>, backup: &Backup) -> Result<Vec<SqlChange>, SqlError> {
    let name = &backup.database;
    if seen.database(name).is_some() && !seen.is_in(name, &["db_backupoperator"]) {
        let text = format!("BACKUP DATABASE permission denied in database '{name}'.");
        return Err(SqlError::new(262, text).with_class(14));
    }
    let [path] = backup.disks.as_slice() else {
        return Err(SqlError::not_implemented("BACKUP to several devices"));
    };
    let change = DatabaseChange::BackupDatabase {
        database: name.clone(),
        log: backup.log,
        copy_only: backup.options.copy_only,
        path: path.clone(),
    };
    Ok(vec![SqlChange::Database(change)])
}

fn restore(seen: &Seen<'_>, restore: &Restore) -> Result<Vec<SqlChange>, SqlError> {
    if !seen.may("CREATE ANY DATABASE") {
        let text = format!("User does not have permission to RESTORE database '{}'.", restore.database);
        return Err(SqlError::new(3_110, text).with_class(14));
    }
    unsupported(restore.log.then_some(&()), "RESTORE LOG")?;
    unsupported(restore.options.no_recovery.then_some(&()), "RESTORE … WITH NORECOVERY")?;
    if restore.disks.is_empty() {
        let change = DatabaseChange::RecoverDatabase { database: restore.database.clone() };
        return Ok(vec![SqlChange::Database(change)]);
    }
    let [path] = restore.disks.as_slice() else {
        return Err(SqlError::not_implemented("RESTORE from several devices"));
    };
    let change = DatabaseChange::RestoreDatabase {
        database: restore.database.clone(),
        path: path.clone(),
        replace: restore.options.replace,
        owner: seen.sid()?,
    };
    Ok(vec![SqlChange::Database(change)])
}

fn master_key(seen: &Seen<'_>, action: &MasterKeyAction) -> Result<Vec<SqlChange>, SqlError> {
    require_key_control(seen)?;
    let opened = seen.sessions.key_open(seen.session.spid);
    let change = match action {
        MasterKeyAction::Create(password) => {
            KeyChange::CreateMasterKey { password: password.as_ref().map(|text| Secret::new(text.expose())) }
        }
        MasterKeyAction::Drop => KeyChange::DropMasterKey,
        MasterKeyAction::Regenerate { force: false, password } => {
            KeyChange::RegenerateMasterKey { password: Secret::new(password.expose()), opened }
        }
        MasterKeyAction::AddEncryption(KeyProtector::ServiceMasterKey) => {
            KeyChange::ProtectMasterKey { add: true, opened }
        }
        MasterKeyAction::DropEncryption(KeyProtector::ServiceMasterKey) => {
            KeyChange::ProtectMasterKey { add: false, opened }
        }
        MasterKeyAction::Open(_) | MasterKeyAction::Close => return Err(no_permission()),
        _ => return Err(SqlError::not_implemented("this form of ALTER or BACKUP MASTER KEY")),
    };
    Ok(vec![SqlChange::Key(change)])
}
