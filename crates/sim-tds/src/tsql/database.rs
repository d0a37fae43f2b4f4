//! Parsers of database, schema and master key statements.

use super::cursor::{Cursor, Parsed};
use super::ddl::{
    DatabaseOption, DatabaseState, Ddl, HadrAction, KeyProtector, MasterKeyAction, Switch, Termination,
    UserAccess,
};
use crate::value::SqlError;

/// After `CREATE DATABASE`; files and options are left to the server's defaults.
pub(super) fn create(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let name = cursor.name()?;
    if ["ON", "COLLATE", "WITH", "CONTAINMENT", "FOR", "AS"].iter().any(|word| cursor.is_word(word)) {
        return Err(SqlError::not_implemented("CREATE DATABASE with options").at_line(cursor.line()));
    }
    Ok(Ddl::CreateDatabase { name })
}

/// After `DROP DATABASE`.
pub(super) fn drop(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let if_exists = cursor.eat("IF EXISTS");
    Ok(Ddl::DropDatabase { names: cursor.list(Cursor::name)?, if_exists })
}

/// After `CREATE SCHEMA`.
pub(super) fn create_schema(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let name = cursor.name()?;
    let owner = if cursor.eat("AUTHORIZATION") { Some(cursor.name()?) } else { None };
    Ok(Ddl::CreateSchema { name, owner })
}

/// After `ALTER DATABASE`.
pub(super) fn alter(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let database = if cursor.eat("CURRENT") { None } else { Some(cursor.name()?) };
    if cursor.eat("MODIFY NAME") {
        cursor.expect_symbol('=')?;
        let Some(database) = database else { return cursor.refuse() };
        return Ok(Ddl::AlterDatabaseName { database, name: cursor.name()? });
    }
    if cursor.eat("SET HADR") {
        return Ok(Ddl::AlterDatabaseHadr { database, action: hadr_action(cursor)? });
    }
    if ["MODIFY", "ADD", "REMOVE", "COLLATE", "SCOPED"].iter().any(|word| cursor.is_word(word)) {
        return Err(
            SqlError::not_implemented("ALTER DATABASE other than SET and MODIFY NAME").at_line(cursor.line())
        );
    }
    cursor.expect("SET")?;
    let options = cursor.list(database_option)?;
    let termination = if cursor.eat("WITH") { Some(termination(cursor)?) } else { None };
    Ok(Ddl::AlterDatabaseSet { database, options, termination })
}

fn hadr_action(cursor: &mut Cursor<'_>) -> Parsed<HadrAction> {
    if cursor.eat("OFF") {
        Ok(HadrAction::Off)
    } else if cursor.eat("SUSPEND") {
        Ok(HadrAction::Suspend)
    } else if cursor.eat("RESUME") {
        Ok(HadrAction::Resume)
    } else {
        cursor.expect("AVAILABILITY GROUP")?;
        cursor.expect_symbol('=')?;
        cursor.name().map(HadrAction::Join)
    }
}

fn database_option(cursor: &mut Cursor<'_>) -> Parsed<DatabaseOption> {
    if cursor.eat("RECOVERY") {
        return cursor.choice().map(DatabaseOption::Recovery);
    }
    if cursor.eat("READ_ONLY") {
        return Ok(DatabaseOption::ReadOnly(true));
    }
    if cursor.eat("READ_WRITE") {
        return Ok(DatabaseOption::ReadOnly(false));
    }
    if cursor.eat("COMPATIBILITY_LEVEL") {
        return cursor.equals_integer(100..=170).map(DatabaseOption::CompatibilityLevel);
    }
    if let Ok(access) = cursor.choice::<UserAccess>() {
        return Ok(DatabaseOption::Access(access));
    }
    if let Ok(state) = cursor.choice::<DatabaseState>() {
        return Ok(DatabaseOption::State(state));
    }
    let switch = cursor.choice::<Switch>()?;
    Ok(DatabaseOption::Switch(switch, cursor.choice()?))
}

fn termination(cursor: &mut Cursor<'_>) -> Parsed<Termination> {
    if cursor.eat("NO_WAIT") {
        return Ok(Termination::NoWait);
    }
    cursor.expect("ROLLBACK")?;
    if cursor.eat("IMMEDIATE") {
        return Ok(Termination::RollbackImmediate);
    }
    cursor.expect("AFTER")?;
    let seconds = cursor.integer(0..=u32::MAX)?;
    cursor.eat("SECONDS");
    Ok(Termination::RollbackAfterSeconds(seconds))
}

/// `OPEN MASTER KEY …` and `CLOSE MASTER KEY`.
pub(super) fn open_or_close_key(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    if cursor.eat("CLOSE MASTER KEY") {
        return Ok(Ddl::MasterKey(MasterKeyAction::Close));
    }
    if cursor.eat("OPEN MASTER KEY") {
        cursor.expect("DECRYPTION BY PASSWORD")?;
        cursor.expect_symbol('=')?;
        return Ok(Ddl::MasterKey(MasterKeyAction::Open(cursor.secret()?)));
    }
    Err(SqlError::not_implemented("OPEN and CLOSE other than MASTER KEY").at_line(cursor.line()))
}

/// After `CREATE MASTER KEY`.
pub(super) fn create_master_key(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let mut password = None;
    if cursor.eat("ENCRYPTION BY PASSWORD") {
        cursor.expect_symbol('=')?;
        password = Some(cursor.secret()?);
    }
    Ok(Ddl::MasterKey(MasterKeyAction::Create(password)))
}

/// After `ALTER MASTER KEY`.
pub(super) fn alter_master_key(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    if cursor.eat("ADD ENCRYPTION BY") {
        return key_protector(cursor).map(MasterKeyAction::AddEncryption).map(Ddl::MasterKey);
    }
    if cursor.eat("DROP ENCRYPTION BY") {
        return key_protector(cursor).map(MasterKeyAction::DropEncryption).map(Ddl::MasterKey);
    }
    let force = cursor.eat("FORCE");
    cursor.expect("REGENERATE WITH ENCRYPTION BY PASSWORD")?;
    cursor.expect_symbol('=')?;
    Ok(Ddl::MasterKey(MasterKeyAction::Regenerate { force, password: cursor.secret()? }))
}

fn key_protector(cursor: &mut Cursor<'_>) -> Parsed<KeyProtector> {
    if cursor.eat("SERVICE MASTER KEY") {
        return Ok(KeyProtector::ServiceMasterKey);
    }
    cursor.expect("PASSWORD")?;
    cursor.expect_symbol('=')?;
    cursor.secret().map(KeyProtector::Password)
}

/// After `DROP MASTER KEY`.
#[expect(clippy::unnecessary_wraps, reason = "the same shape as every other parser of its table")]
pub(super) fn drop_master_key(_: &mut Cursor<'_>) -> Parsed<Ddl> {
    Ok(Ddl::MasterKey(MasterKeyAction::Drop))
}
