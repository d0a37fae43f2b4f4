//! The dependencies between workspace crates, as cargo reads them, against the table.

use super::layer_table::{DAEMONS, IMPURE, LAYERS, PURE, RESERVED, SIMULATION};
use crate::workspace;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// Set for a dependency on a folder: one of ours.
    path: Option<String>,
    /// `None` for an ordinary one, else `dev` or `build`.
    kind: Option<String>,
}

/// Every edge that the table does not have.
pub(super) fn check() -> Result<Vec<String>> {
    let output = Command::new(workspace::cargo())
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(workspace::root())
        .output()
        .context("cargo metadata does not start")?;
    if !output.status.success() {
        bail!("cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let metadata: Metadata =
        serde_json::from_slice(&output.stdout).context("cargo metadata is not readable")?;
    Ok(judge(&metadata))
}

fn short(name: &str) -> &str {
    name.strip_prefix("scaleout-").unwrap_or(name)
}

fn judge(metadata: &Metadata) -> Vec<String> {
    let mut problems = Vec::new();
    for package in &metadata.packages {
        let name = short(&package.name);
        match LAYERS.iter().find(|layer| layer.name == name) {
            None => problems.push(format!("{name}: not in the table of layers")),
            Some(layer) => {
                // Tests may look down from above (an agent is tested by its real client); daemons are judged below.
                let inner = package.dependencies.iter().filter(|dependency| {
                    dependency.path.is_some() && dependency.kind.as_deref() != Some("dev")
                });
                let wrong = inner.filter(|dependency| !layer.may.contains(&short(&dependency.name)));
                problems.extend(wrong.map(|wrong| format!("{name} depends on {}", short(&wrong.name))));
            }
        }
        problems.extend(judge_outer(name, &package.dependencies));
    }
    problems.extend(judge_daemons(metadata));
    problems
}

fn judge_outer(name: &str, dependencies: &[Dependency]) -> Vec<String> {
    let outer = || dependencies.iter().filter(|dependency| dependency.path.is_none());
    let reserved = outer().filter(|dependency| {
        RESERVED.iter().any(|(outer, may)| *outer == dependency.name && !may.contains(&name))
    });
    let impure = outer().filter(|dependency| {
        PURE.contains(&name) && dependency.kind.is_none() && IMPURE.contains(&dependency.name.as_str())
    });
    reserved.chain(impure).map(|wrong| format!("{name} depends on {}", wrong.name)).collect()
}

/// The table says it already; this holds whatever the table says.
fn judge_daemons(metadata: &Metadata) -> Vec<String> {
    let edges: BTreeMap<&str, Vec<&str>> = metadata
        .packages
        .iter()
        .map(|package| {
            let inner = package.dependencies.iter().filter(|edge| edge.path.is_some());
            (short(&package.name), inner.map(|edge| short(&edge.name)).collect())
        })
        .collect();
    let mut problems = Vec::new();
    for daemon in DAEMONS {
        let mut reached = BTreeSet::new();
        let mut open = vec![daemon];
        while let Some(name) = open.pop() {
            if reached.insert(name) {
                open.extend(edges.get(name).into_iter().flatten());
            }
        }
        let simulated = SIMULATION.iter().filter(|name| reached.contains(*name));
        problems.extend(simulated.map(|name| format!("the daemon {daemon} reaches {name}")));
    }
    problems
}

#[cfg(test)]
#[path = "layers_tests.rs"]
mod tests;
