//! Requests and answers.

use scaleout_model::fence::{Epoch, Fence};
use scaleout_model::node::NodeOp;
use scaleout_model::outcome::Outcome;
use scaleout_model::secret::SecretBytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One op to carry out. A request equal to an op that runs joins it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpRequest {
    /// Epoch and owner.
    pub fence: Fence,
    /// The op, with the bytes of its secrets.
    pub op: NodeOp<SecretBytes>,
}

/// What an op came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpResponse {
    /// The outcome; a refusal by the fence is one too.
    pub outcome: Outcome,
}

/// A new leader raises the epoch before it writes anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EpochRequest {
    /// The leader's epoch.
    pub epoch: Epoch,
}

/// Whether an epoch is the highest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum EpochAnswer {
    /// The agent keeps it, durably, as its highest.
    Accepted,
    /// The agent has seen this one: higher, or of the same number and another holder.
    Behind(Epoch),
    /// The agent serves another lineage.
    OtherLineage,
}

/// The highest epoch that the agent has seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EpochState {
    /// `None`: none yet.
    pub highest: Option<Epoch>,
}

/// Body of every answer with a status of 400 or more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ErrorBody {
    /// The class.
    pub code: ErrorCode,
    /// One sentence for people; never a secret, never a part of the request.
    pub message: String,
}

/// Class of an [`ErrorBody`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ErrorCode {
    /// The body is not JSON of the contract (400).
    Malformed,
    /// No such path (404).
    NotFound,
    /// The path has no such method (405).
    MethodNotAllowed,
    /// The body is longer than [`crate::MAX_BODY_BYTES`] (413).
    TooLarge,
    /// The machine does not tell its own name, or the agent stops (503).
    Unavailable,
}
