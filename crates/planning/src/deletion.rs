//! What a deletion is decided from besides the site: who still names the object, what it refers to, which hosts are given
//! up, and since when a host is silent. Pure; the controller fills it from its objects.

use scaleout_api::annotations::GIVE_UP_HOSTS;
use scaleout_api::{Convergence, DeletionPolicy};
use scaleout_model::fence::Kind;
use scaleout_model::names::NodeName;
use scaleout_model::observed::Observed;
use std::collections::BTreeSet;

/// How long a Teardown waits for a host that does not answer before it is Stalled `HostUnreachable`; counted from the
/// deletion, or from the transition of the object's condition on its agents if that is later.
pub const HOST_PATIENCE_MINUTES: i64 = 10;

/// Condition types on the agents of an object's hosts.
const AGENT_CONDITIONS: [&str; 2] = ["AgentsReachable", "AgentReachable"];

/// A deletion as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletion {
    /// When the object was deleted, unix milliseconds: bounds of waits count from there.
    pub deleted_unix_ms: i64,
    /// Objects that are waited for, `Kind name`.
    pub users: Vec<String>,
    /// What the object refers to.
    pub reference: Reference,
    /// Since when an agent of its hosts is silent, unix milliseconds; `None`: all answered when it was looked last.
    pub silent_since_unix_ms: Option<i64>,
    /// Hosts that the annotation gives up.
    pub given_up: BTreeSet<NodeName>,
}

impl Deletion {
    /// Whether `seconds` have passed since the deletion; `None` = they never do.
    pub fn is_over(&self, seconds: Option<u32>, observed: &Observed) -> bool {
        seconds.is_some_and(|seconds| {
            observed.now_unix_ms >= self.deleted_unix_ms.saturating_add(i64::from(seconds) * 1000)
        })
    }

    /// Whether a host was silent for longer than it is waited for.
    pub fn is_out_of_patience(&self, observed: &Observed) -> bool {
        self.silent_since_unix_ms
            .is_some_and(|since| observed.now_unix_ms >= since.saturating_add(HOST_PATIENCE_MINUTES * 60_000))
    }

    /// Whether nothing more is to be done on a host: it was given up, and it does not answer. One that answers after
    /// all is taken down like the others.
    pub fn gave_up(&self, observed: &Observed, node: &NodeName) -> bool {
        self.given_up.contains(node) && observed.node(node).known().is_none()
    }
}

/// What an object refers to, as far as its teardown needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reference {
    /// It is there and gives its coordinates, or none is needed.
    Usable,
    /// It is there, and was not observed at its generation, or is invalid.
    NotReady(String),
    /// It was there once, or a Secret that is needed is missing.
    Gone(String),
    /// It was never there: nothing was ever made with it.
    NeverExisted,
}

/// What `Reference` is judged from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct References {
    /// The objects that spec leads to, in order (`Kind name`): whether each is there, and gives coordinates.
    pub objects: Vec<(String, Presence)>,
    /// Secrets without which no teardown is possible.
    pub missing_secrets: Vec<String>,
    /// Whether all of the objects were there once, by `status.referenceUid`.
    pub seen: bool,
}

/// How an object that another refers to stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It does not exist.
    Missing,
    /// It exists and gives no coordinates now.
    Unsettled,
    /// It gives coordinates.
    Settled,
}

impl References {
    /// The judgement.
    pub fn judge(&self) -> Reference {
        let with = |wanted| self.objects.iter().find(|(_, presence)| *presence == wanted);
        match (with(Presence::Missing), with(Presence::Unsettled), self.missing_secrets.as_slice()) {
            (Some(_), ..) if !self.seen => Reference::NeverExisted,
            (Some((name, _)), ..) => Reference::Gone(format!("{name} is gone")),
            (None, Some((name, _)), _) => {
                Reference::NotReady(format!("{name} does not report what is needed of it"))
            }
            (None, None, []) => Reference::Usable,
            (None, None, missing) => {
                Reference::Gone(format!("missing, or without its keys: Secret {}", missing.join(", ")))
            }
        }
    }
}

/// An object that names the one that is deleted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// `Kind name`.
    pub name: String,
    /// The policy under which it is being deleted itself; `None`: it lives.
    pub deleted_with: Option<DeletionPolicy>,
}

/// Who is waited for: those that are being taken down need this object; one that is itself taken down waits for the
/// living too.
pub fn waited_for(policy: DeletionPolicy, users: Vec<User>) -> Vec<String> {
    let mut names: Vec<String> = users
        .into_iter()
        .filter(|user| match user.deleted_with {
            Some(deleted_with) => deleted_with == DeletionPolicy::Teardown,
            None => policy == DeletionPolicy::Teardown,
        })
        .map(|user| user.name)
        .collect();
    names.sort();
    names
}

/// The hosts that the annotation gives up: names, separated by commas or spaces.
pub fn given_up<'a>(mut annotations: impl Iterator<Item = (&'a String, &'a String)>) -> BTreeSet<NodeName> {
    let value = annotations.find(|(key, _)| *key == GIVE_UP_HOSTS).map_or("", |(_, value)| value.as_str());
    let names = value.split([',', ' ']).filter(|name| !name.is_empty());
    names.map(NodeName::new).collect()
}

/// Since when an agent is silent: a fact that status keeps, the transition of the condition on the agents.
pub fn silent_since(status: Option<&Convergence>, deleted_unix_ms: i64) -> Option<i64> {
    let conditions = AGENT_CONDITIONS.iter().find_map(|type_| status?.condition(type_));
    let silent = conditions.filter(|condition| condition.status != "True")?;
    Some(silent.last_transition_time.0.as_millisecond().max(deleted_unix_ms))
}

/// What a deletion leaves on the site, always, for its Event.
pub fn left_behind(kind: Kind, policy: DeletionPolicy) -> &'static str {
    match (policy, kind) {
        (DeletionPolicy::Retain, _) => "the site is left as it is",
        (DeletionPolicy::Teardown, Kind::SsisdbAvailabilityGroup) => {
            "left: the availability group, SSISDB, the listener, logins, endpoints, jobs and firewall rules"
        }
        (DeletionPolicy::Teardown, Kind::ScaleOutMaster) => {
            "left: Scale Out enabled in the catalog, the master address and the log login there, the feature and its \
             settings on the nodes, what others placed"
        }
        (DeletionPolicy::Teardown, Kind::ScaleOutWorker) => {
            "left: the worker's row in the catalog, the feature, its settings and certificates on the node"
        }
    }
}
