//! Reads are shared until they are too old, or something was written.

use super::*;
use scaleout_model::fact::CauseKind;
use std::cell::Cell;

const REST: Duration = Duration::from_secs(15);

struct Asked {
    shelf: Shelf<u8, u32>,
    revision: AtomicU64,
    reads: Cell<u32>,
}

impl Asked {
    fn new() -> Self {
        Self { shelf: Shelf::default(), revision: AtomicU64::new(0), reads: Cell::new(0) }
    }

    async fn ask(&self, not_older: Duration, known: bool) -> Fact<u32> {
        let read = async {
            self.reads.set(self.reads.get() + 1);
            tokio::time::sleep(Duration::from_secs(1)).await;
            if known {
                Fact::Known(self.reads.get())
            } else {
                Fact::unknown(CauseKind::Unreachable, "silent")
            }
        };
        self.shelf.get(1, not_older, &self.revision, read).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_read_is_shared_until_it_is_too_old() {
    let asked = Asked::new();
    assert_eq!(asked.ask(REST, true).await, Fact::Known(1));
    tokio::time::advance(Duration::from_secs(13)).await;
    assert_eq!(asked.ask(REST, true).await, Fact::Known(1));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(asked.ask(REST, true).await, Fact::Known(2));
}

#[tokio::test(start_paused = true)]
async fn who_wants_it_fresh_reads_anew() {
    let asked = Asked::new();
    asked.ask(REST, true).await;
    assert_eq!(asked.ask(Duration::ZERO, true).await, Fact::Known(2));
}

#[tokio::test(start_paused = true)]
async fn a_write_makes_what_was_read_before_it_old() {
    let asked = Asked::new();
    asked.ask(REST, true).await;
    asked.revision.fetch_add(1, Ordering::AcqRel);
    assert_eq!(asked.ask(REST, true).await, Fact::Known(2));
}

#[tokio::test(start_paused = true)]
async fn a_write_during_a_read_makes_it_old() {
    let asked = Asked::new();
    tokio::join!(asked.ask(REST, true), async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        asked.revision.fetch_add(1, Ordering::AcqRel);
    });
    assert_eq!(asked.ask(REST, true).await, Fact::Known(2));
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_read_is_not_kept() {
    let asked = Asked::new();
    assert!(asked.ask(REST, false).await.cause().is_some());
    assert_eq!(asked.ask(REST, true).await, Fact::Known(2));
}
