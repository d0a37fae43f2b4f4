//! Users, roles and permissions of a database. Without VIEW DEFINITION: itself, dbo and roles.

use super::object::{Known, known_objects, object_id};
use crate::engine::Table;
use crate::world::seen::Seen;
use crate::world::sheet::{BIT, DATE, INT, Moment, NAME, SID, SMALL, TINY, code, sheet, text};
use scaleout_sim_site::sql::rights::Principal;
use scaleout_sim_site::state::{Database, DatabaseUser, Sid};
use std::collections::BTreeSet;

/// Fixed roles with their `principal_id`.
pub(crate) const ROLE_IDS: [(&str, i32); 10] = [
    ("public", 0),
    ("db_owner", 16_384),
    ("db_accessadmin", 16_385),
    ("db_securityadmin", 16_386),
    ("db_ddladmin", 16_387),
    ("db_backupoperator", 16_389),
    ("db_datareader", 16_390),
    ("db_datawriter", 16_391),
    ("db_denydatareader", 16_392),
    ("db_denydatawriter", 16_393),
];

/// Ids of own roles begin here; the place in the sorted list follows.
const OWN_ROLES: i32 = 30_000;

pub(super) fn table(seen: &Seen<'_>, database: &str, object: &str) -> Option<Table> {
    let (_, found) = seen.database(database)?;
    Some(match object {
        "database_principals" => database_principals(seen, database, found),
        "database_role_members" => database_role_members(seen, database, found),
        "database_permissions" => database_permissions(seen, database, found),
        _ => return None,
    })
}

/// `principal_id` of a role, without case.
pub(crate) fn role_id(database: &Database, role: &str) -> Option<i32> {
    let fixed = ROLE_IDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(role)).map(|(_, id)| *id);
    fixed.or_else(|| {
        let at = database.content.roles.iter().position(|own| own.eq_ignore_ascii_case(role))?;
        i32::try_from(at).ok().map(|at| OWN_ROLES + at)
    })
}

/// Users that the session may know of.
fn users<'a>(seen: &Seen<'a>, name: &str, database: &'a Database) -> Vec<(&'a str, &'a DatabaseUser)> {
    let all =
        seen.sees_database_definitions(name) || seen.is_in(name, &["db_accessadmin", "db_securityadmin"]);
    let own = match seen.principal(name) {
        Some(Principal::User(user)) => Some(user),
        _ => None,
    };
    let visible = database.content.users.iter().filter(|(user, _)| all || own.as_ref() == Some(*user));
    visible.map(|(user, row)| (user.as_str(), row)).collect()
}

struct Row<'a> {
    name: String,
    id: i32,
    kind: (&'static str, &'static str),
    sid: Option<Sid>,
    user: Option<&'a DatabaseUser>,
    fixed: bool,
}

fn rows<'a>(seen: &Seen<'a>, name: &str, database: &'a Database) -> Vec<Row<'a>> {
    const USER: (&str, &str) = ("S", "SQL_USER");
    const ROLE: (&str, &str) = ("R", "DATABASE_ROLE");
    let role = |role: &str, id: i32| {
        let sid = Sid::from_bytes(&[&[1, 5, 0, 0, 0, 0, 0, 9, 4][..], &id.to_be_bytes()].concat());
        Row {
            name: role.to_owned(),
            id,
            kind: ROLE,
            sid: Some(sid),
            user: None,
            fixed: (16_384..OWN_ROLES).contains(&id),
        }
    };
    let special = |name: &str, id: i32, sid: Option<Sid>| Row {
        name: name.to_owned(),
        id,
        kind: USER,
        sid,
        user: None,
        fixed: false,
    };
    let mut rows = vec![
        special("dbo", 1, Some(database.owner.clone())),
        special("guest", 2, Some(Sid::from_bytes(&[0]))),
        special("INFORMATION_SCHEMA", 3, None),
        special("sys", 4, None),
    ];
    rows.extend(ROLE_IDS.iter().map(|(name, id)| role(name, *id)));
    let own = database.content.roles.iter();
    rows.extend(own.filter_map(|name| role_id(database, name).map(|id| role(name, id))));
    rows.extend(users(seen, name, database).into_iter().map(|(name, user)| Row {
        name: name.to_owned(),
        id: user.id,
        kind: if user.windows { ("U", "WINDOWS_USER") } else { USER },
        sid: Some(user.sid.clone()),
        user: Some(user),
        fixed: false,
    }));
    rows
}

