//! Kept connections of the observer, one per target and credential. A changed password, CA bundle or host makes a new one
//! and drops the old.

use crate::session::Session;
use scaleout_execution::ports::{SqlCredential, SqlEncryption, SqlTarget};
use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::{Arc, PoisonError};
use tokio::sync::Mutex;

/// A connection that one reader at a time uses; `None`: to be opened.
pub(crate) type Slot = Arc<Mutex<Option<Session>>>;

/// Which endpoint and login.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    host: String,
    port: u16,
    strict: bool,
    login: String,
}

/// The kept connections. Holds keyed digests of passwords and CA bundles, with a key of this process.
#[derive(Default)]
pub(crate) struct Observers {
    digests: RandomState,
    slots: std::sync::Mutex<HashMap<Key, (u64, Slot)>>,
}

impl Observers {
    /// The slot of this target and credential.
    pub(crate) fn slot(&self, target: &SqlTarget, credential: &SqlCredential) -> Slot {
        let key = Key {
            host: target.host.as_str().to_lowercase(),
            port: target.port,
            strict: target.encryption == SqlEncryption::Strict,
            login: credential.login.as_str().to_lowercase(),
        };
        let secrets = self.digests.hash_one((credential.password.expose(), target.ca_pem.as_deref()));
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        match slots.get(&key) {
            Some((found, slot)) if *found == secrets => Arc::clone(slot),
            _ => {
                let slot = Slot::default();
                slots.insert(key, (secrets, Arc::clone(&slot)));
                slot
            }
        }
    }
}

#[cfg(test)]
#[path = "observers_tests.rs"]
mod tests;
