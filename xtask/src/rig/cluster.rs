//! The Kubernetes cluster of a rig: an own control plane, or the one of a context of the reader's kubeconfig.

use super::{CONTROLLER, NAMESPACE, OWN_NAMESPACE, Secret};
use crate::child::find_program;
use crate::controlplane::{ControlPlane, Kubectl, write_private};
use crate::run_folder::RunFolder;
use crate::terminal::note;
use crate::{envtest, interrupt, workspace};
use anyhow::{Context, Error, Result, bail};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A cluster and the run's folder. Dropping it stops an own control plane; a reader's cluster stays as it is
/// ([`Cluster::remove`] takes away what we applied).
#[derive(Debug)]
pub struct Cluster {
    // Dropped in this order.
    own: Option<ControlPlane>,
    folder: RunFolder,
    kubectl: Kubectl,
    kubeconfig: PathBuf,
}

impl Cluster {
    /// Starts an own control plane, or connects to the reader's.
    pub fn start(context: Option<&str>) -> Result<Self> {
        let folder = RunFolder::on_disk("rig")?;
        match context {
            None => {
                let own = ControlPlane::start()?;
                let kubeconfig = own.kubeconfig();
                let kubectl = own.kubectl_as(&kubeconfig);
                Ok(Self { own: Some(own), folder, kubectl, kubeconfig })
            }
            Some(context) => Self::connect(folder, context),
        }
    }

