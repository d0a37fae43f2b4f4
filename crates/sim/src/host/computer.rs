//! Names, clock, registry facts, settings files, firewall.

use super::SimHost;
use async_trait::async_trait;
use scaleout_agent::host::{ComputerHost, ComputerIdentity, HostResult, SettingsBytes};
use scaleout_model::defaults::FIREWALL_GROUP;
use scaleout_model::names::{DnsName, InstanceName};
use scaleout_model::node::{
    EngineFacts, Feature, FeatureFacts, FirewallRule, LoginMode, ServiceState, StartType,
};
use scaleout_model::version::SqlVersion;
use scaleout_sim_site::effect::NodeEffect;
use scaleout_sim_site::state::{Bytes, Instance, Node, ServiceProgram};

#[async_trait]
impl ComputerHost for SimHost {
    async fn identity(&self) -> HostResult<ComputerIdentity> {
        self.look(|site, _| {
            Ok(ComputerIdentity {
                computer_name: self.node.clone(),
                dns_name: DnsName::new(format!(
                    "{}.{}",
                    self.node.as_str().to_lowercase(),
                    site.domain.dns_suffix
                )),
            })
        })
    }

    async fn clock_unix_ms(&self) -> HostResult<i64> {
        self.look(|site, node| Ok(node.clock_ms(site.now_ms)))
    }

    async fn pending_reboot(&self) -> HostResult<bool> {
        self.look(|_, node| Ok(node.pending_reboot))
    }

    async fn engines(&self) -> HostResult<Vec<EngineFacts>> {
        self.look(|site, node| {
            let skew = node.clock_ms(site.now_ms) - site.now_ms;
            Ok(node.instances.iter().map(|(name, engine)| engine_facts(node, name, engine, skew)).collect())
        })
    }

    async fn features(&self) -> HostResult<Vec<FeatureFacts>> {
        self.look(|_, node| {
            let facts =
                node.features.values().map(|f| FeatureFacts { feature: f.feature, version: f.version });
            Ok(facts.collect())
        })
    }

    async fn client_auth_trust_mode(&self) -> HostResult<Option<u32>> {
        self.look(|_, node| Ok(node.client_auth_trust_mode))
    }

    async fn settings(&self, feature: Feature, version: SqlVersion) -> HostResult<Option<SettingsBytes>> {
        self.look(|_, node| {
            let file = node.feature(feature, version).and_then(|installed| installed.settings.as_ref());
            Ok(file.map(|file| SettingsBytes {
                bytes: file.bytes.as_slice().to_vec(),
                modified_unix_ms: file.modified_ms,
            }))
        })
    }

    async fn replace_settings(&self, feature: Feature, version: SqlVersion, bytes: &[u8]) -> HostResult<()> {
        self.call(NodeEffect::ReplaceSettings { feature, version, bytes: Bytes::new(bytes) }).await.map(drop)
    }

    async fn firewall_rules(&self) -> HostResult<Vec<FirewallRule>> {
        self.look(|_, node| {
            let own = node.firewall.rules.iter().filter(|(_, rule)| rule.group == FIREWALL_GROUP);
            let facts =
                own.map(|(name, r)| FirewallRule { name: name.clone(), port: r.port, enabled: r.enabled });
            Ok(facts.collect())
        })
    }

    async fn set_firewall_rule(&self, rule: &FirewallRule) -> HostResult<()> {
        let effect = NodeEffect::SetFirewallRule {
            name: rule.name.clone(),
            group: FIREWALL_GROUP.to_owned(),
            port: rule.port,
            enabled: rule.enabled,
        };
        self.call(effect).await.map(drop)
    }

    async fn delete_firewall_rule(&self, name: &str) -> HostResult<()> {
        let (name, group) = (name.to_owned(), FIREWALL_GROUP.to_owned());
        self.call(NodeEffect::DeleteFirewallRule { name, group }).await.map(drop)
    }
}

fn engine_facts(node: &Node, name: &InstanceName, engine: &Instance, skew: i64) -> EngineFacts {
    let service = node.service_of(&ServiceProgram::Engine(name.clone())).map(|(_, service)| service);
    let agent = node.service_of(&ServiceProgram::SqlAgent(name.clone())).map(|(_, service)| service);
    EngineFacts {
        instance: name.clone(),
        product_version: engine.product_version.clone(),
        state: service.map_or(ServiceState::Stopped, |s| s.state),
        started_unix_ms: service.and_then(|s| s.started_ms).map(|started| started.saturating_add(skew)),
        account: service.map_or_else(|| "".into(), |s| s.account.clone()),
        login_mode: if engine.windows_only { LoginMode::WindowsOnly } else { LoginMode::Mixed },
        hadr_enabled: engine.hadr_enabled,
        sql_agent: agent.map_or(ServiceState::Stopped, |s| s.state),
        sql_agent_start: agent.map_or(StartType::Disabled, |s| s.start_type),
    }
}
