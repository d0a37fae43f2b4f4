//! The failure catalogue (docs/failure-catalogue.md), entry by entry.

mod always_on;
mod answers;
mod design;
mod scale_out;

pub(crate) use answers::ROUNDS;

use crate::plan::{Change, Plan};
use crate::scene::Scene;
use anyhow::Result;

/// How an entry is shown.
pub(crate) enum Shown {
    /// By this cause alone.
    By { cause: &'static str, plan: fn(&Scene) -> Result<Plan> },
    /// Not by the simulator, for this reason.
    Not(&'static str),
}

/// One entry, or one of its causes.
pub(crate) struct Entry {
    /// Numbers in the catalogue.
    pub(crate) numbers: &'static [u8],
    /// What is seen.
    pub(crate) symptom: &'static str,
    pub(crate) shown: Shown,
}

impl Entry {
    const fn by(
        numbers: &'static [u8],
        cause: &'static str,
        symptom: &'static str,
        plan: fn(&Scene) -> Result<Plan>,
    ) -> Self {
        Self { numbers, symptom, shown: Shown::By { cause, plan } }
    }

    const fn not(numbers: &'static [u8], symptom: &'static str, reason: &'static str) -> Self {
        Self { numbers, symptom, shown: Shown::Not(reason) }
    }
}

/// All entries, in the catalogue's order.
pub(crate) fn all() -> Vec<&'static Entry> {
    let mut all: Vec<&Entry> =
        scale_out::ENTRIES.iter().chain(always_on::ENTRIES).chain(design::ENTRIES).collect();
    all.sort_by_key(|entry| entry.numbers.first().copied());
    all
}

fn set(path: impl Into<String>, value: impl Into<serde_json::Value>) -> Change {
    Change::Set(path.into(), value.into())
}

fn unset(path: impl Into<String>) -> Change {
    Change::Unset(path.into())
}

/// A settings file with one value changed.
fn edit(scene: &Scene, node: &str, key: &str, value: &str) -> Result<Change> {
    let (path, bytes) = scene.edit_settings(node, key, value)?;
    Ok(Change::Set(path, bytes))
}
