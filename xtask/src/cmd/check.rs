//! `cargo xtask check [NAME…]`: the checks over the source.

use anyhow::{Result, bail};
use clap::builder::PossibleValuesParser;
use xtask::checks::{ALL, Check};
use xtask::stage::stage;
use xtask::terminal::say;

/// Which checks.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Checks to run; all without one.
    #[arg(value_parser = PossibleValuesParser::new(ALL.iter().map(|check| check.name)))]
    names: Vec<String>,
}

impl Args {
    /// One check by name.
    pub(crate) fn one(name: &str) -> Self {
        Self { names: vec![name.to_owned()] }
    }
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let chosen = |check: &&Check| args.names.is_empty() || args.names.iter().any(|name| name == check.name);
    let mut failed = Vec::new();
    for check in ALL.iter().filter(chosen) {
        if !passes(check)? {
            failed.push(check.name);
        }
    }
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    Ok(())
}

/// Runs one check as a stage and prints its problems. An error only if we were interrupted.
pub(crate) fn passes(check: &Check) -> Result<bool> {
    let result = stage(&format!("check {}", check.name), || {
        let problems = (check.run)()?;
        for problem in &problems {
            say(problem);
        }
        if !problems.is_empty() {
            bail!("{} problems: {}", problems.len(), check.about);
        }
        Ok(())
    });
    xtask::interrupt::check()?;
    if let Err(error) = &result {
        say(&format!("error: {error:#}"));
    }
    Ok(result.is_ok())
}
