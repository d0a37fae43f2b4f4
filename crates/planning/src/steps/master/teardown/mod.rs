//! The chain that takes a master down when its object is deleted with `deletionPolicy: Teardown`: nobody needs it and no
//! task runs, then its role goes offline and is deleted, and on each node its binding, reservation, firewall rule and
//! certificate are withdrawn and its claim is released. Scale Out stays enabled in the catalog, always; the feature and
//! its settings stay on the nodes.

use crate::deletion::Deletion;
use crate::step::Step;
use scaleout_model::certificate::Thumbprint;
use scaleout_model::desired::DesiredMaster;
use std::collections::BTreeSet;

pub mod binding;
pub mod certificate;
pub mod claims;
pub mod deleted;
pub mod firewall;
pub mod hosts;
pub mod offline;
pub mod quiet;
pub mod reference;
pub mod reservation;
pub mod unused;
pub mod view;

/// A master that is to be taken down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Teardown {
    /// The master as its spec describes it.
    pub master: DesiredMaster,
    /// The deletion.
    pub deletion: Deletion,
    /// Certificates that the object reported as current or pending.
    pub reported: BTreeSet<Thumbprint>,
}

impl Teardown {
    /// Whether a certificate is this master's: the decided one, or one that it reported.
    pub fn is_own(&self, thumbprint: &Thumbprint) -> bool {
        self.master.certificate.thumbprint() == Some(thumbprint) || self.reported.contains(thumbprint)
    }
}

/// Steps in order.
pub fn chain() -> Vec<&'static dyn Step<Teardown>> {
    vec![
        &hosts::MasterHostsAnswer,
        &unused::MasterUnused,
        &reference::MasterReference,
        &quiet::MasterQuiet,
        &offline::RoleOffline,
        &deleted::RoleDeleted,
        &binding::MasterUnbound,
        &reservation::MasterUrlReleased,
        &firewall::MasterFirewallClosed,
        &certificate::MasterCertificateRemoved,
        &claims::MasterClaimsReleased,
    ]
}
