//! A Kubernetes control plane for tests and the demo: etcd and kube-apiserver on ephemeral ports of 127.0.0.1.
//!
//! RBAC is on, requests are audited, everything lies in folders of this run and ends with it. There is no controller
//! manager: no garbage collection by owner references, no end of a namespace that is deleted.

mod kubeconfig;
mod kubectl;
mod start;

pub(crate) use kubeconfig::write_private;
pub use kubectl::Kubectl;

use crate::child::Child;
use crate::envtest;
use crate::run_folder::RunFolder;
use crate::terminal::note;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// How often the start is tried again when another process took a port between our look and its use.
const STARTS: usize = 3;

/// A running control plane. Dropping it ends its processes and removes its folders; the logs are kept (and their place
/// printed) if the thread panics.
#[derive(Debug)]
pub struct ControlPlane {
    // Dropped in this order.
    apiserver: Child,
    etcd: Child,
    /// etcd's data; never kept.
    _data: RunFolder,
    folder: RunFolder,
    kubectl: PathBuf,
    url: String,
}

impl ControlPlane {
    /// Finds or builds the programs, starts them and waits until the API server is ready. On failure the logs are kept
    /// and the error names their place.
    pub fn start() -> Result<Self> {
        let assets = envtest::locate()?;
        let mut starts = 1;
        loop {
            match start::start(&assets) {
                Err(start::Failure::PortTaken(error)) if starts < STARTS => {
                    note(&format!("control plane: {error:#}; trying again"));
                    starts += 1;
                }
                Err(failure) => return Err(failure.into_error()),
                Ok(control_plane) => return Ok(control_plane),
            }
        }
    }

    /// The API server's address, `https://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The run's folder, for files of the caller that shall go with it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The kubeconfig of an administrator (group `system:masters`).
    pub fn kubeconfig(&self) -> PathBuf {
        start::admin_kubeconfig(self.folder())
    }

    /// The audit log: one JSON record (`audit.k8s.io/v1`, level Metadata) per line, refused requests included.
    pub fn audit_log(&self) -> PathBuf {
        start::audit_log(self.folder())
    }

    /// The API server's process, to pause or to kill it.
    pub fn apiserver(&mut self) -> &mut Child {
        &mut self.apiserver
    }

    /// Stops the API server and starts it again on the same port with the same keys; waits until it is ready.
    pub fn restart_apiserver(&mut self) -> Result<()> {
        self.apiserver.restart()?;
        let kubectl = self.kubectl_as(&self.kubeconfig());
        start::wait_ready(&mut self.apiserver, &mut self.etcd, &kubectl)
    }

    /// Fails with the end of the log if one of the two processes ended.
    pub fn ensure_running(&mut self) -> Result<()> {
        self.apiserver.ensure_running()?;
        self.etcd.ensure_running()
    }

    /// `kubectl` as the administrator: answers stdout; an error has stderr.
    pub fn kubectl<A: AsRef<std::ffi::OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Result<String> {
        self.kubectl_as(&self.kubeconfig()).run(args)
    }

    /// Applies YAML text as the administrator (`kubectl apply -f -`).
    pub fn apply(&self, yaml: &str) -> Result<String> {
        self.kubectl_as(&self.kubeconfig()).run_with_input(["apply", "-f", "-"], yaml)
    }

    /// `kubectl` with another kubeconfig.
    pub fn kubectl_as(&self, kubeconfig: &Path) -> Kubectl {
        Kubectl::new(&self.kubectl, kubeconfig, &start::kubectl_cache(self.folder()))
    }

    /// Writes a kubeconfig of an existing service account (its token is valid for a day) and answers its path. The file
    /// is private; what the account may do is up to RBAC.
    pub fn kubeconfig_for_service_account(&self, namespace: &str, name: &str) -> Result<PathBuf> {
        let token = self.kubectl(["create", "token", name, "--namespace", namespace, "--duration", "24h"])?;
        let folder = self.folder().join("kubeconfigs");
        fs::create_dir_all(&folder).with_context(|| format!("{} can't be made", folder.display()))?;
        let path = folder.join(format!("{namespace}-{name}.yaml"));
        let authority = start::authority(self.folder());
        kubeconfig::write(&path, &self.url, &authority, token.trim(), namespace)?;
        Ok(path)
    }

    /// Keeps the run's folder with the logs for a day.
    pub fn keep_logs(&mut self) {
        self.folder.keep();
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.keep_logs();
            note(&format!("control plane: logs kept in {}", self.folder().display()));
        }
    }
}
