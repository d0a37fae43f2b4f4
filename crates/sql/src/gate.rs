//! A refused password is not tried again, by no object, until it changes, the instance was restarted, its authentication
//! mode was switched, or a while has passed: each try counts towards a lock-out.

use crate::deadline::REFUSED_CREDENTIAL;
use scaleout_execution::ports::{LoginState, Refusals, SqlCredential, SqlTarget};
use scaleout_model::node::LoginMode;
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

/// What an instance's agent said last, and whether SQL logins were off when the instance was started last.
#[derive(Clone, Copy, Debug)]
struct Seen {
    state: LoginState,
    started_without: bool,
}

/// Refused credentials of this process.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    digests: RandomState,
    refused: Mutex<HashMap<Key, Instant>>,
    seen: Mutex<HashMap<(String, u16), Seen>>,
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

    /// Notes what the instance's agent says of logging in to it; refusals of an instance that is another now lapse.
    pub(crate) fn note(&self, target: &SqlTarget, state: LoginState) -> Refusals {
        let place = (target.host.as_str().to_lowercase(), target.port);
        let windows_only = state.mode == LoginMode::WindowsOnly;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.get(&place).copied();
        let restarted = before.is_some_and(|before| before.state.started_unix_ms != state.started_unix_ms);
        // Where mixed mode was off at the first look, it was off at the start, as far as anybody can tell.
        let started_without =
            before.filter(|_| !restarted).map_or(windows_only, |before| before.started_without);
        seen.insert(place.clone(), Seen { state, started_without });
        drop(seen);
        if windows_only {
            return Refusals::WindowsOnly;
        }
        if started_without {
            return Refusals::AwaitRestart;
        }
        if before.is_some_and(|before| before.state != state) {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            refused.retain(|key, _| (&key.host, key.port) != (&place.0, place.1));
            return Refusals::Lapse;
        }
        Refusals::Stand
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
