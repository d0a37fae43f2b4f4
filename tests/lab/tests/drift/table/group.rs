//! The availability group, its listener, and SSISDB in it.

use crate::case::{Case, case, content, edit_grants, field, group, on, set, unset, with};
use serde_json::{Value, json};

/// The cases.
pub(crate) fn cases() -> Vec<Case> {
    [options(), replicas(), listener(), catalog(), leaving()].into_iter().flatten().collect()
}

fn options() -> Vec<Case> {
    let option = |name: &'static str, field: &str, value: Value| {
        case(name, vec![set(group(&format!("options/{field}")), value)])
    };
    vec![
        option("the failure condition level is another", "failureConditionLevel", json!(3))
            .seen(&["GroupOptions"])
            .effects(&["SetGroup SQL01"]),
        option("the health check's time-out is another", "healthCheckTimeout", json!(30_000))
            .seen(&["GroupOptions"])
            .effects(&["SetGroup SQL01"]),
        option("database health starts no failover", "dbFailover", json!(false))
            .seen(&["GroupOptions"])
            .effects(&["SetGroup SQL01"]),
        option("backups are preferred elsewhere", "automatedBackupPreference", json!("NONE"))
            .seen(&["GroupOptions"])
            .effects(&["SetGroup SQL01"]),
        option("no secondary need commit", "requiredSynchronizedSecondaries", json!(0))
            .seen(&["GroupOptions"])
            .effects(&["SetGroup SQL01"]),
        option("distributed transactions are off", "dtcSupport", json!(false))
            .seen(&["GroupOptions"])
            .effects(&["SetGroup SQL01"]),
    ]
}

fn replicas() -> Vec<Case> {
    let option = |name: &'static str, replica: &str, field: &str, value: Value| {
        case(name, vec![set(group(&format!("replicas/{replica}/{field}")), value)])
    };
    vec![
        case(
            "the secondary is asynchronous",
            vec![
                set(group("replicas/SQL02/failoverMode"), "manual"),
                set(group("replicas/SQL02/availabilityMode"), "asynchronous"),
            ],
        )
        .seen(&["AutomaticFailover", "ReplicaOptions"])
        .effects(&["ModifyReplica SQL01", "ModifyReplica SQL01"]),
        option("a replica fails over by hand only", "SQL01", "failoverMode", json!("manual"))
            .seen(&["AutomaticFailover"])
            .effects(&["ModifyReplica SQL01"]),
        option("a replica is seeded by hand", "SQL02", "seedingMode", json!("manual"))
            .seen(&["ReplicaOptions"])
            .effects(&["ModifyReplica SQL01"]),
        option("a replica's session time-out is another", "SQL02", "sessionTimeout", json!(10))
            .seen(&["ReplicaOptions"])
            .effects(&["ModifyReplica SQL01"]),
        option("a replica's backup priority is another", "SQL01", "backupPriority", json!(50))
            .seen(&["ReplicaOptions"])
            .effects(&["ModifyReplica SQL01"]),
        option("a secondary is not readable", "SQL02", "secondaryConnections", json!("no"))
            .seen(&["ReplicaOptions"])
            .effects(&["ModifyReplica SQL01"]),
        option("a replica has not joined", "SQL02", "joined", json!(false))
            .seen(&["ReplicasJoined"])
            .effects(&["JoinGroup SQL02"]),
    ]
}

fn listener() -> Vec<Case> {
    vec![
        case("the listener has another port", vec![set(group("listener/port"), 1434)])
            .seen(&["Listener"])
            .effects(&["SetListenerPort SQL01"]),
        case(
            "the listener has another address",
            vec![
                unset(group("listener/addresses/10.0.0.40")),
                set(group("listener/addresses/10.0.0.41"), "255.255.255.0"),
            ],
        )
        .seen(&["Listener"])
        .told("ssisdb", "ListenerReady", "ListenerConflict"),
        case("the listener is removed", vec![set(group("listener"), Value::Null)])
            .seen(&["Listener"])
            .effects(&["AddListener SQL01"]),
    ]
}

