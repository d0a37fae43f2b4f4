//! Ends the sessions of deposed leaders: those of this lineage with a lower number, or the same number and another holder.

use crate::batch::{Batch, Database};
use crate::connection::{WRITER, build_program_name};
use crate::deadline::{DEPOSE, DEPOSE_POLL};
use crate::fault::Fault;
use crate::record::Rows;
use crate::session::Wire;
use crate::statements::sessions;
use scaleout_model::fence::Epoch;
use tokio::time::{Instant, sleep};

/// A session that has to go.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Deposed {
    session: i64,
    program: String,
}

/// Whether a session of this name belongs to a deposed leader.
fn is_deposed(program: &str, epoch: &Epoch) -> bool {
    let own = build_program_name(epoch);
    let Some(rest) = program.strip_prefix(&format!("{WRITER}{}/", epoch.lineage)) else { return false };
    let number = rest.split('/').next().and_then(|number| number.parse::<u64>().ok());
    number.is_some_and(|number| number < epoch.number || (number == epoch.number && program != own))
}

fn read_deposed(rows: &Rows, epoch: &Epoch) -> Result<Vec<Deposed>, Fault> {
    if !rows.first("right")?.flag("server_state")? {
        return Err(Fault::Server {
            number: 300,
            state: 1,
            message: "the operator's login lacks VIEW SERVER STATE, so it cannot see other sessions"
                .to_owned(),
        });
    }
    let mut deposed = Vec::new();
    for row in rows.part("session") {
        let program = row.text("program_name")?;
        if is_deposed(program, epoch) {
            deposed.push(Deposed { session: row.number("session_id")?, program: program.to_owned() });
        }
    }
    Ok(deposed)
}

/// KILLs them and waits until none is left.
pub(crate) async fn depose(wire: &mut dyn Wire, epoch: &Epoch) -> Result<(), Fault> {
    let look = Batch::read(Database::Master, sessions::build_sessions(WRITER));
    let end = Instant::now() + DEPOSE;
    loop {
        let deposed = read_deposed(&wire.run(&look).await?, epoch)?;
        let Some(first) = deposed.first() else { return Ok(()) };
        if Instant::now() >= end {
            let message = format!("session {} of a deposed leader is still there", first.session);
            return Err(Fault::Unanswered(message));
        }
        for Deposed { session, program } in &deposed {
            wire.run(&Batch::change(Database::Master, sessions::build_kill(*session, program))).await?;
        }
        sleep(DEPOSE_POLL).await;
    }
}

#[cfg(test)]
#[path = "depose_tests.rs"]
mod tests;
