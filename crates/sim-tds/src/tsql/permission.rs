//! Parsers of GRANT, DENY, REVOKE and ALTER AUTHORIZATION.

use super::cursor::{Cursor, Parsed};
use super::ddl::{Ddl, Permission, PermissionVerb, Securable};
use super::execute::object_name;
use super::lexer::TokenKind;
use crate::value::SqlError;

/// Permissions by name ("Permissions (Database Engine)", the ones of a server, a database and what is in it).
const PERMISSIONS: &[&str] = &[
    "ADMINISTER BULK OPERATIONS",
    "ALTER",
    "ALTER ANY AVAILABILITY GROUP",
    "ALTER ANY CONNECTION",
    "ALTER ANY CREDENTIAL",
    "ALTER ANY DATABASE",
    "ALTER ANY ENDPOINT",
    "ALTER ANY EVENT SESSION",
    "ALTER ANY LINKED SERVER",
    "ALTER ANY LOGIN",
    "ALTER ANY ROLE",
    "ALTER ANY SCHEMA",
    "ALTER ANY SERVER AUDIT",
    "ALTER ANY SERVER ROLE",
    "ALTER ANY USER",
    "ALTER RESOURCES",
    "ALTER SERVER STATE",
    "ALTER SETTINGS",
    "ALTER TRACE",
    "AUTHENTICATE",
    "AUTHENTICATE SERVER",
    "BACKUP DATABASE",
    "BACKUP LOG",
    "CONNECT",
    "CONNECT ANY DATABASE",
    "CONNECT SQL",
    "CONTROL",
    "CONTROL SERVER",
    "CREATE ANY DATABASE",
    "CREATE AVAILABILITY GROUP",
    "CREATE DATABASE",
    "CREATE ENDPOINT",
    "CREATE LOGIN",
    "CREATE PROCEDURE",
    "CREATE ROLE",
    "CREATE SCHEMA",
    "CREATE SERVER ROLE",
    "CREATE TABLE",
    "CREATE USER",
    "CREATE VIEW",
    "DELETE",
    "EXECUTE",
    "EXTERNAL ACCESS ASSEMBLY",
    "IMPERSONATE",
    "IMPERSONATE ANY LOGIN",
    "INSERT",
    "REFERENCES",
    "SELECT",
    "SELECT ALL USER SECURABLES",
    "SHUTDOWN",
    "TAKE OWNERSHIP",
    "UNSAFE ASSEMBLY",
    "UPDATE",
    "VIEW ANY CRYPTOGRAPHICALLY SECURED DEFINITION",
    "VIEW ANY DATABASE",
    "VIEW ANY DEFINITION",
    "VIEW ANY ERROR LOG",
    "VIEW ANY PERFORMANCE DEFINITION",
    "VIEW ANY SECURITY DEFINITION",
    "VIEW DATABASE PERFORMANCE STATE",
    "VIEW DATABASE STATE",
    "VIEW DEFINITION",
    "VIEW SERVER PERFORMANCE STATE",
    "VIEW SERVER SECURITY STATE",
    "VIEW SERVER STATE",
];

/// From `GRANT`, `DENY` or `REVOKE`.
pub(super) fn permission(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    let verb: PermissionVerb = cursor.choice()?;
    let mut grant_option = verb == PermissionVerb::Revoke && cursor.eat("GRANT OPTION FOR");
    let permissions = cursor.list(permission_name)?;
    let securable = if cursor.eat("ON") { securable(cursor)? } else { Securable::Scope };
    if !(cursor.eat("TO") || verb == PermissionVerb::Revoke && cursor.eat("FROM")) {
        return cursor.refuse();
    }
    let principals = cursor.list(principal)?;
    let cascade = verb != PermissionVerb::Grant && cursor.eat("CASCADE");
    if verb == PermissionVerb::Grant {
        grant_option = cursor.eat("WITH GRANT OPTION");
    }
    if cursor.is_word("AS") {
        return Err(SqlError::not_implemented(format!("{} AS", verb.title())).at_line(cursor.line()));
    }
    Ok(Ddl::Permission(Permission { verb, permissions, securable, principals, grant_option, cascade }))
}

/// The longest known name at the cursor.
fn permission_name(cursor: &mut Cursor<'_>) -> Parsed<String> {
    if cursor.eat("EXEC") {
        return Ok("EXECUTE".to_owned());
    }
    let known = PERMISSIONS.iter().filter(|name| cursor.is_words(name)).max_by_key(|name| name.len());
    let Some(name) = known else { return cursor.refuse() };
    cursor.eat(name);
    if cursor.is_symbol('(') {
        return Err(SqlError::not_implemented("permissions on columns").at_line(cursor.line()));
    }
    Ok((*name).to_owned())
}

/// A name, `public` included.
fn principal(cursor: &mut Cursor<'_>) -> Parsed<String> {
    if cursor.eat("PUBLIC") { Ok("public".to_owned()) } else { cursor.name() }
}

type Named = fn(String) -> Securable;

/// Classes that are written before `::`.
const CLASSES: &[(&str, Named)] = &[
    ("SCHEMA", Securable::Schema),
    ("DATABASE", Securable::Database),
    ("ENDPOINT", Securable::Endpoint),
    ("LOGIN", Securable::Login),
    ("USER", Securable::User),
    ("ROLE", Securable::Role),
    ("SERVER ROLE", Securable::ServerRole),
    ("AVAILABILITY GROUP", Securable::AvailabilityGroup),
    ("CERTIFICATE", Securable::Certificate),
    ("SYMMETRIC KEY", Securable::SymmetricKey),
];

/// After `ON`.
fn securable(cursor: &mut Cursor<'_>) -> Parsed<Securable> {
    for (class, named) in CLASSES {
        let width = class.split(' ').count();
        if cursor.is_words(class) && is_double_colon(cursor, width) {
            cursor.at += width + 2;
            return principal(cursor).map(named);
        }
    }
    if cursor.is_word("OBJECT") && is_double_colon(cursor, 1) {
        cursor.at += 3;
    } else if is_double_colon(cursor, 1) {
        return cursor.refuse();
    }
    object_name(cursor).map(Securable::Object)
}

fn is_double_colon(cursor: &Cursor<'_>, ahead: usize) -> bool {
    let colon = Some(&TokenKind::Symbol(':'));
    cursor.kind_at(ahead) == colon && cursor.kind_at(ahead + 1) == colon
}

/// After `ALTER AUTHORIZATION`.
pub(super) fn authorization(cursor: &mut Cursor<'_>) -> Parsed<Ddl> {
    cursor.expect("ON")?;
    let securable = securable(cursor)?;
    cursor.expect("TO")?;
    let owner = if cursor.eat("SCHEMA OWNER") { None } else { Some(cursor.name()?) };
    Ok(Ddl::AlterAuthorization { securable, owner })
}
