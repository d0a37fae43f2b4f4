//! One pass: dereference → observe → validate → plan → lint → execute → status.

use crate::context::Context;
use crate::deletion;
use crate::kinds::{KindStatus, PassError, SiteKind};
use crate::metrics::{KindLabel, OpLabels};
use crate::status;
use kube::{Resource as _, ResourceExt as _};
use scaleout_api::{Mode, SiteObject as _};
use scaleout_execution::execute::{Report, execute};
use scaleout_execution::observe::{Site, observe};
use scaleout_model::fence::{Fence, Owner};
use scaleout_model::observed::Observed;
use scaleout_model::op::Op;
use scaleout_model::outcome::Outcome;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, StepId, Target, Verdict, WaitingOn};
use scaleout_planning::lint::lint;
use scaleout_planning::plan::{Entry, Plan, plan};
use scaleout_planning::status::{Attempt, Situation, next_wakeup, read_evidence, read_waits};
use scaleout_planning::steps::deletion::plan_retain;
use scaleout_planning::validate::Invalid;
use std::time::Duration;

/// How a pass ended.
#[derive(Clone, Copy, Debug)]
pub struct Passed {
    /// When to look again.
    pub next: Duration,
    /// Whether nothing is left to do.
    pub converged: bool,
}

/// Runs one pass: towards the spec, or in deletion towards what is to be left.
pub async fn run_pass<K: SiteKind>(context: &Context, object: &K::Object) -> Result<Passed, PassError> {
    let (site, inputs) = K::dereference(context, object).await?; // Kubernetes reads
    let name = object.name_any();
    let namespace = object.namespace().ok_or(PassError::Nameless)?;
    context.triggers.subscribe(K::KIND.as_str(), &namespace, &name, &site.nodes);
    let mut view = look::<K>(context, object, (&site, &inputs), context.good_enough(object)).await; // reads
    if !view.says_nothing_new(object, &inputs) {
        view = look::<K>(context, object, (&site, &inputs), Duration::ZERO).await; // only what is fresh is acted on
    }
    let View { observed, desired, mut plan, .. } = view;
    guard_epoch(context, &observed, &mut plan);
    context.holds.apply(&mut plan, &observed);
    let _slot = context.slots.reserve(&mut plan, desired.as_ref().ok().map(K::policy)); // until the pass ends
    if let Ok(desired) = &desired {
        lint(&plan, K::policy(desired), &observed)?; // pure
    }
    let reports = act::<K>(context, object, (&site, &observed), &plan).await; // writes
    status::announce_overdue::<K>(context, object, &plan).await;
    let attempts: Vec<Attempt> = reports.iter().map(attempt).collect();
    let status = status::derive::<K>(
        object,
        desired.as_ref().ok(),
        &observed,
        &plan,
        &attempts,
        K::reference_uid(&inputs),
    ); // pure
    status::write::<K>(context, object, status).await?; // Kubernetes write
    let failed = attempts.iter().any(|a| matches!(a.outcome, Outcome::Failed(_) | Outcome::Refused(_)));
    context.remember_pass(object);
    let failures = context.count_failures(&format!("{}/{namespace}/{name}", K::KIND.as_str()), failed);
    let next = next_wakeup(&plan, &attempts, failures, observed.now_unix_ms);
    Ok(Passed { next, converged: plan.is_converged() })
}

/// What a pass saw, and what follows from it.
struct View<K: SiteKind> {
    observed: Observed,
    desired: Result<K::Desired, Invalid>,
    plan: Plan,
    /// Nothing of it is older than the pass.
    is_fresh: bool,
}

impl<K: SiteKind> View<K> {
    /// Whether the pass can end with it: it is fresh, or the object's status says it already.
    fn says_nothing_new(&self, object: &K::Object, inputs: &K::Inputs) -> bool {
        let derived = || {
            let desired = self.desired.as_ref().ok();
            let reference = K::reference_uid(inputs);
            status::derive::<K>(object, desired, &self.observed, &self.plan, &[], reference)
        };
        self.is_fresh || self.plan.is_converged() && Some(&derived()) == K::status(object)
    }
}

