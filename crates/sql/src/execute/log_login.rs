//! The log login and the connection string that hands it out.

use super::Place;
use super::phase::{Phase, Procedure};
use crate::batch::{Batch, Database};
use crate::fault::Fault;
use crate::record::Rows;
use crate::statements::log_login;
use scaleout_model::sql::{EvidencePurpose, SqlPlace, evidence_marker_log_database, evidence_marker_login};
use std::sync::Arc;
use zeroize::Zeroizing;

fn login_marker(rows: &Rows) -> Result<String, Fault> {
    Ok(evidence_marker_login(&crate::observe::read_login(rows.first("login")?)?))
}

fn database_marker(rows: &Rows) -> Result<String, Fault> {
    let look = rows.first("look")?;
    Ok(evidence_marker_log_database(look.text("server")?, look.text_or_null("user_sid")?.unwrap_or_default()))
}

/// `SetLogLoginPassword`.
pub(super) fn set_password(password: &str, place: &Place<'_>) -> Procedure {
    let look = Batch::read(Database::Master, log_login::look_at_password(password)).with_secret();
    let act = Batch::change(Database::Master, log_login::set_password(password)).with_secret();
    Procedure::one(Phase::new(SqlPlace::Primary, look, vec![act])).with_proof(
        EvidencePurpose::LogLoginPassword,
        place.replica.as_str(),
        login_marker,
    )
}

/// `CopyLogLogin`: created, or dropped and created for another SID, or given the password.
pub(super) fn copy(sid: &str, password: &str, place: &Place<'_>) -> Procedure {
    let look = Batch::read(Database::Master, log_login::look_at_copy(sid, password)).with_secret();
    let (sid, password) = (sid.to_owned(), Arc::new(Zeroizing::new(password.to_owned())));
    let phase = Phase::from_look(SqlPlace::Replica, look, move |seen| {
        let (present, same_sid) = (seen.flag("present")?, seen.flag("same_sid")?);
        let mut acts = Vec::new();
        if present && !same_sid {
            acts.push(Batch::change(Database::Master, log_login::drop_copy(&sid)));
        }
        let text = if same_sid {
            log_login::set_copy_password(&password)
        } else {
            log_login::create_copy(&sid, &password)
        };
        acts.push(Batch::change(Database::Master, text).with_secret());
        Ok(acts)
    });
    Procedure::one(phase).with_proof(EvidencePurpose::LogLoginPassword, place.replica.as_str(), login_marker)
}

/// `UpdateLogDatabase`.
pub(super) fn update_database(server: &str, password: &str) -> Procedure {
    let look =
        Batch::read(Database::Catalog, log_login::look_at_log_database(server, password)).with_secret();
    let act =
        Batch::change(Database::Catalog, log_login::update_log_database(server, password)).with_secret();
    Procedure::one(Phase::new(SqlPlace::Primary, look, vec![act])).with_proof(
        EvidencePurpose::LogDatabase,
        "site",
        database_marker,
    )
}
