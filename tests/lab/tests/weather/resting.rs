//! Weather over a site that is as it should be: nothing is done.

use crate::act::Act::{
    Api, ApiAtTimes, FailOver, Instance, MoveRole, Node, NodeFault, PowerOff, Set, Stopped,
};
use crate::case::When::{AtRest, AtStart};
use crate::case::{ALL_READY, Case};
use scaleout_lab::Weather::{Barred, Error, Garbled, Refused, Reset, Silent, Slow, Stranger};
use scaleout_sim_site::faults::Fault;
use std::time::Duration;

const GROUP_UNREAD: &[(&str, &str, &str, &str)] = &[
    ("group", "Ready", "Unknown", "InstanceUnreachable"),
    ("group", "InstancesReady", "False", "InstanceUnreachable"),
];

/// All cases.
pub(crate) const CASES: &[Case] = &[
    // Agents.
    Case::new(
        "the agent of a replica is silent",
        AtRest,
        &[Node("SQL02", Silent)],
        &[
            ("group", "AgentsReachable", "False", "AgentUnreachable"),
            ("group", "Ready", "Unknown", "AgentUnreachable"),
            ("master", "Ready", "Unknown", "AgentUnreachable"),
        ],
    ),
    Case::new(
        "the agent of a replica refuses connections",
        AtRest,
        &[Node("SQL01", Refused)],
        &[
            ("group", "AgentsReachable", "False", "AgentUnreachable"),
            ("group", "Ready", "Unknown", "AgentUnreachable"),
            ("master", "Ready", "Unknown", "AgentUnreachable"),
        ],
    ),
    Case::new(
        "the agent of a worker resets connections",
        AtRest,
        &[Node("ETL01", Reset)],
        &[
            ("etl01", "AgentReachable", "False", "AgentUnreachable"),
            ("etl01", "Ready", "Unknown", "AgentUnreachable"),
            ("etl03", "Ready", "True", "Converged"),
            ("group", "Ready", "True", "Converged"),
            ("master", "Ready", "True", "Converged"),
        ],
    ),
    Case::new(
        "the agent of a worker answers garbage",
        AtRest,
        &[Node("ETL01", Garbled)],
        &[("etl01", "Ready", "Unknown", "NotObserved"), ("master", "Ready", "True", "Converged")],
    ),
    Case::new(
        "the agent of a replica answers garbage",
        AtStart,
        &[Node("SQL01", Garbled)],
        &[("group", "Ready", "Unknown", "NotObserved")],
    ),
    Case::new("an agent is slow", AtRest, &[Node("SQL02", Slow(Duration::from_secs(10)))], ALL_READY),
    Case::new(
        "an agent is slower than its deadline",
        AtRest,
        &[Node("ETL02", Slow(Duration::from_secs(25)))],
        &[("etl02", "Ready", "Unknown", "AgentUnreachable")],
    ),
    Case::new(
        "a stranger answers as agent",
        AtRest,
        &[Node("SQL02", Stranger)],
        &[
            ("group", "Ready", "False", "AgentIdentityRefused"),
            ("group", "Stalled", "True", "AgentIdentityRefused"),
        ],
    ),
    Case::new(
        "an agent refuses the controller",
        AtRest,
        &[Node("ETL03", Barred)],
        &[
            ("etl03", "Ready", "False", "AgentRefusedController"),
            ("etl03", "Stalled", "True", "AgentRefusedController"),
            ("etl01", "Ready", "True", "Converged"),
        ],
    ),
    Case::new(
        "all agents are silent",
        AtStart,
        &[
            Node("SQL01", Silent),
            Node("SQL02", Silent),
            Node("ETL01", Silent),
            Node("ETL02", Silent),
            Node("ETL03", Silent),
        ],
        &[
            ("group", "Ready", "Unknown", "AgentUnreachable"),
            ("master", "Ready", "Unknown", "AgentUnreachable"),
            ("etl01", "Ready", "Unknown", "AgentUnreachable"),
        ],
    ),
    Case::new("host calls of an agent fail", AtRest, &[NodeFault("SQL02", Fault::Fail, 50)], ALL_READY),
    // Instances.
    Case::new("the secondary is silent", AtRest, &[Instance("SQL02", Silent)], GROUP_UNREAD),
    Case::new("the secondary refuses connections", AtStart, &[Instance("SQL02", Refused)], GROUP_UNREAD),
    Case::new(
        "the primary refuses connections",
        AtRest,
        &[Instance("SQL01", Refused)],
        &[
            ("group", "Ready", "Unknown", "InstanceUnreachable"),
            ("master", "Ready", "Unknown", "InstanceUnreachable"),
        ],
    ),
    Case::new("the primary resets connections", AtStart, &[Instance("SQL01", Reset)], GROUP_UNREAD),
    Case::new(
        "the secondary answers garbage",
        AtRest,
        &[Instance("SQL02", Garbled)],
        &[("group", "Ready", "Unknown", "NotObserved")],
    ),
    Case::new("the primary is slow", AtRest, &[Instance("SQL01", Slow(Duration::from_secs(3)))], ALL_READY),
    Case::new(
        "the primary is slower than its deadline",
        AtRest,
        &[Instance("SQL01", Slow(Duration::from_mins(1)))],
        GROUP_UNREAD,
    ),
    Case::new(
        "a stranger answers as secondary",
        AtStart,
        &[Instance("SQL02", Stranger)],
        &[("group", "Ready", "False", "CredentialRefused")],
    ),
    Case::new(
        "both instances are silent",
        AtStart,
        &[Instance("SQL01", Silent), Instance("SQL02", Silent)],
        GROUP_UNREAD,
    ),
    Case::new(
        "the secondary's database is not readable (976)",
        AtRest,
        &[Instance("SQL02", Error(976))],
        GROUP_UNREAD,
    ),
    Case::new(
        "the secondary takes read intent only (978)",
        AtRest,
        &[Instance("SQL02", Error(978))],
        GROUP_UNREAD,
    ),
    Case::new("the primary is resolving (983)", AtRest, &[Instance("SQL01", Error(983))], GROUP_UNREAD),
    Case::new("reads are deadlock victims (1205)", AtRest, &[Instance("SQL01", Error(1205))], GROUP_UNREAD),
    Case::new(
        "the connection to the primary is not active (35250)",
        AtStart,
        &[Instance("SQL02", Error(35250))],
        GROUP_UNREAD,
    ),
    Case::new("bringing online timed out (41131)", AtStart, &[Instance("SQL01", Error(41131))], GROUP_UNREAD),
    Case::new(
        "the local replica has failed (41143)",
        AtRest,
        &[Instance("SQL02", Error(41143))],
        GROUP_UNREAD,
    ),
    Case::new(
        "the database can't be opened (4060)",
        AtStart,
        &[Instance("SQL01", Error(4060))],
        GROUP_UNREAD,
    ),
    Case::new(
        "the instance is in single-user mode (18401)",
        AtStart,
        &[Instance("SQL02", Error(18401))],
        GROUP_UNREAD,
    ),
    Case::new(
        "rights are missing (300)",
        AtRest,
        &[Instance("SQL01", Error(300))],
        &[("group", "Ready", "False", "ObserverLacksRights")],
    ),
    // Machines, links, roles.
    Case::new(
        "the secondary's machine has no power",
        AtRest,
        &[PowerOff("SQL02")],
        &[("group", "Ready", "False", "AgentUnreachable")],
    ),
    Case::new(
        "the primary's machine has no power",
        AtRest,
        &[PowerOff("SQL01")],
        &[("group", "Ready", "False", "AgentUnreachable")],
    ),
    Case::new(
        "a worker's machine has no power",
        AtRest,
        &[PowerOff("ETL01")],
        &[("etl01", "Ready", "Unknown", "AgentUnreachable"), ("master", "Ready", "True", "Converged")],
    ),
    Case::new(
        "the secondary's instance is stopped",
        AtRest,
        &[Stopped("SQL02", "SQLSERVERAGENT"), Stopped("SQL02", "MSSQLSERVER")],
        &[
            ("group", "Ready", "False", "*"),
            ("group", "InstancesReady", "False", "InstanceUnreachable"),
            ("etl01", "Ready", "*", "*"),
        ],
    ),
    Case::new(
        "the link of the replicas is cut",
        AtRest,
        &[Set("/cutLinks", r#"[["SQL01","SQL02"]]"#)],
        &[("group", "Ready", "False", "ReplicaNotConnected")],
    ),
    Case::new(
        "the link of a worker to the master is cut",
        AtRest,
        &[Set("/cutLinks", r#"[["ETL01","SQL01"],["ETL01","SQL02"]]"#)],
        &[
            ("etl01", "HeartbeatFresh", "False", "WorkerHeartbeatStale"),
            ("etl03", "Ready", "True", "Converged"),
            ("group", "Ready", "True", "Converged"),
        ],
    ),
    Case::new("the group fails over", AtRest, &[FailOver("SQL02")], ALL_READY),
    Case::new("the role moves", AtRest, &[MoveRole("SQL02")], ALL_READY),
    Case::new(
        "the group fails over and the role moves",
        AtStart,
        &[FailOver("SQL02"), MoveRole("SQL02")],
        ALL_READY,
    ),
    // Kubernetes.
    Case::new("status can't be written (500)", AtRest, &[Api(500, "PATCH", "/status")], ALL_READY),
    Case::new("Secrets can't be read (500)", AtStart, &[Api(500, "GET", "/secrets/")], ALL_READY),
    Case::new("Kubernetes throttles (429)", AtStart, &[ApiAtTimes(429, "GET", "/", 2)], ALL_READY),
    Case::new("every second write conflicts (409)", AtRest, &[ApiAtTimes(409, "PATCH", "/", 2)], ALL_READY),
];