    fn connect(folder: RunFolder, context: &str) -> Result<Self> {
        let program =
            find_program("kubectl").map_or_else(|| envtest::locate().map(|found| found.kubectl), Ok)?;
        let view =
            ["config", "view", "--minify", "--flatten", "--raw", "--output", "json", "--context", context];
        let output = Command::new(&program).args(view).stdin(Stdio::null()).output();
        let output = output.with_context(|| format!("{} does not start", program.display()))?;
        if !output.status.success() {
            bail!("kubectl config view: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let kubeconfig = folder.path().join("kubeconfig.yaml");
        write_private(
            &kubeconfig,
            &String::from_utf8(output.stdout).context("the kubeconfig is not UTF-8")?,
        )?;
        let kubectl = Kubectl::new(&program, &kubeconfig, &folder.path().join("kubectl-cache"));
        let cluster = Self { own: None, folder, kubectl, kubeconfig };
        cluster.ensure_empty().with_context(|| format!("context {context}"))?;
        Ok(cluster)
    }

    /// What the demo makes in a reader's cluster it removes in the end, so it must not be there before.
    fn ensure_empty(&self) -> Result<()> {
        let args = ["get", "namespace", NAMESPACE, OWN_NAMESPACE, "--ignore-not-found", "--output", "name"];
        let found = self.kubectl.run(args)?;
        let crds = self.kubectl.run(["get", "crd", "--output", "name"])?;
        let ours = crds.lines().filter(|name| name.ends_with(".scaleout.ssis.dev"));
        let there: Vec<&str> = found.lines().chain(ours).collect();
        if !there.is_empty() {
            bail!("the cluster has {} already; the demo would remove it in the end", there.join(", "));
        }
        Ok(())
    }

    /// `kubectl` as the administrator.
    pub fn kubectl(&self) -> &Kubectl {
        &self.kubectl
    }

    /// The administrator's kubeconfig.
    pub fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The run's folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The own control plane, if it is one.
    pub fn own(&mut self) -> Option<&mut ControlPlane> {
        self.own.as_mut()
    }

    /// An error if the own control plane ended.
    pub fn ensure_running(&mut self) -> Result<()> {
        self.own.as_mut().map_or(Ok(()), ControlPlane::ensure_running)
    }

    /// Applies the namespaces and `deploy/` as its README says and waits for the CRDs. In a reader's cluster the
    /// Deployment is scaled to 0: the controller runs here.
    pub fn install(&self) -> Result<()> {
        let deploy = workspace::root().join("deploy");
        self.apply_file(&deploy.join("samples/namespace.yaml"))?;
        self.apply_folder(&deploy)?;
        if self.own.is_none() {
            self.kubectl.run(["scale", "deployment", CONTROLLER, "-n", OWN_NAMESPACE, "--replicas", "0"])?;
        }
        self.wait_for_crds()
    }

    /// Waits until all CRDs of ours are served.
    pub fn wait_for_crds(&self) -> Result<()> {
        let folder = workspace::root().join("crds");
        let names = ["get".as_ref(), "--output=name".as_ref(), "-k".as_ref(), folder.as_os_str()];
        let names = self.kubectl.run(names)?;
        let wait = ["wait", "--for=condition=Established", "--timeout=60s"];
        self.kubectl.run(wait.into_iter().chain(names.lines())).map(drop)
    }

    /// `kubectl apply -f FILE`.
    pub fn apply_file(&self, file: &Path) -> Result<()> {
        self.kubectl.run(["apply".as_ref(), "-f".as_ref(), file.as_os_str()]).map(drop)
    }

    /// `kubectl apply -k FOLDER`.
    pub fn apply_folder(&self, folder: &Path) -> Result<()> {
        self.kubectl.run(["apply".as_ref(), "-k".as_ref(), folder.as_os_str()]).map(drop)
    }

    /// What `kubectl apply -k FOLDER` would send, as YAML.
    pub fn render(&self, folder: &Path) -> Result<String> {
        self.kubectl.run(["kustomize".as_ref(), folder.as_os_str()])
    }

    /// Applies Secrets on the server's side: no annotation keeps their content.
    pub fn apply_secrets(&self, secrets: &[Secret]) -> Result<()> {
        let items: Vec<Value> = secrets.iter().map(Secret::manifest).collect();
        let list = serde_json::json!({"apiVersion": "v1", "kind": "List", "items": items});
        let args = ["apply", "--server-side", "-f", "-"];
        self.kubectl.run_with_input(args, &list.to_string()).map(drop)
    }

    /// Writes a kubeconfig of a ServiceAccount with a token of a day; private. What it may do is up to RBAC.
    pub fn kubeconfig_for_service_account(&self, namespace: &str, name: &str) -> Result<PathBuf> {
        let token =
            self.kubectl.run(["create", "token", name, "--namespace", namespace, "--duration", "24h"])?;
        let text = std::fs::read_to_string(&self.kubeconfig).context("the kubeconfig is not readable")?;
        let mut config: Value = serde_json::from_str(&text).context("the kubeconfig is no JSON")?;
        let user = config.pointer_mut("/users/0/user").context("the kubeconfig has no user")?;
        *user = serde_json::json!({"token": token.trim()});
        let path = self.folder().join(format!("{namespace}-{name}.yaml"));
        write_private(&path, &serde_json::to_string_pretty(&config)?)?;
        Ok(path)
    }

    /// Takes away what was applied to a reader's cluster; the controller must still run, since it finishes the
    /// deletion of its objects. Does nothing to an own control plane, which goes as a whole.
    pub fn remove(&self) -> Result<()> {
        if self.own.is_some() {
            return Ok(());
        }
        let delete =
            |what: &[&str]| self.kubectl.run(["delete", "--ignore-not-found"].iter().chain(what)).map(drop);
        delete(&["ssis", "--all", "-n", NAMESPACE, "--timeout=60s"])?;
        let deploy = workspace::root().join("deploy");
        delete(&["-k", &deploy.to_string_lossy(), "--wait=false"])?;
        delete(&["namespace", NAMESPACE, "--wait=false"])
    }

    /// Keeps the logs for a day and says where, unless we were interrupted; answers the error with it.
    pub fn keep_logs(&mut self, error: Error) -> Error {
        if interrupt::is_set() {
            return error;
        }
        self.folder.keep();
        let mut place = format!("logs kept in {}", self.folder().display());
        if let Some(own) = &mut self.own {
            own.keep_logs();
            place = format!("{place} and {}", own.folder().display());
        }
        error.context(place)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.folder.keep();
            note(&format!("rig: logs kept in {}", self.folder().display()));
        }
    }
}
