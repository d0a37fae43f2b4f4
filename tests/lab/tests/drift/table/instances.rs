//! Instances of the availability group, and what their SSIS Always On support is made of.

use crate::case::{Case, case, edit_grants, field, happens, on, revoke, set, unset, with};
use scaleout_sim_site::effect::NodeEffect;
use serde_json::json;

const CLUSTER: &str = r"NT SERVICE\ClusSvc";
const SQL: &str = r"CORP\svc-sql";
const CLEANUP: &str = "##MS_SSISServerCleanupJobLogin##";
const MONITOR: &str = "SSIS Failover Monitor Job";
const MAINTENANCE: &str = "SSIS Server Maintenance Job";

/// The cases.
pub(crate) fn cases() -> Vec<Case> {
    [machines(), rights(), support(), jobs()].into_iter().flatten().collect()
}

fn machines() -> Vec<Case> {
    let rule = |name: &str, field: &str| format!("/nodes/SQL02/firewall/rules/SSIS Scale Out {name}{field}");
    vec![
        case(
            "the endpoint's firewall rule is off",
            vec![set(rule("endpoint MSSQLSERVER", "/enabled"), false)],
        )
        .seen(&["GroupFirewall"])
        .effects(&["SetFirewallRule SQL02"]),
        case("the instance's firewall rule is deleted", vec![unset(rule("SQL MSSQLSERVER", ""))])
            .seen(&["GroupFirewall"])
            .effects(&["SetFirewallRule SQL02"]),
        case("the listener's firewall rule has another port", vec![set(rule("listener", "/port"), 1434)])
            .seen(&["GroupFirewall"])
            .effects(&["SetFirewallRule SQL02"]),
        case(
            "Always On is switched off on the secondary, which is restarted",
            vec![
                set(on("SQL02", "hadrEnabled"), false),
                happens("SQL02", NodeEffect::RestartInstance { instance: "MSSQLSERVER".into() }),
            ],
        )
        .seen(&["HadrEnabled"])
        .effects(&[
            "SetHadr SQL02",
            "StopService SQL02",
            "StopService SQL02",
            "StartService SQL02",
            "StartService SQL02",
        ]),
        case(
            "SQL Server Agent is stopped",
            vec![happens("SQL01", NodeEffect::StopService { service: "SQLSERVERAGENT".into() })],
        )
        .seen(&["SqlAgentRunning"])
        .effects(&["StartService SQL01"]),
        case(
            "SQL Server Agent does not start at boot",
            vec![set("/nodes/SQL02/services/SQLSERVERAGENT/startType", "manual")],
        )
        .seen(&["SqlAgentRunning"])
        .effects(&["SetStartType SQL02"]),
        case(
            "the endpoint is stopped on the secondary",
            vec![set(on("SQL02", "endpoints/hadr_endpoint/state"), "stopped")],
        )
        .seen(&["MirroringEndpoint"])
        .effects(&["AlterEndpoint SQL02"]),
        case(
            "the endpoint is stopped on the primary",
            vec![set(on("SQL01", "endpoints/hadr_endpoint/state"), "stopped")],
        )
        .seen(&["MirroringEndpoint"])
        .effects(&["AlterEndpoint SQL01"]),
        case(
            "the endpoint is dropped",
            vec![unset(on("SQL02", "endpoints/hadr_endpoint")), revoke("SQL02", SQL, "CONNECT")],
        )
        .seen(&["MirroringEndpoint"])
        .effects(&["CreateEndpoint SQL02", "SetServerPermission SQL02"]),
    ]
}

