//! Builds `tests/envtest` (one Go program that is all three) into a cache outside the target folder.
//!
//! An entry's name is the digest of everything that decides the program, so a clean clone finds what another one built.

use super::PROGRAMS;
use crate::child::Spec;
use crate::terminal::note;
use crate::{wait, workspace};
use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// A cold build took 5 to 9 minutes on 2 cores.
const DEADLINE: Duration = Duration::from_mins(45);
const PROGRESS_EVERY: Duration = Duration::from_secs(20);
const BINARY: &str = "envtest";

/// The folder with the three programs; builds it if no run did before, and waits if another run is at it.
pub(super) fn cached_or_built() -> Result<PathBuf> {
    let module = workspace::root().join("tests/envtest");
    let flags = build_flags(&module)?;
    let cache = cache_root()?;
    let key = digest(&module, &flags)?;
    let entry = cache.join(&key);
    if entry.is_dir() {
        return Ok(entry);
    }
    fs::create_dir_all(&cache).with_context(|| format!("{} can't be made", cache.display()))?;
    let _lock = lock(&cache.join(format!("{key}.lock")))?;
    if !entry.is_dir() {
        build(&module, &flags, &cache, &key)?;
    }
    Ok(entry)
}

fn cache_root() -> Result<PathBuf> {
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|base| base.is_absolute());
    let base = base.or_else(home).context("neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(base.join("scaleout-operator/envtest"))
}

/// Without the version in it, the API server calls itself v0.0.0-master and `kubectl version` can't read that.
fn build_flags(module: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(module.join("go.mod")).context("tests/envtest/go.mod is not readable")?;
    let version = text.lines().find_map(|line| line.trim().strip_prefix("k8s.io/kubernetes v"));
    let version = version.context("tests/envtest/go.mod names no version of k8s.io/kubernetes")?;
    let mut parts = version.split('.');
    let (major, minor) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let set = "-X k8s.io/component-base/version";
    let link = format!("-s -w {set}.gitVersion=v{version} {set}.gitMajor={major} {set}.gitMinor={minor}");
    let flags = ["-v", "-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", &link];
    Ok(flags.map(str::to_owned).to_vec())
}

fn digest(module: &Path, flags: &[String]) -> Result<String> {
    let go = Command::new("go").args(["env", "GOVERSION"]).current_dir(module).output();
    let go = go.context(
        "go does not run: install Go (1.26 or newer), or name ready programs by KUBEBUILDER_ASSETS",
    )?;
    if !go.status.success() {
        bail!("go env: {}", String::from_utf8_lossy(&go.stderr).trim());
    }
    let mut digest = Sha256::new();
    digest.update(&go.stdout);
    digest.update(flags.join("\n"));
    for name in ["go.mod", "go.sum", "main.go"] {
        let text =
            fs::read(module.join(name)).with_context(|| format!("tests/envtest/{name} is not readable"))?;
        digest.update(text.len().to_be_bytes());
        digest.update(text);
    }
    let name = URL_SAFE_NO_PAD.encode(digest.finalize());
    Ok(format!("k8s-{}", name.chars().take(20).collect::<String>()))
}

/// The kernel gives the lock back when its holder dies.
fn lock(path: &Path) -> Result<File> {
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path);
    let file = file.with_context(|| format!("{} can't be opened", path.display()))?;
    let mut told = false;
    wait::until("the control plane's build by another run", DEADLINE, || match file.try_lock() {
        Ok(()) => Ok(Some(())),
        Err(TryLockError::WouldBlock) => {
            if !told {
                note("control plane: another run builds it; waiting");
                told = true;
            }
            Ok(None)
        }
        Err(TryLockError::Error(error)) => Err(error.into()),
    })?;
    Ok(file)
}

fn build(module: &Path, flags: &[String], cache: &Path, key: &str) -> Result<()> {
    // We hold the lock: what lies there was left by a build that was killed.
    let partial = cache.join(format!("{key}.partial"));
    if partial.exists() {
        fs::remove_dir_all(&partial).with_context(|| format!("{} can't be removed", partial.display()))?;
    }
    fs::create_dir(&partial).with_context(|| format!("{} can't be made", partial.display()))?;
    note("control plane: building etcd, kube-apiserver and kubectl from Go modules (once; some minutes)");
    let started = Instant::now();
    compile(module, flags, &partial.join(BINARY), &cache.join(format!("{key}.log")))?;
    for name in PROGRAMS {
        std::os::unix::fs::symlink(BINARY, partial.join(name))
            .with_context(|| format!("{name} can't be linked"))?;
    }
    let entry = cache.join(key);
    fs::rename(&partial, &entry).with_context(|| format!("{} can't be put in place", entry.display()))?;
    note(&format!("control plane: built in {} s", started.elapsed().as_secs()));
    Ok(())
}

/// Runs the Go build at low priority beside whatever else runs, and says now and then how far it is.
fn compile(module: &Path, flags: &[String], binary: &Path, log: &Path) -> Result<()> {
    drop(fs::remove_file(log));
    let spec = Spec::new("the Go build", "nice", log).args(["-n", "10", "go", "build"]).args(flags);
    let mut child = spec.arg("-o").arg(binary).arg(".").env("CGO_ENABLED", "0").folder(module).spawn()?;
    let started = Instant::now();
    let mut told = Duration::ZERO;
    let status = wait::until("the Go build", DEADLINE, || {
        let passed = started.elapsed();
        if passed >= told + PROGRESS_EVERY {
            told = passed;
            let lines = fs::read_to_string(log).unwrap_or_default();
            let last = lines.lines().last().unwrap_or_default();
            note(&format!(
                "control plane: {} s, {} lines, at {last}",
                passed.as_secs(),
                lines.lines().count()
            ));
        }
        child.ended()
    })?;
    if !status.success() {
        bail!("the Go build failed ({status}); the end of {}:\n{}", log.display(), child.log_tail(20));
    }
    Ok(())
}
