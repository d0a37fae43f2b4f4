//! An op as data: phases of look, act, look again.

use crate::batch::{Batch, Database};
use crate::fault::Fault;
use crate::record::{Record, Rows};
use scaleout_model::outcome::Failure;
use scaleout_model::sql::{EvidencePurpose, SqlPlace};

/// Makes the acting batches from what the look saw.
pub(crate) type Act = Box<dyn Fn(&Record) -> Result<Vec<Batch>, Failure> + Send + Sync>;

/// Makes the marker of the evidence from what the last look saw.
pub(crate) type Marker = fn(&Rows) -> Result<String, Fault>;

/// When a phase acts, and when it is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Acts if the effect is not there; done if it is there afterwards, even after an error.
    ReadBack,
    /// Acts in any case, since the effect cannot be told from an older one; done if there is no error and it is there.
    Repeat,
    /// Acts if the look says that it is needed; the effect cannot be read, so no error is believed.
    Blind,
}

/// One phase of an op. Several of them are carried out in order, each re-checked, so that an op that died half-way goes on
/// from what it sees.
pub(crate) struct Phase {
    /// Reads whether the op may run here and whether its effect is there.
    pub(crate) look: Batch,
    /// Makes the effect.
    pub(crate) act: Act,
    /// When it acts.
    pub(crate) trust: Trust,
    /// Which refusal a wrong place is.
    pub(crate) place: SqlPlace,
}

/// Evidence that an op leaves.
#[derive(Clone)]
pub(crate) struct Proof {
    /// What it proves.
    pub(crate) purpose: EvidencePurpose,
    /// For which replica, or `site`.
    pub(crate) target: String,
    /// Marker.
    pub(crate) marker: Marker,
}

/// A whole op.
pub(crate) struct Procedure {
    /// Its phases.
    pub(crate) phases: Vec<Phase>,
    /// Its evidence, read by the last phase's look.
    pub(crate) proof: Option<Proof>,
}

impl Phase {
    /// A phase with fixed batches.
    pub(crate) fn new(place: SqlPlace, look: Batch, acts: Vec<Batch>) -> Self {
        Self::from_look(place, look, move |_| Ok(acts.clone()))
    }

    /// A phase whose batches depend on what was seen.
    pub(crate) fn from_look(
        place: SqlPlace,
        look: Batch,
        act: impl Fn(&Record) -> Result<Vec<Batch>, Failure> + Send + Sync + 'static,
    ) -> Self {
        Self { look, act: Box::new(act), trust: Trust::ReadBack, place }
    }

    /// The same phase with another trust.
    #[must_use]
    pub(crate) fn with_trust(mut self, trust: Trust) -> Self {
        self.trust = trust;
        self
    }
}

impl Procedure {
    /// An op of one phase without evidence.
    pub(crate) fn one(phase: Phase) -> Self {
        Self { phases: vec![phase], proof: None }
    }

    /// The same op with evidence.
    #[must_use]
    pub(crate) fn with_proof(mut self, purpose: EvidencePurpose, target: &str, marker: Marker) -> Self {
        self.proof = Some(Proof { purpose, target: target.to_owned(), marker });
        self
    }
}

/// A look and one act of a small change in the same database.
pub(crate) fn change(place: SqlPlace, database: Database, look: String, act: String) -> Procedure {
    Procedure::one(Phase::new(place, Batch::read(database, look), vec![Batch::change(database, act)]))
}
