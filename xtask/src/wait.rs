//! Waiting on a condition with a deadline.

use crate::interrupt;
use anyhow::{Result, bail};
use std::thread;
use std::time::{Duration, Instant};

/// How often a condition is looked at.
pub const POLL: Duration = Duration::from_millis(50);

/// Looks every [`POLL`] until `probe` answers `Some`. An error of `probe`, an interrupt, or no answer within `deadline`
/// ends it; `what` names the condition in that message.
pub fn until<T>(what: &str, deadline: Duration, mut probe: impl FnMut() -> Result<Option<T>>) -> Result<T> {
    let started = Instant::now();
    loop {
        interrupt::check()?;
        if let Some(answer) = probe()? {
            return Ok(answer);
        }
        if started.elapsed() >= deadline {
            bail!("{what}: not within {} s", deadline.as_secs());
        }
        thread::sleep(POLL);
    }
}
