//! `cargo xtask test`: all checks and all tests. The last line is `N passed, N failed`.

use super::check;
use anyhow::{Context, Result, bail};
use std::thread;
use xtask::checks::ALL;
use xtask::stage::stage;
use xtask::terminal::say;
use xtask::{child, envtest, interrupt, judges, run_folder, workspace};

/// What to leave out.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Leave the checks out.
    #[arg(long)]
    no_check: bool,
    /// Leave the third-party judges out (they need Python and some libraries).
    #[arg(long)]
    skip_judges: bool,
    /// Test these packages instead of the whole workspace.
    #[arg(long, short)]
    package: Vec<String>,
}

impl Args {
    fn cargo_test(&self, last: &str) -> Vec<String> {
        let packages = self.package.iter().flat_map(|name| ["--package".to_owned(), name.clone()]);
        let chosen: Vec<_> =
            if self.package.is_empty() { vec!["--workspace".to_owned()] } else { packages.collect() };
        ["test".to_owned()].into_iter().chain(chosen).chain([last.to_owned()]).collect()
    }
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
    let built = stage("build tests", || cargo(&args.cargo_test("--no-run"), say));
    let is_built = built.is_ok();
    count.fail_on(built)?;
    count.fail_on(stage("control plane programs", || match control_plane.join() {
        Ok(located) => located.map(drop),
        Err(_) => bail!("the build panicked"),
    }))?;
    if is_built {
        run_tests(args, &mut count)?;
        run_judges(args, &mut count)?;
    }
    count.fail_on(run_folder::sweep().map(drop))?;
    say(&format!("{} passed, {} failed", count.passed, count.failed));
    if count.failed > 0 {
        // The line above stays the last one on stdout.
        std::process::exit(1);
    }
    Ok(())
}

/// Each case of a judge counts; a judge that breaks off counts as a failure.
fn run_judges(args: &Args, count: &mut Count) -> Result<()> {
    if !args.package.is_empty() {
        return Ok(());
    }
    if args.skip_judges {
        say("SKIPPED: the judges (TDS clients, Microsoft's parser), as --skip-judges asks");
        return Ok(());
    }
    for judge in judges::ALL {
        let cases = stage(judge.name, judge.run).map(|(passed, failed)| {
            count.passed += passed;
            count.failed += failed;
        });
        count.fail_on(cases)?;
    }
    Ok(())
}

fn run_tests(args: &Args, count: &mut Count) -> Result<()> {
    let mut tests = Count::default();
    let ended = stage("test", || {
        cargo(&args.cargo_test("--no-fail-fast"), |line| {
            say(line);
            tests.add(line);
        })
    });
    count.passed += tests.passed;
    count.failed += tests.failed;
    // Failed tests are counted already; a crash has no result line.
    if tests.failed == 0 {
        count.fail_on(ended)?;
    }
    interrupt::check()
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

fn cargo(args: &[String], line: impl FnMut(&str)) -> Result<()> {
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
