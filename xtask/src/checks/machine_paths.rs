//! Nothing in the repository names a path of the machine that it was written on.

use crate::workspace;
use anyhow::{Context, Result};

/// Written in halves, so that this file does not name them either.
const PATHS: [(&str, &str); 5] =
    [("/wo", "rk/"), ("/tm", "p/"), ("/ro", "ot/"), ("/ho", "me/"), ("/Us", "ers/")];

/// Lines of text files with such a path.
pub(super) fn check() -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for file in workspace::files()? {
        let bytes = std::fs::read(workspace::root().join(&file));
        let bytes = bytes.with_context(|| format!("{} is not readable", file.display()))?;
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let lines = text.lines().enumerate();
        for (number, found) in lines.filter_map(|(number, line)| Some((number, machine_path(line)?))) {
            problems.push(format!("{}:{}: {found}", file.display(), number + 1));
        }
    }
    Ok(problems)
}

/// The first machine path in a line: one that does not continue a longer path or URL.
fn machine_path(line: &str) -> Option<String> {
    PATHS.iter().map(|(head, tail)| format!("{head}{tail}")).find(|path| {
        line.match_indices(path.as_str()).any(|(at, _)| {
            let before = line.get(..at).and_then(|before| before.chars().next_back());
            before.is_none_or(|before| !before.is_alphanumeric() && !"._-~/}".contains(before))
        })
    })
}

#[cfg(test)]
#[path = "machine_paths_tests.rs"]
mod tests;
