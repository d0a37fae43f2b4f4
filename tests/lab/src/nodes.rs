//! The agents: the real ones over the simulated machines, called instead of connected to. Deadlines and what failures are
//! called are those of the agents' client.

use crate::weather::{Sky, Weather};
use anyhow::{Context as _, Result};
use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::{self, BoxStream};
use scaleout_agent::config::TlsFiles;
use scaleout_agent::{Agent, AgentConfig};
use scaleout_agent_api::{AgentEvent, EpochAnswer as WireAnswer, OpRequest};
use scaleout_execution::ports::{EpochAnswer, NodeEvent, NodePort, NodeTarget};
use scaleout_model::fact::{Cause, CauseKind};
use scaleout_model::fence::{Epoch, Fence};
use scaleout_model::names::NodeName;
use scaleout_model::node::{Claim, NodeFacts, NodeOp};
use scaleout_model::outcome::{Class, Failure, Outcome};
use scaleout_model::secret::SecretBytes;
use scaleout_sim::{SimHost, SiteHandle, identities, media_sources};
use scaleout_sim_site::network;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::{sleep, timeout};

/// Deadlines of the agents' client.
const FACTS: Duration = Duration::from_secs(20);
const OP: Duration = Duration::from_secs(30);

/// All agents of a site.
pub struct Nodes {
    site: SiteHandle,
    sky: Sky,
    folder: PathBuf,
    namespaces: Vec<String>,
    running: Mutex<BTreeMap<NodeName, Arc<Agent>>>,
    starts: AtomicUsize,
    calls: AtomicUsize,
}

impl Nodes {
    /// Agents that keep their state below `folder` and serve these namespaces.
    pub fn new(site: SiteHandle, sky: Sky, folder: &Path, namespaces: &[String]) -> Self {
        Self {
            site,
            sky,
            folder: folder.to_owned(),
            namespaces: namespaces.to_vec(),
            running: Mutex::default(),
            starts: AtomicUsize::new(0),
            calls: AtomicUsize::new(0),
        }
    }

    /// Calls of the controller so far.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Where an agent's state is kept.
    fn state_of(&self, node: &NodeName) -> PathBuf {
        self.folder.join(node.as_str())
    }

