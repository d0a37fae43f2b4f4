//! The chain of the Scale Out Master, in the order of the guide's steps 2 to 8 and what they leave out.

use crate::step::Step;
use scaleout_model::desired::DesiredMaster;

pub mod account;
pub mod address;
pub mod agents;
pub mod binding;
pub mod catalog_admin;
pub mod certificate;
pub mod certificate_import;
pub mod firewall;
pub mod health;
pub mod installation;
pub mod key_access;
pub mod log_database;
pub mod log_login;
pub mod logins;
pub mod name;
pub mod online;
pub mod reservation;
pub mod restart;
pub mod role;
pub mod scale_out;
pub mod service;
pub mod settings;
pub mod single;
pub mod teardown;
pub mod view;
pub mod warnings;

/// Steps in order.
pub fn chain() -> Vec<&'static dyn Step<DesiredMaster>> {
    vec![
        &agents::MasterNodesReady,
        &name::AccessPointNameFree,
        &certificate::CertificateDecided,
        &certificate_import::CertificateImported,
        &installation::MasterInstalled,
        &account::MasterAccount,
        &service::ServiceOnDemand,
        &key_access::MasterKeyAccess,
        &binding::TlsBinding,
        &reservation::UrlReservation,
        &firewall::MasterFirewall,
        &settings::MasterSettings,
        &logins::MasterLogins,
        &catalog_admin::MasterCatalogAdmin,
        &scale_out::ScaleOutEnabled,
        &log_login::LogLoginEqual,
        &log_database::LogDatabase,
        &role::ClusteredRole,
        &online::RoleOnline,
        &restart::MasterRestarted,
        &single::SingleMaster,
        &address::MasterAddress,
        &health::endpoint::EndpointReachable,
        &health::heartbeat::HeartbeatFresh,
        &warnings::MasterWarnings,
    ]
}
