//! The Secret's password is proved to open SSISDB's master key on the primary, before it is stored anywhere.
//! The proof (OPEN MASTER KEY) is a read; its evidence holds for this Secret version and this database.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, catalog_home, for_site, need, need_secret};
use scaleout_model::desired::{DesiredGroup, SecretSlot};
use scaleout_model::observed::Observed;
use scaleout_model::sql::{EvidencePurpose, SqlOp};
use scaleout_model::verdict::{Drift, Finding, Target};

step!(MasterKeyProved for DesiredGroup, area "CatalogReady", after [super::catalog::ID]);

/// Target text of evidence that is about the site as a whole.
pub const SITE: &str = "site";

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredGroup, observed: &Observed) -> Judged {
    let target = Target::Site;
    let (home, facts) = catalog_home(desired, observed)?;
    let database = need(&target, facts.catalog_database.as_ref(), "SSISDB")?;
    // Without a Secret nothing can be stored, so nothing needs a proof: an adopted catalog keeps its key.
    if matches!(desired.master_key, SecretSlot::Undeclared(_)) {
        return Ok(Finding::converged(target));
    }
    let master_key = need_secret(&target, &desired.master_key)?;
    let secret = master_key.version_text();
    if observed.evidence_holds(EvidencePurpose::MasterKeyOpens, SITE, &secret, &database.created) {
        return Ok(Finding::converged(target));
    }
    // A creation that was cut off between RESTORE and the new master key is taken up again; on a finished or adopted
    // catalog the same op proves the password and changes nothing.
    let op = if desired.create_catalog && !database.in_group {
        SqlOp::CreateCatalog { master_key }
    } else {
        SqlOp::ProveMasterKey { master_key }
    };
    let op = on_replica(home, op);
    Ok(Finding::act(target, Drift::missing("proof of the master key's password"), op))
}
