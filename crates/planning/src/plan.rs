//! Assesses a chain and keeps what may be done now.

use crate::disruption::disruption_in_flight;
use crate::site::frozen;
use crate::step::Step;
use scaleout_model::desired::Policy;
use scaleout_model::fence::Kind;
use scaleout_model::observed::Observed;
use scaleout_model::op::Op;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Drift, Finding, Held, StepId, Target, Verdict, WaitingOn};
use sha2::{Digest as _, Sha256};

/// What one step said about one target, after the chain's rules were applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The step.
    pub step: StepId,
    /// The condition type that it bears on.
    pub area: &'static str,
    /// About what.
    pub target: Target,
    /// What differs.
    pub drift: Vec<Drift>,
    /// The judgement.
    pub verdict: Verdict,
    /// The wait for tasks in flight that it is about, if it is about one.
    pub held: Option<Box<Held>>,
}

impl Entry {
    /// What a step said of a target.
    pub fn new(step: StepId, area: &'static str, finding: Finding) -> Self {
        let Finding { target, drift, verdict, held } = finding;
        Self { step, area, target, drift, verdict, held }
    }

    /// The op in words, and that it goes ahead although tasks run, if it does.
    pub fn describe_op(&self, op: &Op) -> String {
        match self.held.as_ref().and_then(|held| held.over.as_ref()) {
            Some(over) => format!("{op}: {over}"),
            None => op.to_string(),
        }
    }
}

/// The plan: every judgement in the chain's order. Its ops are those of the entries whose verdict is `Act`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// Entries in the chain's order.
    pub entries: Vec<Entry>,
}

impl Plan {
    /// The ops to carry out now, with their steps and targets.
    pub fn ops(&self) -> impl Iterator<Item = (&Entry, &Op)> {
        self.entries.iter().filter_map(|entry| match &entry.verdict {
            Verdict::Act(op) => Some((entry, op.as_ref())),
            _ => None,
        })
    }

    /// Whether every entry is as it should be (warnings and unmanaged things included).
    pub fn is_converged(&self) -> bool {
        self.entries.iter().all(|entry| is_settled(&entry.verdict))
    }

    /// SHA-256 over steps, targets and ops that are not settled: equal plans have equal digests.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for entry in self.entries.iter().filter(|entry| !is_settled(&entry.verdict)) {
            hash.update(format!("{}|{}|{:?}\n", entry.step, entry.target, entry.verdict));
        }
        hex::encode(hash.finalize()).chars().take(16).collect()
    }
}

/// Whether a verdict asks for nothing more.
pub fn is_settled(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Converged | Verdict::Warned(_) | Verdict::Unmanaged(_))
}

/// Assesses `chain` in order: a step acts on a target only when the steps that it comes after have settled on
/// related targets; of disruptive ops at most one is kept, and none while another disruption is under way;
/// where the policy does not enforce, the site is frozen, or the object is not this site's rightful owner,
/// nothing acts.
pub fn plan<D>(chain: &[&dyn Step<D>], policy: &Policy, desired: &D, observed: &Observed) -> Plan {
    let mut entries: Vec<Entry> = Vec::new();
    let mut disruption = None;
    let frozen = frozen(observed);
    for step in chain {
        for finding in step.assess(desired, observed) {
            let verdict = match barrier(policy, frozen.as_ref(), &entries, &finding) {
                Some(why) => Verdict::Waiting(why),
                None => admit(*step, &finding, &entries, (policy, observed), &mut disruption),
            };
            entries.push(Entry::new(step.id(), step.area(), Finding { verdict, ..finding }));
        }
    }
    Plan { entries }
}

/// Why no op of this object may be carried out now, whichever step names it.
fn barrier(
    policy: &Policy,
    frozen: Option<&WaitingOn>,
    before: &[Entry],
    finding: &Finding,
) -> Option<WaitingOn> {
    let Verdict::Act(op) = &finding.verdict else { return None };
    if !policy.enforce {
        return Some(waiting(Reason::DriftObserved, format!("{op} would mend it")));
    }
    if let Some(why) = frozen {
        return Some(why.clone());
    }
    let gate = before
        .iter()
        .find(|entry| matches!(&entry.verdict, Verdict::Blocked(why) if bars_every_write(why.reason)))?;
    Some(waiting(Reason::StepPending, format!("{} on {} comes first", gate.step, gate.target)))
}

/// Whether an object that is blocked by this writes nothing at all: the site may not be its own, or could not become what
/// spec asks for.
fn bars_every_write(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::NamespaceNotAllowed
            | Reason::OwnedByAnother
            | Reason::ClaimedByOther
            | Reason::FailoverClusterDiffers
            | Reason::FailoverClusterMissing
            | Reason::QuorumNotNormal
            | Reason::NodeNameDiffers
            | Reason::ReplicaNameDiffers
            | Reason::ShortNameTaken
            | Reason::TooManyReplicas
    )
}

fn admit<D>(
    step: &dyn Step<D>,
    finding: &Finding,
    before: &[Entry],
    (policy, observed): (&Policy, &Observed),
    disruption: &mut Option<String>,
) -> Verdict {
    if let Verdict::Blocked(why) = &finding.verdict {
        return blocked_or_pending(step.after(), &finding.target, before, policy, why);
    }
    let Verdict::Act(op) = &finding.verdict else { return finding.verdict.clone() };
    if let Some(entry) = unsettled_predecessor(step.after(), &finding.target, before) {
        return Verdict::Waiting(waiting(
            Reason::StepPending,
            format!("{} on {} comes first", entry.step, entry.target),
        ));
    }
    if op.is_disruptive() {
        if !policy.disruption_allowed {
            return Verdict::Blocked(waiting(Reason::DisruptionNotAllowed, format!("{op} disrupts service")));
        }
        let mended = match op.as_ref() {
            Op::Node { node, .. } => Some(node),
            Op::Sql { .. } | Op::GenerateCertificate { .. } => None,
        };
        if let Some(other) = disruption.clone().or_else(|| disruption_in_flight(observed, mended)) {
            return Verdict::Waiting(waiting(Reason::DisruptionInFlight, format!("{other} comes first")));
        }
        *disruption = Some(op.to_string());
    }
    finding.verdict.clone()
}

/// Rights that the observer lacks are granted by steps of the availability group: what they hide is waited for, not
/// blocked, while such a step is still to come.
fn blocked_or_pending(
    after: &[StepId],
    target: &Target,
    before: &[Entry],
    policy: &Policy,
    why: &WaitingOn,
) -> Verdict {
    if why.reason == Reason::ObserverLacksRights {
        if policy.owner.kind != Kind::SsisdbAvailabilityGroup {
            return Verdict::Waiting(waiting(Reason::ReferenceNotReady, why.message.clone()));
        }
        if let Some(entry) = unsettled_predecessor(after, target, before).filter(|_| policy.enforce) {
            return Verdict::Waiting(waiting(Reason::StepPending, format!("{} comes first", entry.step)));
        }
    }
    Verdict::Blocked(why.clone())
}

fn unsettled_predecessor<'a>(after: &[StepId], target: &Target, before: &'a [Entry]) -> Option<&'a Entry> {
    before.iter().find(|entry| {
        after.contains(&entry.step) && entry.target.relates_to(target) && !is_settled(&entry.verdict)
    })
}

fn waiting(reason: Reason, message: String) -> WaitingOn {
    WaitingOn { reason, message }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
