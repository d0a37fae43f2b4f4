//! A refused password is not tried again, by no object, until it changes or a while has passed: each try counts towards
//! a lock-out.

use crate::deadline::REFUSED_CREDENTIAL;
use scaleout_execution::ports::{SqlCredential, SqlTarget};
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Mutex, PoisonError};
use tokio::time::Instant;

/// Who was refused where. Holds a keyed digest of the password, with a key of this process, and not the password.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    host: String,
    port: u16,
    login: String,
    password: u64,
}

/// Refused credentials of this process.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    digests: RandomState,
    refused: Mutex<HashMap<Key, Instant>>,
}

impl Gate {
    fn key(&self, target: &SqlTarget, credential: &SqlCredential) -> Key {
        Key {
            host: target.host.as_str().to_lowercase(),
            port: target.port,
            login: credential.login.as_str().to_lowercase(),
            password: self.digests.hash_one(credential.password.expose()),
        }
    }

    /// Whether this credential may be tried.
    pub(crate) fn is_open(&self, target: &SqlTarget, credential: &SqlCredential, now: Instant) -> bool {
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        refused.retain(|_, at| now.saturating_duration_since(*at) < REFUSED_CREDENTIAL);
        !refused.contains_key(&self.key(target, credential))
    }

    /// Notes that it was refused.
    pub(crate) fn close(&self, target: &SqlTarget, credential: &SqlCredential, now: Instant) {
        let key = self.key(target, credential);
        self.refused.lock().unwrap_or_else(PoisonError::into_inner).insert(key, now);
    }
}

#[cfg(test)]
#[path = "gate_tests.rs"]
mod tests;
