//! Runs kubectl with one kubeconfig.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// kubectl as one user of one control plane.
#[derive(Clone, Debug)]
pub struct Kubectl {
    program: PathBuf,
    kubeconfig: PathBuf,
    cache: PathBuf,
}

impl Kubectl {
    pub(crate) fn new(program: &Path, kubeconfig: &Path, cache: &Path) -> Self {
        Self { program: program.into(), kubeconfig: kubeconfig.into(), cache: cache.into() }
    }

    /// Runs it and answers stdout; if it fails, the error has the arguments and stderr.
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Result<String> {
        self.run_with_input(args, "")
    }

    /// The same with text on its stdin.
    pub fn run_with_input<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
        input: &str,
    ) -> Result<String> {
        let mut command = self.command();
        command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let shown: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
        let shown = shown.join(" ");
        let mut process =
            command.spawn().with_context(|| format!("{} does not start", self.program.display()))?;
        if let Some(mut stdin) = process.stdin.take() {
            // If it ends without reading all, its status tells why.
            drop(stdin.write_all(input.as_bytes()));
        }
        let output = process.wait_with_output().context("kubectl can't be waited for")?;
        if !output.status.success() {
            bail!("kubectl {shown}: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        String::from_utf8(output.stdout).context("kubectl's answer is not UTF-8")
    }

    /// The command without arguments, for callers that stream its output. The discovery cache lies in the run's folder:
    /// the usual one goes by address, and a port may have served another run before.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("KUBECONFIG", &self.kubeconfig).env("KUBECACHEDIR", &self.cache);
        command
    }
}
