//! Logins, server roles and permissions, endpoints, options, credentials.

use crate::engine::Table;
use crate::value::SqlValue;
use crate::world::seen::Seen;
use crate::world::sheet::{
    BIT, Cell as _, DATE, DATE2, GUID, Guid, INT, Moment, Moment2, NAME, SID, TINY, VARIANT, binary, code,
    sheet, text,
};
use scaleout_model::names::LoginName;
use scaleout_sim_site::sql::rights::sees_hashes;
use scaleout_sim_site::sql::{OPTIONS, option_of};
use scaleout_sim_site::state::{Endpoint, EndpointState, Login, LoginKind, ServerPermission};

/// Fixed server roles with their `principal_id`.
const SERVER_ROLES: [(&str, i32); 9] = [
    ("public", 2),
    ("sysadmin", 3),
    ("securityadmin", 4),
    ("serveradmin", 5),
    ("setupadmin", 6),
    ("processadmin", 7),
    ("diskadmin", 8),
    ("dbcreator", 9),
    ("bulkadmin", 10),
];

pub(super) fn table(seen: &Seen<'_>, object: &str) -> Option<Table> {
    Some(match object {
        "server_principals" => server_principals(seen),
        "sql_logins" => sql_logins(seen),
        "server_role_members" => server_role_members(seen),
        "server_permissions" => server_permissions(seen),
        "endpoints" => endpoints(seen),
        "database_mirroring_endpoints" => database_mirroring_endpoints(seen),
        "tcp_endpoints" => tcp_endpoints(seen),
        "configurations" => configurations(seen),
        "credentials" => credentials(seen),
        "master_key_passwords" => master_key_passwords(seen),
        "trusted_assemblies" => trusted_assemblies(seen),
        _ => return None,
    })
}

/// Logins that the session may know of: itself and sa, all with VIEW ANY DEFINITION, ALTER ANY LOGIN or (2022) VIEW ANY
/// SECURITY DEFINITION.
fn logins<'a>(seen: &Seen<'a>) -> Vec<(&'a LoginName, &'a Login)> {
    let all = seen.sees_definitions()
        || seen.may("ALTER ANY LOGIN")
        || (seen.instance.major() >= 16 && seen.may("VIEW ANY SECURITY DEFINITION"));
    let own = seen.login_name();
    let visible = |(name, login): &(&LoginName, &Login)| all || **name == own || login.id == 1;
    seen.instance.logins.iter().filter(visible).collect()
}

fn kind(login: &Login) -> (&'static str, &'static str) {
    match login.kind {
        LoginKind::Sql(_) => ("S", "SQL_LOGIN"),
        LoginKind::Windows => ("U", "WINDOWS_LOGIN"),
        LoginKind::WindowsGroup => ("G", "WINDOWS_GROUP"),
        LoginKind::Mapped => ("K", "ASYMMETRIC_KEY_MAPPED_LOGIN"),
    }
}

fn server_principals(seen: &Seen<'_>) -> Table {
    let of_logins = logins(seen).into_iter().map(|(name, login)| (name.to_string(), Some(login), login.id));
    let roles = SERVER_ROLES.iter().map(|(name, id)| ((*name).to_owned(), None, *id));
    let rows: Vec<(String, Option<&Login>, i32)> = roles.chain(of_logins).collect();
    sheet!(rows, (name, login, id) => {
        name: NAME => name,
        principal_id: INT => id,
        sid: SID => login.map_or_else(|| SqlValue::Binary(vec![u8::try_from(id).unwrap_or_default()]), |l| (&l.sid).cell()),
        type: code(1) => login.map_or("R", |l| kind(l).0),
        type_desc: text(60) => login.map_or("SERVER_ROLE", |l| kind(l).1),
        is_disabled: BIT => login.is_some_and(|l| l.disabled),
        create_date: DATE => Moment(login.map_or(0, |l| l.created_ms)),
        modify_date: DATE => Moment(login.map_or(0, |l| l.modified_ms)),
        default_database_name: NAME => login.map(|l| l.default_database.clone()),
        default_language_name: NAME => login.map(|_| "us_english"),
        credential_id: INT => None::<i32>,
        owning_principal_id: INT => login.is_none().then_some(1),
        is_fixed_role: BIT => login.is_none(),
    })
}

