//! Carries out the phases of an op: look, act, look again. After any error or passed deadline the state is read before the
//! outcome is decided, on a new connection, since only a batch's first error can be seen and it may have been applied.

use super::phase::{Phase, Procedure, Proof, Trust};
use crate::batch::{Batch, Database};
use crate::fault::Fault;
use crate::record::{Record, Rows};
use crate::session::Wire;
use crate::statements::{Refuse, sessions};
use async_trait::async_trait;
use scaleout_execution::ports::{GuardRefusal, WriteGuard};
use scaleout_model::names::ReplicaName;
use scaleout_model::outcome::{Class, Failure, Outcome};
use scaleout_model::reason::Reason;
use scaleout_model::sql::{Evidence, SqlPlace};
use scaleout_model::verdict::WaitingOn;

/// Opens connections to one instance as the operator, under the epoch's name.
#[async_trait]
pub(crate) trait Dial: Send + Sync {
    /// A new connection.
    async fn dial(&self) -> Result<Box<dyn Wire>, Fault>;
}

/// How a phase ended, if the op ends with it.
type End = Outcome;

/// A connection to the replica that is meant. Before it writes for the first time it asks the fence; a connection that
/// replaces a broken one asks anew, since a new leader ends only the sessions that it sees.
struct Line<'a> {
    dial: &'a dyn Dial,
    replica: &'a ReplicaName,
    guard: &'a dyn WriteGuard,
    wire: Box<dyn Wire>,
    confirmed: bool,
}

/// Carries out an op, phase by phase.
pub(crate) async fn run(
    dial: &dyn Dial,
    replica: &ReplicaName,
    guard: &dyn WriteGuard,
    procedure: &Procedure,
) -> Outcome {
    match attempt(dial, replica, guard, procedure).await {
        Ok(outcome) | Err(outcome) => outcome,
    }
}

async fn attempt(
    dial: &dyn Dial,
    replica: &ReplicaName,
    guard: &dyn WriteGuard,
    procedure: &Procedure,
) -> Result<Outcome, End> {
    let wire = dial.dial().await?;
    let mut line = Line { dial, replica, guard, wire, confirmed: false };
    line.confirm_name().await?;
    let mut acted = false;
    let mut last = Rows::default();
    for phase in &procedure.phases {
        let (changed, seen) = pass(&mut line, phase).await?;
        acted |= changed;
        last = seen;
    }
    let evidence = procedure.proof.as_ref().map(|proof| build_evidence(proof, &last)).transpose()?;
    Ok(if acted { Outcome::Done(evidence) } else { Outcome::NoChange(evidence) })
}

impl Line<'_> {
    /// The instance that answers must be the replica that is meant: an address may lead elsewhere, a listener follows the
    /// primary.
    async fn confirm_name(&mut self) -> Result<(), End> {
        let rows = self.wire.run(&Batch::read(Database::Master, sessions::build_who())).await?;
        let name = rows.first("who")?.text("server_name")?;
        if *self.replica == ReplicaName::new(name) {
            return Ok(());
        }
        Err(Outcome::Conflict(format!("the instance calls itself {name}, not {}", self.replica)))
    }

    /// The fence, once per connection.
    async fn confirm_epoch(&mut self) -> Result<(), End> {
        if !self.confirmed {
            self.guard.confirm().await.map_err(refused)?;
            self.confirmed = true;
        }
        Ok(())
    }

    /// A new connection in place of a broken one.
    async fn renew(&mut self) -> Result<(), End> {
        self.wire = self.dial.dial().await?;
        self.confirmed = false;
        self.confirm_name().await
    }

    async fn act(&mut self, batches: &[Batch]) -> Result<(), Fault> {
        for batch in batches {
            self.wire.run(batch).await?;
        }
        Ok(())
    }
}

fn refused(refusal: GuardRefusal) -> End {
    match refusal {
        GuardRefusal::Refused(refusal) => Outcome::Refused(refusal),
        GuardRefusal::Unanswered(cause) => {
            let message = format!("the node's agent did not confirm the epoch: {}", cause.message);
            Outcome::Failed(Failure::new(Class::Unanswered, None, message))
        }
    }
}

