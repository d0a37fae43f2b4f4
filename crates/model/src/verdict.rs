//! Judgements of steps: one finding per target.

use crate::names::{NodeName, ReplicaName};
use crate::op::Op;
use crate::reason::Reason;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    /// The site as a whole: group, role, catalog, listener.
    Site,
    /// A node.
    Node(NodeName),
    /// A replica (its machine is the node of that name).
    Replica(ReplicaName),
}

impl Target {
    /// Whether work on `other` bears on `self`: the same machine, or either is the whole site.
    pub fn relates_to(&self, other: &Self) -> bool {
        match (self.machine(), other.machine()) {
            (Some(left), Some(right)) => left == right,
            _ => true,
        }
    }

    /// The machine that it is on.
    pub fn machine(&self) -> Option<NodeName> {
        match self {
            Self::Site => None,
            Self::Node(node) => Some(node.clone()),
            Self::Replica(replica) => Some(replica.machine()),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Site => f.write_str("site"),
            Self::Node(node) => write!(f, "{node}"),
            Self::Replica(replica) => write!(f, "{replica}"),
        }
    }
}

/// A step's name: CamelCase, one per step file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct StepId(pub &'static str);

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A known fact that differs in meaning from the desire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Drift {
    /// The field, in words of the spec or of the site.
    pub field: String,
    /// Expected and seen; of a secret only "differs".
    pub message: String,
}

impl Drift {
    /// A drift from `seen` to `wanted`.
    pub fn between(field: &str, seen: impl fmt::Display, wanted: impl fmt::Display) -> Self {
        Self { field: field.to_owned(), message: format!("is {seen}, should be {wanted}") }
    }

    /// A thing that is missing.
    pub fn missing(field: &str) -> Self {
        Self { field: field.to_owned(), message: "is missing".to_owned() }
    }
}

/// What is waited for; it ends by itself or by another step's work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WaitingOn {
    /// The class.
    pub reason: Reason,
    /// One sentence for people.
    pub message: String,
}

/// A step's judgement on one target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// As it should be.
    Converged,
    /// This op brings it nearer.
    Act(Box<Op>),
    /// Something must happen first; looked at again.
    Waiting(WaitingOn),
    /// A human must act; the reason says how.
    Blocked(WaitingOn),
    /// Right enough, but the user should know.
    Warned(WaitingOn),
    /// Neither desired nor ours: reported and left.
    Unmanaged(String),
}

/// Tasks in flight hold something back. Since when is remembered in status, under the finding's step and target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// When they hold it back no longer, unix milliseconds; `None`: never.
    pub until_unix_ms: Option<i64>,
    /// That this time is over, in words for people; `None`: it is not.
    pub over: Option<String>,
}

/// A step's judgement on one target, with what differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// About what.
    pub target: Target,
    /// What differs.
    pub drift: Vec<Drift>,
    /// The judgement.
    pub verdict: Verdict,
    /// The wait for tasks in flight that it is about, if it is about one.
    pub held: Option<Box<Held>>,
}

impl Finding {
    fn new(target: Target, drift: Vec<Drift>, verdict: Verdict) -> Self {
        Self { target, drift, verdict, held: None }
    }

    /// As it should be.
    pub fn converged(target: Target) -> Self {
        Self::new(target, Vec::new(), Verdict::Converged)
    }

    /// An op mends `drift`.
    pub fn act(target: Target, drift: Drift, op: Op) -> Self {
        Self::new(target, vec![drift], Verdict::Act(Box::new(op)))
    }

    /// Waiting, without drift.
    pub fn waiting(target: Target, reason: Reason, message: impl Into<String>) -> Self {
        Self::new(target, Vec::new(), Verdict::Waiting(WaitingOn { reason, message: message.into() }))
    }

    /// A human must act.
    pub fn blocked(target: Target, reason: Reason, message: impl Into<String>) -> Self {
        Self::new(target, Vec::new(), Verdict::Blocked(WaitingOn { reason, message: message.into() }))
    }

    /// Right enough, but the user should know.
    pub fn warned(target: Target, reason: Reason, message: impl Into<String>) -> Self {
        Self::new(target, Vec::new(), Verdict::Warned(WaitingOn { reason, message: message.into() }))
    }

    /// Neither desired nor ours: reported and left.
    pub fn unmanaged(target: Target, message: impl Into<String>) -> Self {
        Self::new(target, Vec::new(), Verdict::Unmanaged(message.into()))
    }

    /// The same finding, about a wait for tasks in flight.
    #[must_use]
    pub fn with_held(mut self, held: Option<Held>) -> Self {
        self.held = held.map(Box::new);
        self
    }

    /// The same finding with a drift noted.
    #[must_use]
    pub fn with_drift(mut self, drift: Drift) -> Self {
        self.drift.push(drift);
        self
    }
}