fn sql_logins(seen: &Seen<'_>) -> Table {
    let hashes = sees_hashes(seen.instance, &seen.login_name());
    let rows = logins(seen).into_iter().filter_map(|(name, login)| match &login.kind {
        LoginKind::Sql(password) => Some((name, login, password)),
        _ => None,
    });
    sheet!(rows, (name, login, password) => {
        name: NAME => name.as_str(),
        principal_id: INT => login.id,
        sid: SID => &login.sid,
        type: code(1) => "S",
        type_desc: text(60) => "SQL_LOGIN",
        is_disabled: BIT => login.disabled,
        create_date: DATE => Moment(login.created_ms),
        modify_date: DATE => Moment(login.modified_ms),
        default_database_name: NAME => &login.default_database,
        default_language_name: NAME => "us_english",
        credential_id: INT => None::<i32>,
        is_policy_checked: BIT => login.policy_checked,
        is_expiration_checked: BIT => login.expiration_checked,
        password_hash: binary(256) => hashes.then(|| hex::decode(password.hash()).unwrap_or_default()),
    })
}

fn server_role_members(seen: &Seen<'_>) -> Table {
    let rows = logins(seen).into_iter().flat_map(|(_, login)| {
        let id = |role: &String| SERVER_ROLES.iter().find(|(name, _)| name == role).map(|(_, id)| *id);
        login.roles.iter().filter_map(id).map(|role| (role, login.id))
    });
    sheet!(rows, (role, member) => {
        role_principal_id: INT => role,
        member_principal_id: INT => member,
    })
}

/// The short code of a server permission (sys.server_permissions, `type`).
fn permission_code(name: &str) -> &'static str {
    match name {
        "CONNECT SQL" => "COSQ",
        "CONNECT" => "CO",
        "VIEW SERVER STATE" => "VWSS",
        "VIEW SERVER PERFORMANCE STATE" => "VSPS",
        "VIEW SERVER SECURITY STATE" => "VSSS",
        "VIEW ANY DEFINITION" => "VWAD",
        "VIEW ANY DATABASE" => "VWDB",
        "CONTROL SERVER" => "CL",
        "ALTER ANY AVAILABILITY GROUP" => "ALAG",
        "ALTER ANY CONNECTION" => "ALCO",
        "ALTER ANY DATABASE" => "ALDB",
        "ALTER ANY ENDPOINT" => "ALHE",
        "ALTER ANY LOGIN" => "ALLG",
        "ALTER SETTINGS" => "ALST",
        "CREATE ANY DATABASE" => "CRDB",
        "CREATE AVAILABILITY GROUP" => "CRAC",
        "CREATE ENDPOINT" => "CRHE",
        "UNSAFE ASSEMBLY" => "XU",
        _ => "",
    }
}

fn server_permissions(seen: &Seen<'_>) -> Table {
    let visible = logins(seen);
    let row = |row: &ServerPermission| {
        let grantee = visible.iter().find(|(name, _)| **name == row.grantee)?.1.id;
        let endpoint = row.endpoint.as_ref().and_then(|name| seen.instance.endpoints.get(name)).map(|e| e.id);
        Some((row.clone(), grantee, endpoint))
    };
    let own = seen.instance.permissions.iter().filter_map(row);
    let public = ServerPermission {
        grantee: LoginName::new("public"),
        permission: "VIEW ANY DATABASE".to_owned(),
        endpoint: None,
        denied: false,
    };
    let rows: Vec<(ServerPermission, i32, Option<i32>)> =
        std::iter::once((public, 2, None)).chain(own).collect();
    sheet!(rows, (row, grantee, endpoint) => {
        class: TINY => if row.endpoint.is_some() { 105_u8 } else { 100 },
        class_desc: text(60) => if row.endpoint.is_some() { "ENDPOINT" } else { "SERVER" },
        major_id: INT => endpoint.unwrap_or(0),
        minor_id: INT => 0,
        grantee_principal_id: INT => grantee,
        grantor_principal_id: INT => 1,
        type: code(4) => permission_code(&row.permission),
        permission_name: NAME => &row.permission,
        state: code(1) => if row.denied { "D" } else { "G" },
        state_desc: text(60) => if row.denied { "DENY" } else { "GRANT" },
    })
}

