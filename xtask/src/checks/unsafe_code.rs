//! Unsafe code is in the named crates only, and every crate inherits the workspace's lints.

use super::source::{self, Token};
use crate::workspace;
use anyhow::Result;
use std::path::Path;

/// The crates that call Windows or stand in for it. Each lifts the lint once, for itself.
const MAY: [&str; 2] = ["crates/winsys", "crates/wine-clusapi"];

/// Unsafe code elsewhere, lifted lints, manifests that do not inherit.
pub(super) fn check() -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for file in workspace::files()? {
        if file.file_name().is_some_and(|name| name == "Cargo.toml") && file != Path::new("Cargo.toml") {
            if !inherits(&workspace::read(&file)?) {
                problems.push(format!("{}: [lints] does not say workspace = true", file.display()));
            }
        } else if file.extension().is_some_and(|extension| extension == "rs")
            && !MAY.iter().any(|allowed| file.starts_with(allowed))
        {
            let tokens = source::read(&file)?.tokens;
            let found = tokens.into_iter().filter(|(_, token)| is_unsafe(token));
            problems.extend(found.map(|(line, _)| format!("{}:{line}: unsafe code", file.display())));
        }
    }
    Ok(problems)
}

fn is_unsafe(token: &Token) -> bool {
    match token {
        Token::Word(word) => word == "unsafe",
        Token::Attribute(text) => text.contains("unsafe_code"),
        Token::Text(_) | Token::Number(_) => false,
    }
}

fn inherits(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim).skip_while(|line| *line != "[lints]").skip(1);
    lines.find(|line| !line.is_empty()).is_some_and(|line| line == "workspace = true")
}
