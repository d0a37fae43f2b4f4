//! The group's chain up to the endpoints: agents, cluster, instances, logins, firewall, rights.

use super::{GROUP, Row, check};
use crate::tests::fixture::{ENGINE_ACCOUNT, NOW, instance, name, node, task_runs};
use scaleout_model::desired::DesiredGroup;
use scaleout_model::fact::{CauseKind, Fact};
use scaleout_model::names::AccountName;
use scaleout_model::node::{LoginMode, NodeState, Quorum, ServiceState, StartType};
use scaleout_model::observed::Observed;

/// Takes a login away on one instance.
fn forget(observed: &mut Observed, index: usize, login: &str) {
    let Fact::Known(logins) = &mut instance(observed, index).logins else { panic!("known") };
    logins.retain(|found| found.name != login.into());
}

fn cluster<'a>(observed: &'a mut Observed, on: &str) -> &'a mut scaleout_model::node::ClusterFacts {
    let Fact::Known(cluster) = &mut node(observed, on).cluster else { panic!("known") };
    cluster
}

fn engine<'a>(observed: &'a mut Observed, on: &str) -> &'a mut scaleout_model::node::EngineFacts {
    let Fact::Known(engines) = &mut node(observed, on).engines else { panic!("known") };
    &mut engines[0]
}

