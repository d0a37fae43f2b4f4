//! What happens to calls on their way: as data, per machine and per instance.

use scaleout_model::names::{NodeName, ReplicaName};
use scaleout_sim_site::SimSite;
use scaleout_sim_tds::memory::MemoryDoor;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What a call meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Weather {
    /// Nothing is heard until the caller's deadline.
    Silent,
    /// No connection.
    Refused,
    /// Reads lose their connection; a write is done, and its answer is lost.
    Reset,
    /// The answer can't be read; a write is done.
    Garbled,
    /// The answer comes late.
    Slow(Duration),
    /// Who answers can't prove who it is.
    Stranger,
    /// The credential is refused: the certificate by an agent, the login by an instance (18456).
    Barred,
    /// SQL Server answers every statement with this error.
    Error(u32),
}

/// The weather of a site.
#[derive(Clone, Debug, Default)]
pub struct Sky {
    nodes: Arc<Mutex<BTreeMap<NodeName, Weather>>>,
    instances: Arc<Mutex<BTreeMap<ReplicaName, Weather>>>,
    cut_off: Arc<Mutex<BTreeMap<ReplicaName, Arc<MemoryDoor>>>>,
}

impl Sky {
    /// Calls to a machine's agent meet this; `None`: nothing.
    pub fn over_node(&self, node: &str, weather: Option<Weather>) {
        set(&self.nodes, NodeName::new(node), weather);
    }

    /// Statements and logins on an instance meet this; `None`: nothing.
    pub fn over_instance(&self, replica: &str, weather: Option<Weather>) {
        set(&self.instances, ReplicaName::new(replica), weather);
    }

    /// An instance has lost sight of the others and has not noticed: it answers as all was at that moment, until its lease
    /// would run out; `None`: it is back.
    pub fn cut_off(&self, replica: &str, at: Option<&SimSite>) {
        let door = at.map(|site| Arc::new(MemoryDoor::new(Arc::new(Mutex::new(site.clone())))));
        set(&self.cut_off, ReplicaName::new(replica), door);
    }

    /// The door of an instance that is cut off.
    pub(crate) fn past(&self, replica: &ReplicaName) -> Option<Arc<MemoryDoor>> {
        self.cut_off.lock().unwrap_or_else(PoisonError::into_inner).get(replica).cloned()
    }

    pub(crate) fn at_node(&self, node: &NodeName) -> Option<Weather> {
        self.nodes.lock().unwrap_or_else(PoisonError::into_inner).get(node).cloned()
    }

    pub(crate) fn at_instance(&self, replica: &ReplicaName) -> Option<Weather> {
        self.instances.lock().unwrap_or_else(PoisonError::into_inner).get(replica).cloned()
    }
}

fn set<K: Ord, V>(map: &Mutex<BTreeMap<K, V>>, key: K, weather: Option<V>) {
    let mut map = map.lock().unwrap_or_else(PoisonError::into_inner);
    match weather {
        Some(weather) => drop(map.insert(key, weather)),
        None => drop(map.remove(&key)),
    }
}
