//! The observer's login has a user in SSISDB that may see workers and tasks; the user travels with the database,
//! so it is made on the primary only. Idempotent: user, role and grant are looked for first.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, catalog_home, for_site, need};
use scaleout_model::desired::DesiredGroup;
use scaleout_model::observed::Observed;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(CatalogObserver for DesiredGroup, area "CatalogReady", after [super::catalog::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredGroup, observed: &Observed) -> Judged {
    let target = Target::Site;
    let (home, facts) = catalog_home(desired, observed)?;
    need(&target, facts.catalog_database.as_ref(), "SSISDB")?;
    if facts.rights.catalog {
        return Ok(Finding::converged(target));
    }
    let op = on_replica(home, SqlOp::EnsureCatalogObserver { login: desired.observer.clone() });
    Ok(Finding::act(target, Drift::missing("the observer's user in SSISDB"), op))
}
