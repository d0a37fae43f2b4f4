//! Rights as tables.

use super::*;
use crate::state::{DatabaseContent, DatabaseState, LoginKind, RecoveryModel, ServerPermission, Sid};
use std::collections::BTreeMap;
use std::sync::Arc;

fn login(id: i32, roles: &[&str]) -> Login {
    Login {
        id,
        sid: Sid::of_sql_login(&id.to_string()),
        kind: LoginKind::Windows,
        disabled: false,
        policy_checked: false,
        expiration_checked: false,
        default_database: "master".to_owned(),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        created_ms: 0,
        modified_ms: 0,
    }
}

fn instance(permissions: &[(&str, bool)], roles: &[&str]) -> Instance {
    let row = |(permission, denied): &(&str, bool)| ServerPermission {
        grantee: LoginName::new("l"),
        permission: (*permission).to_owned(),
        endpoint: None,
        denied: *denied,
    };
    Instance {
        product_version: "15.0.1.1".to_owned(),
        edition: String::new(),
        engine_edition: 3,
        collation: String::new(),
        clustered: false,
        port: 1433,
        certificate_names: Vec::new(),
        windows_only: false,
        windows_only_in_use: false,
        hadr_enabled: false,
        hadr_in_use: false,
        service_master_key: String::new(),
        logins: BTreeMap::from([("l".into(), login(300, roles))]),
        permissions: permissions.iter().map(row).collect(),
        endpoints: BTreeMap::new(),
        databases: BTreeMap::new(),
        jobs: BTreeMap::new(),
        credentials: BTreeMap::new(),
        trusted_assemblies: BTreeMap::new(),
        configuration: BTreeMap::new(),
        backups: Vec::new(),
        error_log: Vec::new(),
        next_id: 400,
    }
}

#[test]
fn server_permissions_by_grant_role_and_implication() {
    for (permissions, roles, asked, wanted) in [
        (&[][..], &[][..], "VIEW SERVER STATE", false),
        (&[], &[], "VIEW ANY DATABASE", true),
        (&[("VIEW ANY DATABASE", true)], &[], "VIEW ANY DATABASE", false),
        (&[("VIEW SERVER STATE", false)], &[], "view server state", true),
        (&[("VIEW SERVER STATE", false), ("VIEW SERVER STATE", true)], &[], "VIEW SERVER STATE", false),
        (&[("ALTER SERVER STATE", false)], &[], "VIEW SERVER STATE", true),
        (&[("VIEW SERVER STATE", false)], &[], "ALTER SERVER STATE", false),
        (&[("CONTROL SERVER", false)], &[], "ALTER ANY LOGIN", true),
        (&[("CONTROL SERVER", false), ("ALTER ANY LOGIN", true)], &[], "ALTER ANY LOGIN", false),
        (&[("ALTER ANY LOGIN", true)], &["sysadmin"], "ALTER ANY LOGIN", true),
        (&[], &["securityadmin"], "ALTER ANY LOGIN", true),
        (&[], &["dbcreator"], "CREATE ANY DATABASE", true),
        (&[], &["dbcreator"], "ALTER ANY LOGIN", false),
    ] {
        let instance = instance(permissions, roles);
        let has = has_server_permission(&instance, &"l".into(), asked);
        assert_eq!(has, wanted, "{permissions:?} {roles:?} {asked}");
        assert!(!has_server_permission(&instance, &"missing".into(), asked));
    }
}

fn database(owner: i32, users: &[(&str, i32, &[&str], &[&str])]) -> Database {
    let set = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<String>>();
    let user = |(name, login, roles, grants): &(&str, i32, &[&str], &[&str])| {
        let sid = Sid::of_sql_login(&login.to_string());
        let user = DatabaseUser { id: *login, sid, windows: false, roles: set(roles), grants: set(grants) };
        (LoginName::new(*name), user)
    };
    let mut content =
        DatabaseContent { users: users.iter().map(user).collect(), ..DatabaseContent::default() };
    content.role_grants.insert("readers".to_owned(), set(&["SELECT ON dbo.t"]));
    content.catalog = Some(crate::state::Catalog::shipped("15.0.1.1"));
    Database {
        id: 5,
        state: DatabaseState::Online,
        recovery: RecoveryModel::Full,
        owner: Sid::of_sql_login(&owner.to_string()),
        created_ms: 0,
        read_only: false,
        multi_user: true,
        auto_close: false,
        trustworthy: false,
        family_guid: String::new(),
        log_chain: None,
        group: None,
        content: Arc::new(content),
    }
}

#[test]
fn who_a_login_is_in_a_database() {
    let user = || Principal::User("u".into());
    for (name, owner, users, roles, permissions, wanted) in [
        ("SSISDB", 300, &[][..], &[][..], &[][..], Some(Principal::Dbo)),
        ("SSISDB", 1, &[], &["sysadmin"], &[], Some(Principal::Dbo)),
        ("SSISDB", 1, &[("u", 300, &[][..], &[][..])], &[], &[], Some(user())),
        ("SSISDB", 1, &[("u", 301, &[], &[])], &[], &[], None),
        ("SSISDB", 1, &[], &[], &[("CONNECT ANY DATABASE", false)], Some(Principal::Guest)),
        ("msdb", 1, &[], &[], &[], Some(Principal::Guest)),
        ("SSISDB", 1, &[], &[], &[], None),
    ] {
        let found = principal(&instance(permissions, roles), name, &database(owner, users), &"l".into());
        assert_eq!(found, wanted, "{name} {users:?} {roles:?} {permissions:?}");
    }
}

#[test]
fn object_permissions_by_user_role_and_schema() {
    for (roles, grants, permission, object, wanted) in [
        (&[][..], &[][..], "SELECT", "internal.tasks", false),
        (&[], &["SELECT ON internal.tasks"], "SELECT", "internal.tasks", true),
        (&["db_datareader"], &["DENY SELECT ON internal.tasks"], "SELECT", "internal.tasks", false),
        (&["db_datareader"], &[], "SELECT", "internal.tasks", true),
        (&["readers"], &[], "SELECT", "dbo.t", true),
        (&[], &[], "SELECT", "catalog.folders", true),
        (&[], &[], "EXECUTE", "catalog.startup", false),
        (&["ssis_admin"], &[], "EXECUTE", "catalog.startup", true),
        (&["ssis_admin"], &[], "EXECUTE", "internal.master_heartbeat", true),
        (&["ssis_admin"], &[], "SELECT", "internal.tasks", false),
        (&["ssis_failover_monitoring_agent"], &[], "EXECUTE", "catalog.startup", true),
        (&["ssis_failover_monitoring_agent"], &[], "EXECUTE", "internal.refresh_replica_status", false),
        (&["db_owner"], &[], "EXECUTE", "internal.anything", true),
    ] {
        let database = database(1, &[("u", 300, roles, grants)]);
        let user = Principal::User("u".into());
        let has = has_object_permission("SSISDB", &database, &user, permission, object);
        assert_eq!(has, wanted, "{roles:?} {grants:?} {permission} {object}");
        assert!(has_object_permission("SSISDB", &database, &Principal::Dbo, permission, object));
    }
}
