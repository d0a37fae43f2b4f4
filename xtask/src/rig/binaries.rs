//! Builds the programs that a rig runs.

use crate::{child, workspace};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::PathBuf;

/// Paths of the built programs.
#[derive(Clone, Debug)]
pub struct Binaries {
    /// `scaleout-controller`.
    pub controller: PathBuf,
    /// `scaleout-sim`.
    pub sim: PathBuf,
}

impl Binaries {
    /// Builds both (cargo shows its progress on stderr) and answers where they are.
    pub fn build() -> Result<Self> {
        let packages = ["build", "--package", "scaleout-controller", "--package", "scaleout-sim"];
        let args = packages.into_iter().chain(["--bins", "--message-format", "json-render-diagnostics"]);
        let mut built = Vec::new();
        let status = child::run(workspace::cargo(), args, &workspace::root(), |line| {
            built.extend(executable(line));
        })?;
        if !status.success() {
            bail!("the build failed ({status})");
        }
        let find = |name: &str| {
            let found = built.iter().find(|(built, _)| built == name).map(|(_, path)| path.clone());
            found.with_context(|| format!("cargo built no {name}"))
        };
        Ok(Self { controller: find("scaleout-controller")?, sim: find("scaleout-sim")? })
    }
}

/// Name and path of the program that a message of cargo tells of.
fn executable(line: &str) -> Option<(String, PathBuf)> {
    let message: Value = serde_json::from_str(line).ok()?;
    let path = message.get("executable")?.as_str()?;
    let name = message.pointer("/target/name")?.as_str()?;
    Some((name.to_owned(), path.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_messages_of_programs_tell_a_path() {
        let program = r#"{"reason":"compiler-artifact","target":{"name":"a"},"executable":"/x/a"}"#;
        assert_eq!(executable(program), Some(("a".to_owned(), "/x/a".into())));
        let library = r#"{"reason":"compiler-artifact","target":{"name":"a"},"executable":null}"#;
        assert_eq!((executable(library), executable("warning")), (None, None));
    }
}
