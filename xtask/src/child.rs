//! A child process with a name, a log file, a ready check and an orderly end; it never outlives this process.
//!
//! Each child asks the kernel to be killed when its parent dies (`setpriv --pdeathsig`, util-linux), which also holds
//! when this process gets SIGKILL. The kernel means the *thread* that made the child, so one thread that lives as long
//! as the process makes them all. A child leads a process group of its own: Ctrl-C reaches us alone, and we stop it.

mod keeper;
mod run;

pub use run::run;

use crate::wait;
use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process_group};
use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

/// What to start. The log file is appended to, so that a restart keeps what was said before.
#[derive(Clone, Debug)]
pub struct Spec {
    name: String,
    program: PathBuf,
    args: Vec<OsString>,
    envs: Vec<(OsString, OsString)>,
    folder: Option<PathBuf>,
    log: PathBuf,
    grace: Duration,
}

impl Spec {
    /// A program by path (or by name on `PATH`) whose stdout and stderr go to `log`.
    pub fn new(name: &str, program: impl Into<PathBuf>, log: impl Into<PathBuf>) -> Self {
        Self {
            name: name.to_owned(),
            program: program.into(),
            args: Vec::new(),
            envs: Vec::new(),
            folder: None,
            log: log.into(),
            grace: Duration::from_secs(10),
        }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: Into<OsString>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Adds one argument.
    #[must_use]
    pub fn arg(self, arg: impl Into<OsString>) -> Self {
        self.args([arg])
    }

    /// Adds an environment variable to those of this process.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.envs.push((name.into(), value.into()));
        self
    }

    /// The working folder; without it, that of this process.
    #[must_use]
    pub fn folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// How long [`Child::stop`] waits between SIGTERM and SIGKILL (10 s without this); zero goes to SIGKILL at once.
    #[must_use]
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Starts it.
    pub fn spawn(&self) -> Result<Child> {
        let log = OpenOptions::new().create(true).append(true).open(&self.log);
        let log = log.with_context(|| format!("{} can't be opened", self.log.display()))?;
        let mut command = build_command(&self.program, &self.args);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        command.envs(self.envs.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        let process = keeper::spawn(command).with_context(|| format!("{} does not start", self.name))?;
        Ok(Child { spec: self.clone(), process })
    }
}

/// A command that dies with this process. The shell in between ends the race with a parent that dies before the kernel
/// was asked: it goes on only if its parent is still this process. The pid stays the same through both `exec`.
fn build_command(program: &Path, args: &[OsString]) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "sh", "-c", r#"[ "$PPID" = "$0" ] && exec "$@""#]);
    command.arg(std::process::id().to_string()).arg(program).args(args);
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
}

/// A running (or ended) child. Dropping it stops it.
#[derive(Debug)]
pub struct Child {
    spec: Spec,
    process: std::process::Child,
}

impl Child {
    /// Its name, for messages.
    pub fn name(&self) -> &str {
        &self.spec.name
    }

    /// Its log file.
    pub fn log(&self) -> &Path {
        &self.spec.log
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// How it ended, if it did.
    pub fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.process.try_wait().with_context(|| format!("{} can't be waited for", self.spec.name))
    }

    /// An error with the end of its log if it ended.
    pub fn ensure_running(&mut self) -> Result<()> {
        if let Some(status) = self.ended()? {
            let log = self.log().display();
            bail!("{} ended ({status}); the end of {log}:\n{}", self.name(), self.log_tail(15));
        }
        Ok(())
    }

    /// Waits until `ready` answers true; an error if the child ends before.
    pub fn wait_ready(&mut self, deadline: Duration, mut ready: impl FnMut() -> Result<bool>) -> Result<()> {
        let what = format!("{} ready (log: {})", self.name(), self.log().display());
        wait::until(&what, deadline, || {
            self.ensure_running()?;
            Ok(ready()?.then_some(()))
        })
    }

    /// The last lines of its log.
    pub fn log_tail(&self, lines: usize) -> String {
        let text = fs::read(&self.spec.log).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let all: Vec<&str> = text.lines().collect();
        all.get(all.len().saturating_sub(lines)..).unwrap_or_default().join("\n")
    }

    /// Stops it: SIGTERM, the grace of its [`Spec`], SIGKILL. Does nothing if it ended.
    pub fn stop(&mut self) -> Result<()> {
        stop(&mut self.process, self.spec.grace)
            .with_context(|| format!("{} can't be stopped", self.spec.name))
    }

    /// Kills it without a warning (a crash) and waits for its end.
    pub fn kill(&mut self) -> Result<()> {
        stop(&mut self.process, Duration::ZERO).with_context(|| format!("{} can't be killed", self.spec.name))
    }

    /// Freezes it (SIGSTOP).
    pub fn pause(&mut self) -> Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on (SIGCONT).
    pub fn resume(&mut self) -> Result<()> {
        self.signal(Signal::CONT)
    }

    /// Stops it and starts it again with the same arguments and log.
    pub fn restart(&mut self) -> Result<()> {
        self.stop()?;
        *self = self.spec.spawn()?;
        Ok(())
    }

    fn signal(&mut self, signal: Signal) -> Result<()> {
        self.ensure_running()?;
        kill_process_group(Pid::from_child(&self.process), signal).context("no signal can be sent")
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Nothing more can be done: at the latest it dies with this process.
        drop(self.stop());
    }
}

/// Ends a process and its group. A stopped (SIGSTOP) one is woken so that it can obey.
fn stop(process: &mut std::process::Child, grace: Duration) -> Result<()> {
    if process.try_wait()?.is_some() {
        return Ok(());
    }
    let group = Pid::from_child(process);
    if !grace.is_zero() {
        kill_process_group(group, Signal::TERM)?;
        kill_process_group(group, Signal::CONT)?;
        let started = std::time::Instant::now();
        // Not `wait::until`: stopping goes on when an interrupt came.
        while started.elapsed() < grace {
            if process.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(wait::POLL);
        }
    }
    kill_process_group(group, Signal::KILL)?;
    process.wait()?;
    Ok(())
}

/// Whether a program is on `PATH`; answers its path.
pub fn find_program(name: impl AsRef<OsStr>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name.as_ref())).find(|file| file.is_file())
}

#[cfg(test)]
#[path = "child_tests.rs"]
mod tests;