fn rights() -> Vec<Case> {
    vec![
        case(
            "the cluster service's login is dropped",
            vec![
                revoke("SQL02", CLUSTER, "CONNECT SQL"),
                revoke("SQL02", CLUSTER, "ALTER ANY AVAILABILITY GROUP"),
                revoke("SQL02", CLUSTER, "VIEW SERVER STATE"),
                unset(on("SQL02", &format!("logins/{CLUSTER}"))),
            ],
        )
        .seen(&["ClusterServiceRights"])
        .effects(&["CreateLogin SQL02", "SetServerPermission SQL02", "SetServerPermission SQL02"]),
        case(
            "the cluster service may not alter groups",
            vec![revoke("SQL02", CLUSTER, "ALTER ANY AVAILABILITY GROUP")],
        )
        .seen(&["ClusterServiceRights"])
        .effects(&["SetServerPermission SQL02"]),
        case(
            "the cluster service may not see the server's state",
            vec![revoke("SQL02", CLUSTER, "VIEW SERVER STATE")],
        )
        .seen(&["ClusterServiceRights"])
        .effects(&["SetServerPermission SQL02"]),
        case(
            "the other replica's account has no login",
            vec![
                revoke("SQL01", SQL, "CONNECT SQL"),
                revoke("SQL01", SQL, "CONNECT"),
                unset(on("SQL01", &format!("logins/{SQL}"))),
            ],
        )
        .seen(&["EndpointAccess"])
        .effects(&["CreateLogin SQL01", "SetServerPermission SQL01"]),
        case(
            "the other replica's account may not connect to the endpoint",
            vec![revoke("SQL01", SQL, "CONNECT")],
        )
        .seen(&["EndpointAccess"])
        .effects(&["SetServerPermission SQL01"]),
        case(
            "the observer's user in msdb is dropped",
            vec![unset(on("SQL02", "databases/msdb/content/users/scaleout_observer"))],
        )
        .seen(&["AgentJobs", "JobObserver"])
        .effects(&[
            "CreateUser SQL02",
            "SetObjectPermission SQL02",
            "SetObjectPermission SQL02",
            "SetObjectPermission SQL02",
            "SetObjectPermission SQL02",
            "SetObjectPermission SQL02",
        ]),
        case(
            "the observer may not read msdb's jobs",
            vec![edit_grants("SQL02", "databases/msdb/content/users/scaleout_observer", json!([]))],
        )
        .seen(&["AgentJobs", "JobObserver"])
        .effects(&[
            "SetObjectPermission SQL02",
            "SetObjectPermission SQL02",
            "SetObjectPermission SQL02",
            "SetObjectPermission SQL02",
            "SetObjectPermission SQL02",
        ]),
    ]
}

fn support() -> Vec<Case> {
    let trusted = |node: &'static str| {
        with(move |lab| {
            let path = on(node, "trustedAssemblies");
            let all = field(lab, &path)?;
            all.as_object()
                .into_iter()
                .flatten()
                .try_for_each(|(hash, _)| lab.unset(&format!("{path}/{hash}")))
        })
    };
    let startup =
        |node, rest| on(node, &format!("databases/master/content/procedures/dbo.sp_ssis_startup{rest}"));
    let login = |node, rest| on(node, &format!("logins/{CLEANUP}{rest}"));
    vec![
        case(
            "clr enabled is off",
            vec![
                set(on("SQL02", "configuration/clr enabled/value"), 0),
                set(on("SQL02", "configuration/clr enabled/inUse"), 0),
            ],
        )
        .seen(&["ClrEnabled"])
        .effects(&["Configure SQL02", "Reconfigure SQL02"]),
        case("the start-up procedure is dropped", vec![unset(startup("SQL02", ""))])
            .seen(&["StartupProcedure"])
            .effects(&["CreateProcedure SQL02", "SetStartup SQL02"]),
        case(
            "the start-up procedure does not run at start-up",
            vec![set(startup("SQL01", "/atStartup"), false)],
        )
        .seen(&["StartupProcedure"])
        .effects(&["SetStartup SQL01"]),
        case("the catalog's assembly is not trusted", vec![trusted("SQL02")])
            .seen(&["AssemblyTrusted"])
            .effects(&["TrustAssembly SQL02"]),
        case(
            "the clean-up login is dropped on the secondary",
            vec![
                revoke("SQL02", CLEANUP, "CONNECT SQL"),
                revoke("SQL02", CLEANUP, "VIEW SERVER STATE"),
                unset(login("SQL02", "")),
            ],
        )
        .seen(&["AgentJobs", "CleanupLogin"])
        .effects(&["CreateLogin SQL02", "EnableLogin SQL02", "SetServerPermission SQL02"])
        .leaves(&["/nodes/*/instances/*/logins/##MS_SSISServerCleanupJobLogin##/kind/**"]),
        case(
            "the clean-up login is dropped on the primary",
            vec![
                revoke("SQL01", CLEANUP, "CONNECT SQL"),
                revoke("SQL01", CLEANUP, "VIEW SERVER STATE"),
                unset(login("SQL01", "")),
            ],
        )
        .seen(&["AgentJobs", "CleanupLogin"])
        .effects(&["CreateLogin SQL01", "EnableLogin SQL01", "SetServerPermission SQL01"])
        .leaves(&["/nodes/*/instances/*/logins/##MS_SSISServerCleanupJobLogin##/kind/**"]),
        case("the clean-up login is enabled", vec![set(login("SQL02", "/disabled"), false)])
            .seen(&["CleanupLogin"])
            .effects(&["EnableLogin SQL02"]),
        case(
            "the clean-up login may not see the server's state",
            vec![revoke("SQL02", CLEANUP, "VIEW SERVER STATE")],
        )
        .seen(&["CleanupLogin"])
        .effects(&["SetServerPermission SQL02"]),
        case(
            "the clean-up login of the secondary has another SID",
            vec![set(login("SQL02", "/sid"), "00112233445566778899AABBCCDDEEFF")],
        )
        .seen(&["AgentJobs", "CleanupLogin"])
        .told("ssisdb", "AlwaysOnSupported", "LoginSidDiffers")
        .seen(&["AgentJobs", "CleanupLogin"])
        .told("ssisdb", "AlwaysOnSupported", "LoginSidDiffers"),
    ]
}

