//! A machine's agent: the real one, over the simulated machine. It has a runtime of its own, as a process would have,
//! so that nothing of it outlives the machine's power.

use super::DoorError;
use crate::SimHost;
use crate::folder::{AGENTS, AGENTS_CA, OutFolder, replace};
use crate::identities::{CONTROLLER, Identities};
use crate::media_sources;
use crate::site_handle::SiteHandle;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use scaleout_agent::config::TlsFiles;
use scaleout_agent::identity::TlsGate;
use scaleout_agent::{Agent, AgentConfig, TlsSource, router, serve};
use scaleout_model::names::NodeName;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// For blocking calls of an agent whose machine lost its power.
const END_LIMIT: Duration = Duration::from_secs(5);

/// A running agent.
#[derive(Debug)]
pub(super) struct RunningAgent {
    runtime: Option<Runtime>,
}

impl RunningAgent {
    /// Starts it; when this returns, it listens.
    pub(super) async fn open(
        config: AgentConfig,
        site: SiteHandle,
        node: NodeName,
    ) -> Result<Self, DoorError> {
        let started = tokio::task::spawn_blocking(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("agent")
                .enable_all()
                .build()
                .map_err(DoorError::Runtime)?;
            runtime.block_on(start(&config, site, node))?;
            Ok(Self { runtime: Some(runtime) })
        });
        started.await.map_err(|_| DoorError::Ended)?
    }

    /// Ends it at once, with all that it was doing.
    pub(super) async fn close(mut self) {
        let Some(runtime) = self.runtime.take() else { return };
        if tokio::task::spawn_blocking(move || runtime.shutdown_timeout(END_LIMIT)).await.is_err() {
            tracing::error!("an agent ended by a fault");
        }
    }
}

impl Drop for RunningAgent {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn start(config: &AgentConfig, site: SiteHandle, node: NodeName) -> Result<(), DoorError> {
    let host = SimHost::new(&site, &node).ok_or(DoorError::Ended)?;
    let gate = TlsGate::open(TlsSource::Files(config.tls.clone()), &config.controller_identity)?;
    let listen = config.listen;
    let listener = TcpListener::bind(listen).await.map_err(|e| DoorError::Bind(listen, e))?;
    let agent = Agent::open(config, Arc::new(host))?;
    let stop = CancellationToken::new();
    let answers = router(agent, stop.clone()).layer(from_fn(move |request: Request, next: Next| {
        let (site, node) = (site.clone(), node.clone());
        async move { answer(&site, &node, next.run(request).await).await }
    }));
    tokio::spawn(serve(listener, gate, answers, stop));
    Ok(())
}

/// A machine that lost its power while it worked does not answer; the connection ends with this runtime.
async fn answer(site: &SiteHandle, node: &NodeName, response: Response) -> Response {
    let up = site.read(|sim| sim.site.nodes.get(node).is_some_and(|node| node.up && node.agent_up));
    if up { response } else { std::future::pending().await }
}

/// Writes the agent's certificate into its folder, unless it is there, and gives its configuration.
pub(super) fn build_config(
    site: &SiteHandle,
    node: &NodeName,
    listen: SocketAddr,
    namespaces: &[String],
    folder: &OutFolder,
    identities: &Identities,
) -> Result<AgentConfig, DoorError> {
    let own = folder.path(AGENTS).join(node.as_str());
    let tls =
        TlsFiles { certificate: own.join("tls.crt"), key: own.join("tls.key"), ca: folder.path(AGENTS_CA) };
    let (fqdn, media) =
        site.read(|sim| (sim.site.fqdn(&node.as_str().to_lowercase()), media_sources(&sim.site, node)));
    if !tls.certificate.exists() {
        let pair = identities.agent(vec![fqdn.to_string(), node.as_str().to_lowercase()])?;
        replace(&tls.key, pair.key_pem.as_bytes()).map_err(DoorError::Files)?;
        replace(&tls.certificate, pair.certificate_pem.as_bytes()).map_err(DoorError::Files)?;
    }
    Ok(AgentConfig {
        listen,
        state_dir: own.join("state"),
        controller_identity: CONTROLLER.to_owned(),
        namespaces: namespaces.to_vec(),
        lineage: None,
        tls,
        media,
    })
}
