//! One full backup starts SSISDB's log chain, only where there is none: a group needs it (1475, 1478), and a second
//! one would be somebody else's business.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, catalog_home, for_site, need};
use scaleout_model::desired::DesiredGroup;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(LogChain for DesiredGroup, area "CatalogReady", after [super::recovery::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredGroup, observed: &Observed) -> Judged {
    let target = Target::Site;
    let (home, facts) = catalog_home(desired, observed)?;
    let database = need(&target, facts.catalog_database.as_ref(), "SSISDB")?;
    if database.in_group || *need(&target, database.log_chain.as_ref(), "the state of the log chain")? {
        return Ok(Finding::converged(target));
    }
    let Some(directory) = desired.backup_directory.clone() else {
        let message = "SSISDB was never backed up and catalog.initialBackup is not set".to_owned();
        return Err(Finding::blocked(target, Reason::LogChainMissing, message));
    };
    let op = on_replica(home, SqlOp::BackupCatalog { directory });
    Ok(Finding::act(target, Drift::missing("a full backup of SSISDB"), op))
}
