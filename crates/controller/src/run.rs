//! Start, lead, stop.

use crate::admin::{self, Readiness};
use crate::clients::Clients;
use crate::config::{LogFormat, RunArgs};
use crate::credentials::Credentials;
use crate::endpoint::EndpointProber;
use crate::hosts::Hosts;
use crate::lease::{ErrorChain, LeaderLease, LeaseError};
use crate::loops::{Loops, Ports};
use crate::metrics::Metrics;
use crate::secrets::SecretStore;
use anyhow::Context as _;
use scaleout_agent_client::AgentClient;
use scaleout_execution::fence::Leadership;
use scaleout_sql::SqlServers;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Sets up the log.
pub fn init_tracing(args: &RunArgs) -> anyhow::Result<()> {
    let filter = tracing_subscriber::EnvFilter::try_new(&args.log).context("the log filter can't be read")?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match args.log_format {
        // The module (`target`) would stand beside an op's target under one name.
        LogFormat::Json => builder.json().flatten_event(true).with_target(false).init(),
        LogFormat::Text => builder.init(),
    }
    Ok(())
}

/// Runs until a signal, or until leadership is lost.
pub async fn run(args: RunArgs) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let tracker = TaskTracker::new();
    let readiness = Readiness::default();
    let metrics = Arc::new(Metrics::default());
    readiness.wait_for("kube-apiserver");
    let admin = admin::serve(args.admin_address, readiness.clone(), Arc::clone(&metrics), stop.clone());
    tracker.spawn(async move {
        if let Err(error) = admin.await {
            tracing::error!(error = %ErrorChain(&error), "the admin endpoints ended");
        }
    });
    tracker.spawn(cancel_on_signal(stop.clone()));
    let leading = Box::pin(lead(args, &stop, &tracker, readiness, metrics));
    let result = match stop.run_until_cancelled(leading).await {
        Some(result) => result,
        None => Ok(()),
    };
    stop.cancel();
    tracker.close();
    let _ = tokio::time::timeout(Duration::from_secs(10), tracker.wait()).await;
    result
}

async fn cancel_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return;
    };
    tokio::select! {
        _ = term.recv() => tracing::info!("SIGTERM"),
        _ = int.recv() => tracing::info!("SIGINT"),
        () = stop.cancelled() => {}
    }
    stop.cancel();
}

async fn lead(
    args: RunArgs,
    stop: &CancellationToken,
    tracker: &TaskTracker,
    readiness: Readiness,
    metrics: Arc<Metrics>,
) -> anyhow::Result<()> {
    let clients = Clients::infer().await?;
    let holder = format!("{}_{:08x}", args.identity, random_id());
    let lease = loop {
        let made =
            LeaderLease::new(clients.lease.clone(), &args.own_namespace, holder.clone(), args.lease_seconds)
                .await;
        match made {
            Ok(lease) => break lease,
            Err(error) => tracing::warn!(error = %ErrorChain(&error), "waiting for the API server"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    readiness.reached("kube-apiserver");
    let epoch = lease.acquire().await?;
    tracing::info!(number = epoch.number, lineage = %epoch.lineage, holder = %epoch.holder, "leading");
    let leadership = Leadership::new(epoch.clone());
    let work = converge(&args, clients, leadership, stop.clone(), tracker.clone(), metrics);
    let lost = tokio::select! {
        lost = lease.hold(&epoch) => Some(lost),
        result = work => { result?; None }
        () = stop.cancelled() => None,
    };
    if let Some(error) = lost {
        if matches!(error, LeaseError::Acknowledged(_)) {
            lease.release(&epoch).await;
        }
        return Err(anyhow::Error::new(error).context("leadership is lost"));
    }
    lease.release(&epoch).await;
    Ok(())
}

fn random_id() -> u32 {
    use std::hash::{BuildHasher as _, Hasher as _};
    let seed = std::collections::hash_map::RandomState::new().build_hasher().finish();
    u32::try_from(seed >> 32).unwrap_or_default()
}

async fn converge(
    args: &RunArgs,
    clients: Clients,
    leadership: Arc<Leadership>,
    stop: CancellationToken,
    tracker: TaskTracker,
    metrics: Arc<Metrics>,
) -> anyhow::Result<()> {
    let hosts = Hosts::new(args.hosts.clone());
    let agents = AgentClient::new(hosts.table().context("the hosts file can't be read")?);
    let secrets = SecretStore::new(clients.calls.clone(), args.own_namespace.clone());
    let mut credentials = Credentials::new(secrets.clone(), args.own_namespace.clone(), agents.clone());
    credentials.refresh().await; // before the first pass, so that it need not report them missing
    tracker.spawn(credentials.follow(stop.clone()));
    let ports = Ports {
        nodes: Arc::new(agents),
        sql: Arc::new(SqlServers::new(Arc::new(hosts.clone()))),
        endpoint: Arc::new(EndpointProber::new(hosts)),
    };
    let (namespaces, concurrency) = (args.namespaces.clone(), args.concurrency);
    let clock = Arc::new(crate::clock::now_unix_ms);
    let loops = Loops { namespaces, concurrency, clients, ports, secrets, leadership, metrics, clock };
    loops.run(&stop, &tracker).await;
    Ok(())
}
