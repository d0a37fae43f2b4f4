//! A loopback network of each run's own, so that many run side by side with the real ports.

use fs4::fs_std::FileExt as _;
use std::fs::{File, OpenOptions};
use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// Networks are 127.64.0.0/24 to 127.127.255.0/24: what else runs on a machine uses low ones.
const FIRST: u32 = 64 << 8;
const COUNT: u32 = 64 << 8;

/// Why there is no network.
#[derive(Debug, thiserror::Error)]
pub enum SubnetError {
    /// The folder of the locks can't be made.
    #[error("the folder {0} of the loopback networks' locks can't be made")]
    Folder(PathBuf, #[source] io::Error),
    /// All are taken, or no lock can be opened.
    #[error("no loopback network is free: every lock in {0} is held or can't be opened")]
    NoneFree(PathBuf),
}

/// A network 127.x.y.0/24, held until it is dropped (by the system, if the process is killed).
#[derive(Debug)]
pub struct Subnet {
    number: u32,
    /// Holds the lock.
    _lock: File,
}

impl Subnet {
    /// Takes a free one. All runs of the machine share one folder of locks.
    pub fn take() -> Result<Self, SubnetError> {
        Self::take_in(&std::env::temp_dir().join("scaleout-sim-subnets"))
    }

    /// Takes a free one among those whose locks are in `folder`.
    pub fn take_in(folder: &Path) -> Result<Self, SubnetError> {
        std::fs::create_dir_all(folder).map_err(|e| SubnetError::Folder(folder.to_owned(), e))?;
        share(folder);
        let start = std::process::id();
        for step in 0..COUNT {
            let number = FIRST + start.wrapping_add(step) % COUNT;
            if let Some(lock) = lock(folder, number) {
                return Ok(Self { number, _lock: lock });
            }
        }
        Err(SubnetError::NoneFree(folder.to_owned()))
    }

    /// An address of the network.
    pub fn address(&self, host: u8) -> Ipv4Addr {
        Ipv4Addr::from((127 << 24) | (self.number << 8) | u32::from(host))
    }
}

/// The lock of a network; `None`: another holds it, or it is another user's.
fn lock(folder: &Path, number: u32) -> Option<File> {
    let path = folder.join(format!("127.{}.{}.lock", number >> 8, number & 0xff));
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).ok()?;
    matches!(file.try_lock_exclusive(), Ok(true)).then_some(file)
}

/// Lets other users keep their locks there as well.
#[cfg(unix)]
fn share(folder: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    // Another user's folder: it is shared already.
    let _ = std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o1777));
}

#[cfg(not(unix))]
fn share(_: &Path) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_run_has_its_own_network() {
        let folder = tempfile::tempdir().unwrap();
        let first = Subnet::take_in(folder.path()).unwrap();
        let second = Subnet::take_in(folder.path()).unwrap();
        assert_ne!(first.address(1), second.address(1));
        let freed = first.address(9);
        drop(first);
        assert_eq!(Subnet::take_in(folder.path()).unwrap().address(9), freed);
        assert!(freed.is_loopback() && freed.octets()[3] == 9);
    }
}
