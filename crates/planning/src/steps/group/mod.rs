//! The chain of the availability group, in the order of the guide's step 4 and what it leaves out.

use crate::step::Step;
use scaleout_model::desired::DesiredGroup;

pub mod agents;
pub mod assembly;
pub mod automatic_failover;
pub mod catalog;
pub mod catalog_observer;
pub mod cleanup_login;
pub mod cleanup_user;
pub mod clr;
pub mod cluster;
pub mod cluster_rights;
pub mod credential;
pub mod endpoint;
pub mod endpoint_access;
pub mod existence;
pub mod firewall;
pub mod hadr;
pub mod instances;
pub mod job_observer;
pub mod jobs;
pub mod join;
pub mod limits;
pub mod listener;
pub mod log_backup;
pub mod log_chain;
pub mod logins;
pub mod master_key;
pub mod membership;
pub mod name;
pub mod options;
pub mod owner;
pub mod prerequisites;
pub mod recovery;
pub mod registered;
pub mod replica_options;
pub mod replicas;
pub mod seeding;
pub mod sql_agent;
pub mod startup;
pub mod synchronized;
pub mod teardown;

/// Steps in order.
pub fn chain() -> Vec<&'static dyn Step<DesiredGroup>> {
    vec![
        &agents::AgentsReachable,
        &cluster::ClusterHealthy,
        &name::ListenerNameFree,
        &instances::InstancesSuitable,
        &limits::ReplicaLimits,
        &logins::OperatorLogins,
        &prerequisites::InstancePrerequisites,
        &firewall::GroupFirewall,
        &hadr::HadrEnabled,
        &sql_agent::SqlAgentRunning,
        &cluster_rights::ClusterServiceRights,
        &job_observer::JobObserver,
        &clr::ClrEnabled,
        &endpoint::MirroringEndpoint,
        &endpoint_access::EndpointAccess,
        &catalog::CatalogExists,
        &catalog_observer::CatalogObserver,
        &master_key::MasterKeyProved,
        &recovery::RecoveryFull,
        &log_chain::LogChain,
        &log_backup::LogBackups,
        &owner::CatalogOwner,
        &startup::StartupProcedure,
        &assembly::AssemblyTrusted,
        &cleanup_login::CleanupLogin,
        &cleanup_user::CleanupUser,
        &jobs::AgentJobs,
        &existence::GroupExists,
        &options::GroupOptions,
        &replicas::ReplicasAdded,
        &join::ReplicasJoined,
        &replica_options::ReplicaOptions,
        &listener::Listener,
        &seeding::SeedingGranted,
        &membership::CatalogInGroup,
        &synchronized::CatalogSynchronized,
        &credential::MasterKeyCredential,
        &registered::ReplicasRegistered,
        &automatic_failover::AutomaticFailover,
    ]
}
