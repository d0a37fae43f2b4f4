//! The messages that the wire itself sends, with the numbers of SQL Server (`sys.messages`).

use crate::value::SqlError;

/// Is it sent as an ERROR token, not as INFO?
pub(super) fn is_error(message: &SqlError) -> bool {
    message.class > 10
}

/// Does it end the connection?
pub(super) fn is_fatal(message: &SqlError) -> bool {
    message.class >= 20
}

/// 18456: wrong name or password, disabled, not allowed. State 1 is all that a client may learn.
pub fn login_failed(user: &str) -> SqlError {
    SqlError::new(18456, format!("Login failed for user '{user}'.")).with_class(14).at_line(1)
}

/// 4060: the wanted database does not exist, is not readable or not permitted; 18456 follows it.
pub fn database_not_open(database: &str) -> SqlError {
    let text = format!("Cannot open database \"{database}\" requested by the login. The login failed.");
    SqlError::new(4060, text).with_class(11).at_line(1)
}

/// 5701, after each change of the database.
pub(super) fn database_changed(database: &str) -> SqlError {
    let text = format!("Changed database context to '{database}'.");
    SqlError::new(5701, text).with_class(0).with_state(2).at_line(1)
}

/// 5703, part of each login.
pub(super) fn language_changed() -> SqlError {
    SqlError::new(5703, "Changed language setting to us_english.").with_class(0).at_line(1)
}

/// 596: the session was killed.
pub(super) fn killed() -> SqlError {
    let text = "Cannot continue the execution because the session is in the kill state.";
    SqlError::new(596, text).with_class(21).at_line(1)
}

/// 8179: an unknown prepared handle.
pub(super) fn unknown_handle(handle: i32) -> SqlError {
    SqlError::new(8179, format!("Could not find prepared statement with handle {handle}.")).with_state(4)
}

/// 8009: a request whose parameters cannot be read.
pub(super) fn bad_rpc(reason: &str) -> SqlError {
    let text = format!(
        "The incoming tabular data stream (TDS) remote procedure call (RPC) protocol stream is incorrect: {reason}."
    );
    SqlError::new(8009, text)
}

/// A fault of the backend: an item out of order or a value that does not fit its column.
pub(super) fn broken_reply(reason: &str) -> SqlError {
    SqlError::new(50000, format!("simulator: broken reply: {reason}")).with_class(20)
}
