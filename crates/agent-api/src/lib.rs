//! Wire contract between controller and node agent, version 1: JSON over HTTPS, both sides authenticated.
//!
//! Requests refuse unknown fields. The JSON schema is checked in as `schema/v1.json`; a test compares it, so
//! that a change of the contract is seen in review.

mod events;
mod messages;

pub use events::AgentEvent;
pub use messages::{EpochAnswer, EpochRequest, EpochState, ErrorBody, ErrorCode, OpRequest, OpResponse};

/// `GET`: [`scaleout_model::node::NodeFacts`].
pub const FACTS_PATH: &str = "/v1/facts";
/// `POST` [`OpRequest`]: [`OpResponse`] when the op has ended.
pub const OPS_PATH: &str = "/v1/ops";
/// `POST` [`EpochRequest`]: [`EpochAnswer`]; `GET`: [`EpochState`].
pub const EPOCH_PATH: &str = "/v1/epoch";
/// `GET`: server-sent events, each with one [`AgentEvent`] as data; the first is [`AgentEvent::Resync`].
pub const EVENTS_PATH: &str = "/v1/events";
/// `GET`: the process lives.
pub const HEALTH_PATH: &str = "/healthz";
/// `GET`: the agent takes ops.
pub const READY_PATH: &str = "/readyz";
/// `GET`: metrics as OpenMetrics text.
pub const METRICS_PATH: &str = "/metrics";

/// Most bytes of a request's body that an agent reads.
pub const MAX_BODY_BYTES: usize = 256 * 1024;
/// Seconds between comments on an idle event stream; a client that hears nothing for three of them reconnects.
pub const EVENT_KEEP_ALIVE_SECONDS: u64 = 10;

#[cfg(test)]
mod tests;