fn catalog() -> Vec<Case> {
    let user = |name: &str, rest: &str| content(&format!("users/{name}{rest}"));
    let credentials = |node: &'static str, change: fn(&scaleout_lab::Lab, &str) -> anyhow::Result<()>| {
        with(move |lab| {
            let path = on(node, "credentials");
            let all = field(lab, &path)?;
            all.as_object()
                .into_iter()
                .flatten()
                .try_for_each(|(key, _)| change(lab, &format!("{path}/{key}")))
        })
    };
    vec![
        case(
            "the primary's SSISDB belongs to another login",
            vec![set(on("SQL01", "databases/SSISDB/owner"), "01")],
        )
        .seen(&["CatalogOwner"])
        .effects(&["SetDatabaseOwner SQL01"]),
        case("the observer's user in SSISDB is dropped", vec![unset(user("scaleout_observer", ""))])
            .seen(&[
                "AssemblyTrusted",
                "AutomaticFailover",
                "CatalogObserver",
                "CleanupUser",
                "ReplicasRegistered",
            ])
            .effects(&["CreateUser SQL01", "SetRoleMember SQL01", "SetObjectPermission SQL01"]),
        case(
            "the observer is not ssis_cluster_executor",
            vec![set(user("scaleout_observer", "/roles"), json!([]))],
        )
        .seen(&["CatalogObserver"])
        .effects(&["SetRoleMember SQL01"]),
        case(
            "the observer may not see tasks",
            vec![edit_grants("SQL01", "databases/SSISDB/content/users/scaleout_observer", json!([]))],
        )
        .seen(&["CatalogObserver"])
        .effects(&["SetObjectPermission SQL01"]),
        case(
            "SSISDB was restored: the master key's password is proved anew",
            vec![set(on("SQL01", "databases/SSISDB/createdMs"), 1_700_000_000_000_i64)],
        )
        .seen(&["MasterKeyProved"]),
        case("the clean-up user is dropped", vec![unset(user("##MS_SSISServerCleanupJobUser##", ""))])
            .seen(&["CleanupUser"])
            .effects(&[
                "CreateUser SQL01",
                "SetRoleMember SQL01",
                "SetObjectPermission SQL01",
                "SetObjectPermission SQL01",
            ]),
        case(
            "the clean-up user is not in the monitor's role",
            vec![set(user("##MS_SSISServerCleanupJobUser##", "/roles"), json!([]))],
        )
        .seen(&["CleanupUser"])
        .effects(&["SetRoleMember SQL01"]),
        case(
            "the clean-up user has another SID",
            vec![set(user("##MS_SSISServerCleanupJobUser##", "/sid"), "00112233445566778899AABBCCDDEEFF")],
        )
        .seen(&["CleanupUser"])
        .effects(&["SetUserLogin SQL01"]),
        case(
            "the secondary's credential for the master key is dropped",
            vec![credentials("SQL02", scaleout_lab::Lab::unset)],
        )
        .seen(&["MasterKeyCredential"])
        .effects(&["AddKeyCredential SQL02"])
        .leaves(&["/nodes/*/instances/*/credentials/**"]),
        case(
            "the secondary's credential was made anew with another password",
            vec![credentials("SQL02", |lab, path| {
                lab.set(&format!("{path}/secret"), json!({"secret": "another"}))?;
                lab.set(&format!("{path}/createdMs"), json!(1_900_000_000_000_i64))
            })],
        )
        .seen(&["MasterKeyCredential"])
        .effects(&["AddKeyCredential SQL02"])
        .leaves(&["/nodes/*/instances/*/credentials/**"]),
        case(
            "the secondary is not registered for Always On support",
            vec![unset(content("catalog/alwaysonSupportState/SQL02"))],
        )
        .seen(&["ReplicasRegistered"])
        .effects(&["AddReplicaInfo SQL01"]),
        case(
            "the primary is not registered for Always On support",
            vec![unset(content("catalog/alwaysonSupportState/SQL01"))],
        )
        .seen(&["ReplicasRegistered"])
        .effects(&["AddReplicaInfo SQL01"]),
    ]
}

