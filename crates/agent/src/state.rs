//! The agent's own durable state: small JSON files, written through before anything relies on them.

use fs4::fs_std::FileExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::marker::PhantomData;
use std::path::{Path, PathBuf};

/// Why state can't be read or kept.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file operation failed.
    #[error("the agent's state file {0} cannot be read or written")]
    Io(PathBuf, #[source] std::io::Error),
    /// The content is not what we wrote.
    #[error("the agent's state file {0} is damaged")]
    Damaged(PathBuf, #[source] serde_json::Error),
    /// Another agent holds the folder.
    #[error("another agent uses the state folder {0}")]
    InUse(PathBuf),
}

/// The state folder, held by this process alone.
#[derive(Debug)]
pub struct StateDir {
    path: PathBuf,
    /// Holds the lock until it is dropped.
    _lock: File,
}

impl StateDir {
    /// Creates the folder if need be and takes its lock.
    pub fn open(path: &Path) -> Result<Self, StateError> {
        let io = |e| StateError::Io(path.to_owned(), e);
        std::fs::create_dir_all(path).map_err(io)?;
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join("lock"))
            .map_err(io)?;
        match lock.try_lock_exclusive() {
            Ok(true) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Ok(false) => Err(StateError::InUse(path.to_owned())),
            Err(error) => Err(io(error)),
        }
    }

    /// Path of a file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// A state file in the folder.
    pub fn file<T>(&self, name: &str) -> StateFile<T> {
        StateFile { path: self.path(name), content: PhantomData }
    }
}

/// One JSON file, replaced as a whole.
#[derive(Debug)]
pub struct StateFile<T> {
    path: PathBuf,
    content: PhantomData<fn(T) -> T>,
}

impl<T: Serialize + DeserializeOwned> StateFile<T> {
    /// What was stored last; `None`: nothing ever. A damaged file is an error, never nothing.
    pub fn load(&self) -> Result<Option<T>, StateError> {
        match std::fs::read(&self.path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Some)
                .map_err(|e| StateError::Damaged(self.path.clone(), e)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StateError::Io(self.path.clone(), error)),
        }
    }

    /// Replaces the content; when it returns, it survives a power-off.
    pub fn store(&self, content: &T) -> Result<(), StateError> {
        let bytes = serde_json::to_vec(content).map_err(|e| StateError::Damaged(self.path.clone(), e))?;
        self.replace(&bytes).map_err(|e| StateError::Io(self.path.clone(), e))
    }

    fn replace(&self, bytes: &[u8]) -> std::io::Result<()> {
        let fresh = self.path.with_extension("new");
        let mut file = File::create(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&fresh, &self.path)?;
        match self.path.parent().map(File::open) {
            Some(Ok(folder)) => folder.sync_all(),
            // Windows opens no folder as a file; NTFS journals the rename itself.
            Some(Err(error)) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
            Some(Err(error)) => Err(error),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_survives_and_damage_is_no_absence() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::open(folder.path()).unwrap();
        let file = state.file::<Vec<u32>>("numbers.json");
        assert_eq!(file.load().unwrap(), None);
        file.store(&vec![1, 2]).unwrap();
        file.store(&vec![3]).unwrap();
        assert_eq!(file.load().unwrap(), Some(vec![3]));
        std::fs::write(state.path("numbers.json"), "[3").unwrap();
        assert!(matches!(file.load(), Err(StateError::Damaged(..))));
    }

    #[test]
    fn one_process_holds_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let first = StateDir::open(folder.path()).unwrap();
        assert!(matches!(StateDir::open(folder.path()), Err(StateError::InUse(_))));
        drop(first);
        assert!(StateDir::open(folder.path()).is_ok());
    }
}
