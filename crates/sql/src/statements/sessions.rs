//! Who is connected: the instance's own name, and sessions of deposed leaders.

use super::instance_read::SERVER_STATE;
use super::{build_int, build_select, build_text};
use crate::escape::quote_text;

/// The instance's own name.
pub(crate) fn build_who() -> String {
    format!("{};", build_select("who", &[("server_name", &build_text("@@SERVERNAME"))]))
}

/// All sessions of operators, of any lineage. Seeing others' sessions needs VIEW SERVER STATE.
pub(crate) fn build_sessions(prefix: &str) -> String {
    let right = build_select("right", &[("server_state", &build_int(&format!("ISNULL({SERVER_STATE}, 0)")))]);
    let row = build_select(
        "session",
        &[("session_id", &build_int("s.session_id")), ("program_name", &build_text("s.program_name"))],
    );
    let pattern = quote_text(&format!("{prefix}%"));
    format!("{right};\n{row}\nFROM sys.dm_exec_sessions AS s WHERE s.program_name LIKE {pattern};\n")
}

/// KILL of one session, if it still is the one that was seen.
pub(crate) fn build_kill(session: i64, program: &str) -> String {
    format!(
        "IF EXISTS (SELECT 1 FROM sys.dm_exec_sessions AS s WHERE s.session_id = {session} AND s.program_name = \
         {})\nKILL {session};",
        quote_text(program)
    )
}