/// SSISDB left the group, the secondary's copy was dropped.
fn leaving() -> Vec<Case> {
    let out = || {
        vec![
            unset(group("databases/SSISDB")),
            unset(on("SQL02", "databases/SSISDB")),
            set(on("SQL01", "databases/SSISDB/group"), Value::Null),
        ]
    };
    let and = |more| [out(), more].into_iter().flatten().collect();
    vec![
        case("SSISDB left the group, the copy was dropped", out())
            .seen(&["CatalogInGroup"])
            .effects(&["AddDatabase SQL01"])
            .leaves(&["/groups/SSISDB_AG/databases/SSISDB", "/groups/SSISDB_AG/seeding/**"]),
        case(
            "SSISDB left the group and is SIMPLE",
            and(vec![
                set(on("SQL01", "databases/SSISDB/recovery"), "simple"),
                set(on("SQL01", "databases/SSISDB/logChain"), Value::Null),
            ]),
        )
        .seen(&["CatalogInGroup", "LogChain", "RecoveryFull"])
        .effects(&["SetDatabase SQL01", "BackupDatabase SQL01", "AddDatabase SQL01"])
        .leaves(&[
            "/groups/SSISDB_AG/databases/SSISDB",
            "/groups/SSISDB_AG/seeding/**",
            "/nodes/*/instances/*/databases/SSISDB/logChain",
            "/nodes/*/instances/*/backups/*",
        ])
        .leaves(&[
            "/groups/SSISDB_AG/databases/SSISDB",
            "/groups/SSISDB_AG/seeding/**",
            "/nodes/*/instances/*/databases/SSISDB/logChain",
            "/nodes/*/instances/*/backups/*",
        ]),
        case(
            "the secondary was taken out of the group, its copy dropped",
            vec![unset(on("SQL02", "databases/SSISDB")), unset(group("replicas/SQL02"))],
        )
        .seen(&["ReplicasAdded", "ReplicasJoined"])
        .effects(&[
            "AddReplica SQL01",
            "ModifyReplica SQL01",
            "ModifyReplica SQL01",
            "ModifyReplica SQL01",
            "ModifyReplica SQL01",
            "ModifyReplica SQL01",
            "ModifyReplica SQL01",
            "JoinGroup SQL02",
            "GrantSeeding SQL02",
        ])
        .leaves(&["/groups/SSISDB_AG/replicas/SQL02/**", "/groups/SSISDB_AG/seeding/**"]),
        case("the group was dropped, and the secondary's copy", and(vec![unset("/groups/SSISDB_AG")]))
            .seen(&["GroupExists"])
            .effects(&[
                "CreateGroup SQL01",
                "AddReplica SQL01",
                "ModifyReplica SQL01",
                "AddDatabase SQL01",
                "ModifyReplica SQL01",
                "ModifyReplica SQL01",
                "ModifyReplica SQL01",
                "ModifyReplica SQL01",
                "AddListener SQL01",
                "ModifyReplica SQL01",
                "ModifyReplica SQL01",
                "ModifyReplica SQL01",
                "JoinGroup SQL02",
                "GrantSeeding SQL02",
            ])
            .leaves(&[
                "/groups/SSISDB_AG/databases/SSISDB",
                "/groups/SSISDB_AG/resourceId",
                "/groups/SSISDB_AG/resourceGroupId",
            ])
            .leaves(&[
                "/groups/SSISDB_AG/databases/SSISDB",
                "/groups/SSISDB_AG/resourceId",
                "/groups/SSISDB_AG/resourceGroupId",
            ]),
    ]
}
