//! The chain of a Scale Out Worker: the guide's step 9 and what it leaves out.

use crate::step::Step;
use scaleout_model::desired::DesiredWorker;

pub mod account;
pub mod agent;
pub mod catalog;
pub mod certificate;
pub mod heartbeat;
pub mod installation;
pub mod key_access;
pub mod service;
pub mod settings;
pub mod teardown;
pub mod trust_master;
pub mod trust_worker;
pub mod view;

/// Steps in order.
pub fn chain() -> Vec<&'static dyn Step<DesiredWorker>> {
    vec![
        &agent::WorkerAgent,
        &installation::WorkerInstalled,
        &account::WorkerAccount,
        &certificate::WorkerCertificate,
        &key_access::WorkerKeyAccess,
        &trust_master::MasterTrusted,
        &trust_worker::WorkerTrusted,
        &settings::WorkerSettings,
        &service::WorkerRunning,
        &catalog::registered::WorkerRegistered,
        &heartbeat::WorkerHeartbeat,
        &catalog::enabled::WorkerEnabled,
    ]
}
