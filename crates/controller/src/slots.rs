//! One disruptive op per failover cluster at a time within this process: two passes that read the same quiet site must not
//! both use its slot. What outlives the process is derived from observation (`planning::disruption`).

use scaleout_model::desired::Policy;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Verdict, WaitingOn};
use scaleout_planning::plan::Plan;
use std::collections::HashSet;
use std::sync::{Arc, Mutex};

/// Clusters whose slot is taken.
#[derive(Clone, Debug, Default)]
pub struct Slots(Arc<Mutex<HashSet<String>>>);

/// A slot that is given back when it is dropped.
#[derive(Debug)]
pub struct Slot {
    taken: Arc<Mutex<HashSet<String>>>,
    cluster: String,
}

impl Slots {
    /// Takes the slot if the plan disrupts; if another pass has it, the plan's disruptive ops wait.
    pub fn reserve(&self, plan: &mut Plan, policy: Option<&Policy>) -> Option<Slot> {
        if !plan.ops().any(|(_, op)| op.is_disruptive()) {
            return None;
        }
        let cluster = policy?.failover_cluster.clone().unwrap_or_default().to_lowercase();
        let free = self.0.lock().is_ok_and(|mut taken| taken.insert(cluster.clone()));
        if free {
            return Some(Slot { taken: Arc::clone(&self.0), cluster });
        }
        for entry in &mut plan.entries {
            if matches!(&entry.verdict, Verdict::Act(op) if op.is_disruptive()) {
                let message = format!("another object disrupts failover cluster {cluster} now");
                entry.verdict = Verdict::Waiting(WaitingOn { reason: Reason::DisruptionInFlight, message });
            }
        }
        None
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Ok(mut taken) = self.taken.lock() {
            taken.remove(&self.cluster);
        }
    }
}
