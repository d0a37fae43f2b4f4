//! The site as one reconcile saw it.

use crate::fact::{CauseKind, Fact};
use crate::names::{NodeName, ReplicaName};
use crate::node::NodeFacts;
use crate::sql::{CatalogFacts, Evidence, EvidencePurpose, InstanceFacts, ReplicaRole};
use crate::verdict::WaitingOn;
use std::collections::BTreeMap;

/// What was seen of the site, whichever kind asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observed {
    /// Nodes by their agents.
    pub nodes: BTreeMap<NodeName, Fact<NodeFacts>>,
    /// Instances by the observer's login.
    pub instances: BTreeMap<ReplicaName, Fact<InstanceFacts>>,
    /// The catalog, read where SSISDB can be read: on the primary.
    pub catalog: Fact<CatalogFacts>,
    /// The master endpoint, probed by TLS with the pinned certificate.
    pub endpoint: Fact<EndpointProbe>,
    /// Evidence from the object's own status.
    pub evidence: Vec<Evidence>,
    /// Since when tasks in flight hold things back, from the object's own status, unix milliseconds, by step and target.
    pub waits: BTreeMap<String, i64>,
    /// When this was observed, unix milliseconds by the controller's clock.
    pub now_unix_ms: i64,
}

/// A TLS handshake with the master endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndpointProbe {
    /// It answers with the decided certificate.
    Verified,
    /// It does not; with the reason.
    Failed(WaitingOn),
}

impl Observed {
    /// Facts of a node; Unknown(NotObserved) if nobody asked.
    pub fn node(&self, node: &NodeName) -> Fact<&NodeFacts> {
        self.nodes.get(node).map_or_else(
            || Fact::unknown(CauseKind::NotObserved, format!("node {node} was not asked")),
            Fact::as_ref,
        )
    }

    /// Facts of an instance; Unknown(NotObserved) if nobody asked.
    pub fn instance(&self, replica: &ReplicaName) -> Fact<&InstanceFacts> {
        self.instances.get(replica).map_or_else(
            || Fact::unknown(CauseKind::NotObserved, format!("replica {replica} was not asked")),
            Fact::as_ref,
        )
    }

    /// The evidence that still speaks of what is there: that of a replica which the group does not have (any more) would
    /// outlive it, and be believed of the next one of its name.
    pub fn living_evidence(&self) -> Vec<Evidence> {
        let group = self.primary().known().and_then(|primary| self.instance(primary).known()?.group.known());
        let outlived = |evidence: &Evidence| {
            let target = ReplicaName::new(evidence.target.as_str());
            evidence.purpose == EvidencePurpose::SeedingGranted
                && group.is_some_and(|group| group.replica(&target).is_none())
        };
        self.evidence.iter().filter(|evidence| !outlived(evidence)).cloned().collect()
    }

    /// The present primary: the one instance whose local replica says so. Absent: all answered, and none is.
    /// Unknown: one is silent and none claims it, or two claim it.
    pub fn primary(&self) -> Fact<&ReplicaName> {
        let claims: Vec<&ReplicaName> = self
            .instances
            .iter()
            .filter(|(_, facts)| facts.known().is_some_and(is_primary))
            .map(|(name, _)| name)
            .collect();
        match claims.as_slice() {
            [one] => Fact::Known(*one),
            [] => match self.instances.values().find_map(Fact::cause) {
                Some(cause) => Fact::Unknown(cause.clone()),
                None => Fact::Absent,
            },
            _ => Fact::unknown(CauseKind::Garbled, "more than one replica says that it is the primary"),
        }
    }

    /// The evidence for a purpose and target, if it was recorded for this secret and its marker still holds.
    pub fn evidence_holds(&self, purpose: EvidencePurpose, target: &str, secret: &str, marker: &str) -> bool {
        self.evidence.iter().any(|e| {
            e.purpose == purpose
                && e.target.eq_ignore_ascii_case(target)
                && e.secret == secret
                && e.marker == marker
        })
    }

    /// Whether anything was recorded for a purpose and target, for whichever secret and marker: we wrote there once.
    pub fn evidence_exists(&self, purpose: EvidencePurpose, target: &str) -> bool {
        self.evidence.iter().any(|e| e.purpose == purpose && e.target.eq_ignore_ascii_case(target))
    }
}

fn is_primary(facts: &InstanceFacts) -> bool {
    let role = facts.group.as_ref().and_then(|group| group.local_role.as_ref());
    role.known() == Some(&&ReplicaRole::Primary)
}
