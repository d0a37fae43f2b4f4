//! A folder lives as long as its run; those of killed runs are removed.

use super::*;
use std::os::unix::fs::PermissionsExt;

/// A root of its own, so that the sweeps of other tests do not meet.
fn root() -> (RunFolder, PathBuf) {
    let outer = RunFolder::on_disk("sweep-test").unwrap();
    let root = outer.path().join("root");
    (outer, root)
}

#[test]
fn a_folder_is_private_and_goes_when_dropped() {
    let (_outer, root) = root();
    let folder = RunFolder::create(&root, "run").unwrap();
    let path = folder.path().to_path_buf();
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    fs::write(path.join("file"), "text").unwrap();
    drop(folder);
    assert!(!path.exists());
}

#[test]
fn the_next_run_removes_a_stale_folder_and_leaves_live_ones() {
    let (_outer, root) = root();
    let live = RunFolder::create(&root, "live").unwrap();
    let stale = root.join("killed-1-0");
    fs::create_dir(&stale).unwrap();
    fs::write(stale.join(LOCK), "").unwrap();
    let other = RunFolder::create(&root, "run").unwrap();
    assert!(!stale.exists());
    assert!(live.path().exists() && other.path().exists());
    assert_ne!(live.path(), other.path());
}

#[test]
fn a_kept_folder_stays_for_its_day_only() {
    let (_outer, root) = root();
    let mut folder = RunFolder::create(&root, "run").unwrap();
    folder.keep();
    let path = folder.path().to_path_buf();
    drop(folder);
    assert!(sweep_root(&root).unwrap().is_empty());
    let yesterday = std::time::SystemTime::now() - KEPT_FOR * 2;
    File::open(path.join(KEPT)).unwrap().set_modified(yesterday).unwrap();
    assert_eq!(sweep_root(&root).unwrap(), [path]);
}
