//! Folders of one run: private, locked while their process lives, gone after it.
//!
//! A folder whose lock nobody holds was left by a process that was killed; the next run removes it.

use anyhow::{Context, Result, bail};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Below this much free memory-backed space a run uses the disk instead.
const MEMORY_BYTES: u64 = 1 << 30;
/// How long a folder that was kept for its logs is left alone.
const KEPT_FOR: Duration = Duration::from_hours(24);
const LOCK: &str = ".lock";
const KEPT: &str = ".kept";

/// A folder of this run. Dropping it removes it, unless [`RunFolder::keep`] was called.
#[derive(Debug)]
pub struct RunFolder {
    path: PathBuf,
    kept: bool,
    _lock: File,
}

impl RunFolder {
    /// A new empty folder below the temporary folder. Stale ones are removed first.
    pub fn on_disk(name: &str) -> Result<Self> {
        Self::create(&disk_root(), name)
    }

    /// A new empty folder in memory (`/dev/shm`) where there is room, else on disk.
    pub fn in_memory(name: &str) -> Result<Self> {
        memory_root().map_or_else(|| Self::on_disk(name), |root| Self::create(&root, name))
    }

    fn create(root: &Path, name: &str) -> Result<Self> {
        let guard = open_root(root)?;
        sweep_root(root)?;
        let number = (0..=u32::MAX)
            .find(|number| !folder_path(root, name, *number).exists())
            .context("no free name for a run folder")?;
        let path = folder_path(root, name, number);
        DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .with_context(|| format!("{} can't be made", path.display()))?;
        let lock = lock_file(&path.join(LOCK))?;
        lock.try_lock().with_context(|| format!("{} can't be locked", path.display()))?;
        drop(guard);
        Ok(Self { path, kept: false, _lock: lock })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Keeps the folder after this run (for a day), for its logs.
    pub fn keep(&mut self) {
        self.kept = File::create(self.path.join(KEPT)).is_ok();
    }

    /// Whether it will be kept.
    pub fn is_kept(&self) -> bool {
        self.kept
    }
}

impl Drop for RunFolder {
    fn drop(&mut self) {
        if !self.kept {
            // What stays is found by the next run: its lock is free by then.
            drop(fs::remove_dir_all(&self.path));
        }
    }
}

/// Removes the folders of runs that are over; answers those that were removed.
pub fn sweep() -> Result<Vec<PathBuf>> {
    let mut removed = Vec::new();
    for root in [Some(disk_root()), memory_root()].into_iter().flatten().filter(|root| root.exists()) {
        let _guard = open_root(&root)?;
        removed.extend(sweep_root(&root)?);
    }
    Ok(removed)
}

fn folder_path(root: &Path, name: &str, number: u32) -> PathBuf {
    root.join(format!("{name}-{}-{number}", std::process::id()))
}

fn root_name() -> String {
    format!("scaleout-operator-{}", rustix::process::getuid().as_raw())
}

fn disk_root() -> PathBuf {
    std::env::temp_dir().join(root_name())
}

fn memory_root() -> Option<PathBuf> {
    let memory = Path::new("/dev/shm");
    let space = rustix::fs::statvfs(memory).ok()?;
    let free = space.f_bavail.saturating_mul(space.f_frsize);
    let root = memory.join(root_name());
    (free >= MEMORY_BYTES && open_root(&root).is_ok()).then_some(root)
}

/// Makes the root if need be and holds its lock: folders are made and swept by one process at a time.
fn open_root(root: &Path) -> Result<File> {
    let made = DirBuilder::new().mode(0o700).recursive(true).create(root);
    made.with_context(|| format!("{} can't be made", root.display()))?;
    let owner = fs::symlink_metadata(root)?;
    if !owner.is_dir() || owner.uid() != rustix::process::getuid().as_raw() {
        bail!("{} belongs to somebody else", root.display());
    }
    let lock = lock_file(&root.join(LOCK))?;
    lock.lock().with_context(|| format!("{} can't be locked", root.display()))?;
    Ok(lock)
}

fn lock_file(path: &Path) -> Result<File> {
    let opened = OpenOptions::new().create(true).truncate(false).write(true).open(path);
    opened.with_context(|| format!("{} can't be opened", path.display()))
}

fn sweep_root(root: &Path) -> Result<Vec<PathBuf>> {
    let mut removed = Vec::new();
    for entry in fs::read_dir(root).with_context(|| format!("{} is not readable", root.display()))? {
        let path = entry?.path();
        if path.is_dir() && is_stale(&path)? {
            fs::remove_dir_all(&path).with_context(|| format!("{} can't be removed", path.display()))?;
            removed.push(path);
        }
    }
    Ok(removed)
}

fn is_stale(folder: &Path) -> Result<bool> {
    let kept = fs::metadata(folder.join(KEPT)).and_then(|kept| kept.modified());
    if kept.is_ok_and(|since| since.elapsed().is_ok_and(|age| age < KEPT_FOR)) {
        return Ok(false);
    }
    match lock_file(&folder.join(LOCK))?.try_lock() {
        Ok(()) => Ok(true),
        Err(TryLockError::WouldBlock) => Ok(false),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

#[cfg(test)]
#[path = "run_folder_tests.rs"]
mod tests;
