//! Every replica trusts the catalog's assembly by its hash (sys.sp_add_trusted_assembly, since 14.0.800.11); the hash is
//! read from SSISDB itself, so a patched assembly is trusted anew.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_replicas, need, need_instance};
use scaleout_model::desired::{DesiredGroup, DesiredReplica};
use scaleout_model::observed::Observed;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(AssemblyTrusted for DesiredGroup, area "AlwaysOnSupported", after [super::catalog_observer::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_replicas(desired, |replica| judge(observed, replica))
}

fn judge(observed: &Observed, replica: &DesiredReplica) -> Judged {
    let target = Target::Replica(replica.name.clone());
    let catalog = need(&target, observed.catalog.as_ref(), "the catalog")?;
    let hash = need(&target, catalog.assembly_hash.as_ref(), "the catalog's assembly")?;
    let facts = need_instance(observed, &replica.name)?;
    let trusted = need(&target, facts.support.trusted_assemblies.as_ref(), "the list of trusted assemblies")?;
    if trusted.iter().any(|known| known.eq_ignore_ascii_case(hash)) {
        return Ok(Finding::converged(target));
    }
    let op = on_replica(&replica.name, SqlOp::TrustAssembly { hash: hash.clone() });
    Ok(Finding::act(target, Drift::missing("trust in the catalog's assembly"), op))
}
