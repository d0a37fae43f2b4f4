//! What is logged in a scenario: everything of our crates, from DEBUG on of others; kept in memory for whoever greps it.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::{DefaultGuard, set_default};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;

thread_local! {
    static CURRENT: RefCell<Option<Log>> = const { RefCell::new(None) };
    static FOR_GOOD: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// A log in memory. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

/// As long as it lives, the thread's log goes into a [`Log`].
pub(crate) struct Kept(#[expect(dead_code, reason = "its drop ends it")] DefaultGuard);

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = CURRENT.try_with(std::cell::RefCell::take);
    }
}

impl Log {
    /// The log of the scenario that this thread runs; an empty one outside of scenarios.
    pub(crate) fn current() -> Self {
        CURRENT.with_borrow(Clone::clone).unwrap_or_default()
    }

    /// All that was logged so far.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    /// What this thread logs from now on is kept here.
    pub(crate) fn keep(&self) -> Kept {
        let writer = self.clone();
        let levels =
            Targets::new().with_default(LevelFilter::DEBUG).with_target("scaleout", LevelFilter::TRACE);
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || writer.clone());
        let guard = set_default(tracing_subscriber::registry().with(lines.with_filter(levels)));
        CURRENT.with_borrow_mut(|current| *current = Some(self.clone()));
        Kept(guard)
    }

    /// The same until the thread ends: for the threads that a scenario's runtime starts.
    pub(crate) fn keep_for_good(&self) {
        let kept = self.keep();
        FOR_GOOD.with_borrow_mut(|slot| *slot = Some(kept));
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
