//! Weather over a site of which something was changed by hand: what is independent is mended meanwhile, the rest afterwards.

use crate::act::Act::{Api, Drift, FailOver, Instance, InstanceFault, MoveRole, Node, NodeFault, PowerOff};
use crate::case::Case;
use crate::case::When::{AtRest, AtStart};
use scaleout_lab::Weather::{Error, Garbled, Reset, Silent, Slow};
use scaleout_sim_site::faults::Fault;
use std::time::Duration;

const RULE: crate::act::Act = Drift("/nodes/SQL02/firewall/rules/SSIS Scale Out master/enabled", "false");
const JOB: crate::act::Act =
    Drift("/nodes/SQL02/instances/MSSQLSERVER/jobs/SSIS Failover Monitor Job/enabled", "false");
const START: crate::act::Act = Drift("/nodes/ETL01/services/SSISScaleOutWorker150/startType", r#""manual""#);
const URL: crate::act::Act = Drift("/nodes/SQL02/reservations/8391", r#""CORP\\svc-sql""#);
const OPTION: crate::act::Act = Drift("/groups/SSISDB_AG/replicas/SQL02/failoverMode", r#""manual""#);

/// All cases.
pub(crate) const CASES: &[Case] = &[
    Case::new(
        "a rule is off, and its agent is silent",
        AtRest,
        &[Node("SQL02", Silent), RULE],
        &[("master", "Ready", "Unknown", "AgentUnreachable")],
    ),
    Case::new(
        "a rule is off, and the other node's agent is silent",
        AtRest,
        &[Node("SQL01", Silent), RULE],
        &[("master", "Ready", "Unknown", "AgentUnreachable")],
    )
    .meanwhile(&["SetFirewallRule"]),
    Case::new(
        "a rule is off, and its agent's writes lose their answer",
        AtStart,
        &[Node("SQL02", Reset), RULE],
        &[("master", "Ready", "Unknown", "AgentUnreachable")],
    ),
    Case::new(
        "a rule is off, and its agent's calls fail",
        AtRest,
        &[NodeFault("SQL02", Fault::Fail, 1000), RULE],
        &[("master", "Ready", "False", "OperationFailed")],
    ),
    Case::new(
        "a rule is off, and its agent does it without an answer",
        AtRest,
        &[NodeFault("SQL02", Fault::ApplyWithoutAnswer, 1), RULE],
        &[("master", "Ready", "True", "Converged")],
    )
    .meanwhile(&["SetFirewallRule"]),
    Case::new(
        "a rule is off, and its agent hangs once",
        AtRest,
        &[NodeFault("SQL02", Fault::Hang, 1), RULE],
        &[("master", "Ready", "False", "*")],
    ),
    Case::new(
        "a job is off, and its instance is silent",
        AtRest,
        &[Instance("SQL02", Silent), JOB],
        &[("group", "Ready", "Unknown", "InstanceUnreachable")],
    ),
    Case::new(
        "a job is off, and its machine has no power",
        AtRest,
        &[JOB, PowerOff("SQL02")],
        &[("group", "Ready", "False", "AgentUnreachable")],
    ),
    Case::new(
        "a job is off, and the other instance answers garbage",
        AtStart,
        &[Instance("SQL01", Garbled), JOB],
        &[("group", "Ready", "False", "NotObserved")],
    ),
    Case::new(
        "a job is off, and statements fail",
        AtRest,
        &[JOB, InstanceFault("SQL02", Fault::Fail, 3)],
        &[("group", "Ready", "True", "Converged")],
    )
    .meanwhile(&["UpdateJob"]),
    Case::new(
        "a job is off, and a statement hangs",
        AtRest,
        &[JOB, InstanceFault("SQL02", Fault::Hang, 1)],
        &[("group", "Ready", "True", "Converged")],
    ),
    Case::new(
        "a job is off, and the answer is lost",
        AtRest,
        &[JOB, InstanceFault("SQL02", Fault::ApplyWithoutAnswer, 1)],
        &[("group", "Ready", "True", "Converged")],
    )
    .meanwhile(&["UpdateJob"]),
    Case::new(
        "a job is off, and all is a deadlock victim",
        AtRest,
        &[JOB, Instance("SQL02", Error(1205))],
        &[("group", "Ready", "Unknown", "InstanceUnreachable")],
    ),
    Case::new(
        "a start type is wrong, and the primary is silent",
        AtRest,
        &[START, Instance("SQL01", Silent)],
        &[("group", "Ready", "Unknown", "InstanceUnreachable")],
    )
    .meanwhile(&["SetStartType"]),
    Case::new(
        "a start type is wrong, and Secrets can't be read",
        AtRest,
        &[START, Api(500, "GET", "/secrets/")],
        &[("etl01", "Ready", "True", "Converged")],
    )
    .meanwhile(&["SetStartType"]),
    Case::new(
        "a reservation is another's, and its agent is slow",
        AtRest,
        &[URL, Node("SQL02", Slow(Duration::from_secs(10)))],
        &[("master", "Ready", "True", "Converged")],
    )
    .meanwhile(&["DeleteReservation", "AddReservation"])
    .afterwards(&["DeleteReservation"]),
    Case::new(
        "a reservation is another's, and its agent is silent",
        AtStart,
        &[URL, Node("SQL02", Silent)],
        &[("master", "Ready", "Unknown", "AgentUnreachable")],
    )
    .afterwards(&["DeleteReservation"]),
    Case::new(
        "a replica option is wrong, and the group fails over",
        AtRest,
        &[OPTION, FailOver("SQL02")],
        &[("group", "Ready", "True", "Converged")],
    )
    .meanwhile(&["ModifyReplica"]),
    Case::new(
        "a rule is off, and the role moves",
        AtRest,
        &[RULE, MoveRole("SQL02")],
        &[("master", "Ready", "True", "Converged")],
    )
    .meanwhile(&["SetFirewallRule"]),
];
