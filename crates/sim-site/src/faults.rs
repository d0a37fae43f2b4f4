//! Faults as data: what the next calls at a door meet.

use scaleout_model::names::{NodeName, ReplicaName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// It fails before anything is done.
    Fail,
    /// It never answers, and nothing is done.
    Hang,
    /// It is done, and the answer is lost.
    ApplyWithoutAnswer,
}

/// Pending faults, in order, by place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Faults {
    /// Ops at a node's agent.
    pub nodes: BTreeMap<NodeName, Vec<Fault>>,
    /// Statements on an instance.
    pub instances: BTreeMap<ReplicaName, Vec<Fault>>,
}

impl Faults {
    /// The next `count` ops at a node's agent meet a fault.
    pub fn add_node(&mut self, node: NodeName, fault: Fault, count: usize) {
        self.nodes.entry(node).or_default().extend(std::iter::repeat_n(fault, count));
    }

    /// The next `count` statements on an instance meet a fault.
    pub fn add_instance(&mut self, instance: ReplicaName, fault: Fault, count: usize) {
        self.instances.entry(instance).or_default().extend(std::iter::repeat_n(fault, count));
    }

    /// The fault that an op at a node's agent meets now, if any.
    pub fn take_node(&mut self, node: &NodeName) -> Option<Fault> {
        take(&mut self.nodes, node)
    }

    /// The fault that a statement on an instance meets now, if any.
    pub fn take_instance(&mut self, instance: &ReplicaName) -> Option<Fault> {
        take(&mut self.instances, instance)
    }
}

fn take<K: Ord>(places: &mut BTreeMap<K, Vec<Fault>>, place: &K) -> Option<Fault> {
    let faults = places.get_mut(place)?;
    let first = if faults.is_empty() { None } else { Some(faults.remove(0)) };
    if faults.is_empty() {
        places.remove(place);
    }
    first
}
