//! The part of status that every kind has.

use super::conditions::{Draft, Situation, derive_conditions, is_unread};
use crate::plan::{Entry, Plan, is_settled};
use crate::quiet::wait_key;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use scaleout_api::convergence::{Convergence, DriftEntry, Failover, PlanStep, PlanSummary, Wait};
use scaleout_api::limits::{self, truncate};
use scaleout_model::reason::Reason;
use scaleout_model::sql::{Evidence, EvidencePurpose};
use scaleout_model::verdict::Verdict;
use std::collections::BTreeMap;

/// What a status is derived from.
pub struct Derivation<'a> {
    /// Condition types of the kind.
    pub areas: &'a [&'static str],
    /// The plan after the attempts.
    pub plan: &'a Plan,
    /// How the object stands.
    pub situation: Situation,
    /// Evidence after the attempts.
    pub evidence: &'a [Evidence],
    /// The status so far.
    pub prior: Option<&'a Convergence>,
    /// The generation that was looked at.
    pub generation: i64,
    /// Now.
    pub now: Time,
}

/// The common part of status. Nothing in it changes while the site and the plan stay the same.
pub fn derive_convergence(input: &Derivation<'_>) -> Convergence {
    let drafts = derive_conditions(input.areas, input.plan, input.situation);
    let prior = input.prior.cloned().unwrap_or_default();
    let conditions = if input.situation == Situation::Suspended && !prior.conditions.is_empty() {
        keep_all_but_suspended(&prior.conditions, drafts, input)
    } else {
        drafts.into_iter().map(|draft| stamp(draft, &prior.conditions, input)).collect()
    };
    let all: Vec<DriftEntry> = drift(input.plan).collect();
    let omitted = all.len().saturating_sub(limits::DRIFT);
    Convergence {
        observed_generation: Some(input.generation),
        conditions,
        managed: prior.managed,
        drift: all.into_iter().take(limits::DRIFT).collect(),
        drift_omitted: i32::try_from(omitted).ok().filter(|count| *count > 0),
        plan: Some(summary(input.plan)),
        failovers: prior.failovers,
        waits: waits(input, &prior.waits),
        evidence: input.evidence.iter().take(limits::EVIDENCE).map(evidence_entry).collect(),
        reference_uid: prior.reference_uid,
    }
}

/// Waits for tasks in flight: a new one begins now, one that lasts keeps its begin, also while facts can't be read. Where
/// nothing would be done anyway nothing waits.
fn waits(input: &Derivation<'_>, prior: &[Wait]) -> Vec<Wait> {
    if input.situation != Situation::Enforced {
        return Vec::new();
    }
    let mut waits: Vec<Wait> = Vec::new();
    for entry in &input.plan.entries {
        let what = wait_key(entry.step, &entry.target);
        let known = prior.iter().find(|wait| wait.what == what);
        let since = match known {
            Some(known) if entry.held.is_some() || is_unread(entry) => known.since.clone(),
            None if entry.held.is_some() => input.now.clone(),
            _ => continue,
        };
        if waits.len() < limits::WAITS && !waits.iter().any(|wait| wait.what == what) {
            waits.push(Wait { what, since });
        }
    }
    waits
}

/// Since when what waits, unix milliseconds, as status holds it.
pub fn read_waits(convergence: Option<&Convergence>) -> BTreeMap<String, i64> {
    let waits = convergence.map(|convergence| convergence.waits.as_slice()).unwrap_or_default();
    waits.iter().map(|wait| (wait.what.clone(), wait.since.0.as_millisecond())).collect()
}

/// Remembers a failover or move that was seen, if it was one.
pub fn record_failover(
    convergence: &mut Convergence,
    kind: &str,
    before: Option<&str>,
    after: Option<&str>,
    now: &Time,
) -> bool {
    let (Some(from), Some(to)) = (before, after) else { return false };
    if from.eq_ignore_ascii_case(to) {
        return false;
    }
    convergence.failovers.push(Failover {
        kind: kind.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        observed_at: now.clone(),
    });
    let surplus = convergence.failovers.len().saturating_sub(limits::FAILOVERS);
    convergence.failovers.drain(..surplus);
    true
}