    /// Ends the agents of machines without power, as their power's end did.
    pub fn follow_power(&self) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        self.site.read(|sim| running.retain(|node, _| is_up(&sim.site, node)));
    }

    /// The agent that a target leads to, started if need be.
    fn reach(&self, target: &NodeTarget) -> Result<Arc<Agent>, Cause> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let unreachable = |text: &str| {
            Cause::new(CauseKind::Unreachable, format!("the agent is not reached: {}: {text}", target.host))
        };
        let found = self.site.read(|sim| {
            let host = target.host.as_str();
            let (node, _) = network::connect(&sim.site, None, host, target.port)
                .map_err(|cause| unreachable(cause.text()))?;
            let machine = sim.site.nodes.get(node).filter(|machine| machine.agent_port == target.port);
            if machine.is_none() || !is_up(&sim.site, node) {
                return Err(unreachable("nothing listens there"));
            }
            let fqdn = sim.site.fqdn(&node.as_str().to_lowercase());
            let proves = fqdn.as_str().eq_ignore_ascii_case(host) || node.as_str().eq_ignore_ascii_case(host);
            if proves { Ok(node.clone()) } else { Err(stranger("the certificate holds another name")) }
        })?;
        self.agent(&found).map_err(|error| unreachable(&format!("{error:#}")))
    }

    fn agent(&self, node: &NodeName) -> Result<Arc<Agent>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(agent) = running.get(node) {
            return Ok(Arc::clone(agent));
        }
        let config = self.config(node)?;
        let host = SimHost::new(&self.site, node).context("no such machine")?;
        let agent = Agent::open(&config, Arc::new(host))?;
        running.insert(node.clone(), Arc::clone(&agent));
        Ok(agent)
    }

    /// A start has a copy of the state: what the last one still does holds its own.
    fn config(&self, node: &NodeName) -> Result<AgentConfig> {
        let kept = self.state_of(node);
        let start = self.starts.fetch_add(1, Ordering::Relaxed);
        let state_dir = kept.join(start.to_string());
        std::fs::create_dir_all(&state_dir)?;
        if let Some(last) = last_state(&kept, start)? {
            copy_state(&last, &state_dir)?;
        }
        Ok(AgentConfig {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            state_dir,
            controller_identity: identities::CONTROLLER.to_owned(),
            namespaces: self.namespaces.clone(),
            lineage: None,
            // Nothing listens: the wire's TLS is not used.
            tls: TlsFiles { certificate: PathBuf::new(), key: PathBuf::new(), ca: PathBuf::new() },
            media: self.site.read(|sim| media_sources(&sim.site, node)),
        })
    }

    /// Copies the agents' state into another folder.
    pub fn copy_to(&self, folder: &Path) -> Result<()> {
        let nodes: Vec<NodeName> = self.site.read(|sim| sim.site.nodes.keys().cloned().collect());
        for node in nodes {
            if let Some(last) = last_state(&self.state_of(&node), usize::MAX)? {
                let to = folder.join(node.as_str()).join("0");
                std::fs::create_dir_all(&to)?;
                copy_state(&last, &to)?;
            }
        }
        Ok(())
    }

    /// What the running agents hold for whom: node and claim.
    pub fn claims(&self) -> Vec<(NodeName, Claim)> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let of = |(node, agent): (&NodeName, &Arc<Agent>)| {
            agent.claims().claims().into_iter().map(|claim| (node.clone(), claim)).collect::<Vec<_>>()
        };
        running.iter().flat_map(of).collect()
    }

    /// Every agent's audit log.
    pub fn audits(&self) -> Result<String> {
        let mut all = String::new();
        for node in std::fs::read_dir(&self.folder)? {
            for start in std::fs::read_dir(node?.path())? {
                let log = start?.path().join("audit.jsonl");
                all.push_str(&std::fs::read_to_string(log).unwrap_or_default());
            }
        }
        Ok(all)
    }
}

fn is_up(site: &scaleout_sim_site::Site, node: &NodeName) -> bool {
    site.nodes.get(node).is_some_and(|node| node.up && node.agent_up)
}

/// The state folder of the last start before `start`.
fn last_state(kept: &Path, start: usize) -> Result<Option<PathBuf>> {
    if !kept.is_dir() {
        return Ok(None);
    }
    let names = std::fs::read_dir(kept)?.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    let last = names.filter(|number: &usize| *number < start).max();
    Ok(last.map(|number| kept.join(number.to_string())))
}

fn copy_state(from: &Path, to: &Path) -> Result<()> {
    for file in ["epoch.json", "claims.json"] {
        if from.join(file).exists() {
            std::fs::copy(from.join(file), to.join(file))?;
        }
    }
    Ok(())
}

fn stranger(why: &str) -> Cause {
    Cause::new(CauseKind::IdentityRefused, format!("the agent's identity could not be verified: {why}"))
}

fn late() -> Cause {
    Cause::new(CauseKind::Unreachable, "the agent did not answer in time")
}

fn lost() -> Cause {
    Cause::new(CauseKind::Unreachable, "the agent is not reached: connection reset by peer")
}

fn garbled() -> Cause {
    Cause::new(CauseKind::Garbled, "the agent's answer is not of the contract")
}

/// What a call meets before it arrives.
fn on_the_way(weather: Option<&Weather>) -> Result<(), Cause> {
    match weather {
        Some(Weather::Refused) => {
            Err(Cause::new(CauseKind::Unreachable, "the agent is not reached: connection refused"))
        }
        Some(Weather::Stranger) => Err(stranger("invalid peer certificate")),
        Some(Weather::Barred) => {
            let text = "the agent refused the controller's certificate";
            Err(Cause::new(CauseKind::CredentialRefused, text))
        }
        _ => Ok(()),
    }
}

