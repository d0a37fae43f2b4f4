//! SSISDB: created, its key, its recovery model, first backup and owner.

use super::Place;
use super::phase::{Phase, Procedure, Trust, change};
use crate::batch::{Batch, Database};
use crate::deadline::Deadline;
use crate::fault::Fault;
use crate::record::{Record, Rows};
use crate::statements::{ANYWHERE, CATALOG_PRIMARY, database, keys};
use scaleout_model::outcome::{Class, Failure};
use scaleout_model::reason::Reason;
use scaleout_model::sql::{EvidencePurpose, SqlPlace, evidence_marker_credentials};

/// Target of evidence about the site as a whole.
const SITE: &str = "site";

fn key_marker(rows: &Rows) -> Result<String, Fault> {
    Ok(rows.first("look")?.text("created")?.to_owned())
}

fn credential_marker(rows: &Rows) -> Result<String, Fault> {
    let credentials = crate::observe::read_credentials(rows)?;
    Ok(evidence_marker_credentials(&credentials))
}

/// `CreateCatalog`: restored if absent, made writable, its key replaced while it holds nothing. Each phase looks first, so
/// a creation that died half-way goes on; an SSISDB with another password and content is left and refused.
pub(super) fn create(password: &str) -> Procedure {
    let restore = Phase::from_look(
        SqlPlace::Replica,
        Batch::read(Database::Master, database::look_at_presence()),
        build_restore,
    );
    let writable = Phase::new(
        SqlPlace::Replica,
        Batch::read(Database::Master, database::look_at_read_write()),
        vec![Batch::change(Database::Master, database::set_read_write())],
    );
    let key = Phase::new(
        SqlPlace::Replica,
        Batch::read(Database::Catalog, keys::look_at_key(ANYWHERE, password, true)).with_secret(),
        vec![Batch::change(Database::Catalog, keys::replace_key(password)).with_secret()],
    );
    let procedure = Procedure { phases: vec![restore, writable, key], proof: None };
    procedure.with_proof(EvidencePurpose::MasterKeyOpens, SITE, key_marker)
}

fn build_restore(seen: &Record) -> Result<Vec<Batch>, Failure> {
    let Some(dts) = seen.text_or_null("dts_path")? else {
        let reason = Reason::SsisFeatureMissingOnReplica;
        return Err(Failure::new(Class::Prerequisite, None, reason.advice()).with_reason(Some(reason)));
    };
    let missing =
        || Failure::new(Class::Transient, None, "the instance names no default folder for data files");
    let data = seen.text_or_null("data_path")?.ok_or_else(missing)?;
    let log = seen.text_or_null("log_path")?.unwrap_or(data);
    Ok(vec![Batch::new(Database::Master, Deadline::Media, database::restore(dts, data, log))])
}

/// `ProveMasterKey`: a read; a key that the password does not open refuses.
pub(super) fn prove_key(password: &str) -> Procedure {
    let look =
        Batch::read(Database::Catalog, keys::look_at_key(CATALOG_PRIMARY, password, false)).with_secret();
    Procedure::one(Phase::new(SqlPlace::Primary, look, Vec::new())).with_proof(
        EvidencePurpose::MasterKeyOpens,
        SITE,
        key_marker,
    )
}

/// `AddMasterKeyCredential`: proved where it can be, then stored.
pub(super) fn add_credential(password: &str, place: &Place<'_>) -> Procedure {
    let prove = Phase::new(
        SqlPlace::Replica,
        Batch::read(Database::Master, keys::look_whether_to_prove()),
        vec![Batch::change(Database::Catalog, keys::prove(password)).with_secret()],
    );
    let store = Phase::new(
        SqlPlace::Replica,
        Batch::read(Database::Master, keys::look_at_credentials()),
        vec![Batch::change(Database::Master, keys::add_credential(password)).with_secret()],
    );
    let phases = vec![prove.with_trust(Trust::Blind), store.with_trust(Trust::Repeat)];
    let target = place.replica.as_str();
    Procedure { phases, proof: None }.with_proof(
        EvidencePurpose::MasterKeyCredential,
        target,
        credential_marker,
    )
}

/// `TakeMasterKeyCredential`: a read; the evidence names the Secret, so that another password is stored later.
pub(super) fn take_credential(place: &Place<'_>) -> Procedure {
    let look = Batch::read(Database::Master, keys::look_at_credentials_of_copy());
    Procedure::one(Phase::new(SqlPlace::Replica, look, Vec::new())).with_proof(
        EvidencePurpose::MasterKeyCredential,
        place.replica.as_str(),
        credential_marker,
    )
}

/// `SetRecoveryFull`.
pub(super) fn set_recovery_full() -> Procedure {
    let (look, act) = (database::look_at_recovery(), database::set_recovery_full());
    change(SqlPlace::Primary, Database::Master, look, act)
}

/// `BackupCatalog`.
pub(super) fn backup(directory: &str) -> Procedure {
    let look = Batch::read(Database::Master, database::look_at_log_chain());
    let act = Batch::new(Database::Master, Deadline::Media, database::backup(directory));
    Procedure::one(Phase::new(SqlPlace::Primary, look, vec![act]))
}

/// `OwnCatalog`.
pub(super) fn own(login: &str) -> Procedure {
    change(SqlPlace::Primary, Database::Master, database::look_at_owner(), database::own(login))
}
