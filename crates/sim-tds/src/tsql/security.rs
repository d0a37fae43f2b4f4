//! Parsers of logins, users, roles and credentials.

use super::cursor::{Cursor, Parsed};
use super::ddl::{
    CreateLogin, CreateUser, Ddl, LoginAction, LoginOptions, LoginSource, Password, RoleAction, RoleScope,
    UserOptions, UserSource,
};
use super::lexer::TokenKind;
use crate::value::SqlError;

/// After `CREATE LOGIN`.
pub(super) fn create_login(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let name = cursor.name()?;
    let mut options = LoginOptions::default();
    let source = if cursor.eat("WITH") {
        if !cursor.is_word("PASSWORD") {
            return cursor.refuse();
        }
        cursor.list(|cursor| login_option(cursor, &mut options, CREATE_OPTIONS))?;
        LoginSource::Password
    } else {
        cursor.expect("FROM")?;
        let source = login_source(cursor)?;
        if source == LoginSource::Windows && cursor.eat("WITH") {
            cursor.list(|cursor| login_option(cursor, &mut options, WINDOWS_OPTIONS))?;
        }
        source
    };
    Ok(Ddl::CreateLogin(CreateLogin { name, source, options }))
}

fn login_source(cursor: &mut Cursor<'_>) -> Parsed<LoginSource> {
    if cursor.eat("WINDOWS") {
        Ok(LoginSource::Windows)
    } else if cursor.eat("CERTIFICATE") {
        cursor.name().map(LoginSource::Certificate)
    } else {
        cursor.expect("ASYMMETRIC KEY")?;
        cursor.name().map(LoginSource::AsymmetricKey)
    }
}

/// After `ALTER LOGIN`.
pub(super) fn alter_login(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let name = cursor.name()?;
    let action = if cursor.eat("ENABLE") {
        LoginAction::Enable
    } else if cursor.eat("DISABLE") {
        LoginAction::Disable
    } else {
        cursor.expect("WITH")?;
        let mut options = LoginOptions::default();
        cursor.list(|cursor| login_option(cursor, &mut options, ALTER_OPTIONS))?;
        LoginAction::Set(options)
    };
    Ok(Ddl::AlterLogin { name, action })
}

/// After `DROP LOGIN`.
pub(super) fn drop_login(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    Ok(Ddl::DropLogin { name: cursor.name()? })
}

const WINDOWS_OPTIONS: &[&str] = &["DEFAULT_DATABASE", "DEFAULT_LANGUAGE"];
const CREATE_OPTIONS: &[&str] = &[
    "PASSWORD",
    "SID",
    "DEFAULT_DATABASE",
    "DEFAULT_LANGUAGE",
    "CHECK_POLICY",
    "CHECK_EXPIRATION",
    "CREDENTIAL",
];
const ALTER_OPTIONS: &[&str] = &[
    "PASSWORD",
    "NAME",
    "DEFAULT_DATABASE",
    "DEFAULT_LANGUAGE",
    "CHECK_POLICY",
    "CHECK_EXPIRATION",
    "CREDENTIAL",
];

fn login_option(cursor: &mut Cursor<'_>, options: &mut LoginOptions, known: &[&str]) -> Parsed<()> {
    let Some(option) = known.iter().find(|option| cursor.is_word(option)) else { return cursor.refuse() };
    cursor.at += 1;
    cursor.expect_symbol('=')?;
    match *option {
        "PASSWORD" => password(cursor, options, known == ALTER_OPTIONS),
        "SID" => {
            let value = cursor.binary()?;
            cursor.set_once(&mut options.sid, value)
        }
        "DEFAULT_DATABASE" => {
            let value = cursor.name()?;
            cursor.set_once(&mut options.default_database, value)
        }
        "DEFAULT_LANGUAGE" => {
            let value = cursor.name()?;
            cursor.set_once(&mut options.default_language, value)
        }
        "NAME" => {
            let value = cursor.name()?;
            cursor.set_once(&mut options.name, value)
        }
        "CREDENTIAL" => {
            let value = cursor.name()?;
            cursor.set_once(&mut options.credential, value)
        }
        "CHECK_POLICY" => {
            let value = cursor.choice()?;
            cursor.set_once(&mut options.check_policy, value)
        }
        _ => {
            let value = cursor.choice()?;
            cursor.set_once(&mut options.check_expiration, value)
        }
    }
}

/// `'…' [MUST_CHANGE] [UNLOCK] [OLD_PASSWORD = '…']` or `0x… HASHED`.
fn password(cursor: &mut Cursor<'_>, options: &mut LoginOptions, alter: bool) -> Parsed<()> {
    let hashed = matches!(cursor.kind(), Some(TokenKind::Binary(_)));
    let value = if hashed { Password::Hashed(cursor.binary()?) } else { Password::Clear(cursor.secret()?) };
    if hashed {
        cursor.expect("HASHED")?;
    }
    cursor.set_once(&mut options.password, value)?;
    loop {
        if !hashed && !options.must_change && cursor.eat("MUST_CHANGE") {
            options.must_change = true;
        } else if alter && !options.unlock && cursor.eat("UNLOCK") {
            options.unlock = true;
        } else if alter && options.old_password.is_none() && cursor.eat("OLD_PASSWORD") {
            cursor.expect_symbol('=')?;
            options.old_password = Some(cursor.secret()?);
        } else {
            return Ok(());
        }
    }
}

