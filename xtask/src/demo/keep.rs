//! `--keep`: everything runs until an interrupt.

use crate::rig::{NAMESPACE, Rig};
use crate::terminal::say;
use crate::{interrupt, wait};
use anyhow::Result;
use std::time::Duration;

/// Prints what to try and waits.
pub(super) fn keep(rig: &mut Rig) -> Result<()> {
    let group = rig.declared.group.clone();
    let last = group.list("/spec/replicas").last().map(|replica| replica["instance"].to_string());
    let ctl = format!("{} ctl --out {}", rig.sim.program().display(), rig.sim.out().display());
    say(&format!("export KUBECONFIG={}", rig.cluster.kubeconfig().display()));
    say(&format!("kubectl get ssis -n {NAMESPACE} -o wide"));
    say(&format!("kubectl describe ssis -n {NAMESPACE}"));
    say("kubectl explain scaleoutmaster.spec --recursive");
    say(&format!("ctl='{ctl}'"));
    say("$ctl effects --count");
    let name = group.text("/spec/availabilityGroup/name");
    say(&format!("$ctl failover {name} {}", last.unwrap_or_default().replace('"', "'")));
    say("$ctl explain; $ctl dump; $ctl --help");
    say(&format!("curl http://{}/metrics", rig.controller.admin()));
    say("Ctrl-C ends it");
    let ended = wait::until("Ctrl-C", Duration::MAX, || {
        rig.ensure_running()?;
        Ok(None::<()>)
    });
    if interrupt::is_set() { Ok(()) } else { ended }
}
