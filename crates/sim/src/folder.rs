//! The folder of a run: what others need to reach it. `ready` comes last.

use fs4::fs_std::FileExt as _;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// `ADDRESS NAME…` lines of all names.
pub const HOSTS: &str = "hosts";
/// CA of the instances' certificates, PEM.
pub const SQL_CA: &str = "sql-ca.crt";
/// CA of the agents' and the controller's certificates, PEM.
pub const AGENTS_CA: &str = "agents-ca.crt";
/// The controller's certificate, PEM.
pub const CONTROLLER_CERTIFICATE: &str = "controller.crt";
/// Its key, PEM.
pub const CONTROLLER_KEY: &str = "controller.key";
/// Logins and accounts with their passwords.
pub const CREDENTIALS: &str = "credentials.yaml";
/// URL of the control endpoint.
pub const CTL: &str = "ctl";
/// There once everything answers, until it ends.
pub const READY: &str = "ready";
/// Folders of the agents, by machine.
pub const AGENTS: &str = "agents";
/// Held while the simulator runs.
const LOCK: &str = "lock";

/// Why the folder can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// A file operation failed.
    #[error("{0} can't be written")]
    Io(PathBuf, #[source] io::Error),
    /// Another simulator runs with it.
    #[error("another simulator runs with the folder {0}")]
    InUse(PathBuf),
}

/// The folder, held by this process alone.
#[derive(Debug)]
pub struct OutFolder {
    path: PathBuf,
    /// Holds the lock.
    _lock: File,
}

impl OutFolder {
    /// Makes the folder if need be, takes it and removes what a former run left.
    pub fn open(path: &Path) -> Result<Self, FolderError> {
        let io = |e| FolderError::Io(path.to_owned(), e);
        std::fs::create_dir_all(path).map_err(io)?;
        let path = path.canonicalize().map_err(io)?;
        let file = path.join(LOCK);
        let lock = OpenOptions::new().create(true).truncate(false).write(true).open(file).map_err(io)?;
        match lock.try_lock_exclusive() {
            Ok(true) => {}
            Ok(false) => return Err(FolderError::InUse(path)),
            Err(error) => return Err(io(error)),
        }
        let folder = Self { path, _lock: lock };
        folder.clear();
        let agents = folder.path(AGENTS);
        match std::fs::remove_dir_all(&agents) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(FolderError::Io(agents, error)),
            _ => Ok(folder),
        }
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file at once: a reader sees the old or the new content. Only the owner can read it.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<(), FolderError> {
        let path = self.path(name);
        replace(&path, content.as_ref()).map_err(|e| FolderError::Io(path, e))
    }

    /// Takes away what says that a simulator runs.
    pub fn clear(&self) {
        for name in [READY, CTL] {
            // Not there: so it shall be.
            let _ = std::fs::remove_file(self.path(name));
        }
    }
}

/// Replaces a file as a whole, making its folder if need be.
pub(crate) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let mut file = owner_only(OpenOptions::new().create(true).truncate(true).write(true)).open(&fresh)?;
    file.write_all(content)?;
    drop(file);
    std::fs::rename(&fresh, path)
}

#[cfg(unix)]
fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600)
}

#[cfg(not(unix))]
fn owner_only(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_of_one_run_and_begins_clean() {
        let base = tempfile::tempdir().unwrap();
        let folder = OutFolder::open(base.path()).unwrap();
        assert!(matches!(OutFolder::open(base.path()), Err(FolderError::InUse(_))));
        folder.write(READY, "").unwrap();
        replace(&folder.path(AGENTS).join("SQL01/epoch.json"), b"{}").unwrap();
        drop(folder);
        let next = OutFolder::open(base.path()).unwrap();
        assert!(!next.path(READY).exists() && !next.path(AGENTS).exists());
    }
}
