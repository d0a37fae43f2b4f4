//! Folders of labs, in memory where there is room.

use anyhow::Result;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use xtask::run_folder::RunFolder;

/// A folder in memory for one lab.
pub(crate) fn new_folder() -> Result<PathBuf> {
    static ROOT: OnceLock<Result<RunFolder, String>> = OnceLock::new();
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let root = ROOT.get_or_init(|| RunFolder::in_memory("lab").map_err(|error| format!("{error:#}")));
    let root = root.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?;
    let path = root.path().join(NEXT.fetch_add(1, Ordering::Relaxed).to_string());
    std::fs::create_dir_all(&path)?;
    Ok(path)
}

pub(crate) fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir_all(&target)?;
            copy_tree(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// What is left is removed by the next run.
pub(crate) fn remove(folder: &Path) {
    let _ = std::fs::remove_dir_all(folder);
}