/// After `CREATE USER`.
pub(super) fn create_user(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let name = cursor.name()?;
    let source = if cursor.eat("WITHOUT LOGIN") {
        UserSource::WithoutLogin
    } else if cursor.eat("FOR") || cursor.eat("FROM") {
        if cursor.eat("CERTIFICATE") {
            UserSource::Certificate(cursor.name()?)
        } else if cursor.is_word("EXTERNAL") || cursor.is_word("ASYMMETRIC") {
            return Err(
                SqlError::not_implemented("users of external providers or keys").at_line(cursor.line())
            );
        } else {
            cursor.expect("LOGIN")?;
            UserSource::Login(cursor.name()?)
        }
    } else {
        UserSource::Login(name.clone())
    };
    let mut options = UserOptions::default();
    if cursor.eat("WITH") {
        cursor.list(|cursor| user_option(cursor, &mut options, false))?;
    }
    Ok(Ddl::CreateUser(CreateUser { name, source, options }))
}

/// After `ALTER USER`.
pub(super) fn alter_user(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let name = cursor.name()?;
    cursor.expect("WITH")?;
    let mut options = UserOptions::default();
    cursor.list(|cursor| user_option(cursor, &mut options, true))?;
    Ok(Ddl::AlterUser { name, options })
}

/// After `DROP USER`.
pub(super) fn drop_user(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let if_exists = cursor.eat("IF EXISTS");
    Ok(Ddl::DropUser { name: cursor.name()?, if_exists })
}

fn user_option(cursor: &mut Cursor<'_>, options: &mut UserOptions, alter: bool) -> Parsed<()> {
    let slot = if cursor.eat("DEFAULT_SCHEMA") {
        &mut options.default_schema
    } else if alter && cursor.eat("NAME") {
        &mut options.name
    } else if alter && cursor.eat("LOGIN") {
        &mut options.login
    } else {
        return cursor.refuse();
    };
    cursor.expect_symbol('=')?;
    let value = cursor.name()?;
    cursor.set_once(slot, value)
}

/// After `CREATE SERVER ROLE`.
pub(super) fn create_server_role(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    created_role(cursor, RoleScope::Server)
}

/// After `CREATE ROLE`.
pub(super) fn create_role(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    created_role(cursor, RoleScope::Database)
}

fn created_role(cursor: &mut Cursor<'_>, scope: RoleScope) -> Parsed<Ddl> {
    let name = cursor.name()?;
    let owner = if cursor.eat("AUTHORIZATION") { Some(cursor.name()?) } else { None };
    Ok(Ddl::CreateRole { scope, name, owner })
}

/// After `ALTER SERVER ROLE`.
pub(super) fn alter_server_role(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    altered_role(cursor, RoleScope::Server)
}

/// After `ALTER ROLE`.
pub(super) fn alter_role(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    altered_role(cursor, RoleScope::Database)
}

fn altered_role(cursor: &mut Cursor<'_>, scope: RoleScope) -> Parsed<Ddl> {
    let name = cursor.name()?;
    let action = if cursor.eat("ADD MEMBER") {
        RoleAction::AddMember(cursor.name()?)
    } else if cursor.eat("DROP MEMBER") {
        RoleAction::DropMember(cursor.name()?)
    } else {
        cursor.expect("WITH NAME")?;
        cursor.expect_symbol('=')?;
        RoleAction::Rename(cursor.name()?)
    };
    Ok(Ddl::AlterRole { scope, name, action })
}

/// After `DROP SERVER ROLE`.
pub(super) fn drop_server_role(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    Ok(Ddl::DropRole { scope: RoleScope::Server, name: cursor.name()?, if_exists: false })
}

/// After `DROP ROLE`.
pub(super) fn drop_role(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let if_exists = cursor.eat("IF EXISTS");
    Ok(Ddl::DropRole { scope: RoleScope::Database, name: cursor.name()?, if_exists })
}

/// After `CREATE CREDENTIAL`.
pub(super) fn create_credential(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let name = cursor.name()?;
    cursor.expect("WITH IDENTITY")?;
    let identity = cursor.equals_string()?;
    let mut secret = None;
    if cursor.eat_symbol(',') {
        cursor.expect("SECRET")?;
        cursor.expect_symbol('=')?;
        secret = Some(cursor.secret()?);
    }
    Ok(Ddl::CreateCredential { name, identity, secret })
}

/// After `DROP CREDENTIAL`.
pub(super) fn drop_credential(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    Ok(Ddl::DropCredential { name: cursor.name()? })
}