/// One phase. True: it changed something.
async fn pass(line: &mut Line<'_>, phase: &Phase) -> Result<(bool, Rows), End> {
    let before = line.wire.run(&phase.look).await?;
    let look = before.first("look")?;
    if judge(phase, look)? && phase.trust != Trust::Repeat {
        return Ok((false, before));
    }
    let batches = (phase.act)(look).map_err(Outcome::Failed)?;
    if !batches.is_empty() {
        line.confirm_epoch().await?;
    }
    let error = line.act(&batches).await.err();
    match look_again(line, phase, error.is_some()).await {
        Ok(after) => conclude(phase, error, after),
        Err(unread) => Err(error.map_or(unread, End::from)),
    }
}

async fn look_again(line: &mut Line<'_>, phase: &Phase, broken: bool) -> Result<Rows, End> {
    if broken {
        line.renew().await?;
    }
    Ok(line.wire.run(&phase.look).await?)
}

/// What the second look, and the error if there was one, come to.
fn conclude(phase: &Phase, error: Option<Fault>, after: Rows) -> Result<(bool, Rows), End> {
    let judged = after.first("look").map_err(End::from).and_then(|look| judge(phase, look));
    match (phase.trust, error, judged) {
        (Trust::ReadBack, _, Ok(true)) | (Trust::Repeat, None, Ok(true)) | (Trust::Blind, None, Ok(_)) => {
            Ok((true, after))
        }
        (_, Some(error), _) => Err(error.into()),
        (_, None, Err(end)) => Err(end),
        (_, None, Ok(_)) => {
            let message = "the statement succeeded and its effect cannot be read back";
            Err(Outcome::Failed(Failure::new(Class::Transient, None, message)))
        }
    }
}

/// Whether the effect is there; an error if the op may not act.
fn judge(phase: &Phase, look: &Record) -> Result<bool, End> {
    if !look.flag("place")? {
        return Err(misplaced(phase.place));
    }
    if let Some(number) = look.number_or_null("refuse")? {
        let refuse = Refuse::from_number(number);
        return Err(refuse.map_or_else(|| Fault::Garbled(format!("refusal {number}")).into(), turn_down));
    }
    Ok(look.flag("done")?)
}

fn misplaced(place: SqlPlace) -> End {
    let (class, message) = match place {
        SqlPlace::Secondary => (Class::NotSecondary, "this replica is the primary"),
        SqlPlace::Primary | SqlPlace::Replica => (Class::NotPrimary, "this replica is not the primary"),
    };
    Outcome::Failed(Failure::new(class, None, message))
}

fn turn_down(refuse: Refuse) -> End {
    let fail = |class, reason: Reason| {
        Outcome::Failed(Failure::new(class, None, reason.advice()).with_reason(Some(reason)))
    };
    let wait =
        |reason: Reason, message: &str| Outcome::NotYet(WaitingOn { reason, message: message.to_owned() });
    match refuse {
        Refuse::WrongPassword => fail(Class::Credential, Reason::CatalogPasswordUnknown),
        Refuse::KeyUnusable => fail(Class::Transient, Reason::DatabaseMasterKeyClosed),
        Refuse::TasksRunning => wait(Reason::TasksRunning, "tasks run on the worker"),
        Refuse::SessionsOpen => {
            wait(Reason::StepPending, "the log login has open sessions; workers must be stopped first")
        }
        Refuse::LogLoginMissing => fail(Class::Prerequisite, Reason::LogLoginMissing),
        Refuse::WorkerUnknown => fail(Class::Prerequisite, Reason::WorkerNotRegistered),
        Refuse::CleanupLoginMissing => wait(Reason::StepPending, "the clean-up login comes first"),
        Refuse::Occupied => Outcome::Conflict("something else stands in its place".to_owned()),
    }
}

/// The executor adds the Secret's name and version.
fn build_evidence(proof: &Proof, rows: &Rows) -> Result<Evidence, Fault> {
    Ok(Evidence {
        purpose: proof.purpose,
        target: proof.target.clone(),
        secret: String::new(),
        marker: (proof.marker)(rows)?,
        recorded_unix_ms: rows.first("look")?.number("clock_ms")?,
    })
}

#[cfg(test)]
#[path = "run_tests.rs"]
mod tests;