/// What an answer meets on its way back.
async fn on_the_way_back(weather: Option<&Weather>) -> Result<(), Cause> {
    match weather {
        Some(Weather::Silent) => std::future::pending().await,
        Some(Weather::Slow(by)) => {
            sleep(*by).await;
            Ok(())
        }
        Some(Weather::Reset) => Err(lost()),
        Some(Weather::Garbled) => Err(garbled()),
        _ => Ok(()),
    }
}

fn outcome_of(cause: Cause) -> Outcome {
    let class = match cause.kind {
        CauseKind::CredentialRefused => Class::Credential,
        CauseKind::IdentityRefused => Class::Human,
        CauseKind::NotReady => Class::Transient,
        _ => Class::Unanswered,
    };
    Outcome::Failed(Failure::new(class, None, cause.message))
}

impl Nodes {
    async fn call<T>(
        &self,
        target: &NodeTarget,
        call: impl AsyncFnOnce(Arc<Agent>) -> T,
    ) -> Result<T, Cause> {
        let weather = self.sky.at_node(&target.node);
        on_the_way(weather.as_ref())?;
        let agent = self.reach(target)?;
        if weather == Some(Weather::Silent) {
            std::future::pending::<()>().await;
        }
        let answer = call(agent).await;
        // A machine that lost its power meanwhile does not answer.
        if !self.site.read(|sim| is_up(&sim.site, &target.node)) {
            std::future::pending::<()>().await;
        }
        on_the_way_back(weather.as_ref()).await?;
        Ok(answer)
    }
}

#[async_trait]
impl NodePort for Nodes {
    async fn facts(&self, target: &NodeTarget) -> Result<NodeFacts, Cause> {
        let call = self.call(target, async |agent| agent.facts().await);
        let facts = timeout(FACTS, call).await.unwrap_or_else(|_| Err(late()))?;
        facts.map_err(|error| Cause::new(CauseKind::NotReady, error.message))
    }

    async fn execute(&self, target: &NodeTarget, fence: &Fence, op: NodeOp<SecretBytes>) -> Outcome {
        let request = OpRequest { fence: fence.clone(), op };
        let call = self.call(target, async |agent| agent.execute(identities::CONTROLLER, request).await);
        timeout(OP, call).await.unwrap_or_else(|_| Err(late())).unwrap_or_else(outcome_of)
    }

    async fn raise_epoch(&self, target: &NodeTarget, epoch: &Epoch) -> Result<EpochAnswer, Cause> {
        let call = self.call(target, async |agent| agent.raise_epoch(identities::CONTROLLER, epoch));
        let answer = timeout(FACTS, call).await.unwrap_or_else(|_| Err(late()))?;
        let answer = answer.map_err(|error| Cause::new(CauseKind::NotReady, error.to_string()))?;
        Ok(match answer {
            WireAnswer::Accepted => EpochAnswer::Accepted,
            WireAnswer::Behind(highest) => EpochAnswer::Behind(highest),
            WireAnswer::OtherLineage => EpochAnswer::OtherLineage,
        })
    }

    fn events(&self, target: &NodeTarget) -> BoxStream<'static, NodeEvent> {
        let node = target.node.clone();
        let Ok(agent) = self.agent(&node) else { return stream::pending().boxed() };
        let named = move |what: String| NodeEvent { node: node.clone(), what };
        let first = named("connected".to_owned());
        let rest = stream::unfold(agent.events(), |mut events| async move {
            loop {
                match events.recv().await {
                    Ok(AgentEvent::OpProgress { .. }) => {}
                    Ok(event) => return Some((format!("{event:?}"), events)),
                    Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {
                        return Some(("lagged".to_owned(), events));
                    }
                    Err(tokio::sync::broadcast::error::RecvError::Closed) => return None,
                }
            }
        });
        stream::once(async { first }).chain(rest.map(named)).chain(stream::pending()).boxed()
    }
}
