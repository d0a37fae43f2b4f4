//! Each replica keeps the master key's password as a credential, before the first failover can need it: automatic
//! seeding does not bring it (sql-docs pull request 9052), and without it every encryption call raises 15581.
//! The password was proved on the primary before; a row alone proves nothing, evidence does. On a replica that we never
//! stored it on, a credential of the family that is no older than this copy of SSISDB is taken as it is: the password
//! cannot be read, and it was put there for this catalog. An older one may belong to a catalog that stood there before
//! (all that come from one shipped backup share the family). Where spec names no Secret, such a credential is enough.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need, need_instance, need_secret};
use scaleout_model::desired::{DesiredGroup, DesiredReplica, SecretSlot};
use scaleout_model::observed::Observed;
use scaleout_model::sql::{CatalogDatabase, EvidencePurpose, SqlOp};
use scaleout_model::verdict::{Drift, Finding, Target};

step!(MasterKeyCredential for DesiredGroup, area "AlwaysOnSupported", after [
    super::master_key::ID,
    super::synchronized::ID,
]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(desired, observed, replica))
}

fn judge(desired: &DesiredGroup, observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let facts = need_instance(observed, &replica.name)?;
    let stored = need(&target, facts.support.master_key_credentials.as_ref(), "the list of credentials")?;
    if matches!(desired.master_key, SecretSlot::Undeclared(_)) {
        let database = need(&target, facts.catalog_database.as_ref(), "the replica's copy of SSISDB")?;
        if belongs_to_copy(database, stored) {
            return Ok(Finding::converged(target));
        }
    }
    let master_key = need_secret(&target, &desired.master_key)?;
    let marker = scaleout_model::sql::evidence_marker_credentials(stored);
    let secret = master_key.version_text();
    let name = replica.name.as_str();
    let purpose = EvidencePurpose::MasterKeyCredential;
    if !stored.is_empty() && observed.evidence_holds(purpose, name, &secret, &marker) {
        return Ok(Finding::converged(target));
    }
    let database = need(&target, facts.catalog_database.as_ref(), "the replica's copy of SSISDB")?;
    let op = if !observed.evidence_exists(purpose, name) && belongs_to_copy(database, stored) {
        SqlOp::TakeMasterKeyCredential { master_key }
    } else {
        SqlOp::AddMasterKeyCredential { master_key }
    };
    let op = on_replica(&replica.name, op);
    Ok(Finding::act(target, Drift::missing("proved credential for SSISDB's master key"), op))
}

/// Whether one of the credentials was made when this copy of SSISDB was there already. Both dates are the instance's own.
fn belongs_to_copy(database: &CatalogDatabase, stored: &[String]) -> bool {
    stored.iter().filter_map(|one| one.split_once(':')).any(|(_, made)| made >= database.created.as_str())
}
