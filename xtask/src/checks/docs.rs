//! Each source file begins by saying what it is.

use crate::workspace;
use anyhow::Result;

/// Rust files without a `//!` among their first lines.
pub(super) fn check() -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for file in workspace::rust_files()? {
        let text = workspace::read(&file)?;
        let said = text
            .lines()
            .take(5)
            .any(|line| line.strip_prefix("//!").is_some_and(|said| !said.trim().is_empty()));
        if !said {
            problems.push(format!("{}: no //! at its beginning", file.display()));
        }
    }
    Ok(problems)
}
