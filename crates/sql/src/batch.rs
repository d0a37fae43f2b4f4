//! One batch of T-SQL as it is sent.

use crate::deadline::Deadline;
use std::fmt;
use zeroize::Zeroizing;

/// The database in which a batch runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Database {
    /// `master`: availability group DDL runs nowhere else (error 35208).
    Master,
    /// `SSISDB`.
    Catalog,
    /// `msdb`.
    Jobs,
}

impl Database {
    /// The batch that changes to it, sent alone, so that nothing runs in the wrong database if it fails.
    pub(crate) fn build_use(self) -> &'static str {
        match self {
            Self::Master => "USE [master];",
            Self::Catalog => "USE [SSISDB];",
            Self::Jobs => "USE [msdb];",
        }
    }
}

/// A batch: text, database and deadline. The text is wiped on drop and never shown, since it may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Batch {
    text: Zeroizing<String>,
    /// Where it runs.
    pub(crate) database: Database,
    /// How long it may take.
    pub(crate) deadline: Deadline,
    /// Whether the text holds a secret: then the server's messages are not repeated.
    pub(crate) secret: bool,
}

impl Batch {
    /// A read.
    pub(crate) fn read(database: Database, text: impl Into<String>) -> Self {
        Self::new(database, Deadline::Read, text)
    }

    /// A small change.
    pub(crate) fn change(database: Database, text: impl Into<String>) -> Self {
        Self::new(database, Deadline::Change, text)
    }

    /// A batch of any class.
    pub(crate) fn new(database: Database, deadline: Deadline, text: impl Into<String>) -> Self {
        Self { text: Zeroizing::new(text.into()), database, deadline, secret: false }
    }

    /// The same batch, marked as holding a secret.
    #[must_use]
    pub(crate) fn with_secret(mut self) -> Self {
        self.secret = true;
        self
    }

    /// The text, for the wire alone.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Batch({:?}, {:?}, {} characters)", self.database, self.deadline, self.text.len())
    }
}
