//! The catalog holds the master's address (guide step 8). `update_master_address` succeeds on zero rows, so the op reads
//! it back, and so do we.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_site, need, need_primary};
use scaleout_model::desired::DesiredMaster;
use scaleout_model::observed::Observed;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, Target};

step!(MasterAddress for DesiredMaster, area "MasterAddressApplied", after [super::scale_out::ID]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredMaster, observed: &Observed) -> Judged {
    let target = Target::Site;
    let catalog = need(&target, observed.catalog.as_ref(), "the catalog")?;
    let address = desired.endpoint();
    let seen = catalog.property("MASTER_ADDRESS").unwrap_or("none");
    if same_address(seen, &address) {
        return Ok(Finding::converged(target));
    }
    let (primary, _, _) = need_primary(observed, &target)?;
    let drift = Drift::between("master address", seen, &address);
    Ok(Finding::act(target, drift, on_replica(primary, SqlOp::UpdateMasterAddress { address })))
}

/// Whether two addresses name one endpoint: without case, a short name equals its FQDN, a trailing slash counts nothing.
pub fn same_address(left: &str, right: &str) -> bool {
    match (split(left), split(right)) {
        (Some((left, left_port)), Some((right, right_port))) => {
            left_port == right_port && left.same_host(&right)
        }
        _ => false,
    }
}

fn split(address: &str) -> Option<(scaleout_model::names::DnsName, u16)> {
    let rest = address.trim_end_matches('/');
    let rest = rest.get(..8).filter(|scheme| scheme.eq_ignore_ascii_case("https://")).and(rest.get(8..))?;
    let (host, port) = rest.split_once(':')?;
    Some((scaleout_model::names::DnsName::new(host), port.parse().ok()?))
}
