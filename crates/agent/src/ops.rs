//! The ops: each looks first, acts, and ends only after reading its effect back.
//!
//! Reads go through [`OpContext::read`], writes through [`OpContext::write`], which asks before every single host
//! call whether the op's epoch is still the highest. The agent may die between any two calls: the next attempt
//! starts from what it sees.

mod account;
mod certificates;
mod context;
mod firewall;
mod generate;
mod hadr;
mod http;
mod role;
mod role_gaps;
mod role_state;
mod services;
mod settings;
mod setup;

pub(crate) use context::{OpContext, OpError, OpResult};

use crate::agent::{Agent, not_durable};
use crate::ledger::Running;
use scaleout_model::fence::Fence;
use scaleout_model::node::NodeOp;
use scaleout_model::outcome::{Class, Outcome};
use scaleout_model::secret::SecretBytes;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Longer than any wait inside an op.
const OP_LIMIT: Duration = Duration::from_mins(5);
const SETUP_LIMIT: Duration = Duration::from_hours(3);

/// One lock per family: two ops of one family never interleave; families run side by side.
#[derive(Debug, Default)]
pub(crate) struct Lanes {
    services: Mutex<()>,
    setup: Mutex<()>,
    certificates: Mutex<()>,
    http: Mutex<()>,
    settings: Mutex<()>,
    firewall: Mutex<()>,
    cluster: Mutex<()>,
    claims: Mutex<()>,
}

impl Lanes {
    fn of<S>(&self, op: &NodeOp<S>) -> &Mutex<()> {
        match op {
            NodeOp::EnableHadr { .. }
            | NodeOp::SetServiceAccount { .. }
            | NodeOp::ConfigureService { .. }
            | NodeOp::StartService { .. }
            | NodeOp::StopService { .. }
            | NodeOp::RestartService { .. } => &self.services,
            NodeOp::InstallFeature { .. } => &self.setup,
            NodeOp::ImportKeyPair { .. }
            | NodeOp::ImportCertificate { .. }
            | NodeOp::RemoveCertificate { .. }
            | NodeOp::GenerateCertificate { .. }
            | NodeOp::GrantKeyRead { .. } => &self.certificates,
            NodeOp::BindCertificate { .. }
            | NodeOp::UnbindCertificate { .. }
            | NodeOp::ReserveUrl { .. }
            | NodeOp::ReleaseUrl { .. } => &self.http,
            NodeOp::WriteSettings { .. } => &self.settings,
            NodeOp::EnsureFirewallRule { .. } | NodeOp::RemoveFirewallRule { .. } => &self.firewall,
            NodeOp::EnsureRole(_)
            | NodeOp::OnlineRole { .. }
            | NodeOp::OfflineRole { .. }
            | NodeOp::RestartRoleService { .. }
            | NodeOp::DeleteRole { .. } => &self.cluster,
            NodeOp::ReleaseClaim { .. } => &self.claims,
        }
    }
}

/// Carries out an op that was admitted. A host call that hangs ends the op, so that its family is free again.
pub(crate) async fn execute(agent: &Agent, fence: &Fence, running: &Arc<Running>) -> Outcome {
    let _lane = agent.lanes().of(running.op()).lock().await;
    let cx = OpContext::new(agent, fence, running.clone());
    let limit = match running.op() {
        NodeOp::InstallFeature { .. } => SETUP_LIMIT,
        _ => OP_LIMIT,
    };
    let hung = || OpError::failed(Class::Unanswered, "the machine did not answer in time");
    let result =
        tokio::time::timeout(limit, dispatch(&cx, running.op())).await.unwrap_or_else(|_| Err(hung()));
    result.unwrap_or_else(OpError::into_outcome)
}

async fn dispatch(cx: &OpContext<'_>, op: &NodeOp<SecretBytes>) -> OpResult {
    match op {
        NodeOp::EnableHadr { instance } => hadr::enable(cx, instance).await,
        NodeOp::InstallFeature { .. } => setup::install(cx, op).await,
        NodeOp::SetServiceAccount { service, account, password } => {
            account::set(cx, service, account, password.as_ref()).await
        }
        NodeOp::ConfigureService { service, start_type, clear_recovery_actions } => {
            services::configure(cx, service, *start_type, *clear_recovery_actions).await
        }
        NodeOp::StartService { service } => services::start(cx, service).await,
        NodeOp::StopService { service } => services::stop(cx, service).await,
        NodeOp::RestartService { service, not_before_unix_ms } => {
            services::restart(cx, service, *not_before_unix_ms).await
        }
        NodeOp::ImportKeyPair { store, thumbprint, pem, key } => {
            certificates::import(cx, *store, *thumbprint, pem, Some(key)).await
        }
        NodeOp::ImportCertificate { store, thumbprint, pem } => {
            certificates::import(cx, *store, *thumbprint, pem, None).await
        }
        NodeOp::RemoveCertificate { store, thumbprint } => {
            certificates::remove(cx, *store, *thumbprint).await
        }
        NodeOp::GenerateCertificate { names } => generate::generate(cx, names).await,
        NodeOp::GrantKeyRead { store, thumbprint, account } => {
            certificates::grant(cx, *store, *thumbprint, account).await
        }
        NodeOp::BindCertificate { port, thumbprint, expected } => {
            http::bind(cx, *port, *thumbprint, *expected).await
        }
        NodeOp::ReserveUrl { port, account } => http::reserve(cx, *port, account).await,
        NodeOp::UnbindCertificate { port, expected } => http::unbind(cx, *port, *expected).await,
        NodeOp::ReleaseUrl { port, account } => http::release(cx, *port, account).await,
        NodeOp::WriteSettings { feature, version, expected_digest, values } => {
            settings::write(cx, *feature, *version, expected_digest, values).await
        }
        NodeOp::EnsureFirewallRule { name, port } => firewall::ensure(cx, name, *port).await,
        NodeOp::RemoveFirewallRule { name } => firewall::remove(cx, name).await,
        NodeOp::EnsureRole(spec) => role::ensure(cx, spec).await,
        NodeOp::OnlineRole { role } => role_state::online(cx, role).await,
        NodeOp::OfflineRole { role } => role_state::offline(cx, role).await,
        NodeOp::RestartRoleService { role, expected_owner, not_before_unix_ms } => {
            role_state::restart_service(cx, role, expected_owner, *not_before_unix_ms).await
        }
        NodeOp::DeleteRole { role } => role_state::delete(cx, role).await,
        NodeOp::ReleaseClaim { role } => {
            let released =
                cx.claims().release(cx.fence(), *role).map_err(|e| OpError::Ended(not_durable(&e)))?;
            Ok(if released { Outcome::Done(None) } else { Outcome::NoChange(None) })
        }
    }
}
