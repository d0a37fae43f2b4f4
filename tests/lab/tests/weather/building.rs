//! Weather while an empty site converges: nothing is done twice that takes something away.

use crate::act::Act::{
    Api, ApiAtTimes, FailOver, Instance, InstanceFault, MoveRole, Node, NodeFault, PowerOff, Set,
};
use crate::case::Case;
use crate::case::When::Under;
use scaleout_lab::Weather::{Error, Refused, Reset, Silent};
use scaleout_sim_site::faults::Fault;

/// Workers that started before the log connection string was written are restarted then.
const LATE: &[&str] = &["StopService"];

/// All cases.
pub(crate) const CASES: &[Case] = &[
    Case::new(
        "a worker's machine has no power from the beginning",
        Under(0),
        &[PowerOff("ETL02")],
        &[
            ("etl02", "Ready", "False", "AgentUnreachable"),
            ("etl01", "Ready", "True", "Converged"),
            ("group", "Ready", "True", "Converged"),
        ],
    )
    .meanwhile(&["ETL02"]),
    Case::new(
        "the second instance refuses connections before there is a group",
        Under(10),
        &[Instance("SQL02", Refused)],
        &[("group", "Ready", "False", "InstanceUnreachable")],
    )
    .afterwards(LATE),
    Case::new(
        "the first instance is silent while replicas are added",
        Under(60),
        &[Instance("SQL01", Silent)],
        &[("group", "InstancesReady", "False", "InstanceUnreachable")],
    )
    .afterwards(LATE),
    Case::new(
        "every statement is a deadlock victim",
        Under(40),
        &[Instance("SQL01", Error(1205))],
        &[("group", "InstancesReady", "False", "InstanceUnreachable")],
    )
    .afterwards(LATE),
    Case::new(
        "an agent loses all its answers",
        Under(80),
        &[Node("SQL01", Reset)],
        &[("group", "AgentsReachable", "False", "AgentUnreachable")],
    )
    .afterwards(LATE),
    Case::new(
        "statements are done without an answer",
        Under(30),
        &[
            InstanceFault("SQL01", Fault::ApplyWithoutAnswer, 3),
            InstanceFault("SQL02", Fault::ApplyWithoutAnswer, 3),
        ],
        &[("group", "Ready", "True", "Converged")],
    ),
    Case::new(
        "host calls are done without an answer",
        Under(30),
        &[NodeFault("SQL01", Fault::ApplyWithoutAnswer, 3), NodeFault("ETL01", Fault::ApplyWithoutAnswer, 3)],
        &[("etl01", "Ready", "False", "*")],
    )
    .afterwards(LATE),
    Case::new(
        "host calls hang",
        Under(50),
        &[NodeFault("SQL02", Fault::Hang, 2), NodeFault("ETL03", Fault::Hang, 2)],
        &[("master", "Ready", "False", "*")],
    )
    .afterwards(LATE),
    Case::new(
        "the second machine loses its power",
        Under(90),
        &[PowerOff("SQL02")],
        &[("group", "AgentsReachable", "False", "AgentUnreachable")],
    )
    .meanwhile(&["SQL02"])
    .afterwards(&["StartInstall", "StopService"]),
    Case::new(
        "the group fails over as soon as it can",
        Under(120),
        &[FailOver("SQL02")],
        &[("group", "Ready", "True", "Converged"), ("master", "Ready", "True", "Converged")],
    )
    .afterwards(LATE),
    Case::new(
        "the role moves as soon as it is there",
        Under(150),
        &[MoveRole("SQL02")],
        &[("master", "Ready", "True", "Converged")],
    ),
    Case::new(
        "status can't be written for long",
        Under(50),
        &[Api(503, "PATCH", "/status")],
        &[("group", "Ready", "*", "*")],
    ),
    Case::new(
        "every third request is refused",
        Under(5),
        &[ApiAtTimes(429, "GET", "/", 3)],
        &[("etl01", "Ready", "True", "Converged")],
    ),
    Case::new(
        "quorum is forced on the way",
        Under(70),
        &[Set("/cluster/forcedQuorum", "true")],
        &[("group", "Ready", "False", "QuorumNotNormal"), ("master", "Ready", "False", "QuorumNotNormal")],
    )
    .meanwhile(&["SQL", "ETL", "cluster"]),
];