/// The rows.
pub(super) const ROWS: &[Row<DesiredGroup>] = &[
    (
        "the agent does not serve the namespace",
        |_, o| node(o, "QRY2").agent.served_namespaces.clear(),
        &["AgentsReachable QRY2: Blocked NamespaceNotAllowed"],
        "",
    ),
    (
        "another group has claimed the replica",
        |_, o| node(o, "QRY1").agent.claims[0].name = "other".into(),
        &["AgentsReachable QRY1: Blocked ClaimedByOther"],
        "",
    ),
    (
        "the node is in another cluster",
        |_, o| cluster(o, "QRY1").name = "FC8".into(),
        &["ClusterHealthy QRY1: Blocked FailoverClusterDiffers"],
        "",
    ),
    (
        "spec names no cluster",
        |d, _| d.policy.failover_cluster = None,
        &[
            "ClusterHealthy QRY1: Blocked FailoverClusterDiffers",
            "ClusterHealthy QRY2: Blocked FailoverClusterDiffers",
        ],
        "",
    ),
    (
        "the node left its cluster",
        |_, o| node(o, "QRY2").cluster = Fact::Absent,
        &["ClusterHealthy QRY2: Blocked FailoverClusterMissing"],
        "",
    ),
    (
        "quorum is forced",
        |_, o| cluster(o, "QRY1").quorum = Quorum::Forced,
        &["ClusterHealthy QRY1: Blocked QuorumNotNormal"],
        "",
    ),
    (
        "a node is down, as itself can't say",
        |_, o| cluster(o, "QRY2").nodes[1].state = NodeState::Down,
        &["ClusterHealthy QRY2: Waiting ClusterNodeDown"],
        "",
    ),
    (
        "an instance is of another version",
        |_, o| instance(o, 1).major = 16,
        &[
            "InstancesSuitable QRY1: Blocked VersionDiffers",
            r"InstancesSuitable QRY2\ETL: Blocked VersionDiffers",
            r"InstancePrerequisites QRY2\ETL: Blocked SsisFeatureMissingOnReplica",
        ],
        "",
    ),
    (
        "an instance is too old",
        |_, o| (instance(o, 0).major, instance(o, 1).major) = (13, 13),
        &[
            "InstancesSuitable QRY1: Blocked UnsupportedVersion",
            r"InstancesSuitable QRY2\ETL: Blocked UnsupportedVersion",
            "InstancePrerequisites QRY1: Blocked SsisFeatureMissingOnReplica",
            r"InstancePrerequisites QRY2\ETL: Blocked SsisFeatureMissingOnReplica",
        ],
        "",
    ),
    (
        "an edition is too low",
        |_, o| instance(o, 1).engine_edition = 2,
        &[r"InstancesSuitable QRY2\ETL: Blocked EditionTooLow"],
        "",
    ),
    (
        "an instance is a failover cluster instance",
        |_, o| instance(o, 1).clustered = true,
        &[r"InstancesSuitable QRY2\ETL: Blocked EditionTooLow"],
        "",
    ),
    (
        "an instance refuses SQL logins",
        |_, o| instance(o, 1).windows_only = true,
        &[r"InstancesSuitable QRY2\ETL: Blocked MixedModeOff"],
        "",
    ),
    (
        "mixed mode is off from the next start on",
        |_, o| engine(o, "QRY2").login_mode = LoginMode::WindowsOnly,
        &[r"InstancesSuitable QRY2\ETL: Warned MixedModeOff"],
        "",
    ),
    (
        "mixed mode is off from the next start on and Always On needs one",
        |_, o| {
            engine(o, "QRY2").login_mode = LoginMode::WindowsOnly;
            instance(o, 1).hadr_enabled = false;
        },
        &[r"InstancesSuitable QRY2\ETL: Blocked MixedModeOff"],
        "",
    ),
    (
        "collations differ",
        |_, o| instance(o, 1).collation = "Latin1_General_CS_AS".into(),
        &[
            "InstancesSuitable QRY1: Blocked CollationDiffers",
            r"InstancesSuitable QRY2\ETL: Blocked CollationDiffers",
        ],
        "",
    ),
    (
        "the observer sees too little",
        |_, o| instance(o, 1).rights.any_definition = false,
        &[r"OperatorLogins QRY2\ETL: Blocked ObserverLacksRights"],
        "",
    ),
    (
        "the operator's login has another SID",
        |_, o| {
            let Fact::Known(logins) = &mut instance(o, 1).logins else { panic!("known") };
            logins[0].sid = "FF".into();
        },
        &[
            "OperatorLogins QRY1: Blocked LoginSidDiffers",
            r"OperatorLogins QRY2\ETL: Blocked LoginSidDiffers",
        ],
        "",
    ),
    (
        "the operator's login is missing",
        |_, o| forget(o, 1, "doer"),
        &[r"OperatorLogins QRY2\ETL: Blocked OperatorLoginMissing"],
        "",
    ),
    (
        "the operator is no sysadmin any more",
        |_, o| {
            let Fact::Known(logins) = &mut instance(o, 0).logins else { panic!("known") };
            logins[0].sysadmin = false;
        },
        &["OperatorLogins QRY1: Blocked OperatorLoginMissing"],
        "",
    ),
    (
        "an instance runs under a local account",
        |_, o| engine(o, "QRY2").account = AccountName::new(r"NT Service\MSSQL$ETL"),
        &[
            r"InstancePrerequisites QRY2\ETL: Blocked ServiceAccountNotDomain",
            "EndpointAccess QRY1: CreateWindowsLogin",
        ],
        "",
    ),
    (
        "Integration Services is missing",
        |_, o| node(o, "QRY1").features = Fact::Known(Vec::new()),
        &["InstancePrerequisites QRY1: Blocked SsisFeatureMissingOnReplica"],
        "",
    ),
    (
        "the node has no such instance",
        |_, o| node(o, "QRY1").engines = Fact::Known(Vec::new()),
        &[
            "InstancePrerequisites QRY1: Blocked ReplicaNameDiffers",
            "SqlAgentRunning QRY1: Blocked ReplicaNameDiffers",
            r"EndpointAccess QRY2\ETL: Blocked ReplicaNameDiffers",
        ],
        "",
    ),
    (
        "a firewall rule was switched off",
        |_, o| {
            let Fact::Known(rules) = &mut node(o, "QRY2").firewall else { panic!("known") };
            rules[0].enabled = false;
        },
        &["GroupFirewall QRY2: EnsureFirewallRule"],
        "port: 5024",
    ),
    (
        "Always On is off",
        |_, o| instance(o, 1).hadr_enabled = false,
        &[r"HadrEnabled QRY2\ETL: EnableHadr"],
        r#"instance: "ETL""#,
    ),
    (
        "Always On is off and tasks of an SSISDB there run",
        |_, o| {
            instance(o, 1).hadr_enabled = false;
            task_runs(o);
        },
        &[r"HadrEnabled QRY2\ETL: Blocked TasksRunning"],
        "",
    ),
    (
        "Always On is off, tasks run, and the wait for them is over",
        |d, o| {
            instance(o, 1).hadr_enabled = false;
            task_runs(o);
            d.policy.quiet_timeout_seconds = Some(60);
            o.waits.insert(r"HadrEnabled QRY2\ETL".into(), NOW - 60_000);
        },
        &[r"HadrEnabled QRY2\ETL: EnableHadr"],
        "",
    ),
    (
        "Always On is off where no SSISDB is, and tasks run",
        |_, o| {
            instance(o, 1).hadr_enabled = false;
            instance(o, 1).catalog_database = Fact::Absent;
            task_runs(o);
        },
        &[r"HadrEnabled QRY2\ETL: EnableHadr", r"SeedingGranted QRY2\ETL: GrantSeeding"],
        "",
    ),
    (
        "Always On is off and spec allows no restart",
        |d, o| {
            d.policy.disruption_allowed = false;
            instance(o, 1).hadr_enabled = false;
        },
        &[r"HadrEnabled QRY2\ETL: Blocked DisruptionNotAllowed"],
        "",
    ),
    (
        "SQL Server Agent was stopped",
        |_, o| engine(o, "QRY1").sql_agent = ServiceState::Stopped,
        &["SqlAgentRunning QRY1: StartService"],
        "SqlAgent",
    ),
    (
        "SQL Server Agent does not start at boot",
        |_, o| engine(o, "QRY2").sql_agent_start = StartType::Manual,
        &[r"SqlAgentRunning QRY2\ETL: ConfigureService"],
        "Automatic",
    ),
    (
        "SQL Server Agent is starting",
        |_, o| engine(o, "QRY1").sql_agent = ServiceState::Pending,
        &["SqlAgentRunning QRY1: Waiting ServiceNotRunning"],
        "",
    ),
    (
        "the cluster service lost a right",
        |_, o| {
            let Fact::Known(all) = &mut instance(o, 1).permissions else { panic!("known") };
            all.remove(0);
        },
        &[r"ClusterServiceRights QRY2\ETL: GrantClusterService"],
        "",
    ),
    (
        "the observer may not read the jobs",
        |_, o| instance(o, 1).rights.jobs = false,
        &[r"JobObserver QRY2\ETL: EnsureJobObserver"],
        "watcher",
    ),
    (
        "CLR is off",
        |_, o| instance(o, 1).support.clr_enabled = Fact::Known(false),
        &[r"ClrEnabled QRY2\ETL: EnableClr"],
        "",
    ),
    (
        "the endpoint was dropped",
        |_, o| instance(o, 1).endpoint = Fact::Absent,
        &["GroupFirewall QRY2: EnsureFirewallRule", r"MirroringEndpoint QRY2\ETL: CreateEndpoint"],
        r#"name: "mirroring", port: 5099"#,
    ),
    (
        "the endpoint was stopped",
        |_, o| {
            let Fact::Known(endpoint) = &mut instance(o, 0).endpoint else { panic!("known") };
            endpoint.started = false;
        },
        &["MirroringEndpoint QRY1: StartEndpoint"],
        "Adopted",
    ),
    (
        "the endpoint serves no partner",
        |_, o| {
            let Fact::Known(endpoint) = &mut instance(o, 0).endpoint else { panic!("known") };
            endpoint.partner = false;
        },
        &["MirroringEndpoint QRY1: Blocked EndpointUnsuitable"],
        "",
    ),
    (
        "the other's account has no login",
        |_, o| forget(o, 0, ENGINE_ACCOUNT),
        &["EndpointAccess QRY1: CreateWindowsLogin"],
        "sql-engine",
    ),
    (
        "the other's account may not connect",
        |_, o| {
            let Fact::Known(all) = &mut instance(o, 0).permissions else { panic!("known") };
            all.retain(|permission| permission.endpoint.is_none());
        },
        &["EndpointAccess QRY1: GrantEndpointConnect"],
        "Adopted",
    ),
    (
        "the agent refuses the controller",
        |_, o| {
            let refused = Fact::unknown(CauseKind::CredentialRefused, "certificate refused");
            o.nodes.insert(name("QRY2"), refused);
        },
        &[
            "AgentsReachable QRY2: Blocked AgentRefusedController",
            "ClusterHealthy QRY2: Blocked AgentRefusedController",
            "InstancePrerequisites QRY2: Blocked AgentRefusedController",
            "GroupFirewall QRY2: Blocked AgentRefusedController",
            "SqlAgentRunning QRY2: Blocked AgentRefusedController",
            "EndpointAccess QRY1: Blocked AgentRefusedController",
        ],
        "",
    ),
];

#[test]
fn each_drift_of_nodes_and_instances_gets_its_op() {
    check(&GROUP, ROWS);
}
