//! What attempted ops mean for the plan's entries.

use crate::plan::{Entry, Plan};
use scaleout_model::outcome::{Class, Failure, Outcome, Refusal};
use scaleout_model::reason::Reason;
use scaleout_model::sql::Evidence;
use scaleout_model::verdict::{StepId, Target, Verdict, WaitingOn};

/// One attempted op.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The step.
    pub step: StepId,
    /// About what.
    pub target: Target,
    /// What it came to.
    pub outcome: Outcome,
}

/// The plan as it stands after the attempts: an op that failed for good, or that must wait, is no `Act` any more.
pub fn apply_attempts(plan: &Plan, attempts: &[Attempt]) -> Plan {
    let entries = plan.entries.iter().map(|entry| {
        let attempt = attempts.iter().find(|a| a.step == entry.step && a.target == entry.target);
        match attempt {
            Some(attempt) => Entry { verdict: verdict_after(entry, &attempt.outcome), ..entry.clone() },
            None => entry.clone(),
        }
    });
    Plan { entries: entries.collect() }
}

fn verdict_after(entry: &Entry, outcome: &Outcome) -> Verdict {
    let name = match &entry.verdict {
        Verdict::Act(op) => op.to_string(),
        _ => entry.step.to_string(),
    };
    let waiting = |reason, message| Verdict::Waiting(WaitingOn { reason, message });
    let blocked = |reason, message| Verdict::Blocked(WaitingOn { reason, message });
    match outcome {
        Outcome::Done(_) | Outcome::NoChange(_) => entry.verdict.clone(),
        Outcome::NotYet(why) if why.reason == Reason::SecretRequired => Verdict::Blocked(why.clone()),
        Outcome::NotYet(why) => Verdict::Waiting(why.clone()),
        Outcome::Conflict(message) => waiting(Reason::StaleView, format!("{name}: {message}")),
        Outcome::Refused(Refusal::StaleEpoch) => {
            waiting(Reason::StaleView, format!("{name}: another leader acts"))
        }
        Outcome::Refused(Refusal::OtherLineage) => {
            blocked(Reason::OwnedByAnother, format!("{name}: the node belongs to another Kubernetes"))
        }
        Outcome::Refused(Refusal::NamespaceNotAllowed) => {
            blocked(Reason::NamespaceNotAllowed, format!("{name}: the agent does not serve this namespace"))
        }
        Outcome::Refused(Refusal::ClaimedByOther(holder)) => {
            blocked(Reason::ClaimedByOther, format!("{name}: the node is claimed by {holder}"))
        }
        Outcome::Failed(failure) => verdict_of(&name, failure),
    }
}

/// What a failed op means: its class tells who must act, its reason what a condition shows.
pub fn verdict_of(op: &str, failure: &Failure) -> Verdict {
    let code = failure.code.map_or_else(String::new, |code| format!(" ({code})"));
    let message = format!("{op} failed{code}: {}", failure.message);
    let or = |other| WaitingOn { reason: failure.reason.unwrap_or(other), message };
    match failure.class {
        Class::Credential => Verdict::Blocked(or(Reason::CredentialRefused)),
        Class::Terminal | Class::Human | Class::Leftover => Verdict::Blocked(or(Reason::OperationRefused)),
        _ if failure.reason.is_some_and(needs_somebody) => Verdict::Blocked(or(Reason::OperationFailed)),
        _ => Verdict::Waiting(or(Reason::OperationFailed)),
    }
}

/// Reasons that do not pass by themselves nor by another step's work, although it is worth trying again.
fn needs_somebody(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::ComputerObjectDenied
            | Reason::DatabaseMasterKeyClosed
            | Reason::FailoverClusterMissing
            | Reason::MasterFeatureMissingOnPrimary
            | Reason::SsisFeatureMissingOnReplica
            | Reason::VersionDiffers
    )
}

/// Evidence after the attempts: new evidence replaces older of the same purpose and target.
pub fn evidence_after(prior: &[Evidence], attempts: &[Attempt]) -> Vec<Evidence> {
    let mut evidence = prior.to_vec();
    for attempt in attempts {
        if let Outcome::Done(Some(new)) | Outcome::NoChange(Some(new)) = &attempt.outcome {
            evidence
                .retain(|old| !(old.purpose == new.purpose && old.target.eq_ignore_ascii_case(&new.target)));
            evidence.push(new.clone());
        }
    }
    evidence.sort_by(|a, b| (a.purpose, &a.target).cmp(&(b.purpose, &b.target)));
    evidence
}
