//! Starts etcd and kube-apiserver and waits until they serve.

use super::{ControlPlane, Kubectl, kubeconfig};
use crate::child::{Child, Spec};
use crate::envtest::Assets;
use crate::interrupt;
use crate::run_folder::RunFolder;
use anyhow::{Context, Error, Result};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fs::{self, File};
use std::io::Read;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// 4 s on an idle machine; builds run beside it.
const READY: Duration = Duration::from_mins(3);
const CONNECT: Duration = Duration::from_secs(1);

const AUDIT_POLICY: &str = "\
apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
  - level: Metadata
";

/// Why it did not start.
pub(super) enum Failure {
    /// Another process took one of the ports first: worth another try.
    PortTaken(Error),
    /// Anything else.
    Other(Error),
}

impl Failure {
    pub(super) fn into_error(self) -> Error {
        match self {
            Self::PortTaken(error) | Self::Other(error) => error,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

pub(super) fn admin_kubeconfig(folder: &Path) -> PathBuf {
    folder.join("kubeconfig.yaml")
}

pub(super) fn audit_log(folder: &Path) -> PathBuf {
    folder.join("audit.log")
}

pub(super) fn kubectl_cache(folder: &Path) -> PathBuf {
    folder.join("kubectl-cache")
}

/// The serving certificate that the API server makes for itself, its authority included.
pub(super) fn authority(folder: &Path) -> PathBuf {
    folder.join("certificates/apiserver.crt")
}

/// The key that it makes with it; it signs the service accounts' tokens too.
fn signing_key(folder: &Path) -> PathBuf {
    folder.join("certificates/apiserver.key")
}

pub(super) fn start(assets: &Assets) -> Result<ControlPlane, Failure> {
    let mut folder = RunFolder::on_disk("controlplane")?;
    let data = RunFolder::in_memory("etcd")?;
    let token = random_token()?;
    let [store_port, port] = free_ports()?;
    let store = format!("http://127.0.0.1:{store_port}");
    let url = format!("https://127.0.0.1:{port}");
    write_configuration(folder.path(), &token)?;

    let mut etcd = etcd(assets, &folder, &data, &store).spawn()?;
    let mut apiserver = apiserver(assets, &folder, &store, port).spawn()?;
    let admin = admin_kubeconfig(folder.path());
    let kubectl = Kubectl::new(&assets.kubectl, &admin, &kubectl_cache(folder.path()));
    let ready = wait_serving(&mut apiserver, &mut etcd, folder.path(), port)
        .and_then(|()| kubeconfig::write(&admin, &url, &authority(folder.path()), &token, "default"))
        .and_then(|()| wait_ready(&mut apiserver, &mut etcd, &kubectl));
    if let Err(error) = ready {
        if [&etcd, &apiserver].iter().any(|child| child.log_tail(50).contains("address already in use")) {
            return Err(Failure::PortTaken(error));
        }
        if interrupt::is_set() {
            return Err(Failure::Other(error)); // not a failure: its logs are of no use, and nothing may be left
        }
        folder.keep();
        return Err(Failure::Other(error.context(format!("logs kept in {}", folder.path().display()))));
    }
    Ok(ControlPlane { apiserver, etcd, _data: data, folder, kubectl: assets.kubectl.clone(), url })
}

/// Waits until the API server is ready and has made its own namespaces.
pub(super) fn wait_ready(apiserver: &mut Child, etcd: &mut Child, kubectl: &Kubectl) -> Result<()> {
    let answers = |args: &[&str]| kubectl.run(args).is_ok();
    apiserver.wait_ready(READY, || {
        etcd.ensure_running()?;
        Ok(answers(&["get", "--raw", "/readyz", "--request-timeout", "5s"])
            && answers(&["get", "namespace", "default", "kube-system", "--request-timeout", "5s"]))
    })
}

/// Waits until the port is open: cheaper than kubectl, and the certificate is there by then.
fn wait_serving(apiserver: &mut Child, etcd: &mut Child, folder: &Path, port: u16) -> Result<()> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    apiserver.wait_ready(READY, || {
        etcd.ensure_running()?;
        Ok(authority(folder).is_file() && TcpStream::connect_timeout(&address, CONNECT).is_ok())
    })
}

fn write_configuration(folder: &Path, token: &str) -> Result<()> {
    kubeconfig::write_private(&folder.join("tokens.csv"), &format!("{token},admin,admin,system:masters\n"))?;
    kubeconfig::write_private(&folder.join("audit-policy.yaml"), AUDIT_POLICY)?;
    let certificates = folder.join("certificates");
    fs::create_dir(&certificates).with_context(|| format!("{} can't be made", certificates.display()))
}

/// Nothing here outlives the run, so nothing has to reach a disk, and no process has to end in order.
fn etcd(assets: &Assets, folder: &RunFolder, data: &RunFolder, store: &str) -> Spec {
    Spec::new("etcd", &assets.etcd, folder.path().join("etcd.log"))
        .arg("--data-dir")
        .arg(data.path().join("data"))
        .args(["--listen-client-urls", store, "--advertise-client-urls", store])
        .args(["--listen-peer-urls", "http://127.0.0.1:0", "--unsafe-no-fsync", "--log-level", "warn"])
        .grace(Duration::ZERO)
}

fn apiserver(assets: &Assets, folder: &RunFolder, store: &str, port: u16) -> Spec {
    let folder = folder.path();
    let file = |flag: &str, path: PathBuf| [flag.into(), path.into_os_string()];
    Spec::new("kube-apiserver", &assets.kube_apiserver, folder.join("kube-apiserver.log"))
        .args(["--etcd-servers", store, "--bind-address", "127.0.0.1", "--advertise-address", "127.0.0.1"])
        .arg("--secure-port")
        .arg(port.to_string())
        .args(["--endpoint-reconciler-type", "none", "--service-cluster-ip-range", "10.0.0.0/24"])
        .args(["--authorization-mode", "RBAC", "--disable-admission-plugins", "ServiceAccount"])
        .args(["--service-account-issuer", "https://kubernetes.default.svc"])
        .args(file("--cert-dir", folder.join("certificates")))
        .args(file("--service-account-key-file", signing_key(folder)))
        .args(file("--service-account-signing-key-file", signing_key(folder)))
        .args(file("--token-auth-file", folder.join("tokens.csv")))
        .args(file("--audit-policy-file", folder.join("audit-policy.yaml")))
        .args(file("--audit-log-path", audit_log(folder)))
        .grace(Duration::ZERO)
}

/// Ports that were free a moment ago; held until all are chosen, so that they differ.
fn free_ports<const N: usize>() -> Result<[u16; N]> {
    let mut listeners = Vec::new();
    let mut ports = [0; N];
    for port in &mut ports {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
        *port = listener.local_addr()?.port();
        listeners.push(listener);
    }
    Ok(ports)
}

fn random_token() -> Result<String> {
    let mut bytes = [0_u8; 32];
    File::open("/dev/urandom")
        .and_then(|mut random| random.read_exact(&mut bytes))
        .context("no random bytes")?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
