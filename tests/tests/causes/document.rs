//! docs/failure-catalogue.md, as the tables of this test say it.

use crate::answers::{Answer, Expected};
use crate::entries::{Entry, ROUNDS, Shown, all};
use anyhow::{Context as _, Result, ensure};
use std::fmt::Write as _;
use std::fs;
use xtask::workspace;

/// Set to write the document anew.
const WRITE: &str = "WRITE_FAILURE_CATALOGUE";
/// Entries of the catalogue.
const LAST: u8 = 51;

const HEAD: &str = "# Failure catalogue

What goes wrong with SSIS Scale Out and its availability group: causes, and the symptoms that are known from the
product's documentation, its public scripts and public reports. The test `causes` of `tests/` holds this table; it
checks on a converged, simulated site that each cause alone brings its symptom, that the symptom goes with it, and what the
controller makes of causes.
";

fn numbers(numbers: &[u8]) -> String {
    if numbers.is_empty() {
        return "–".to_owned();
    }
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn render() -> Result<String> {
    let mut text = HEAD.to_owned();
    let entries = all();
    let of = |not: bool| entries.iter().filter(move |entry| matches!(entry.shown, Shown::Not(_)) == not);
    let (shown, hidden) = (of(false).count(), of(true).count());
    writeln!(text, "\n## Causes and symptoms\n\n{shown} causes, each shown by the simulator.\n")?;
    writeln!(text, "| # | Cause | Symptom |\n|---|---|---|")?;
    for Entry { numbers: own, symptom, shown } in of(false) {
        let Shown::By { cause, .. } = shown else { continue };
        writeln!(text, "| {} | {cause} | {symptom} |", numbers(own))?;
    }
    writeln!(text, "\n## Not shown\n\n{hidden} entries that the simulator can't express.\n")?;
    writeln!(text, "| # | Symptom | Why not |\n|---|---|---|")?;
    for Entry { numbers: own, symptom, shown } in of(true) {
        let Shown::Not(reason) = shown else { continue };
        writeln!(text, "| {} | {symptom} | {reason} |", numbers(own))?;
    }
    writeln!(
        text,
        "\n## What the controller does\n\nWhile it runs, with `mode: Enforce` and `disruption: Allow`.\n"
    )?;
    writeln!(text, "| # | Cause | Answer |\n|---|---|---|")?;
    for Answer { numbers: own, cause, expected, .. } in ROUNDS.iter().copied().flatten() {
        let answer = match expected {
            Expected::Mends(effect) => format!("mends it (`{effect}`)"),
            Expected::Says(reason) => format!("says `{reason}`: people must act"),
        };
        writeln!(text, "| {} | {cause} | {answer} |", numbers(own))?;
    }
    Ok(text)
}

#[test]
fn the_document_says_what_the_tables_say() -> Result<()> {
    let path = workspace::root().join("docs/failure-catalogue.md");
    let text = render()?;
    if std::env::var_os(WRITE).is_some() {
        fs::write(&path, &text)?;
    }
    let found = fs::read_to_string(&path).context("docs/failure-catalogue.md")?;
    ensure!(found == text, "docs/failure-catalogue.md is not what the tables say; {WRITE}=1 writes it anew");
    Ok(())
}

#[test]
fn every_entry_of_the_catalogue_is_there() -> Result<()> {
    let there: Vec<u8> = all().iter().flat_map(|entry| entry.numbers.iter().copied()).collect();
    let missing: Vec<u8> = (1..=LAST).filter(|number| !there.contains(number)).collect();
    ensure!(missing.is_empty() && there.iter().all(|number| *number <= LAST), "missing: {missing:?}");
    Ok(())
}
