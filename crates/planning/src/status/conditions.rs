//! Conditions from judgements: one per area, and the summary that kstatus reads.

use crate::plan::{Entry, Plan, is_settled};
use scaleout_api::limits;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Verdict, WaitingOn};

/// How the object stands besides its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Situation {
    /// Converging, or converged.
    Enforced,
    /// `mode: Observe`.
    Observed,
    /// `suspend: true`.
    Suspended,
}

/// A condition without its times.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Type.
    pub type_: String,
    /// `True`, `False` or `Unknown`.
    pub status: &'static str,
    /// Reason.
    pub reason: Reason,
    /// Message.
    pub message: String,
}

impl Draft {
    fn new(type_: &str, status: &'static str, reason: Reason, message: impl Into<String>) -> Self {
        let message = limits::truncate(&message.into(), limits::MESSAGE);
        Self { type_: type_.to_owned(), status, reason, message }
    }
}

/// All conditions of an object: its areas in order, then Ready, Reconciling, Stalled, Suspended.
pub fn derive_conditions(areas: &[&'static str], plan: &Plan, situation: Situation) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = areas.iter().map(|area| area_condition(area, plan)).collect();
    drafts.extend(summary(plan, situation));
    drafts
}

fn area_condition(area: &'static str, plan: &Plan) -> Draft {
    let entries: Vec<&Entry> = plan.entries.iter().filter(|entry| entry.area == area).collect();
    match worst(&entries) {
        None if entries.is_empty() => {
            Draft::new(area, "Unknown", Reason::NotObserved, Reason::NotObserved.advice())
        }
        None => match entries.iter().find_map(|entry| warning(entry)) {
            Some(why) => Draft::new(area, "True", why.reason, why.message.clone()),
            None => Draft::new(area, "True", Reason::Converged, ""),
        },
        Some(entry) => {
            let why = why(entry);
            let status = if is_unknown(&entries) && !tells_of_reach(area) { "Unknown" } else { "False" };
            Draft::new(area, status, why.reason, format!("{}: {}", entry.target, why.message))
        }
    }
}

fn summary(plan: &Plan, situation: Situation) -> Vec<Draft> {
    let entries: Vec<&Entry> = plan.entries.iter().collect();
    let worst = worst(&entries);
    let blocked = worst.filter(|entry| matches!(entry.verdict, Verdict::Blocked(_)));
    let suspended = situation == Situation::Suspended;
    let suspension = if suspended {
        Draft::new("Suspended", "True", Reason::Suspended, Reason::Suspended.advice())
    } else {
        Draft::new("Suspended", "False", Reason::Converging, "")
    };
    let ready = match (worst, situation) {
        (None, _) => Draft::new("Ready", "True", Reason::Converged, Reason::Converged.advice()),
        (Some(entry), _) if is_unknown(&entries) => {
            let why = why(entry);
            Draft::new("Ready", "Unknown", why.reason, format!("{}: {}", entry.target, why.message))
        }
        (Some(entry), Situation::Observed) => Draft::new(
            "Ready",
            "False",
            Reason::DriftObserved,
            format!("{}: {}", entry.target, why(entry).message),
        ),
        (Some(entry), _) => {
            let why = why(entry);
            Draft::new("Ready", "False", why.reason, format!("{}: {}", entry.target, why.message))
        }
    };
    let works = worst.is_some() && situation == Situation::Enforced;
    let reconciling = match worst {
        Some(entry) if works && blocked.is_none() => Draft::new(
            "Reconciling",
            "True",
            Reason::Converging,
            format!("{}: {}", entry.step, why(entry).message),
        ),
        _ => Draft::new(
            "Reconciling",
            "False",
            if worst.is_none() { Reason::Converged } else { ready.reason },
            "",
        ),
    };
    let stalled = match blocked {
        Some(entry) if works => {
            let why = why(entry);
            let advice = Some(why.reason.advice()).filter(|advice| !why.message.contains(advice));
            let message =
                [Some(why.message.as_str()), advice].into_iter().flatten().collect::<Vec<_>>().join(" ");
            Draft::new("Stalled", "True", why.reason, message)
        }
        _ => Draft::new(
            "Stalled",
            "False",
            if worst.is_none() { Reason::Converged } else { Reason::Converging },
            "",
        ),
    };
    vec![ready, reconciling, stalled, suspension]
}

/// The entry that a reader should see first: blocked, then waiting for something outside, then acting, then waiting
/// for another step.
fn worst<'a>(entries: &[&'a Entry]) -> Option<&'a Entry> {
    entries.iter().copied().filter(|entry| !is_settled(&entry.verdict)).min_by_key(|entry| rank(entry))
}

fn rank(entry: &Entry) -> u8 {
    match &entry.verdict {
        Verdict::Blocked(_) => 0,
        Verdict::Waiting(why) if why.reason == Reason::StepPending => 3,
        Verdict::Waiting(_) => 1,
        Verdict::Act(_) => 2,
        Verdict::Converged | Verdict::Warned(_) | Verdict::Unmanaged(_) => 4,
    }
}

fn why(entry: &Entry) -> WaitingOn {
    match &entry.verdict {
        Verdict::Blocked(why) | Verdict::Waiting(why) | Verdict::Warned(why) => why.clone(),
        Verdict::Act(op) => WaitingOn { reason: Reason::Converging, message: entry.describe_op(op) },
        Verdict::Unmanaged(message) => WaitingOn { reason: Reason::Unmanaged, message: message.clone() },
        Verdict::Converged => WaitingOn { reason: Reason::Converged, message: String::new() },
    }
}

/// Whether nothing is known to be wrong, and something could not be read: what is not settled could not be read, or waits
/// for what could not.
fn is_unknown(entries: &[&Entry]) -> bool {
    let dependent = |entry: &Entry| {
        matches!(&entry.verdict, Verdict::Waiting(why) if matches!(
            why.reason,
            Reason::StepPending
                | Reason::ReferenceNotReady
                | Reason::NoPrimary
                | Reason::MasterEndpointUnreachable
        ))
    };
    let mut unsettled = entries.iter().filter(|entry| !is_settled(&entry.verdict)).peekable();
    entries.iter().any(|entry| is_unread(entry))
        && unsettled.peek().is_some()
        && unsettled.all(|entry| is_unread(entry) || (entry.drift.is_empty() && dependent(entry)))
}

/// Areas that are about whether something answers: silence makes them False.
fn tells_of_reach(area: &str) -> bool {
    matches!(area, "AgentsReachable" | "AgentReachable" | "InstancesReady")
}

/// Whether the entry says only that something could not be read.
pub(super) fn is_unread(entry: &Entry) -> bool {
    matches!(&entry.verdict, Verdict::Waiting(why) if matches!(
        why.reason,
        Reason::AgentUnreachable | Reason::InstanceUnreachable | Reason::NotObserved
    ))
}

fn warning(entry: &Entry) -> Option<&WaitingOn> {
    match &entry.verdict {
        Verdict::Warned(why) => Some(why),
        _ => None,
    }
}
