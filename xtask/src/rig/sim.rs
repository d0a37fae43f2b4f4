//! The simulated site: `scaleout-sim` as a process, and the hand that reaches into it (`ctl`).

use super::{Binaries, log};
use crate::child::{Child, Spec};
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const READY: Duration = Duration::from_mins(1);

/// A running simulator. Dropping it stops it.
#[derive(Debug)]
pub struct Sim {
    child: Child,
    program: PathBuf,
    out: PathBuf,
}

/// What the site's people know: passwords by login and by `DOMAIN\account`.
#[derive(Clone, Deserialize)]
pub struct Credentials {
    /// SQL logins.
    pub logins: BTreeMap<String, String>,
    /// Domain accounts that have a password.
    pub accounts: BTreeMap<String, String>,
}

/// One change of the site, as `ctl effects --json` tells it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Effect {
    /// From 1.
    pub number: u64,
    /// On whose behalf: `"control"`, `{"agent": …}` or `{"sql": …}`.
    pub origin: Value,
    /// What it was, `AddCertificate`.
    pub kind: String,
    /// Machine, cluster or instance.
    pub target: String,
    /// What it named.
    pub detail: String,
}

impl Effect {
    /// Whether somebody did it by hand with `ctl`.
    pub fn is_by_hand(&self) -> bool {
        self.origin == "control"
    }
}

impl std::fmt::Display for Effect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} {} {} by {}", self.number, self.kind, self.target, self.detail, self.origin)
    }
}

impl Sim {
    /// Starts it with a site file; its files go to `FOLDER/sim`, its log to `FOLDER/sim.log`. Waits until all its doors
    /// are open.
    pub fn start(binaries: &Binaries, site: &Path, folder: &Path) -> Result<Self> {
        let out = folder.join("sim");
        let spec = Spec::new("scaleout-sim", &binaries.sim, log(folder, "sim"))
            .args(["run", "--site"])
            .arg(site)
            .arg("--out")
            .arg(&out)
            .grace(Duration::from_secs(5));
        let mut child = spec.spawn()?;
        let ready = out.join("ready");
        child.wait_ready(READY, || Ok(ready.exists()))?;
        Ok(Self { child, program: binaries.sim.clone(), out })
    }

    /// An error with the end of its log if it ended.
    pub fn ensure_running(&mut self) -> Result<()> {
        self.child.ensure_running()
    }

    /// Its folder, for `scaleout-sim ctl --out`.
    pub fn out(&self) -> &Path {
        &self.out
    }

    /// The program.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The file with `ADDRESS NAME…` lines.
    pub fn hosts(&self) -> PathBuf {
        self.out.join("hosts")
    }

    /// One of its files.
    pub fn read(&self, name: &str) -> Result<String> {
        let path = self.out.join(name);
        fs::read_to_string(&path).with_context(|| format!("{} is not readable", path.display()))
    }

    /// Its passwords.
    pub fn credentials(&self) -> Result<Credentials> {
        serde_yaml_ng::from_str(&self.read("credentials.yaml")?).context("credentials.yaml")
    }

    /// `scaleout-sim ctl …`; answers stdout.
    pub fn ctl<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Result<String> {
        let args: Vec<&str> = args.into_iter().collect();
        let output = Command::new(&self.program)
            .args(["ctl", "--out"])
            .arg(&self.out)
            .args(&args)
            .output()
            .context("scaleout-sim ctl does not start")?;
        if !output.status.success() {
            bail!("scaleout-sim ctl {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        String::from_utf8(output.stdout).context("the simulator's answer is not UTF-8")
    }

    /// The whole site (`ctl dump`).
    pub fn dump(&self) -> Result<Value> {
        serde_yaml_ng::from_str(&self.ctl(["dump"])?).context("the dump is no YAML")
    }

    /// How many effects there were so far.
    pub fn effects_count(&self) -> Result<u64> {
        self.ctl(["effects", "--count"])?.trim().parse().context("the count of effects is no number")
    }

    /// The effects after the first `since`.
    pub fn effects_since(&self, since: u64) -> Result<Vec<Effect>> {
        let text = self.ctl(["effects", "--json", "--since", &since.to_string()])?;
        serde_json::from_str(&text).context("the effects can't be read")
    }
}