fn jobs() -> Vec<Case> {
    let job = |node, name: &str, rest: &str| on(node, &format!("jobs/{name}{rest}"));
    let schedule = "/schedules/Monitor Scheduler";
    vec![
        case("the failover monitor job is dropped", vec![unset(job("SQL02", MONITOR, ""))])
            .seen(&["AgentJobs"])
            .effects(&["AddJob SQL02", "AddJobStep SQL02", "AddJobSchedule SQL02", "AddJobServer SQL02"]),
        case("the failover monitor job is disabled", vec![set(job("SQL01", MONITOR, "/enabled"), false)])
            .seen(&["AgentJobs"])
            .effects(&["UpdateJob SQL01"]),
        case("the failover monitor job has no schedule", vec![unset(job("SQL01", MONITOR, schedule))])
            .seen(&["AgentJobs"])
            .effects(&["AddJobSchedule SQL01"]),
        case(
            "the failover monitor job's schedule is off",
            vec![set(job("SQL01", MONITOR, &format!("{schedule}/enabled")), false)],
        )
        .seen(&["AgentJobs"])
        .effects(&["DetachSchedule SQL01", "AddJobSchedule SQL01"]),
        case("the failover monitor job has no step", vec![set(job("SQL02", MONITOR, "/steps"), json!([]))])
            .seen(&["AgentJobs"])
            .effects(&["AddJobStep SQL02"]),
        case(
            "the failover monitor job belongs to nobody",
            vec![set(job("SQL02", MONITOR, "/owner"), "00112233445566778899AABBCCDDEEFF")],
        )
        .seen(&["AgentJobs"])
        .effects(&["UpdateJob SQL02"]),
        case("the maintenance job is dropped", vec![unset(job("SQL02", MAINTENANCE, ""))])
            .seen(&["AgentJobs"])
            .effects(&[
                "AddJob SQL02",
                "AddJobStep SQL02",
                "AddJobStep SQL02",
                "AddJobSchedule SQL02",
                "AddJobServer SQL02",
            ]),
        case("the maintenance job is disabled", vec![set(job("SQL01", MAINTENANCE, "/enabled"), false)])
            .seen(&["AgentJobs"])
            .effects(&["UpdateJob SQL01"]),
        case(
            "the maintenance job has no schedule",
            vec![unset(job("SQL01", MAINTENANCE, "/schedules/SSISDB Scheduler"))],
        )
        .seen(&["AgentJobs"])
        .effects(&["AddJobSchedule SQL01"]),
        case(
            "the maintenance job's schedule is off",
            vec![set(job("SQL01", MAINTENANCE, "/schedules/SSISDB Scheduler/enabled"), false)],
        )
        .seen(&["AgentJobs"])
        .effects(&["DetachSchedule SQL01", "AddJobSchedule SQL01"]),
        case(
            "the maintenance job lost a step",
            vec![with(move |lab| {
                let path = job("SQL02", MAINTENANCE, "/steps");
                let mut steps = field(lab, &path)?;
                steps.as_array_mut().map(Vec::pop);
                lab.set(&path, steps)
            })],
        )
        .seen(&["AgentJobs"])
        .effects(&["AddJobStep SQL02"]),
        case(
            "the maintenance job belongs to nobody",
            vec![set(job("SQL02", MAINTENANCE, "/owner"), "00112233445566778899AABBCCDDEEFF")],
        )
        .seen(&["AgentJobs"])
        .effects(&["UpdateJob SQL02"]),
    ]
}
