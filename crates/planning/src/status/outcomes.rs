//! What attempted ops mean for the plan's entries.

use crate::plan::{Entry, Plan};
use scaleout_model::outcome::{Class, Outcome, Refusal};
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
        Outcome::Failed(failure) => {
            let code = failure.code.map_or_else(String::new, |code| format!(" ({code})"));
            let message = format!("{name} failed{code}: {}", failure.message);
            match failure.class {
                Class::Credential => blocked(Reason::CredentialRefused, message),
                Class::Terminal | Class::Human | Class::Leftover => blocked(reason_of(failure.code), message),
                _ => waiting(Reason::OperationFailed, message),
            }
        }
    }
}

/// Error numbers whose cause has a reason of its own.
fn reason_of(code: Option<i64>) -> Reason {
    match code {
        Some(41159) => Reason::JoinRollbackFailed,
        Some(19471) => Reason::ComputerObjectDenied,
        Some(27259) => Reason::WorkerEditionLimit,
        Some(27261) => Reason::MasterFeatureMissingOnPrimary,
        Some(15581) => Reason::DatabaseMasterKeyClosed,
        Some(41199) => Reason::EditionTooLow,
        Some(15466) => Reason::CatalogPasswordUnknown,
        Some(1069) => Reason::LogonRefused,
        Some(5894) => Reason::NoClusterNetwork,
        _ => Reason::OperationRefused,
    }
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