/// Suspended: the other conditions keep their last values.
fn keep_all_but_suspended(prior: &[Condition], drafts: Vec<Draft>, input: &Derivation<'_>) -> Vec<Condition> {
    let mut kept: Vec<Condition> =
        prior.iter().filter(|condition| condition.type_ != "Suspended").cloned().collect();
    kept.extend(
        drafts.into_iter().filter(|draft| draft.type_ == "Suspended").map(|draft| stamp(draft, prior, input)),
    );
    kept
}

fn stamp(draft: Draft, prior: &[Condition], input: &Derivation<'_>) -> Condition {
    let same = prior.iter().find(|old| old.type_ == draft.type_ && old.status == draft.status);
    Condition {
        last_transition_time: same.map_or_else(|| input.now.clone(), |old| old.last_transition_time.clone()),
        message: draft.message,
        observed_generation: Some(input.generation),
        reason: draft.reason.as_str().to_owned(),
        status: draft.status.to_owned(),
        type_: draft.type_,
    }
}

fn drift(plan: &Plan) -> impl Iterator<Item = DriftEntry> + '_ {
    plan.entries.iter().flat_map(|entry| {
        entry.drift.iter().map(|drift| DriftEntry {
            target: truncate(&entry.target.to_string(), limits::NAME),
            field: truncate(&drift.field, limits::NAME),
            message: truncate(&drift.message, limits::MESSAGE),
        })
    })
}

fn summary(plan: &Plan) -> PlanSummary {
    let unsettled =
        plan.entries.iter().filter(|entry| !is_settled(&entry.verdict) || is_noted(&entry.verdict));
    PlanSummary { digest: plan.digest(), steps: unsettled.take(limits::PLAN_STEPS).map(step).collect() }
}

fn is_noted(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Warned(_) | Verdict::Unmanaged(_))
}

fn step(entry: &Entry) -> PlanStep {
    let (verdict, reason, message, op) = match &entry.verdict {
        Verdict::Act(op) => ("Act", Reason::Converging, entry.describe_op(op), Some(op.name().to_owned())),
        Verdict::Waiting(why) => ("Waiting", why.reason, why.message.clone(), None),
        Verdict::Blocked(why) => ("Blocked", why.reason, why.message.clone(), None),
        Verdict::Warned(why) => ("Warned", why.reason, why.message.clone(), None),
        Verdict::Unmanaged(message) => ("Unmanaged", Reason::Unmanaged, message.clone(), None),
        Verdict::Converged => ("Converged", Reason::Converged, String::new(), None),
    };
    PlanStep {
        step: entry.step.to_string(),
        target: truncate(&entry.target.to_string(), limits::NAME),
        verdict: verdict.to_owned(),
        reason: reason.as_str().to_owned(),
        message: truncate(&message, limits::MESSAGE),
        op,
    }
}

fn evidence_entry(evidence: &Evidence) -> scaleout_api::convergence::Evidence {
    let mut parts = evidence.secret.splitn(3, '/').map(str::to_owned);
    let mut part = || parts.next().unwrap_or_default();
    scaleout_api::convergence::Evidence {
        purpose: format!("{:?}", evidence.purpose),
        target: truncate(&evidence.target, limits::NAME),
        secret_name: part(),
        secret_uid: part(),
        secret_resource_version: part(),
        marker: truncate(&evidence.marker, limits::NAME),
    }
}

/// Evidence as status holds it; an entry of a purpose that this version does not know is left out.
pub fn read_evidence(convergence: Option<&Convergence>) -> Vec<Evidence> {
    let entries = convergence.map(|convergence| convergence.evidence.as_slice()).unwrap_or_default();
    let read = |entry: &scaleout_api::convergence::Evidence| {
        let purpose: EvidencePurpose = serde_json::from_value(entry.purpose.clone().into()).ok()?;
        let secret = if entry.secret_name.is_empty() {
            String::new()
        } else {
            format!("{}/{}/{}", entry.secret_name, entry.secret_uid, entry.secret_resource_version)
        };
        Some(Evidence {
            purpose,
            target: entry.target.clone(),
            secret,
            marker: entry.marker.clone(),
            recorded_unix_ms: 0,
        })
    };
    entries.iter().filter_map(read).collect()
}
