//! The highest epoch seen, kept durably before anything is done in its name.

use crate::state::{StateDir, StateError, StateFile};
use scaleout_model::fence::Epoch;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Keeps the highest epoch and refuses what is below it.
#[derive(Debug)]
pub struct EpochKeeper {
    lineage: Option<String>,
    file: StateFile<Epoch>,
    highest: Mutex<Option<Epoch>>,
}

/// What becomes of an epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is the highest, and kept. `raised`: it was not before.
    Accepted {
        /// Whether the kept epoch changed.
        raised: bool,
    },
    /// This one is higher, or has its number and another holder.
    Behind(Epoch),
    /// Another lineage is served.
    OtherLineage,
}

impl EpochKeeper {
    /// Loads what was kept. `lineage`: the one that the configuration names; without it, the kept one counts.
    pub fn open(state: &StateDir, lineage: Option<String>) -> Result<Self, StateError> {
        let file = state.file::<Epoch>("epoch.json");
        let highest = Mutex::new(file.load()?);
        Ok(Self { lineage, file, highest })
    }

    /// The highest epoch seen.
    pub fn highest(&self) -> Option<Epoch> {
        self.lock().clone()
    }

    /// Whether this very epoch is the highest: asked before each write of an op.
    pub fn is_current(&self, epoch: &Epoch) -> bool {
        self.lock().as_ref() == Some(epoch)
    }

    /// Whether this lineage is served.
    pub fn serves_lineage(&self, lineage: &str) -> bool {
        self.is_served(lineage, self.lock().as_ref())
    }

    /// Judges an epoch and keeps a higher one, durably, before it answers.
    pub fn admit(&self, epoch: &Epoch) -> Result<Admission, StateError> {
        let mut highest = self.lock();
        if !self.is_served(&epoch.lineage, highest.as_ref()) {
            return Ok(Admission::OtherLineage);
        }
        match highest.as_ref() {
            Some(kept) if kept == epoch => return Ok(Admission::Accepted { raised: false }),
            // A kept epoch of another lineage counts no more: the configuration names ours.
            Some(kept) if kept.lineage == epoch.lineage && kept.number >= epoch.number => {
                return Ok(Admission::Behind(kept.clone()));
            }
            _ => {}
        }
        self.file.store(epoch)?;
        *highest = Some(epoch.clone());
        Ok(Admission::Accepted { raised: true })
    }

    fn is_served(&self, lineage: &str, kept: Option<&Epoch>) -> bool {
        match (&self.lineage, kept) {
            (Some(configured), _) => configured == lineage,
            (None, Some(kept)) => kept.lineage == lineage,
            (None, None) => true,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Epoch>> {
        self.highest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(lineage: &str, number: u64, holder: &str) -> Epoch {
        Epoch { lineage: lineage.into(), number, holder: holder.into() }
    }

    #[test]
    fn numbers_rise_and_one_number_has_one_holder() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = EpochKeeper::open(&StateDir::open(folder.path()).unwrap(), None).unwrap();
        let (first, second) = (epoch("l", 3, "a"), epoch("l", 4, "b"));
        assert_eq!(keeper.admit(&first).unwrap(), Admission::Accepted { raised: true });
        assert_eq!(keeper.admit(&first).unwrap(), Admission::Accepted { raised: false });
        assert_eq!(keeper.admit(&epoch("l", 3, "b")).unwrap(), Admission::Behind(first.clone()));
        assert_eq!(keeper.admit(&second).unwrap(), Admission::Accepted { raised: true });
        assert_eq!(keeper.admit(&first).unwrap(), Admission::Behind(second.clone()));
        assert!(keeper.is_current(&second) && !keeper.is_current(&first));
    }

    #[test]
    fn the_first_lineage_binds_across_restarts() {
        let folder = tempfile::tempdir().unwrap();
        let open = || EpochKeeper::open(&StateDir::open(folder.path()).unwrap(), None).unwrap();
        open().admit(&epoch("l", 9, "a")).unwrap();
        let again = open();
        assert_eq!(again.highest(), Some(epoch("l", 9, "a")));
        assert_eq!(again.admit(&epoch("other", 99, "x")).unwrap(), Admission::OtherLineage);
        assert_eq!(again.admit(&epoch("l", 8, "a")).unwrap(), Admission::Behind(epoch("l", 9, "a")));
    }

    #[test]
    fn a_configured_lineage_replaces_a_kept_one() {
        let folder = tempfile::tempdir().unwrap();
        let open = |lineage: Option<&str>| {
            let state = StateDir::open(folder.path()).unwrap();
            EpochKeeper::open(&state, lineage.map(str::to_owned)).unwrap()
        };
        open(None).admit(&epoch("old", 50, "a")).unwrap();
        let moved = open(Some("new"));
        assert_eq!(moved.admit(&epoch("old", 51, "a")).unwrap(), Admission::OtherLineage);
        assert_eq!(moved.admit(&epoch("new", 1, "b")).unwrap(), Admission::Accepted { raised: true });
    }
}
