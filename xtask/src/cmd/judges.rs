//! `cargo xtask judges`: the third-party judges alone.

use anyhow::{Result, bail};
use xtask::judges::ALL;
use xtask::stage::stage;
use xtask::terminal::say;

pub(crate) fn run() -> Result<()> {
    let mut failures = 0;
    for judge in ALL {
        let (passed, failed) = stage(judge.name, judge.run)?;
        say(&format!("{}: {passed} passed, {failed} failed", judge.name));
        failures += failed;
    }
    if failures > 0 {
        bail!("{failures} cases failed");
    }
    Ok(())
}
