//! SSISDB exists in one place: the primary; before there is a group, the only instance that has it, else the first
//! replica in spec, where it is created if spec allows. Never over an existing database, never on two instances.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, catalog_home, for_site, need, need_or_absent, need_secret};
use scaleout_model::desired::DesiredGroup;
use scaleout_model::names::ReplicaName;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(CatalogExists for DesiredGroup, area "CatalogReady", after [super::hadr::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredGroup, observed: &Observed) -> Judged {
    let target = Target::Site;
    let (home, facts) = catalog_home(desired, observed)?;
    if let Some(database) = need_or_absent(&target, facts.catalog_database.as_ref())? {
        if !database.state.eq_ignore_ascii_case("ONLINE") {
            let message = format!("SSISDB on {home} is {}", database.state);
            return Err(Finding::waiting(target, Reason::CatalogUnavailable, message));
        }
        return Ok(Finding::converged(target));
    }
    if !desired.create_catalog {
        let message = format!("{home} has no SSISDB and catalog.create is Never");
        return Err(Finding::blocked(target, Reason::CatalogMissing, message));
    }
    no_other_copy(desired, observed, home)?;
    let master_key = need_secret(&target, &desired.master_key)?;
    let op = on_replica(home, SqlOp::CreateCatalog { master_key });
    Ok(Finding::act(target, Drift::missing("SSISDB"), op))
}

/// No other instance has an SSISDB, and all have answered: a second one beside it would be the wrong one.
fn no_other_copy(desired: &DesiredGroup, observed: &Observed, home: &ReplicaName) -> Result<(), Finding> {
    let target = Target::Site;
    for replica in desired.replicas.iter().map(|replica| &replica.name).filter(|replica| *replica != home) {
        let facts = need(&target, observed.instance(replica), "the instance")?;
        if need_or_absent(&target, facts.catalog_database.as_ref())?.is_some() {
            let message = format!("{replica} has an SSISDB, the primary {home} has none");
            return Err(Finding::blocked(target, Reason::StraySsisdbOnSecondary, message));
        }
    }
    Ok(())
}
