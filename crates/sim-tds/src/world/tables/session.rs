//! Sessions: the own one, all with VIEW SERVER STATE (sys.dm_exec_sessions).

use crate::engine::Table;
use crate::world::seen::Seen;
use crate::world::sheet::{BIT, DATE, INT, Moment, NAME, SID, SMALL, sheet, text};
use scaleout_model::names::LoginName;

pub(super) fn table(seen: &Seen<'_>, object: &str) -> Option<Table> {
    (object == "dm_exec_sessions").then(|| sessions(seen))
}

fn sessions(seen: &Seen<'_>) -> Table {
    let all = seen.sees_state() || seen.may("VIEW SERVER STATE");
    let rows = seen.sessions.all().into_iter().filter(|(spid, _)| all || *spid == seen.session.spid);
    let sid = |login: &str| seen.instance.logins.get(&LoginName::new(login)).map(|login| &login.sid);
    let database = |name: &str| seen.database(name).map(|(_, database)| database.id);
    sheet!(rows, (spid, row) => {
        session_id: SMALL => i16::try_from(spid).unwrap_or(i16::MAX),
        login_time: DATE => Moment(row.login_ms),
        host_name: NAME => &row.host,
        program_name: NAME => &row.program,
        host_process_id: INT => None::<i32>,
        client_version: INT => 7,
        client_interface_name: text(32) => &row.library,
        security_id: SID => sid(&row.login),
        login_name: NAME => &row.login,
        nt_domain: NAME => None::<&str>,
        nt_user_name: NAME => None::<&str>,
        status: text(30) => if spid == seen.session.spid { "running" } else { "sleeping" },
        original_login_name: NAME => &row.login,
        is_user_process: BIT => true,
        database_id: SMALL => database(&row.database).and_then(|id| i16::try_from(id).ok()),
        open_transaction_count: INT => 0,
    })
}
