//! From an op to its phases, one file per family; `run` carries them out.

mod catalog;
mod group;
mod instance;
mod log_login;
mod phase;
mod run;
mod scale_out;
mod support;

pub(crate) use run::{Dial, run};

use crate::escape::quote_hex;
use phase::Procedure;
use scaleout_model::names::ReplicaName;
use scaleout_model::outcome::{Class, Failure};
use scaleout_model::secret::SecretBytes;
use scaleout_model::sql::SqlOp;

/// Whom the op runs as, and where.
pub(crate) struct Place<'a> {
    /// The replica that is addressed.
    pub(crate) replica: &'a ReplicaName,
    /// The operator's login.
    pub(crate) login: &'a str,
}

/// The phases of an op. Exhaustive: a new op does not compile before it is here.
pub(crate) fn build_procedure(op: &SqlOp<SecretBytes>, place: &Place<'_>) -> Result<Procedure, Failure> {
    match op {
        SqlOp::CreateWindowsLogin { account } => Ok(instance::create_windows_login(account.as_str())),
        SqlOp::EnableLogin { account } => Ok(instance::enable_login(account.as_str())),
        SqlOp::GrantClusterService => Ok(instance::grant_cluster_service()),
        SqlOp::CreateEndpoint { name, port } => Ok(instance::create_endpoint(name, *port)),
        SqlOp::StartEndpoint { name } => Ok(instance::start_endpoint(name)),
        SqlOp::GrantEndpointConnect { name, account } => Ok(instance::grant_connect(name, account.as_str())),
        SqlOp::CreateCleanupLogin { sid } => instance::create_cleanup_login(sid.as_deref()),
        SqlOp::CreateCatalog { master_key } => Ok(catalog::create(text(master_key)?)),
        SqlOp::ProveMasterKey { master_key } => Ok(catalog::prove_key(text(master_key)?)),
        SqlOp::AddMasterKeyCredential { master_key } => Ok(catalog::add_credential(text(master_key)?, place)),
        SqlOp::TakeMasterKeyCredential { .. } => Ok(catalog::take_credential(place)),
        SqlOp::SetRecoveryFull => Ok(catalog::set_recovery_full()),
        SqlOp::BackupCatalog { directory } => Ok(catalog::backup(directory)),
        SqlOp::OwnCatalog => Ok(catalog::own(place.login)),
        SqlOp::CreateGroup { .. }
        | SqlOp::AddReplica { .. }
        | SqlOp::JoinReplica { .. }
        | SqlOp::GrantSeeding { .. }
        | SqlOp::AddCatalogToGroup { .. }
        | SqlOp::ModifyReplica { .. }
        | SqlOp::SetGroupOption { .. }
        | SqlOp::CreateListener { .. }
        | SqlOp::SetListenerPort { .. }
        | SqlOp::AddListenerAddress { .. } => group::build(op, place),
        SqlOp::EnableClr => Ok(support::enable_clr()),
        SqlOp::TrustAssembly { hash } => Ok(support::trust_assembly(&hex(hash)?)),
        SqlOp::EnsureStartupProcedure => Ok(support::ensure_startup_procedure()),
        SqlOp::EnsureFailoverJob => Ok(support::ensure_failover_job()),
        SqlOp::EnsureMaintenanceJob => Ok(support::ensure_maintenance_job()),
        SqlOp::EnsureCleanupUser => Ok(support::ensure_cleanup_user()),
        SqlOp::RegisterReplica { replica, state } => Ok(support::register(replica.as_str(), *state)),
        SqlOp::EnsureCatalogObserver { login } => Ok(support::ensure_catalog_observer(login.as_str())),
        SqlOp::EnsureJobObserver { login } => Ok(support::ensure_job_observer(login.as_str())),
        SqlOp::EnableScaleOut => Ok(scale_out::enable()),
        SqlOp::SetLogLoginPassword { password } => Ok(log_login::set_password(text(password)?, place)),
        SqlOp::CopyLogLogin { sid, password } => Ok(log_login::copy(&hex(sid)?, text(password)?, place)),
        SqlOp::UpdateLogDatabase { server, password } => {
            Ok(log_login::update_database(server, text(password)?))
        }
        SqlOp::GrantCatalogAdmin { account } => Ok(scale_out::grant_admin(account.as_str())),
        SqlOp::UpdateMasterAddress { address } => Ok(scale_out::update_master_address(address)),
        SqlOp::EnableWorker { agent_id } => Ok(scale_out::enable_worker(agent_id)),
        SqlOp::DisableWorker { agent_id, regardless } => Ok(scale_out::disable_worker(agent_id, *regardless)),
    }
}

/// A password as text.
fn text(secret: &SecretBytes) -> Result<&str, Failure> {
    let refuse = || Failure::new(Class::Credential, None, "the password is not UTF-8 text");
    secret.expose_text().filter(|text| !text.is_empty()).ok_or_else(refuse)
}

/// A binary literal.
fn hex(digits: &str) -> Result<String, Failure> {
    quote_hex(digits)
        .ok_or_else(|| Failure::new(Class::Terminal, None, format!("{digits:?} is not hexadecimal")))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

#[cfg(test)]
#[path = "every_op_tests.rs"]
mod every_op_tests;
