//! Every statement of the product, one file per area; pure functions to text.
//!
//! A *look* is one row of the part `look` with the columns `place` (1: the op may run here), `done` (1: the effect is
//! there), `refuse` (NULL or a [`Refuse`]) and what the op's evidence needs.

pub(crate) mod catalog_read;
pub(crate) mod database;
pub(crate) mod endpoint;
pub(crate) mod group;
pub(crate) mod group_read;
pub(crate) mod instance_read;
pub(crate) mod job_read;
pub(crate) mod jobs;
pub(crate) mod keys;
pub(crate) mod listener;
pub(crate) mod log_login;
pub(crate) mod logins;
pub(crate) mod scale_out;
pub(crate) mod sessions;
pub(crate) mod support;
pub(crate) mod users;
pub(crate) mod workers;

use crate::errors::{GUARD_ERROR, Guard};
use std::fmt::Write as _;

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

/// Why a look refuses, as the number in its column `refuse`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Refuse {
    /// The password does not open SSISDB's master key.
    WrongPassword = 1,
    /// Tasks in status 2 or 3 run on the worker.
    TasksRunning = 2,
    /// The log login is missing.
    LogLoginMissing = 3,
    /// Another object stands where this one shall be.
    Occupied = 4,
    /// The worker never registered.
    WorkerUnknown = 5,
    /// The log login has open sessions.
    SessionsOpen = 6,
    /// The key could not be opened for another reason than the password.
    KeyUnusable = 7,
    /// The clean-up login comes first.
    CleanupLoginMissing = 8,
}

impl Refuse {
    /// All, for decoding.
    pub(crate) const ALL: [Self; 8] = [
        Self::WrongPassword,
        Self::TasksRunning,
        Self::LogLoginMissing,
        Self::Occupied,
        Self::WorkerUnknown,
        Self::SessionsOpen,
        Self::KeyUnusable,
        Self::CleanupLoginMissing,
    ];

    /// The refusal of this number.
    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|refuse| i64::from(*refuse as u8) == number)
    }
}

/// `1` where SSISDB is primary, or in no group (`sys.fn_hadr_is_primary_replica` is NULL then).
pub(crate) const CATALOG_PRIMARY: &str =
    "CASE WHEN ISNULL(CAST(sys.fn_hadr_is_primary_replica(N'SSISDB') AS int), 1) = 1 THEN 1 ELSE 0 END";

/// The op may run anywhere.
pub(crate) const ANYWHERE: &str = "1";

/// Nothing refuses.
pub(crate) const NO_REFUSAL: &str = "CAST(NULL AS int)";

/// The server's clock, unix milliseconds.
pub(crate) const CLOCK: &str =
    "DATEDIFF_BIG(MILLISECOND, CAST(N'1970-01-01T00:00:00' AS datetime2), SYSUTCDATETIME())";

/// `1` or `0` from a condition.
pub(crate) fn build_flag(condition: &str) -> String {
    format!("CASE WHEN {condition} THEN 1 ELSE 0 END")
}

/// `refuse` if `condition` holds.
pub(crate) fn build_refusal(condition: &str, refuse: Refuse) -> String {
    format!("CASE WHEN {condition} THEN {} END", refuse as u8)
}

/// SID as upper-case hex without prefix.
pub(crate) fn build_sid(expression: &str) -> String {
    format!("CONVERT(nvarchar(170), {expression}, 2)")
}

/// A date as text; the same style wherever it becomes a marker of evidence.
pub(crate) fn build_date(expression: &str) -> String {
    format!("CONVERT(nvarchar(33), {expression}, 126)")
}

/// A GUID as text.
pub(crate) fn build_guid(expression: &str) -> String {
    format!("CONVERT(nvarchar(36), {expression})")
}

/// Text of any length limit, so that only `nvarchar` crosses the wire.
pub(crate) fn build_text(expression: &str) -> String {
    format!("CAST({expression} AS nvarchar(4000))")
}

/// A number, so that only `int` and `bigint` cross the wire.
pub(crate) fn build_int(expression: &str) -> String {
    format!("CAST({expression} AS int)")
}

/// `N'part' AS part, … AS …`, to be completed by FROM or not.
pub(crate) fn build_select(part: &str, columns: &[(&str, &str)]) -> String {
    let mut text = format!("SELECT N'{part}' AS part");
    for (name, expression) in columns {
        let _ = write!(text, ",\n  {expression} AS {name}");
    }
    text
}

/// A look without FROM.
pub(crate) fn build_look(place: &str, done: &str, refuse: &str, more: &[(&str, &str)]) -> String {
    let mut columns = vec![("place", place), ("done", done), ("refuse", refuse)];
    columns.extend_from_slice(more);
    format!("{};", build_select("look", &columns))
}

/// Stops the batch with our own error if `condition` holds.
pub(crate) fn build_guard(condition: &str, guard: Guard) -> String {
    let text = match guard {
        Guard::NotPrimary => "SSISDB is not primary here.",
        Guard::NoMasterFeature => "The Scale Out Master feature is not installed on this host.",
    };
    debug_assert_eq!(GUARD_ERROR, 50_000, "RAISERROR of a text raises 50000");
    format!("IF {condition} BEGIN RAISERROR(N'{text}', 16, {}); RETURN; END;\n", guard as u8)
}

/// Stops the batch where SSISDB is a secondary's copy.
pub(crate) fn guard_primary() -> String {
    build_guard("ISNULL(CAST(sys.fn_hadr_is_primary_replica(N'SSISDB') AS int), 1) <> 1", Guard::NotPrimary)
}

/// All reads, for tests.
#[cfg(test)]
pub(crate) fn reads() -> Vec<String> {
    vec![
        instance_read::build_instance_batch(),
        instance_read::build_catalog_rights(),
        group_read::build_group_batch("ag'x"),
        job_read::build_job_batch(),
        catalog_read::build_access(),
        catalog_read::build_catalog_batch(),
        sessions::build_sessions("scaleout-operator/"),
        sessions::build_kill(57, "scaleout-operator/x"),
        sessions::build_who(),
    ]
}
