//! Where the workspace is and which files it has.

use anyhow::{Context, Result, bail};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The workspace's root folder: the parent of this crate.
pub fn root() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own).to_path_buf()
}

/// The cargo that runs us, else the one on `PATH`.
pub fn cargo() -> OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Arguments of the cargo command that writes `crds/`, or only compares it.
pub fn generate_crds(only_check: bool) -> Vec<&'static str> {
    let mut args = vec!["run", "--quiet", "--package", "scaleout-api", "--bin", "scaleout-crds", "--"];
    args.extend(["--dir", "crds"]);
    args.extend(only_check.then_some("--check"));
    args
}

/// Arguments of the cargo command that writes the generated documents, or only compares them.
pub fn generate_docs(only_check: bool) -> Vec<&'static str> {
    let mut args = vec!["run", "--quiet", "--package", "scaleout-api", "--bin", "scaleout-docs", "--"];
    args.extend(["--root", "."]);
    args.extend(only_check.then_some("--check"));
    args
}

/// All files that are in version control or could be added to it, relative to the root, sorted; those deleted on disk
/// are left out.
pub fn files() -> Result<Vec<PathBuf>> {
    let root = root();
    let output = Command::new("git")
        .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        .current_dir(&root)
        .output()
        .context("git ls-files does not start")?;
    if !output.status.success() {
        bail!("git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    let names = String::from_utf8(output.stdout).context("a file name is not UTF-8")?;
    let mut files: Vec<PathBuf> =
        names.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect();
    files.retain(|file| root.join(file).is_file());
    files.sort();
    files.dedup();
    Ok(files)
}

/// All Rust source files, relative to the root.
pub fn rust_files() -> Result<Vec<PathBuf>> {
    let mut files = files()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "rs"));
    Ok(files)
}

/// Whether a Rust file holds only tests: a sibling `*_tests.rs` or `tests.rs`, or anything below a `tests` folder.
pub fn is_test_file(file: &Path) -> bool {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name == "tests.rs"
        || name.ends_with("_tests.rs")
        || file.parent().is_some_and(|parent| parent.components().any(|part| part.as_os_str() == "tests"))
}

/// The text of a file given relative to the root.
pub fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(root().join(file)).with_context(|| format!("{} is not readable", file.display()))
}
