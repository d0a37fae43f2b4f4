//! Deadlines of everything that waits. tiberius' own time-outs per gap between tokens are off: availability group DDL,
//! BACKUP and RESTORE stay silent longer than any useful gap.

use std::time::Duration;

/// All addresses of a host are tried at once; one must accept within this time.
pub(crate) const CONNECT: Duration = Duration::from_secs(5);

/// Prelogin, TLS and login together (ADO.NET's default for the same).
pub(crate) const HANDSHAKE: Duration = Duration::from_secs(15);

/// A refused password is not tried again before this time has passed, unless it changes.
pub(crate) const REFUSED_CREDENTIAL: Duration = Duration::from_mins(15);

/// Sessions that were killed must be gone within this time; a rollback may take a while.
pub(crate) const DEPOSE: Duration = Duration::from_secs(30);

/// Interval at which a deposed session is looked for again. SQL Server cannot push its end.
pub(crate) const DEPOSE_POLL: Duration = Duration::from_millis(200);

/// One observation with all its batches, the wait for the kept connection included.
pub(crate) const OBSERVE: Duration = Duration::from_secs(45);

/// Class of a batch by how long it may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deadline {
    /// Reads of system views.
    Read,
    /// Small changes: logins, grants, settings, procedures.
    Change,
    /// Availability group and endpoint statements, which wait for the failover cluster.
    Group,
    /// BACKUP and RESTORE of SSISDB.
    Media,
}

impl Deadline {
    /// The whole batch must be answered within this time.
    pub(crate) fn limit(self) -> Duration {
        match self {
            Self::Read => Duration::from_secs(15),
            Self::Change => Duration::from_secs(30),
            Self::Group => Duration::from_mins(2),
            Self::Media => Duration::from_mins(30),
        }
    }
}
