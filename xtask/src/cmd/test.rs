//! `cargo xtask test`: all checks and all tests. The last line is `N passed, N failed`.

use super::check;
use anyhow::{Context, Result, bail};
use std::thread;
use xtask::checks::ALL;
use xtask::stage::stage;
use xtask::terminal::say;
use xtask::{child, envtest, interrupt, run_folder, workspace};

/// What to leave out.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave the checks out.
    #[arg(long)]
    no_check: bool,
}

/// Counts of tests; a check or stage that fails counts as a failed one.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    passed: usize,
    failed: usize,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut count = Count::default();
    // Beside the Rust build: from nothing it takes minutes.
    let control_plane = thread::spawn(envtest::locate);
    for check in ALL.iter().filter(|_| !args.no_check) {
        count.failed += usize::from(!check::passes(check)?);
    }
    count.fail_on(stage("build tests", || cargo(&["test", "--workspace", "--no-run"], say)))?;
    count.fail_on(stage("control plane programs", || match control_plane.join() {
        Ok(located) => located.map(drop),
        Err(_) => bail!("the build panicked"),
    }))?;
    let before = count.failed;
    let mut tests = Count::default();
    let ended = stage("test", || {
        cargo(&["test", "--workspace", "--no-fail-fast"], |line| {
            say(line);
            tests.add(line);
        })
    });
    count.passed += tests.passed;
    count.failed += tests.failed;
    // Failed tests are counted; what failed otherwise (a build, a crash) has no result line.
    if count.failed == before || interrupt::is_set() {
        count.fail_on(ended)?;
    }
    count.fail_on(run_folder::sweep().map(drop))?;
    say(&format!("{} passed, {} failed", count.passed, count.failed));
    if count.failed > 0 {
        // The line above stays the last one on stdout.
        std::process::exit(1);
    }
    Ok(())
}

impl Count {
    /// Adds a line such as `test result: ok. 3 passed; 0 failed; 0 ignored; …`; ignores any other.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        for part in result.split(['.', ';']) {
            let mut words = part.split_whitespace();
            let number = words.next().and_then(|word| word.parse::<usize>().ok()).unwrap_or(0);
            match words.next() {
                Some("passed") => self.passed += number,
                Some("failed") => self.failed += number,
                _ => {}
            }
        }
    }

    /// Counts an error as one failure and prints it; an interrupt ends it all.
    fn fail_on(&mut self, result: Result<()>) -> Result<()> {
        interrupt::check()?;
        if let Err(error) = result {
            say(&format!("error: {error:#}"));
            self.failed += 1;
        }
        Ok(())
    }
}

fn cargo(args: &[&str], line: impl FnMut(&str)) -> Result<()> {
    let command = format!("cargo {}", args.join(" "));
    let status = child::run(workspace::cargo(), args, &workspace::root(), line).context(command.clone())?;
    if !status.success() {
        bail!("{command}: {status}");
    }
    Ok(())
}

#[cfg(test)]
#[path = "test_tests.rs"]
mod tests;
