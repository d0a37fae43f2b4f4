//! The service control manager, logons, rights, Always On's switch.

use super::{SimHost, host_error};
use async_trait::async_trait;
use scaleout_agent::host::{HadrSetting, HostError, HostErrorKind, HostResult, HostService, ServiceHost};
use scaleout_model::names::{AccountName, InstanceName};
use scaleout_model::node::StartType;
use scaleout_model::secret::SecretBytes;
use scaleout_sim_site::Refused;
use scaleout_sim_site::effect::NodeEffect;
use scaleout_sim_site::logon;
use scaleout_sim_site::state::{Node, Secret, Service, ServiceProgram, Site};

/// `ERROR_NONE_MAPPED`.
const NONE_MAPPED: i64 = 1332;

#[async_trait]
impl ServiceHost for SimHost {
    async fn scale_out_services(&self) -> HostResult<Vec<HostService>> {
        self.look(|site, node| {
            let own = node.services.iter().filter(|(_, service)| {
                matches!(
                    service.program,
                    ServiceProgram::ScaleOutMaster(_) | ServiceProgram::ScaleOutWorker(_)
                )
            });
            Ok(own.map(|(name, service)| host_service(site, node, name, service)).collect())
        })
    }

    async fn service(&self, name: &str) -> HostResult<Option<HostService>> {
        self.look(|site, node| {
            let found = node.services.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
            Ok(found.map(|(key, service)| host_service(site, node, key, service)))
        })
    }

    async fn start_service(&self, name: &str) -> HostResult<()> {
        self.call(NodeEffect::StartService { service: name.to_owned() }).await.map(drop)
    }

    async fn stop_service(&self, name: &str) -> HostResult<()> {
        self.call(NodeEffect::StopService { service: name.to_owned() }).await.map(drop)
    }

    async fn set_start_type(&self, name: &str, start_type: StartType) -> HostResult<()> {
        self.call(NodeEffect::SetStartType { service: name.to_owned(), start_type }).await.map(drop)
    }

    async fn clear_recovery_actions(&self, name: &str) -> HostResult<()> {
        self.call(NodeEffect::ClearRecoveryActions { service: name.to_owned() }).await.map(drop)
    }

    async fn set_service_account(
        &self,
        name: &str,
        account: &AccountName,
        password: Option<&SecretBytes>,
    ) -> HostResult<()> {
        let password = password.map(secret_text).transpose()?;
        let effect =
            NodeEffect::SetServiceAccount { service: name.to_owned(), account: account.clone(), password };
        self.call(effect).await.map(drop)
    }

    async fn prove_logon(&self, account: &AccountName, password: &SecretBytes) -> HostResult<()> {
        let password = secret_text(password)?;
        self.look(|site, _| {
            logon::prove(site, account, password.expose())
                .map_err(|code| host_error(&Refused::new(code, format!("{account} can't log on"))))
        })
    }

    async fn has_service_logon_right(&self, account: &AccountName) -> HostResult<bool> {
        self.look(|site, node| match site.account_sid(&self.node, account) {
            Some(_) => Ok(logon::has_right(node, account)),
            None => Err(host_error(&Refused::new(NONE_MAPPED, format!("there is no account {account}")))),
        })
    }

    async fn grant_service_logon_right(&self, account: &AccountName) -> HostResult<()> {
        self.call(NodeEffect::GrantServiceLogonRight { account: account.clone() }).await.map(drop)
    }

    async fn hadr(&self, instance: &InstanceName) -> HostResult<Option<HadrSetting>> {
        self.look(|_, node| {
            Ok(node.instances.get(instance).map(|engine| HadrSetting {
                enabled: engine.hadr_enabled,
                in_effect: node.engine_runs(instance) && engine.hadr_in_use == engine.hadr_enabled,
            }))
        })
    }

    async fn set_hadr(&self, instance: &InstanceName, enabled: bool) -> HostResult<()> {
        self.call(NodeEffect::SetHadr { instance: instance.clone(), enabled }).await.map(drop)
    }
}

fn host_service(site: &Site, node: &Node, name: &str, service: &Service) -> HostService {
    let skew = node.clock_ms(site.now_ms) - site.now_ms;
    HostService {
        name: name.to_owned(),
        state: service.state,
        start_type: service.start_type,
        account: service.account.clone(),
        recovery_actions: service.recovery_actions,
        started_unix_ms: service.started_ms.map(|started| started.saturating_add(skew)),
    }
}

pub(super) fn secret_text(bytes: &SecretBytes) -> HostResult<Secret> {
    let text = bytes.expose_text();
    text.map(Secret::new).ok_or_else(|| HostError::new(HostErrorKind::Invalid, "the secret is no text"))
}
