//! The group has the listener that spec names, with its port and addresses (ADD / MODIFY LISTENER on the primary; SQL
//! Server allows one). A listener of another name is never replaced. An address that spec does not name is left.

use crate::step::{on_replica, step};
use crate::steps::view::{Judged, for_site, need_or_absent, need_primary};
use scaleout_model::desired::{DesiredGroup, ListenerAddresses};
use scaleout_model::names::ReplicaName;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::sql::{ListenerFacts, ListenerSpec, SqlOp};
use scaleout_model::verdict::{Drift, Finding, Target};

step!(Listener for DesiredGroup, area "ListenerReady", after [super::existence::ID, super::join::ID]);

fn assess(desired: &DesiredGroup, observed: &Observed) -> Vec<Finding> {
    for_site(judge(desired, observed))
}

fn judge(desired: &DesiredGroup, observed: &Observed) -> Judged {
    let target = Target::Site;
    let (primary, _, group) = need_primary(observed, &target)?;
    let Some(found) = need_or_absent(&target, group.listener.as_ref())? else {
        return create(desired, primary);
    };
    if !found.dns_name.same_host(&desired.listener.dns_name) {
        let message =
            format!("the group has listener {}, spec names {}", found.dns_name, desired.listener.dns_name);
        return Err(Finding::blocked(target, Reason::ListenerConflict, message));
    }
    correct(desired, primary, found)
}

fn create(desired: &DesiredGroup, primary: &ReplicaName) -> Judged {
    let listener = &desired.listener;
    let (addresses, dhcp) = match &listener.addresses {
        ListenerAddresses::Static(addresses) => (addresses.clone(), false),
        ListenerAddresses::Dhcp => (Vec::new(), true),
        ListenerAddresses::Unmanaged => {
            let message = "the group has no listener and spec does not let us create one";
            return Err(Finding::blocked(Target::Site, Reason::ListenerConflict, message));
        }
    };
    let spec = ListenerSpec { dns_name: listener.dns_name.clone(), port: listener.port, addresses, dhcp };
    let op = SqlOp::CreateListener { group: desired.group.clone(), listener: spec };
    Ok(Finding::act(Target::Site, Drift::missing("listener"), on_replica(primary, op)))
}

fn correct(desired: &DesiredGroup, primary: &ReplicaName, found: &ListenerFacts) -> Judged {
    let target = Target::Site;
    let wanted = &desired.listener;
    let (group, dns_name) = (desired.group.clone(), found.dns_name.clone());
    if found.port != Some(wanted.port) {
        let seen = found.port.map_or_else(|| "none".to_owned(), |port| port.to_string());
        let op = SqlOp::SetListenerPort { group, dns_name, port: wanted.port };
        return Ok(Finding::act(
            target,
            Drift::between("listener.port", seen, wanted.port),
            on_replica(primary, op),
        ));
    }
    if let ListenerAddresses::Static(addresses) = &wanted.addresses
        && let Some((ip, mask)) =
            addresses.iter().find(|(ip, _)| !found.addresses.iter().any(|a| a.ip == *ip))
    {
        let op = SqlOp::AddListenerAddress { group, dns_name, ip: ip.clone(), mask: mask.clone() };
        return Ok(Finding::act(
            target,
            Drift::missing(&format!("listener address {ip}")),
            on_replica(primary, op),
        ));
    }
    if found.addresses.iter().any(|address| address.online) {
        Ok(Finding::converged(target))
    } else {
        Err(Finding::waiting(target, Reason::StepPending, "no address of the listener is online"))
    }
}
