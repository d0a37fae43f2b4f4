//! What nobody notices today, or what is noticed and not mended. Each case holds the present behaviour; one that
//! changes fails here and moves.

use crate::case::{Case, case, content, edit_grants, field, on, role, set, with};
use serde_json::{Value, json};

const CLUSTER: &str = r"NT SERVICE\ClusSvc";
const SQL: &str = r"CORP\svc-sql";
const MONITOR: &str = "SSIS Failover Monitor Job";
const MAINTENANCE: &str = "SSIS Server Maintenance Job";
const NO_FACT: &str = "no fact is read of it";

/// The cases.
pub(crate) fn cases() -> Vec<Case> {
    [jobs(), logins(), machines(), clustered(), catalog()].into_iter().flatten().collect()
}

fn jobs() -> Vec<Case> {
    let job = |name: &str, rest: &str| on("SQL02", &format!("jobs/{name}/{rest}"));
    let rewritten = |name: &'static str| {
        with(move |lab| {
            let path = job(name, "steps");
            let mut steps = field(lab, &path)?;
            for step in steps.as_array_mut().into_iter().flatten() {
                for (key, value) in
                    [("command", json!("SELECT 1")), ("database", json!("msdb")), ("name", json!("x"))]
                {
                    step[key] = value;
                }
                for key in ["onSuccess", "onFail", "retryAttempts", "retryInterval"] {
                    step[key] = json!(9);
                }
            }
            lab.set(&path, steps)
        })
    };
    let rescheduled = |name: &str, schedule: &str| {
        ["freqType", "freqInterval", "freqSubdayType", "freqSubdayInterval", "activeStartTime"]
            .map(|field| set(job(name, &format!("schedules/{schedule}/{field}")), 9))
            .into_iter()
            .collect::<Vec<_>>()
    };
    vec![
        case(
            "the failover monitor job is not for this server",
            vec![set(job(MONITOR, "localServer"), false)],
        )
        .overlooked(NO_FACT),
        case("the maintenance job is not for this server", vec![set(job(MAINTENANCE, "localServer"), false)])
            .overlooked(NO_FACT),
        case("the failover monitor job does something else", vec![rewritten(MONITOR)])
            .overlooked("steps are counted, not read"),
        case("the maintenance job does something else", vec![rewritten(MAINTENANCE)])
            .overlooked("steps are counted, not read"),
        case("the failover monitor job runs at other times", rescheduled(MONITOR, "Monitor Scheduler"))
            .overlooked("that there is a schedule is read, not which"),
        case("the maintenance job runs at other times", rescheduled(MAINTENANCE, "SSISDB Scheduler"))
            .overlooked("that there is a schedule is read, not which"),
        case(
            "the start-up procedure does something else",
            vec![set(
                on("SQL02", "databases/master/content/procedures/dbo.sp_ssis_startup/definition"),
                "CREATE PROCEDURE x",
            )],
        )
        .overlooked("that it is there is read, not what it does"),
    ]
}

fn logins() -> Vec<Case> {
    let denied = |grantee: &'static str, permission: &'static str| {
        with(move |lab| {
            let path = on("SQL01", "permissions");
            let mut rows = field(lab, &path)?;
            for row in rows.as_array_mut().into_iter().flatten() {
                if row["grantee"] == grantee && row["permission"] == permission {
                    row["denied"] = true.into();
                }
            }
            lab.set(&path, rows)
        })
    };
    let second = |login: &str, field: &str| on("SQL02", &format!("logins/{login}/{field}"));
    vec![
        case(
            "the cluster service's login is disabled on the secondary",
            vec![set(second(CLUSTER, "disabled"), true)],
        )
        .seen(&["CatalogSynchronized"])
        .told("ssisdb", "GroupReady", "ReplicaNotConnected"),
        case("the other replica's account has a disabled login", vec![set(second(SQL, "disabled"), true)])
            .overlooked("that the login is there is read, not whether it is disabled"),
        case("the other replica's account is denied the endpoint", vec![denied(SQL, "CONNECT")])
            .seen(&["EndpointAccess"])
            .effects(&["SetServerPermission SQL01"]),
        case(
            "the clean-up user may not run the maintenance procedures",
            vec![edit_grants(
                "SQL01",
                "databases/SSISDB/content/users/##MS_SSISServerCleanupJobUser##",
                json!([]),
            )],
        )
        .overlooked("roles of the user are read, not its permissions"),
    ]
}

