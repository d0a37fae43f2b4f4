//! Third parties as judges of what we speak: three TDS clients against the simulated SQL Server, and Microsoft's parser
//! over every batch that the product sends (both are Python; they install what they need into the user's cache); kstatus'
//! library and Argo CD's interpreter over samples of our statuses (Go).

use crate::rig::{Binaries, Sim};
use crate::run_folder::RunFolder;
use crate::terminal::say;
use crate::{child, workspace};
use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::fs;

/// The demo site's instance that is judged, and the login with which.
const SITE: &str = "tests/sites/demo.yaml";
const HOST: &str = "sql01.corp.example";
const PORT: &str = "1433";
const LOGIN: &str = "scaleout_operator";

/// Cases that passed and failed.
pub type Cases = (usize, usize);

/// One judge.
#[derive(Clone, Copy, Debug)]
pub struct Judge {
    /// Name of its stage.
    pub name: &'static str,
    /// Lets it judge; an error if it could not, with what it needs.
    pub run: fn() -> Result<Cases>,
}

/// All judges.
pub const ALL: &[Judge] = &[
    Judge { name: "judges of the wire", run: judge_wire },
    Judge { name: "judge of statements", run: judge_statements },
    Judge { name: "judges of statuses", run: judge_statuses },
];

/// The TDS clients against a simulated site.
fn judge_wire() -> Result<Cases> {
    let binaries = Binaries::build()?;
    let folder = RunFolder::in_memory("judges")?;
    let sim = Sim::start(&binaries, &workspace::root().join(SITE), folder.path())?;
    let password = sim.credentials()?.logins.remove(LOGIN).context("the site has no such login")?;
    let address =
        address(&fs::read_to_string(sim.out().join("hosts"))?).context("the site has no such host")?;
    let authority = sim.out().join("sql-ca.crt").into_os_string();
    let words = [format!("TDS_PASSWORD={password}"), "python3".into(), "tests/tds-drivers/run.py".into()];
    let server = [address, PORT.to_owned(), LOGIN.to_owned()];
    let args = words.into_iter().chain(server).map(OsString::from);
    run("env", args.chain([authority, HOST.into()]))
}

/// Microsoft's parser over the product's batches.
fn judge_statements() -> Result<Cases> {
    run("python3", [OsString::from("tests/sql-judge/run.py")])
}

/// kstatus and Argo CD over samples that a test of `planning` keeps. Go caches what it builds.
fn judge_statuses() -> Result<Cases> {
    child::find_program("go").context("the judges of statuses need Go 1.26 or newer")?;
    let words = ["run", "-C", "tests/status-judge", "-mod=readonly", ".", "samples.json"];
    run_any("go", words.into_iter().chain(["../../deploy/argocd/health.lua"]).map(OsString::from))
}

/// Runs a judge that is Python.
fn run(program: &str, args: impl IntoIterator<Item = OsString>) -> Result<Cases> {
    child::find_program("python3")
        .context("the judges need Python 3.10 or newer with venv (Debian: python3 python3-venv)")?;
    run_any(program, args)
}

/// Runs a judge; its last line is `N passed, N failed`, and before it may say what it needs.
fn run_any(program: &str, args: impl IntoIterator<Item = OsString>) -> Result<Cases> {
    let mut cases = None;
    let status = child::run(program, args, &workspace::root(), |line| match closing(line) {
        Some(counted) => cases = Some(counted),
        None => say(line),
    })?;
    match cases {
        Some(cases) => Ok(cases),
        None => bail!("the judge broke off ({status})"),
    }
}

fn closing(line: &str) -> Option<Cases> {
    let (passed, failed) = line.split_once(" passed, ")?;
    Some((passed.parse().ok()?, failed.strip_suffix(" failed")?.parse().ok()?))
}

fn address(hosts: &str) -> Option<String> {
    let line = hosts.lines().find(|line| line.split_whitespace().any(|word| word == HOST))?;
    line.split_whitespace().next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_counts() {
        assert_eq!(closing("338 passed, 2 failed"), Some((338, 2)));
        assert_eq!((closing("pymssql: 113 ok"), closing("x passed, 1 failed")), (None, None));
    }

    #[test]
    fn a_host_is_found_by_any_of_its_names() {
        assert_eq!(
            address("127.9.0.1 a\n127.9.0.2 sql01.corp.example sql01\n").as_deref(),
            Some("127.9.0.2")
        );
    }
}
