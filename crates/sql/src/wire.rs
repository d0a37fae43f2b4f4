//! The seam below the port: a logged-in connection that takes batches. TDS is one; whatever answers the same text is
//! another.

pub use crate::record::{Record, Value};
use async_trait::async_trait;
use scaleout_execution::ports::{SqlCredential, SqlTarget};

/// A logged-in connection. It is used up by any error and by a dropped call.
#[async_trait]
pub trait Connection: Send {
    /// Sends one batch and reads all rows of all its result sets.
    async fn query(&mut self, text: &str) -> Result<Vec<Record>, ConnectionError>;
}

/// Opens connections.
#[async_trait]
pub trait Connector: Send + Sync {
    /// Logs in to the target's endpoint, in `master`, under this `program_name`.
    async fn connect(
        &self,
        target: &SqlTarget,
        credential: &SqlCredential,
        program: &str,
    ) -> Result<Box<dyn Connection>, ConnectionError>;
}

/// Why there is no connection, or no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// No address, no connection, or it was lost.
    #[error("{0}")]
    Lost(String),
    /// The server's certificate does not verify.
    #[error("{0}")]
    Identity(String),
    /// The credential can't be used as it is.
    #[error("{0}")]
    Credential(String),
    /// SQL Server's first error.
    #[error("SQL Server error {number}: {message}")]
    Server {
        /// Number.
        number: u32,
        /// State.
        state: u8,
        /// Text.
        message: String,
    },
    /// The answer can't be read.
    #[error("{0}")]
    Garbled(String),
}
