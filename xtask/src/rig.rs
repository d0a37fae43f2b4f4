//! The whole thing, running: a Kubernetes cluster, a simulated site and the real controller, each its own process.
//!
//! The demo and the end-to-end tests use it alike.

pub mod binaries;
pub mod cluster;
pub mod controller;
pub mod objects;
pub mod secrets;
pub mod sim;

pub use binaries::Binaries;
pub use cluster::Cluster;
pub use controller::Controller;
pub use objects::{Declared, Object};
pub use secrets::Secret;
pub use sim::Sim;

use crate::stage::stage;
use crate::workspace;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The namespace that `deploy/` serves.
pub const NAMESPACE: &str = "ssis";
/// The controller's own namespace in `deploy/`.
pub const OWN_NAMESPACE: &str = "scaleout-system";
/// Name of the ServiceAccount, the ClusterRole's subject and the Deployment of `deploy/`.
pub const CONTROLLER: &str = "scaleout-controller";

/// What to run.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The simulator's site file.
    pub site: PathBuf,
    /// A folder for `kubectl apply -k` with the objects that match it.
    pub samples: PathBuf,
    /// A context of the reader's kubeconfig; none: an own control plane.
    pub context: Option<String>,
    /// Secrets beside those that follow from the objects and the site's credentials.
    pub secrets: Vec<Secret>,
}

impl Spec {
    /// The demo: `tests/sites/demo.yaml` with `deploy/samples`.
    pub fn demo() -> Self {
        let root = workspace::root();
        Self {
            site: root.join("tests/sites/demo.yaml"),
            samples: root.join("deploy/samples"),
            context: None,
            secrets: Vec::new(),
        }
    }
}

/// Everything that runs. Dropping it stops and removes it all, the controller first.
#[derive(Debug)]
pub struct Rig {
    /// The controller's process.
    pub controller: Controller,
    /// The simulator's process.
    pub sim: Sim,
    /// Kubernetes, with the run's folder.
    pub cluster: Cluster,
    /// What the objects ask for.
    pub declared: Declared,
}

impl Rig {
    /// Starts everything and applies the objects; nothing has converged yet. On failure the logs are kept and the error
    /// names their place.
    pub fn start(spec: &Spec) -> Result<Self> {
        let binaries = stage("build", Binaries::build)?;
        let mut cluster = stage("control plane", || Cluster::start(spec.context.as_deref()))?;
        start_in(spec, &binaries, &cluster)
            .map_err(|error| {
                // What was applied to a reader's cluster so far; the first error is the one to tell.
                drop(cluster.remove());
                cluster.keep_logs(error)
            })
            .map(|(controller, sim, declared)| Self { controller, sim, cluster, declared })
    }

    /// The objects of the served namespace as they are now.
    pub fn objects(&self) -> Result<Vec<Object>> {
        objects::read(self.cluster.kubectl(), NAMESPACE)
    }

    /// An error if one of the processes ended.
    pub fn ensure_running(&mut self) -> Result<()> {
        self.cluster.ensure_running()?;
        self.sim.ensure_running()?;
        self.controller.ensure_running()
    }

    /// Asks for a pass of every object and waits until each kind made as many as it has objects.
    pub fn force_pass(&self, mark: &str) -> Result<()> {
        let objects = self.objects()?;
        let before = self.controller.passes()?;
        let annotation = format!("scaleout.ssis.dev/reconcile-requested-at={mark}");
        let kubectl = self.cluster.kubectl();
        kubectl.run(["annotate", "ssis", "--all", "--overwrite", "-n", NAMESPACE, &annotation])?;
        crate::wait::until("one more pass of each object", Duration::from_mins(1), || {
            let now = self.controller.passes()?;
            let made = |kind: &str| now.of(kind).saturating_sub(before.of(kind));
            let of_kind = |kind: &str| objects.iter().filter(|object| object.kind() == kind).count() as u64;
            Ok(objects.iter().all(|object| made(object.kind()) >= of_kind(object.kind())).then_some(()))
        })
    }
}

fn start_in(spec: &Spec, binaries: &Binaries, cluster: &Cluster) -> Result<(Controller, Sim, Declared)> {
    stage("install", || cluster.install())?;
    let sim = stage("simulated site", || Sim::start(binaries, &spec.site, cluster.folder()))?;
    let text = cluster.render(&spec.samples)?;
    let declared = Declared::parse(&text).with_context(|| format!("{}", spec.samples.display()))?;
    stage("Secrets and objects", || {
        let mut secrets = secrets::derive(&declared, &sim)?;
        secrets.extend(spec.secrets.iter().cloned());
        cluster.apply_secrets(&secrets)?;
        cluster.apply_folder(&spec.samples)
    })?;
    let controller = stage("controller", || start_controller(binaries, cluster, &sim))?;
    Ok((controller, sim, declared))
}

fn start_controller(binaries: &Binaries, cluster: &Cluster, sim: &Sim) -> Result<Controller> {
    let kubeconfig = cluster.kubeconfig_for_service_account(OWN_NAMESPACE, CONTROLLER)?;
    Controller::start(binaries, &kubeconfig, sim.hosts(), &log(cluster.folder(), "controller"))
}

/// Log of one of our processes in the run's folder.
pub(crate) fn log(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.log"))
}
