//! The agent's machine, simulated: each host call is one effect on the site or one look at it.

mod certificates;
mod cluster;
mod computer;
mod http;
mod services;
mod setup;

pub use setup::{media_key, media_sources};

use crate::site_handle::SiteHandle;
use scaleout_agent::host::{Host, HostChange, HostError, HostErrorKind, HostResult};
use scaleout_model::names::NodeName;
use scaleout_sim_site::effect::{ClusterEffect, NodeEffect};
use scaleout_sim_site::faults::Fault;
use scaleout_sim_site::state::{Node, Site};
use scaleout_sim_site::{Effect, Origin, Refused, Reply};
use tokio::sync::broadcast;

/// One machine of the simulated site.
#[derive(Clone, Debug)]
pub struct SimHost {
    site: SiteHandle,
    node: NodeName,
    changes: broadcast::Sender<HostChange>,
}

impl SimHost {
    /// The machine of this name. `None`: the site has none.
    pub fn new(site: &SiteHandle, node: &NodeName) -> Option<Self> {
        let changes = site.host_sender(node)?;
        Some(Self { site: site.clone(), node: node.clone(), changes })
    }

    /// Looks at this machine. One that does not run answers nothing.
    fn look<T>(&self, look: impl FnOnce(&Site, &Node) -> HostResult<T>) -> HostResult<T> {
        self.site.read(|sim| match sim.site.nodes.get(&self.node) {
            Some(node) if node.up => look(&sim.site, node),
            _ => Err(HostError::new(HostErrorKind::Unanswered, format!("{} does not run", self.node))),
        })
    }

    /// Carries out a call on this machine.
    async fn call(&self, effect: NodeEffect) -> HostResult<Reply> {
        self.write(&Effect::Node(self.node.clone(), effect)).await
    }

    /// Carries out a call on the cluster, made on this machine.
    async fn cluster_call(&self, effect: ClusterEffect) -> HostResult<Reply> {
        self.write(&Effect::Cluster(self.node.clone(), effect)).await
    }

    /// One write, with the fault that it meets, if any. A call that never answers stays pending.
    async fn write(&self, effect: &Effect) -> HostResult<Reply> {
        self.look(|_, _| Ok(()))?;
        let origin = Origin::Agent { node: self.node.clone(), owner: String::new() };
        let fault = self.site.update(|sim| sim.faults.take_node(&self.node));
        match fault {
            None => self.site.apply(effect, &origin).map_err(|refused| host_error(&refused)),
            Some(Fault::Fail) => Err(HostError::new(
                HostErrorKind::Other,
                format!("{} failed on {}", effect.kind(), self.node),
            )),
            Some(Fault::Hang) => std::future::pending().await,
            Some(Fault::ApplyWithoutAnswer) => {
                // Whatever came of it, nobody learns it.
                let _ = self.site.apply(effect, &origin);
                std::future::pending().await
            }
        }
    }
}

impl Host for SimHost {
    fn changes(&self) -> broadcast::Receiver<HostChange> {
        self.changes.subscribe()
    }
}

fn host_error(refused: &Refused) -> HostError {
    HostError::with_code(kind_of(refused.code), refused.code, refused.message.clone())
}

/// Class of a code (system-error-codes; domain facts on failover clusters, Win32 codes).
fn kind_of(code: i64) -> HostErrorKind {
    match code {
        2 | 1060 | 1168 | 5002 | 5007 | 5013 | 5042 | 5078 | -2_146_885_628 | -2_146_893_811 => {
            HostErrorKind::NotFound
        }
        5 => HostErrorKind::AccessDenied,
        1057 | 1069 | 1326 | 1331 | 1332 => HostErrorKind::Credential,
        1051 | 1068 | 1618 | 1722 | 1753 | 5001 | 5019 | 5023 | 5050 | 5908 | 5925 => HostErrorKind::NotReady,
        87 | 183 | 1638 | 5010 | 5016 | 5057 | 5071 | 5894 | -2_146_881_269 => HostErrorKind::Invalid,
        5932 => HostErrorKind::Unsupported,
        _ => HostErrorKind::Other,
    }
}

#[cfg(test)]
mod agent_tests;
#[cfg(test)]
mod tests;
