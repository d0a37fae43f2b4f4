//! The real controller as a process of its own, with the rights of its ServiceAccount only.

use super::{Binaries, NAMESPACE, OWN_NAMESPACE};
use crate::child::{Child, Spec};
use crate::wait;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

const READY: Duration = Duration::from_mins(1);
const ANSWER: Duration = Duration::from_secs(5);

/// A running controller. Dropping it stops it.
#[derive(Debug)]
pub struct Controller {
    child: Child,
    admin: SocketAddr,
}

/// Passes so far, by kind.
#[derive(Clone, Debug, Default)]
pub struct Passes(BTreeMap<String, u64>);

impl Passes {
    /// Passes over objects of a kind.
    pub fn of(&self, kind: &str) -> u64 {
        self.0.get(kind).copied().unwrap_or_default()
    }
}

impl Controller {
    /// Starts it and waits until it is ready: it leads and its admin endpoints answer.
    pub fn start(binaries: &Binaries, kubeconfig: &Path, hosts: PathBuf, log: &Path) -> Result<Self> {
        let spec = Spec::new("scaleout-controller", &binaries.controller, log)
            .args(["run", &format!("--namespaces={NAMESPACE}"), "--own-namespace", OWN_NAMESPACE])
            .args(["--admin-address", "127.0.0.1:0", "--hosts"])
            .arg(hosts)
            .env("KUBECONFIG", kubeconfig)
            .grace(Duration::from_secs(12));
        let mut child = spec.spawn()?;
        let what = format!("the controller's admin endpoints (log: {})", log.display());
        let admin = wait::until(&what, READY, || {
            child.ensure_running()?;
            Ok(admin_address(log))
        })?;
        child.wait_ready(READY, || Ok(get(admin, "/readyz").is_ok()))?;
        Ok(Self { child, admin })
    }

    /// An error with the end of its log if it ended.
    pub fn ensure_running(&mut self) -> Result<()> {
        self.child.ensure_running()
    }

    /// Its process.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Its log file.
    pub fn log(&self) -> &Path {
        self.child.log()
    }

    /// Where /livez, /readyz and /metrics are.
    pub fn admin(&self) -> SocketAddr {
        self.admin
    }

    /// Its metrics as OpenMetrics text.
    pub fn metrics(&self) -> Result<String> {
        get(self.admin, "/metrics")
    }

    /// Its passes so far.
    pub fn passes(&self) -> Result<Passes> {
        Ok(parse_passes(&self.metrics()?))
    }
}

/// The address that the log tells: port 0 was asked for. The last one, if it was restarted.
fn admin_address(log: &Path) -> Option<SocketAddr> {
    let text = fs::read_to_string(log).ok()?;
    let mut addresses = text.lines().filter_map(|line| {
        let record: Value = serde_json::from_str(line).ok()?;
        let told = record.get("message")?.as_str()? == "admin endpoints";
        record.get("address").filter(|_| told)?.as_str()?.parse().ok()
    });
    addresses.next_back()
}

/// Lines such as `scaleout_passes_total{kind="ScaleOutWorker"} 12`.
fn parse_passes(metrics: &str) -> Passes {
    let lines = metrics.lines().filter_map(|line| {
        let (kind, count) = line.strip_prefix("scaleout_passes_total{kind=\"")?.split_once("\"} ")?;
        Some((kind.to_owned(), count.trim().parse().ok()?))
    });
    Passes(lines.collect())
}

/// The body of a plain HTTP answer 200.
fn get(address: SocketAddr, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER)?;
    stream.set_read_timeout(Some(ANSWER))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: {address}\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("no HTTP answer")?;
    let status = head.lines().next().unwrap_or_default();
    if status.split(' ').nth(1) != Some("200") {
        bail!("{path}: {status}: {body}");
    }
    Ok(body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_are_read_by_kind() {
        let text = "# HELP scaleout_passes Passes.\nscaleout_passes_total{kind=\"ScaleOutWorker\"} 12\n\
                    scaleout_passes_total{kind=\"ScaleOutMaster\"} 3\nscaleout_errors_total{kind=\"x\"} 9\n";
        let passes = parse_passes(text);
        assert_eq!((passes.of("ScaleOutWorker"), passes.of("ScaleOutMaster"), passes.of("x")), (12, 3, 0));
    }
}
