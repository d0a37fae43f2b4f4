//! Carries out a plan: lanes (one per peer) side by side, ops of a lane in order; a lane stops at its first
//! op that was not done.

use crate::fence::Leadership;
use crate::observe::Site;
use crate::ports::{NodePort, SecretPort, SqlPort};
use futures::future::join_all;
use scaleout_model::fact::CauseKind;
use scaleout_model::fence::Fence;
use scaleout_model::op::Op;
use scaleout_model::outcome::{Class, Failure, Outcome};
use scaleout_model::reason::Reason;
use scaleout_model::secret::{SecretBytes, SecretHandle};
use scaleout_model::verdict::{StepId, Target, WaitingOn};
use scaleout_planning::plan::Plan;
use std::collections::{BTreeMap, HashMap};

/// The ports that writing needs.
#[derive(Clone, Copy)]
pub struct Writers<'a> {
    /// Agents.
    pub nodes: &'a dyn NodePort,
    /// Instances.
    pub sql: &'a dyn SqlPort,
    /// Secrets.
    pub secrets: &'a dyn SecretPort,
}

/// What one op of the plan came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The step.
    pub step: StepId,
    /// About what.
    pub target: Target,
    /// The op, for the log.
    pub op: String,
    /// What it came to.
    pub outcome: Outcome,
}

/// Carries out the plan's ops for the fence's owner.
pub async fn execute(
    writers: Writers<'_>,
    leadership: &Leadership,
    fence: &Fence,
    site: &Site,
    plan: &Plan,
) -> Vec<Report> {
    let mut lanes: BTreeMap<String, Vec<(StepId, Target, Op)>> = BTreeMap::new();
    for (entry, op) in plan.ops() {
        lanes.entry(op.lane()).or_default().push((entry.step, entry.target.clone(), op.clone()));
    }
    let run = |ops| run_lane(writers, leadership, fence, site, ops);
    join_all(lanes.into_values().map(run)).await.into_iter().flatten().collect()
}

async fn run_lane(
    writers: Writers<'_>,
    leadership: &Leadership,
    fence: &Fence,
    site: &Site,
    ops: Vec<(StepId, Target, Op)>,
) -> Vec<Report> {
    let mut reports = Vec::new();
    for (step, target, op) in ops {
        let name = op.to_string();
        tracing::info!(step = step.0, target = %target, op = %name, "op");
        let outcome = run_op(writers, leadership, fence, site, op).await;
        let goes_on = matches!(outcome, Outcome::Done(_) | Outcome::NoChange(_));
        if !goes_on {
            tracing::warn!(step = step.0, target = %target, op = %name, ?outcome, "op not done");
        }
        reports.push(Report { step, target, op: name, outcome });
        if !goes_on {
            break;
        }
    }
    reports
}

async fn run_op(
    writers: Writers<'_>,
    leadership: &Leadership,
    fence: &Fence,
    site: &Site,
    op: Op,
) -> Outcome {
    match op {
        Op::GenerateCertificate { names } => writers.secrets.generate_certificate(fence, &names).await,
        Op::Node { node, op } => {
            let Some(target) = site.nodes.iter().find(|target| target.node == node) else {
                return unaddressed(&node);
            };
            let secrets =
                match read_secrets(writers, fence, |take| op.clone().resolve_secrets(take).map(drop)).await {
                    Ok(secrets) => secrets,
                    Err(outcome) => return outcome,
                };
            match op.resolve_secrets(|handle| secrets.take(&handle)) {
                Ok(op) => secrets.mark(writers.nodes.execute(target, fence, op).await),
                Err(outcome) => outcome,
            }
        }
        Op::Sql { replica, op } => {
            let Some(target) = site.instances.iter().find(|target| target.replica == replica) else {
                return unaddressed(&replica);
            };
            let secrets =
                match read_secrets(writers, fence, |take| op.clone().resolve_secrets(take).map(drop)).await {
                    Ok(secrets) => secrets,
                    Err(outcome) => return outcome,
                };
            let guard = match leadership.fence_instance(writers, site, target, fence).await {
                Ok(guard) => guard,
                Err(outcome) => return outcome,
            };
            match op.resolve_secrets(|handle| secrets.take(&handle)) {
                Ok(op) => secrets.mark(writers.sql.execute(target, fence, &guard, op).await),
                Err(outcome) => outcome,
            }
        }
    }
}

fn unaddressed(peer: &impl std::fmt::Display) -> Outcome {
    Outcome::NotYet(WaitingOn {
        reason: Reason::StaleView,
        message: format!("{peer} has no address in this view"),
    })
}

/// The secrets of one op, read once.
struct OpSecrets(HashMap<SecretHandle, SecretBytes>);

impl OpSecrets {
    fn take(&self, handle: &SecretHandle) -> Result<SecretBytes, Outcome> {
        self.0.get(handle).cloned().ok_or_else(|| missing(&format!("Secret {} was not read", handle.name)))
    }

    /// Names the secret that a piece of evidence is about.
    fn mark(&self, outcome: Outcome) -> Outcome {
        let name = |mut evidence: scaleout_model::sql::Evidence| {
            if let Some(handle) = self.0.keys().next() {
                evidence.secret = handle.version_text();
            }
            evidence
        };
        match outcome {
            Outcome::Done(evidence) => Outcome::Done(evidence.map(name)),
            Outcome::NoChange(evidence) => Outcome::NoChange(evidence.map(name)),
            other => other,
        }
    }
}

/// Collects the handles that `visit` meets, and reads them.
async fn read_secrets(
    writers: Writers<'_>,
    fence: &Fence,
    visit: impl FnOnce(&mut dyn FnMut(SecretHandle) -> Result<(), ()>) -> Result<(), ()>,
) -> Result<OpSecrets, Outcome> {
    let mut handles = Vec::new();
    let _ = visit(&mut |handle| {
        handles.push(handle);
        Ok(())
    });
    let mut secrets = HashMap::new();
    for handle in handles {
        match writers.secrets.read(&fence.owner.namespace, &handle).await {
            Ok(bytes) => {
                secrets.insert(handle, bytes);
            }
            Err(cause) if cause.kind == CauseKind::Unreachable => {
                return Err(Outcome::Failed(Failure::new(Class::Transient, None, cause.message)));
            }
            Err(cause) => return Err(missing(&cause.message)),
        }
    }
    Ok(OpSecrets(secrets))
}

fn missing(message: &str) -> Outcome {
    Outcome::NotYet(WaitingOn { reason: Reason::SecretRequired, message: message.to_owned() })
}
