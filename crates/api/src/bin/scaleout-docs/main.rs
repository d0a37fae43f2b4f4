//! Writes the generated documents: `scaleout-docs --root DIR [--check]`.
//!
//! They are the reference of fields, conditions and marks, and Argo CD's health script. With `--check` nothing is
//! written; the exit code is 1 if a file differs, or if the runbook lacks a reason or has one too many.

mod conditions;
mod crds;
mod health;
mod runbook;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{fs, io};

/// Says where a generated file comes from.
const ORIGIN: &str = "Generated from crates/api and crates/model by `cargo xtask docs`; do not edit.";

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("usage: scaleout-docs --root DIR [--check]")]
    Usage,
    #[error("cannot generate the CRDs")]
    Schema(#[from] scaleout_api::schema::SchemaError),
    #[error("cannot write JSON")]
    Json(#[from] serde_json::Error),
    #[error("cannot read or write {path}")]
    File { path: PathBuf, source: io::Error },
}

fn main() -> ExitCode {
    match run() {
        Ok(problems) if problems.is_empty() => ExitCode::SUCCESS,
        Ok(problems) => fail(&problems.join("\n")),
        Err(failure) => {
            let mut text = failure.to_string();
            let mut source = std::error::Error::source(&failure);
            while let Some(cause) = source {
                text = format!("{text}: {cause}");
                source = cause.source();
            }
            fail(&text)
        }
    }
}

fn fail(text: &str) -> ExitCode {
    // A closed standard error leaves nothing to tell it to.
    let _ = writeln!(io::stderr(), "{text}");
    ExitCode::FAILURE
}

/// Problems of the files, one line each.
fn run() -> Result<Vec<String>, Failure> {
    let mut words = std::env::args().skip(1);
    let (mut root, mut check) = (None, false);
    while let Some(word) = words.next() {
        match word.as_str() {
            "--root" => root = words.next().map(PathBuf::from),
            "--check" => check = true,
            _ => return Err(Failure::Usage),
        }
    }
    let root = root.ok_or(Failure::Usage)?;
    let files = [
        ("docs/reference/crds.md", crds::render()?),
        ("docs/reference/conditions.md", conditions::render()),
        ("deploy/argocd/health.lua", health::render()),
    ];
    let mut problems = Vec::new();
    for (name, content) in files {
        let path = root.join(name);
        if check {
            if fs::read_to_string(&path).ok().as_deref() != Some(&content) {
                problems.push(format!("{name} is not what the source says: run `cargo xtask docs`"));
            }
        } else {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)
                    .map_err(|source| Failure::File { path: folder.to_owned(), source })?;
            }
            fs::write(&path, content).map_err(|source| Failure::File { path, source })?;
        }
    }
    let path = root.join(runbook::FILE);
    let text = fs::read_to_string(&path).map_err(|source| Failure::File { path, source })?;
    problems.extend(runbook::problems(&text));
    Ok(problems)
}
