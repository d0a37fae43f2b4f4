//! Effects of SQL statements.

use crate::effect::{Refused, Reply};
use crate::state::Site;

/// One primitive change that a SQL statement makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlEffect {}

impl SqlEffect {
    /// Kind: the variant's name.
    pub fn kind(&self) -> String {
        match *self {}
    }

    /// The instance, by its own name.
    pub fn target(&self) -> String {
        match *self {}
    }

    /// What it names; no secret.
    pub fn detail(&self) -> String {
        match *self {}
    }
}

/// Carries out an effect; refused by the error number of the statement.
pub(crate) fn apply(_site: &mut Site, effect: &SqlEffect) -> Result<Reply, Refused> {
    match *effect {}
}
