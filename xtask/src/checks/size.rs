//! No production file is too long. Functions are measured by clippy (`too_many_lines`).

use super::source;
use crate::terminal::say;
use crate::workspace;
use anyhow::Result;

/// The most lines of a production file, comments included, inline tests not.
const MOST: usize = 400;
/// What we aim at.
const AIM: usize = 300;

/// Production files over [`MOST`]; prints the distribution.
pub(super) fn check() -> Result<Vec<String>> {
    let mut sizes = Vec::new();
    for file in workspace::rust_files()?.into_iter().filter(|file| !workspace::is_test_file(file)) {
        let lines = workspace::read(&file)?.lines().count();
        sizes.push((lines.saturating_sub(source::read(&file)?.test_lines), file));
    }
    sizes.sort();
    let at = |share: usize| sizes.get(sizes.len() * share / 100).map_or(0, |(lines, _)| *lines);
    let over = |most: usize| sizes.iter().rev().take_while(move |(lines, _)| *lines > most);
    say(&format!(
        "{} production files: median {} lines, p90 {}, {} over {AIM}",
        sizes.len(),
        at(50),
        at(90),
        over(AIM).count()
    ));
    Ok(over(MOST)
        .map(|(lines, file)| format!("{}: {lines} lines, more than {MOST}", file.display()))
        .collect())
}
