//! One converged site: the demo's, with faster heartbeats.

use anyhow::{Context as _, Result};
use std::fs;
use std::time::Duration;
use xtask::demo::{Watch, wait_converged};
use xtask::rig::{Binaries, CONTROLLER, Cluster, Controller, Declared, OWN_NAMESPACE, Rig, Sim, Spec};
use xtask::run_folder::RunFolder;

const CONVERGED: Duration = Duration::from_mins(5);

/// A rig whose controller can be stopped and started.
pub(crate) struct Site {
    controller: Option<Controller>,
    pub(crate) sim: Sim,
    pub(crate) cluster: Cluster,
    declared: Declared,
    /// Names of the availability group and the role.
    pub(crate) group: String,
    pub(crate) role: String,
    _folder: RunFolder,
}

impl Site {
    /// Converges from empty.
    pub(crate) fn converge() -> Result<Self> {
        let folder = RunFolder::on_disk("causes")?;
        let demo = Spec::demo();
        // Expired tasks are looked for each second: what a lease does shall not take five minutes.
        let text = fs::read_to_string(&demo.site)?
            .replace(r#"{ MasterHeartbeatIntervalInMs: "2000" }"#, FAST_MASTER)
            .replace(r#""00:00:02""#, r#""00:00:00.5""#);
        anyhow::ensure!(text.contains(FAST_MASTER), "the demo's site file looks different");
        let site = folder.path().join("site.yaml");
        fs::write(&site, text)?;
        let mut rig = Rig::start(&Spec { site, ..demo })?;
        let mut watch = Watch::start();
        let converged = wait_converged(&mut rig, &mut watch, CONVERGED, |_| {});
        converged.map_err(|error| rig.cluster.keep_logs(error))?;
        let Rig { controller, sim, cluster, declared } = rig;
        let group = declared.group.text("/spec/availabilityGroup/name").to_owned();
        let role = declared.master.text("/spec/clusteredRole/name").to_owned();
        Ok(Self { controller: Some(controller), sim, cluster, declared, group, role, _folder: folder })
    }

    /// Nobody mends anything from now on.
    pub(crate) fn stop_controller(&mut self) {
        self.controller = None;
    }

    /// The controller again, as a rig.
    pub(crate) fn into_rig(self) -> Result<(Rig, RunFolder)> {
        let Self { sim, cluster, declared, _folder: folder, .. } = self;
        let binaries = Binaries::build()?;
        let kubeconfig = cluster.kubeconfig_for_service_account(OWN_NAMESPACE, CONTROLLER)?;
        let log = cluster.folder().join("controller-again.log");
        let controller =
            Controller::start(&binaries, &kubeconfig, sim.hosts(), &log).context("controller")?;
        Ok((Rig { controller, sim, cluster, declared }, folder))
    }
}

const FAST_MASTER: &str =
    r#"{ MasterHeartbeatIntervalInMs: "500", DealWithExpiredTasksIntervalInMs: "1000" }"#;