/// Endpoints that the session may know of: VIEW ANY DEFINITION, ALTER ANY ENDPOINT, or a permission on one.
fn visible_endpoints<'a>(seen: &Seen<'a>) -> Vec<(&'a String, &'a Endpoint)> {
    let all = seen.sees_definitions() || seen.may("ALTER ANY ENDPOINT");
    let own = seen.login_name();
    let granted = |name: &String| seen.instance.granted(&own, "CONNECT", Some(name));
    seen.instance.endpoints.iter().filter(|(name, _)| all || granted(name)).collect()
}

fn state(endpoint: &Endpoint) -> (u8, &'static str) {
    match endpoint.state {
        EndpointState::Started => (0, "STARTED"),
        EndpointState::Stopped => (1, "STOPPED"),
        EndpointState::Disabled => (2, "DISABLED"),
    }
}

fn owner(seen: &Seen<'_>, endpoint: &Endpoint) -> i32 {
    seen.instance.login_of_sid(&endpoint.owner).map_or(1, |(_, login)| login.id)
}

fn endpoints(seen: &Seen<'_>) -> Table {
    sheet!(visible_endpoints(seen), (name, endpoint) => {
        name: NAME => name,
        endpoint_id: INT => endpoint.id,
        principal_id: INT => owner(seen, endpoint),
        protocol: TINY => 2_u8,
        protocol_desc: text(60) => "TCP",
        type: TINY => 4_u8,
        type_desc: text(60) => "DATABASE_MIRRORING",
        state: TINY => state(endpoint).0,
        state_desc: text(60) => state(endpoint).1,
        is_admin_endpoint: BIT => false,
    })
}

/// `connection_auth` (sys.database_mirroring_endpoints).
fn authentication(endpoint: &Endpoint) -> u8 {
    match endpoint.authentication.to_uppercase().as_str() {
        "NTLM" => 1,
        "KERBEROS" => 2,
        "CERTIFICATE" => 4,
        "NTLM, CERTIFICATE" => 5,
        "KERBEROS, CERTIFICATE" => 6,
        "NEGOTIATE, CERTIFICATE" => 7,
        "CERTIFICATE, NTLM" => 8,
        "CERTIFICATE, KERBEROS" => 9,
        "CERTIFICATE, NEGOTIATE" => 10,
        _ => 3,
    }
}

fn algorithm(endpoint: &Endpoint) -> u8 {
    match endpoint.encryption.to_uppercase().as_str() {
        "NONE" => 0,
        "RC4" => 1,
        "NONE, RC4" => 3,
        "NONE, AES" => 4,
        "RC4, AES" => 5,
        "AES, RC4" => 6,
        _ => 2,
    }
}

