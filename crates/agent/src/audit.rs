//! The append-only audit log: JSON lines, one when an op begins and one when it has ended, and one for each
//! refusal and each raised epoch.

use crate::state::{StateDir, StateError};
use scaleout_model::fence::{Epoch, Fence};
use scaleout_model::node::NodeOp;
use scaleout_model::outcome::Outcome;
use scaleout_model::secret::SecretBytes;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::convert::Infallible;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The log file.
#[derive(Debug)]
pub struct AuditLog {
    path: PathBuf,
    file: Mutex<File>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    at_unix_ms: u128,
    peer: &'a str,
    #[serde(flatten)]
    entry: &'a Entry<'a>,
}

/// What is recorded.
#[derive(Serialize)]
#[serde(rename_all = "camelCase", tag = "event")]
pub enum Entry<'a> {
    /// An op begins; if no end follows, the agent died in it.
    #[serde(rename_all = "camelCase")]
    OpBegun {
        /// In whose name.
        fence: &'a Fence,
        /// The op's name.
        op: &'static str,
        /// Digest of its arguments ([`arguments_digest`]).
        arguments: &'a str,
    },
    /// An op has ended.
    #[serde(rename_all = "camelCase")]
    OpEnded {
        /// In whose name.
        fence: &'a Fence,
        /// The op's name.
        op: &'static str,
        /// Digest of its arguments ([`arguments_digest`]).
        arguments: &'a str,
        /// What came of it.
        outcome: &'a Outcome,
        /// How long it took, milliseconds.
        duration_ms: u128,
    },
    /// An op was refused before it began.
    #[serde(rename_all = "camelCase")]
    OpRefused {
        /// In whose name.
        fence: &'a Fence,
        /// The op's name.
        op: &'static str,
        /// Digest of its arguments ([`arguments_digest`]).
        arguments: &'a str,
        /// Why.
        outcome: &'a Outcome,
    },
    /// The epoch was raised.
    EpochRaised {
        /// To this.
        epoch: &'a Epoch,
    },
    /// An epoch was refused.
    EpochRefused {
        /// This one.
        epoch: &'a Epoch,
    },
}

impl AuditLog {
    /// Opens the log for appending.
    pub fn open(state: &StateDir) -> Result<Self, StateError> {
        let path = state.path("audit.jsonl");
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|e| StateError::Io(path.clone(), e))?;
        Ok(Self { path, file: Mutex::new(file) })
    }

    /// Appends one line, written through. `peer`: the identity that the peer proved.
    pub fn record(&self, peer: &str, entry: &Entry<'_>) -> Result<(), StateError> {
        let at_unix_ms = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_millis();
        let mut line = serde_json::to_vec(&Line { at_unix_ms, peer, entry })
            .map_err(|e| StateError::Damaged(self.path.clone(), e))?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line)
            .and_then(|()| file.sync_data())
            .map_err(|e| StateError::Io(self.path.clone(), e))
    }
}

/// SHA-256, hexadecimal, of the op as JSON with each secret blanked: equal ops have equal digests, and no
/// digest can be used to guess a secret.
pub fn arguments_digest(op: &NodeOp<SecretBytes>) -> String {
    let blanked = op.clone().resolve_secrets(|_| Ok::<_, Infallible>("blanked"));
    let json = match blanked {
        Ok(op) => serde_json::to_vec(&op).unwrap_or_default(),
        Err(never) => match never {},
    };
    hex::encode(Sha256::digest(json))
}
