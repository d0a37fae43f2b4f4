//! Views that several steps of a worker read.

use crate::quiet::{Wait, wait_for_quiet};
use crate::steps::master::view::find_certificate;
use crate::steps::view::{need, need_node, need_or_absent};
use scaleout_model::certificate::{PublicCertificate, Thumbprint};
use scaleout_model::desired::{DesiredCertificate, DesiredWorker};
use scaleout_model::names::DnsName;
use scaleout_model::node::{Feature, NodeFacts, Store, StoredCertificate};
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::WorkerRow;
use scaleout_model::verdict::{Finding, Held, StepId, Target};
use scaleout_model::version::SqlVersion;

/// A certificate that we chose has at least this long to live.
const MIN_LIFE_SECONDS: i64 = 30 * 24 * 3600;

/// The worker's node as a target.
pub fn on_worker(desired: &DesiredWorker) -> Target {
    Target::Node(desired.node.clone())
}

/// The version of the worker: that of the master, by the group's instances.
pub fn need_version(desired: &DesiredWorker, observed: &Observed) -> Result<SqlVersion, Finding> {
    let target = on_worker(desired);
    let mut replicas = desired.master.group.replicas.iter();
    let major = replicas.find_map(|(name, _)| Some(observed.instance(name).known()?.major));
    let major = major.ok_or_else(|| {
        Finding::waiting(target.clone(), Reason::InstanceUnreachable, "no instance told its version yet")
    })?;
    SqlVersion::try_from(major)
        .map_err(|unsupported| Finding::blocked(target, Reason::UnsupportedVersion, unsupported.to_string()))
}

/// The master's certificate that workers pin now: thumbprint and PEM.
pub fn need_master_certificate(desired: &DesiredWorker) -> Result<&(Thumbprint, String), Finding> {
    desired.master.certificate.as_ref().filter(|_| desired.master.settled).ok_or_else(|| {
        let message = "the ScaleOutMaster does not report its certificate yet";
        Finding::waiting(on_worker(desired), Reason::ReferenceNotReady, message)
    })
}

/// The worker's own certificate on its node, with its key.
///
/// From a Secret: by thumbprint. Made on the node: the one that its settings name if it will do (set-up makes one, a
/// DBA may have), else one that was made for this object.
pub fn own_certificate<'a>(
    desired: &DesiredWorker,
    observed: &'a Observed,
) -> Result<Option<&'a StoredCertificate>, Finding> {
    let target = on_worker(desired);
    let facts = need_node(observed, &desired.node)?;
    let all = need(&target, facts.certificates.as_ref(), "the certificate stores")?;
    match &desired.certificate {
        DesiredCertificate::Unusable(why) => Err(Finding::blocked(target, why.reason, why.message.clone())),
        DesiredCertificate::KeyPair { thumbprint, .. } | DesiredCertificate::Existing(thumbprint) => {
            Ok(find_certificate(facts, Store::My, thumbprint).known().copied().filter(|c| c.has_private_key))
        }
        DesiredCertificate::OnNode { names } | DesiredCertificate::ToGenerate { names } => {
            let named = named_in_settings(&target, facts)?;
            let usable =
                |certificate: &&StoredCertificate| is_usable(certificate, names, observed.now_unix_ms);
            let of_settings = all.iter().filter(usable).find(|c| named == Some(c.thumbprint));
            let ours = desired.policy.owner.path();
            let made = || all.iter().filter(usable).find(|c| c.placed_for.as_deref() == Some(ours.as_str()));
            Ok(of_settings.or_else(made))
        }
    }
}

/// The same, once it is there.
pub fn need_own_certificate<'a>(
    desired: &DesiredWorker,
    observed: &'a Observed,
) -> Result<&'a StoredCertificate, Finding> {
    own_certificate(desired, observed)?.ok_or_else(|| {
        let message = format!("the worker's certificate is not on {} yet", desired.node);
        Finding::waiting(on_worker(desired), Reason::StepPending, message)
    })
}

fn named_in_settings(target: &Target, facts: &NodeFacts) -> Result<Option<Thumbprint>, Finding> {
    let files = need_or_absent(target, facts.settings.as_ref())?;
    let file = files.and_then(|files| files.iter().find(|file| file.feature == Feature::ScaleOutWorker));
    Ok(file.and_then(|file| file.values.get("WorkerHttpsCertThumbprint")?.parse().ok()))
}

fn is_usable(stored: &StoredCertificate, names: &[DnsName], now_unix_ms: i64) -> bool {
    let Ok(certificate) = PublicCertificate::from_pem(&stored.pem) else { return false };
    let now = now_unix_ms / 1000;
    stored.store == Store::My
        && stored.has_private_key
        && stored.self_signed
        && !certificate.is_authority()
        && certificate.not_before() <= now
        && certificate.not_after() >= now + MIN_LIFE_SECONDS
        && names.iter().any(|name| certificate.covers_name(name.as_str()))
}

/// The worker's row in the catalog.
pub fn need_row<'a>(desired: &DesiredWorker, observed: &'a Observed) -> Result<&'a WorkerRow, Finding> {
    row(desired, observed)?.ok_or_else(|| {
        let message = format!("{} has not registered with the catalog yet", desired.node);
        Finding::waiting(on_worker(desired), Reason::WorkerNotRegistered, message)
    })
}

/// The worker's row in the catalog, or `None` where it never registered.
pub fn row<'a>(desired: &DesiredWorker, observed: &'a Observed) -> Result<Option<&'a WorkerRow>, Finding> {
    let target = on_worker(desired);
    let catalog = need(&target, observed.catalog.as_ref(), "the catalog")?;
    need_or_absent(&target, catalog.worker_on(desired.node.as_str()))
}

/// No task of this worker is in status 2 or 3; while one is, waits with `busy`. What can't be read is not quiet.
pub fn need_quiet(desired: &DesiredWorker, observed: &Observed, busy: (Reason, &str)) -> Result<(), Finding> {
    if is_busy(desired, observed)? {
        let message = format!("tasks run on {}; {}", desired.node, busy.1);
        return Err(Finding::waiting(on_worker(desired), busy.0, message));
    }
    Ok(())
}

/// The same, no longer than `drain.timeoutSeconds` allows.
pub fn need_quiet_for(
    step: StepId,
    desired: &DesiredWorker,
    observed: &Observed,
    (reason, then): (Reason, &str),
) -> Result<Option<Held>, Finding> {
    let wait = Wait {
        step,
        field: "drain.timeoutSeconds",
        seconds: desired.drain_timeout_seconds,
        reason,
        message: format!("tasks run on {}; {then}", desired.node),
    };
    wait_for_quiet(&wait, &on_worker(desired), observed, is_busy(desired, observed)?)
}

/// Whether a task of this worker is in status 2 or 3.
fn is_busy(desired: &DesiredWorker, observed: &Observed) -> Result<bool, Finding> {
    let target = on_worker(desired);
    let Some(row) = row(desired, observed)? else { return Ok(false) };
    let catalog = need(&target, observed.catalog.as_ref(), "the catalog")?;
    let tasks = need(&target, catalog.tasks.as_ref(), "the tasks in flight")?;
    let runs_here = |id: &String| id.eq_ignore_ascii_case(&row.agent_id);
    Ok(tasks.iter().any(|task| task.agent_id.as_ref().is_some_and(runs_here)))
}