fn database_mirroring_endpoints(seen: &Seen<'_>) -> Table {
    sheet!(visible_endpoints(seen), (name, endpoint) => {
        name: NAME => name,
        endpoint_id: INT => endpoint.id,
        principal_id: INT => owner(seen, endpoint),
        protocol: TINY => 2_u8,
        protocol_desc: text(60) => "TCP",
        type: TINY => 4_u8,
        type_desc: text(60) => "DATABASE_MIRRORING",
        state: TINY => state(endpoint).0,
        state_desc: text(60) => state(endpoint).1,
        is_admin_endpoint: BIT => false,
        role: TINY => match endpoint.role.to_uppercase().as_str() { "PARTNER" => 1_u8, "WITNESS" => 2, "ALL" => 3, _ => 0 },
        role_desc: text(60) => &endpoint.role,
        is_encryption_enabled: BIT => algorithm(endpoint) != 0,
        connection_auth: TINY => authentication(endpoint),
        connection_auth_desc: text(60) => &endpoint.authentication,
        certificate_id: INT => i32::from(authentication(endpoint) >= 4),
        encryption_algorithm: TINY => algorithm(endpoint),
        encryption_algorithm_desc: text(60) => &endpoint.encryption,
    })
}

fn tcp_endpoints(seen: &Seen<'_>) -> Table {
    sheet!(visible_endpoints(seen), (name, endpoint) => {
        name: NAME => name,
        endpoint_id: INT => endpoint.id,
        principal_id: INT => owner(seen, endpoint),
        protocol: TINY => 2_u8,
        protocol_desc: text(60) => "TCP",
        type: TINY => 4_u8,
        type_desc: text(60) => "DATABASE_MIRRORING",
        state: TINY => state(endpoint).0,
        state_desc: text(60) => state(endpoint).1,
        is_admin_endpoint: BIT => false,
        port: INT => endpoint.port,
        is_dynamic_port: BIT => false,
        ip_address: text(45) => None::<&str>,
    })
}

fn configurations(seen: &Seen<'_>) -> Table {
    let rows = OPTIONS
        .iter()
        .filter_map(|option| option_of(seen.instance, option.1).map(|setting| (option, setting)));
    sheet!(rows, (option, setting) => {
        configuration_id: INT => option.0,
        name: text(35) => option.1,
        value: VARIANT => setting.value,
        minimum: VARIANT => option.2,
        maximum: VARIANT => option.3,
        value_in_use: VARIANT => setting.in_use,
        description: text(255) => option.1,
        is_dynamic: BIT => option.5,
        is_advanced: BIT => option.6,
    })
}

/// Credentials: ALTER ANY CREDENTIAL or VIEW ANY DEFINITION.
fn credentials(seen: &Seen<'_>) -> Table {
    let all = seen.sees_definitions() || seen.may("ALTER ANY CREDENTIAL");
    sheet!(seen.instance.credentials.iter().filter(|_| all), (name, credential) => {
        credential_id: INT => credential.id,
        name: NAME => name,
        credential_identity: text(4000) => &credential.identity,
        create_date: DATE => Moment(credential.created_ms),
        modify_date: DATE => Moment(credential.created_ms),
        target_type: text(100) => None::<&str>,
        target_id: INT => None::<i32>,
    })
}

fn master_key_passwords(seen: &Seen<'_>) -> Table {
    let all = seen.sees_definitions() || seen.may("ALTER ANY CREDENTIAL");
    let rows = seen.instance.credentials.values().filter(|_| all);
    sheet!(rows.filter_map(|c| c.family_guid.as_ref().map(|family| (c.id, family))), (id, family) => {
        credential_id: INT => id,
        family_guid: GUID => Guid(family),
    })
}

/// VIEW SERVER STATE, from 2022 on VIEW SERVER SECURITY STATE (sys.trusted_assemblies).
fn trusted_assemblies(seen: &Seen<'_>) -> Table {
    let right = if seen.instance.major() >= 16 { "VIEW SERVER SECURITY STATE" } else { "VIEW SERVER STATE" };
    let all = seen.may(right);
    sheet!(seen.instance.trusted_assemblies.iter().filter(|_| all), (hash, assembly) => {
        hash: binary(8000) => hex::decode(hash).unwrap_or_default(),
        description: text(4000) => &assembly.description,
        create_date: DATE2 => Moment2(assembly.created_ms),
        created_by: NAME => None::<&str>,
    })
}
