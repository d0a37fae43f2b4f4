//! DNS records of machines.

use crate::state::{DnsRecord, Site};
use scaleout_model::names::DnsName;
use std::collections::BTreeSet;

/// Each machine registers its name.
pub(super) fn settle(site: &mut Site) {
    let suffix = site.domain.dns_suffix.clone();
    for (name, node) in &site.nodes {
        let fqdn = DnsName::new(format!("{}.{suffix}", name.as_str().to_lowercase()));
        if node.up && !site.domain.dns.contains_key(&fqdn) {
            let record =
                DnsRecord { addresses: BTreeSet::from([node.address.clone()]), made_by: name.to_string() };
            site.domain.dns.insert(fqdn, record);
        }
    }
}