fn database_principals(seen: &Seen<'_>, name: &str, database: &Database) -> Table {
    sheet!(rows(seen, name, database), row => {
        name: NAME => row.name,
        principal_id: INT => row.id,
        type: code(1) => row.kind.0,
        type_desc: text(60) => row.kind.1,
        default_schema_name: NAME => (row.kind.0 != "R").then_some("dbo"),
        create_date: DATE => Moment(database.created_ms),
        modify_date: DATE => Moment(database.created_ms),
        owning_principal_id: INT => (row.kind.0 == "R").then_some(1),
        sid: SID => row.sid.as_ref(),
        is_fixed_role: BIT => row.fixed,
        authentication_type: INT => row.user.map_or(0, |user| if user.windows { 3 } else { 1 }),
        authentication_type_desc: text(60) => row.user.map_or("NONE", |user| if user.windows { "WINDOWS" } else { "INSTANCE" }),
        default_language_name: NAME => None::<&str>,
        default_language_lcid: INT => None::<i32>,
        allow_encrypted_value_modifications: BIT => false,
    })
}

fn database_role_members(seen: &Seen<'_>, name: &str, database: &Database) -> Table {
    let of_user = |(_, user): (&str, &DatabaseUser)| -> Vec<(i32, i32)> {
        user.roles.iter().filter_map(|role| role_id(database, role).map(|id| (id, user.id))).collect()
    };
    let members = users(seen, name, database).into_iter().flat_map(of_user);
    sheet!(std::iter::once((16_384, 1)).chain(members), (role, member) => {
        role_principal_id: INT => role,
        member_principal_id: INT => member,
    })
}

/// Permissions as they are kept, `SELECT ON internal.tasks`, with the grantee's id.
fn grants(seen: &Seen<'_>, name: &str, database: &Database) -> Vec<(i32, String)> {
    let with = |id: i32, grants: &BTreeSet<String>| {
        grants.iter().map(|grant| (id, grant.clone())).collect::<Vec<_>>()
    };
    let of_users = users(seen, name, database).into_iter().flat_map(|(_, user)| with(user.id, &user.grants));
    let of_roles = database
        .content
        .role_grants
        .iter()
        .filter_map(|(role, grants)| role_id(database, role).map(|id| with(id, grants)))
        .flatten();
    of_users.chain(of_roles).collect()
}

fn permission_code(name: &str) -> &'static str {
    match name {
        "SELECT" => "SL",
        "EXECUTE" => "EX",
        "INSERT" => "IN",
        "UPDATE" => "UP",
        "DELETE" => "DL",
        "VIEW DEFINITION" => "VW",
        "CONTROL" => "CL",
        "ALTER" => "AL",
        _ => "",
    }
}

fn database_permissions(seen: &Seen<'_>, name: &str, database: &Database) -> Table {
    let known: Vec<Known> = known_objects(seen, name);
    let row = |(grantee, grant): (i32, String)| {
        let denied = grant.starts_with("DENY ");
        let (permission, object) = grant.trim_start_matches("DENY ").split_once(" ON ")?;
        let object = known.iter().find(|own| own.full_name().eq_ignore_ascii_case(object))?;
        Some((grantee, permission.to_owned(), object_id(name, object), denied))
    };
    let rows: Vec<(i32, String, i32, bool)> =
        grants(seen, name, database).into_iter().filter_map(row).collect();
    sheet!(rows, (grantee, permission, object, denied) => {
        class: TINY => 1_u8,
        class_desc: text(60) => "OBJECT_OR_COLUMN",
        major_id: INT => object,
        minor_id: INT => 0,
        grantee_principal_id: INT => grantee,
        grantor_principal_id: INT => 1,
        type: code(4) => permission_code(&permission),
        permission_name: NAME => permission,
        state: code(1) => if denied { "D" } else { "G" },
        state_desc: text(60) => if denied { "DENY" } else { "GRANT" },
        parent_class: SMALL => 0_i16,
    })
}
