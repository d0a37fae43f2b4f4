//! Markers of evidence: computed alike by the op that records evidence and by the step that checks it.

use super::LoginFacts;

/// Marker of [`super::EvidencePurpose::MasterKeyCredential`]: the credentials, sorted and joined.
pub fn evidence_marker_credentials(credentials: &[String]) -> String {
    let mut sorted = credentials.to_vec();
    sorted.sort();
    sorted.join(",")
}

/// Marker of [`super::EvidencePurpose::LogLoginPassword`]: SID and modification date of the login.
pub fn evidence_marker_login(login: &LoginFacts) -> String {
    format!("{}:{}", login.sid.to_uppercase(), login.modified)
}

/// Marker of [`super::EvidencePurpose::LogDatabase`]: the catalog's CLUSTER_LOGDB_SERVER and the SID (upper-case
/// hex) of the log login on the primary: `enable_scaleout` re-creates that login, which voids the evidence.
pub fn evidence_marker_log_database(server: &str, login_sid: &str) -> String {
    format!("{}|{}", server.to_lowercase(), login_sid.to_uppercase())
}