/// Observes, judges the spec and plans. `not_older`: age up to which reads of other passes are good enough.
async fn look<K: SiteKind>(
    context: &Context,
    object: &K::Object,
    (site, inputs): (&Site, &K::Inputs),
    not_older: Duration,
) -> View<K> {
    let evidence = read_evidence(K::status(object).map(KindStatus::convergence));
    let mut observed = observe(context.readers(not_older), site, evidence, (context.clock)()).await;
    observed.waits = read_waits(K::status(object).map(KindStatus::convergence));
    let desired = K::validate(object, inputs, &observed);
    let deletion = object.is_deleting().then(|| deletion::facts::<K>(context, object, inputs));
    if let Some(target) = desired.as_ref().ok().filter(|_| deletion.is_none()).and_then(K::endpoint) {
        observed.endpoint = context.endpoint.probe(&target).await;
    }
    let plan = match (&desired, deletion) {
        (_, Some(deletion)) if deletion::asks_for_nothing(object, &deletion) => plan_retain(&deletion),
        (Ok(desired), Some(deletion)) => K::plan_teardown(object, desired, deletion, &observed),
        (Ok(desired), None) => plan(&K::chain(), K::policy(desired), desired, &observed),
        (Err(invalid), _) => invalid_plan(invalid),
    };
    View { observed, desired, plan, is_fresh: not_older.is_zero() }
}

/// How an object stands.
pub fn situation(object: &impl scaleout_api::SiteObject) -> Situation {
    let policy = object.policy();
    match (policy.suspend, policy.mode) {
        (true, _) => Situation::Suspended,
        (false, Mode::Observe) => Situation::Observed,
        (false, Mode::Enforce) => Situation::Enforced,
    }
}

async fn act<K: SiteKind>(
    context: &Context,
    object: &K::Object,
    (site, observed): (&Site, &Observed),
    plan: &Plan,
) -> Vec<Report> {
    if plan.ops().next().is_none() {
        return Vec::new();
    }
    let fence = Fence { epoch: context.leadership.epoch().clone(), owner: owner::<K>(object) };
    context.recent.forget();
    let reports = execute(context.writers(), &context.leadership, &fence, site, plan).await;
    context.recent.forget();
    for report in &reports {
        let op = plan.ops().find(|(entry, _)| entry.step == report.step && entry.target == report.target);
        if let Some((_, op)) = op {
            record(context, op, &report.outcome, observed);
        }
    }
    reports
}

fn record(context: &Context, op: &Op, outcome: &Outcome, observed: &Observed) {
    context.holds.record(op, outcome, observed);
    let outcome = match outcome {
        Outcome::Done(_) => "done",
        Outcome::NoChange(_) => "noChange",
        Outcome::NotYet(_) => "notYet",
        Outcome::Conflict(_) => "conflict",
        Outcome::Refused(_) => "refused",
        Outcome::Failed(_) => "failed",
    };
    context.metrics.ops.get_or_create(&OpLabels { op: op.name(), outcome }).inc();
}

/// The object as owner of what is written for it.
pub fn owner<K: SiteKind>(object: &K::Object) -> Owner {
    Owner {
        kind: K::KIND,
        namespace: object.namespace().unwrap_or_default(),
        name: object.name_any(),
        uid: object.uid().unwrap_or_default(),
        generation: object.meta().generation.unwrap_or_default(),
    }
}

fn attempt(report: &Report) -> Attempt {
    Attempt { step: report.step, target: report.target.clone(), outcome: report.outcome.clone() }
}

/// Spec can't be used: one blocked entry, no op.
fn invalid_plan(invalid: &Invalid) -> Plan {
    Plan { entries: vec![blocked("Validated", Reason::InvalidSpec, &invalid.message, invalid.reason)] }
}

/// An agent of this lineage has seen a higher number: another leader acts, or the Lease was lost or restored. Only
/// observed until an administrator has acknowledged it.
fn guard_epoch(context: &Context, observed: &Observed, plan: &mut Plan) {
    let epoch = context.leadership.epoch();
    let ahead = observed.nodes.iter().find_map(|(node, facts)| {
        let seen = facts.known()?.agent.epoch.as_ref()?;
        (seen.lineage == epoch.lineage && seen.number > epoch.number).then_some((node, seen.number))
    });
    if let Some((node, number)) = ahead {
        let message = format!(
            "the agent of {node} has seen epoch {number}, ours is {}: if no other controller of this Kubernetes acts, \
             annotate the Lease {} with {}={number}",
            epoch.number,
            crate::lease::NAME,
            scaleout_api::annotations::ACKNOWLEDGE_EPOCH,
        );
        for entry in &mut plan.entries {
            if matches!(entry.verdict, Verdict::Act(_)) {
                entry.verdict =
                    Verdict::Waiting(WaitingOn { reason: Reason::EpochWentBack, message: message.clone() });
            }
        }
        plan.entries.insert(0, blocked("Epoch", Reason::EpochWentBack, &message, Reason::EpochWentBack));
    }
}

fn blocked(step: &'static str, fallback: Reason, message: &str, reason: Reason) -> Entry {
    let reason = if reason == Reason::NotObserved { fallback } else { reason };
    Entry::new(StepId(step), "Ready", Finding::blocked(Target::Site, reason, message))
}

/// Label of a kind.
pub fn label<K: SiteKind>() -> KindLabel {
    KindLabel { kind: K::KIND.as_str() }
}
