//! Stages of a long command and the seconds that they took.

use crate::terminal::say;
use anyhow::Result;
use std::time::Instant;

/// Runs one stage and prints `stage NAME: N s`, also when it fails.
pub fn stage<T>(name: &str, run: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    let result = run();
    let seconds = started.elapsed().as_secs_f64();
    let ending = if result.is_ok() { "" } else { " (failed)" };
    say(&format!("stage {name}: {seconds:.1} s{ending}"));
    result
}
