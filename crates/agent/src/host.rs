//! The machine under the agent, as primitive calls.
//!
//! Calls are fine-grained on purpose: an op of several calls checks the epoch before each write, and the agent
//! may die between any two. No call waits for an effect to show (a service to run, a role to be online): the
//! op reads again. Every write says what it does when it is so already. The portable half never sees a handle.
//!
//! `WindowsHost` makes these calls natively; the simulator makes them on its site. One contract suite runs on both.

mod certificates;
mod cluster;
mod computer;
mod error;
mod http;
mod services;
mod setup;

pub use certificates::{CertificateHost, HostCertificate};
pub use cluster::{ClusterHost, PrivateProperties, PropertyValue, ResourceType, Stored};
pub use computer::{ComputerHost, ComputerIdentity, SettingsBytes};
pub use error::{HostError, HostErrorKind, HostResult};
pub use http::HttpHost;
pub use services::{HadrSetting, HostService, ServiceHost};
pub use setup::{MediaFacts, MediaProof, MediaSource, SetupExit, SetupHost, SetupProgress, SetupRequest};

use scaleout_model::node::Feature;
use tokio::sync::broadcast;

/// A change that the machine pushed; a hint to look again, never a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostChange {
    /// A node, group or resource of the failover cluster (`GetClusterNotifyV2`).
    Cluster,
    /// State or configuration of this service, by key name (`SubscribeServiceChangeNotifications`).
    Service(String),
    /// A certificate store of the local machine.
    Certificates,
    /// The settings file of this feature.
    Settings(Feature),
    /// Notifications were lost: anything may have changed.
    Lost,
}

/// The machine: all families of calls.
pub trait Host:
    ComputerHost + ServiceHost + CertificateHost + HttpHost + SetupHost + ClusterHost + Send + Sync + 'static
{
    /// Changes from now on. A receiver that lags must take it as [`HostChange::Lost`].
    fn changes(&self) -> broadcast::Receiver<HostChange>;
}
