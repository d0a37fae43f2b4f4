//! The programs of a Kubernetes control plane: given, installed, cached, or built from `tests/envtest`.

mod build;

use crate::child::find_program;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest kube-apiserver (major, minor) that is taken from `KUBEBUILDER_ASSETS` or `PATH`.
pub const OLDEST: (u32, u32) = (1, 33);
/// Names the folder that holds the three programs, as for Go's envtest.
pub const ASSETS_VARIABLE: &str = "KUBEBUILDER_ASSETS";
const PROGRAMS: [&str; 3] = ["etcd", "kube-apiserver", "kubectl"];

/// Where etcd, kube-apiserver and kubectl are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The etcd server.
    pub etcd: PathBuf,
    /// The API server, [`OLDEST`] or newer.
    pub kube_apiserver: PathBuf,
    /// The command-line client.
    pub kubectl: PathBuf,
}

/// Finds the programs: `KUBEBUILDER_ASSETS`, `PATH` (all three, new enough), else the cache, which is filled by a Go
/// build of some minutes when it has none of these sources yet.
pub fn locate() -> Result<Assets> {
    if let Some(folder) = std::env::var_os(ASSETS_VARIABLE).filter(|folder| !folder.is_empty()) {
        let assets = in_folder(Path::new(&folder));
        let version =
            assets.version().with_context(|| format!("{ASSETS_VARIABLE} has no usable programs"))?;
        if version < OLDEST {
            bail!(
                "{ASSETS_VARIABLE} has Kubernetes {}.{}; {}.{} is needed",
                version.0,
                version.1,
                OLDEST.0,
                OLDEST.1
            );
        }
        return Ok(assets);
    }
    if let Some(assets) = on_path().filter(|assets| assets.version().is_ok_and(|version| version >= OLDEST)) {
        return Ok(assets);
    }
    build::cached_or_built().map(|folder| in_folder(&folder))
}

impl Assets {
    /// The API server's version (major, minor); an error if one of the programs is missing or does not run.
    fn version(&self) -> Result<(u32, u32)> {
        for program in [&self.etcd, &self.kube_apiserver, &self.kubectl] {
            if !program.is_file() {
                bail!("{} is missing", program.display());
            }
        }
        let output = Command::new(&self.kube_apiserver).arg("--version").output();
        let output = output.with_context(|| format!("{} does not run", self.kube_apiserver.display()))?;
        let text = String::from_utf8_lossy(&output.stdout);
        parse_version(&text).with_context(|| format!("no version in {text:?}"))
    }
}

fn in_folder(folder: &Path) -> Assets {
    let [etcd, kube_apiserver, kubectl] = PROGRAMS.map(|name| folder.join(name));
    Assets { etcd, kube_apiserver, kubectl }
}

fn on_path() -> Option<Assets> {
    let [etcd, kube_apiserver, kubectl] = PROGRAMS.map(find_program);
    Some(Assets { etcd: etcd?, kube_apiserver: kube_apiserver?, kubectl: kubectl? })
}

/// Reads `Kubernetes v1.37.2`.
fn parse_version(text: &str) -> Option<(u32, u32)> {
    let mut parts = text.trim().strip_prefix("Kubernetes v")?.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

#[cfg(test)]
#[path = "envtest_tests.rs"]
mod tests;