fn machines() -> Vec<Case> {
    vec![
        case(
            "Always On is switched off from the next start on",
            vec![set(on("SQL02", "hadrEnabled"), false)],
        )
        .overlooked("the running instance is read, not its configuration"),
        case(
            "a firewall rule is of another group",
            vec![set("/nodes/SQL02/firewall/rules/SSIS Scale Out master/group", "others")],
        )
        .seen(&["MasterFirewall"])
        .effects(&["SetFirewallRule SQL02"]),
        case(
            "the master's account may not log on as a service",
            vec![set("/nodes/SQL02/serviceLogonRight", json!([SQL]))],
        )
        .overlooked("found at the next start: 1069"),
        case(
            "another password is stored with the service",
            vec![set("/nodes/SQL02/services/SSISScaleOutMaster150/password", json!({"secret": "another"}))],
        )
        .overlooked("Windows tells no passwords; found at the next start: 1069"),
        case(
            "another password is stored with the worker's service",
            vec![set("/nodes/ETL01/services/SSISScaleOutWorker150/password", json!({"secret": "another"}))],
        )
        .overlooked("Windows tells no passwords; found at the next start: 1069"),
    ]
}

fn clustered() -> Vec<Case> {
    let of = |resource: &str, field: &str| role(&format!("resources/{resource}/{field}"));
    let (name, address, service) =
        ("ssis-master", "ssis-master IP Address 10.0.0.50", "ssis-master Scale Out Master");
    vec![
        case("the role fails back by itself", vec![set(role("autoFailback"), true)]).overlooked(NO_FACT),
        case("the service does not depend on the name", vec![set(of(service, "dependsOn"), json!([]))])
            .overlooked("dependencies are written with the resource and not read"),
        case("the name does not depend on the address", vec![set(of(name, "dependsOn"), json!([]))])
            .overlooked("dependencies are written with the resource and not read"),
        case(
            "the service uses the network name",
            vec![set(of(service, "kind/genericService/useNetworkName"), true)],
        )
        .overlooked(NO_FACT),
        case(
            "a node is no possible owner of the address",
            vec![set(of(address, "possibleOwners"), json!(["SQL01"]))],
        )
        .overlooked("owners of the service are read"),
        case(
            "a node is no possible owner of the name",
            vec![set(of(name, "possibleOwners"), json!(["SQL01"]))],
        )
        .overlooked("owners of the service are read"),
        case(
            "the role's address has another mask",
            vec![set(of(address, "kind/ipAddress/mask"), "255.255.0.0")],
        )
        .overlooked("addresses are compared, not their masks"),
        case(
            "the role's address is of another network",
            vec![set(of(address, "kind/ipAddress/network"), "other")],
        )
        .overlooked("addresses are compared, not their networks"),
    ]
}

fn catalog() -> Vec<Case> {
    vec![
        case(
            "the log connection string is another",
            vec![set(content("catalog/logConnectionString"), json!({"secret": "Data Source=elsewhere"}))],
        )
        .overlooked("it holds a password and is not read back; evidence stands for it"),
        case(
            "the log connection string is gone",
            vec![set(content("catalog/logConnectionString"), Value::Null)],
        )
        .overlooked("it holds a password and is not read back; evidence stands for it"),
        case(
            "the master key has another password",
            vec![set(content("catalog/masterKey/password"), json!({"secret": "another"}))],
        )
        .overlooked("it was proved for this Secret and this database"),
        case(
            "the primary is registered as a secondary",
            vec![set(content("catalog/alwaysonSupportState/SQL01"), 2)],
        )
        .overlooked("rows are found by name; the failover monitor job corrects the state"),
    ]
}
