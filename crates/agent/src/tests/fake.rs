//! A machine in memory: plain state, every write logged by name, faults at chosen writes.

use crate::host::*;
use async_trait::async_trait;
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::{AccountName, InstanceName};
use scaleout_model::node::*;
use scaleout_model::secret::SecretBytes;
use scaleout_model::version::SqlVersion;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};
use tokio::sync::{broadcast, watch};

/// What happens at the write of this number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It fails without an effect.
    Before(usize),
    /// It has its effect, and fails all the same.
    After(usize),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Machine {
    pub(super) services: BTreeMap<String, HostService>,
    pub(super) certificates: Vec<HostCertificate>,
    pub(super) bindings: BTreeMap<u16, TlsBinding>,
    pub(super) reservations: BTreeMap<u16, UrlReservation>,
    pub(super) settings: BTreeMap<Feature, Vec<u8>>,
    pub(super) firewall: BTreeMap<String, FirewallRule>,
    pub(super) features: Vec<FeatureFacts>,
    pub(super) hadr: bool,
    pub(super) hadr_in_effect: bool,
    pub(super) logon_rights: BTreeSet<AccountName>,
    pub(super) passwords: BTreeMap<AccountName, Vec<u8>>,
    pub(super) kept_passwords: BTreeMap<String, Vec<u8>>,
    pub(super) trust_mode: Option<u32>,
    pub(super) pending_reboot: bool,
    pub(super) cluster: Option<ClusterFacts>,
    pub(super) network_name: BTreeMap<String, String>,
}

/// Told of each write, by name.
pub(super) type WriteHook = Box<dyn Fn(&'static str) + Send>;

pub(super) struct FakeHost {
    machine: Mutex<Machine>,
    writes: Mutex<Vec<&'static str>>,
    fault: Mutex<Option<Fault>>,
    broken_reads: Mutex<BTreeSet<&'static str>>,
    /// Called at each write, before it.
    pub(super) at_write: Mutex<Option<WriteHook>>,
    pub(super) changes: broadcast::Sender<HostChange>,
    /// Setup waits until this is true.
    pub(super) setup_gate: watch::Sender<bool>,
}

pub(super) const NOW_MS: i64 = 1_800_000_000_000;

impl FakeHost {
    pub(super) fn new(machine: Machine) -> Arc<Self> {
        Arc::new(Self {
            machine: Mutex::new(machine),
            writes: Mutex::default(),
            fault: Mutex::default(),
            broken_reads: Mutex::default(),
            at_write: Mutex::default(),
            changes: broadcast::channel(16).0,
            setup_gate: watch::channel(true).0,
        })
    }

    pub(super) fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().unwrap()
    }

    pub(super) fn writes(&self) -> Vec<&'static str> {
        self.writes.lock().unwrap().clone()
    }

    pub(super) fn inject(&self, fault: Fault) {
        *self.fault.lock().unwrap() = Some(fault);
    }

    pub(super) fn break_read(&self, name: &'static str) {
        self.broken_reads.lock().unwrap().insert(name);
    }

    fn read(&self, name: &'static str) -> HostResult<MutexGuard<'_, Machine>> {
        if self.broken_reads.lock().unwrap().contains(name) {
            return Err(HostError::with_code(HostErrorKind::AccessDenied, 5, format!("{name} is denied")));
        }
        Ok(self.machine())
    }

    /// One write: logged, with faults.
    pub(super) fn write<R>(
        &self,
        name: &'static str,
        effect: impl FnOnce(&mut Machine) -> HostResult<R>,
    ) -> HostResult<R> {
        if let Some(hook) = self.at_write.lock().unwrap().as_ref() {
            hook(name);
        }
        let number = self.writes.lock().unwrap().len();
        let fault = *self.fault.lock().unwrap();
        let lost = || HostError::new(HostErrorKind::Unanswered, format!("{name} was cut off"));
        self.writes.lock().unwrap().push(name);
        if fault == Some(Fault::Before(number)) {
            return Err(lost());
        }
        let result = effect(&mut self.machine());
        if fault == Some(Fault::After(number)) { Err(lost()) } else { result }
    }
}

fn no_service(name: &str) -> HostError {
    HostError::with_code(HostErrorKind::NotFound, 1060, format!("no service {name}"))
}

impl Host for FakeHost {
    fn changes(&self) -> broadcast::Receiver<HostChange> {
        self.changes.subscribe()
    }
}

#[async_trait]
impl ComputerHost for FakeHost {
    async fn identity(&self) -> HostResult<ComputerIdentity> {
        drop(self.read("identity")?);
        Ok(ComputerIdentity { computer_name: "SQL01".into(), dns_name: "sql01.corp.example".into() })
    }
    async fn clock_unix_ms(&self) -> HostResult<i64> {
        Ok(NOW_MS)
    }
    async fn pending_reboot(&self) -> HostResult<bool> {
        Ok(self.read("pending_reboot")?.pending_reboot)
    }
    async fn engines(&self) -> HostResult<Vec<EngineFacts>> {
        drop(self.read("engines")?);
        Ok(Vec::new())
    }
    async fn features(&self) -> HostResult<Vec<FeatureFacts>> {
        Ok(self.read("features")?.features.clone())
    }
    async fn client_auth_trust_mode(&self) -> HostResult<Option<u32>> {
        Ok(self.read("client_auth_trust_mode")?.trust_mode)
    }
    async fn settings(&self, feature: Feature, _: SqlVersion) -> HostResult<Option<SettingsBytes>> {
        let bytes = self.read("settings")?.settings.get(&feature).cloned();
        Ok(bytes.map(|bytes| SettingsBytes { bytes, modified_unix_ms: NOW_MS }))
    }
    async fn replace_settings(&self, feature: Feature, _: SqlVersion, bytes: &[u8]) -> HostResult<()> {
        self.write("replace_settings", |m| {
            m.settings.insert(feature, bytes.to_vec());
            Ok(())
        })
    }
    async fn firewall_rules(&self) -> HostResult<Vec<FirewallRule>> {
        Ok(self.read("firewall_rules")?.firewall.values().cloned().collect())
    }
    async fn set_firewall_rule(&self, rule: &FirewallRule) -> HostResult<()> {
        self.write("set_firewall_rule", |m| {
            m.firewall.insert(rule.name.clone(), rule.clone());
            Ok(())
        })
    }
    async fn delete_firewall_rule(&self, name: &str) -> HostResult<()> {
        self.write("delete_firewall_rule", |m| {
            m.firewall.remove(name);
            Ok(())
        })
    }
}

#[async_trait]
impl ServiceHost for FakeHost {
    async fn scale_out_services(&self) -> HostResult<Vec<HostService>> {
        let machine = self.read("scale_out_services")?;
        Ok(machine.services.values().filter(|s| s.name.starts_with("SSISScaleOut")).cloned().collect())
    }
    async fn service(&self, name: &str) -> HostResult<Option<HostService>> {
        Ok(self.read("service")?.services.get(name).cloned())
    }
    async fn start_service(&self, name: &str) -> HostResult<()> {
        self.write("start_service", |m| {
            let service = m.services.get_mut(name).ok_or_else(|| no_service(name))?;
            service.state = ServiceState::Running;
            service.started_unix_ms = Some(NOW_MS);
            if name.starts_with("MSSQL") {
                m.hadr_in_effect = m.hadr;
            }
            Ok(())
        })
    }
    async fn stop_service(&self, name: &str) -> HostResult<()> {
        self.write("stop_service", |m| {
            let service = m.services.get_mut(name).ok_or_else(|| no_service(name))?;
            service.state = ServiceState::Stopped;
            service.started_unix_ms = None;
            Ok(())
        })
    }
    async fn set_start_type(&self, name: &str, start_type: StartType) -> HostResult<()> {
        self.write("set_start_type", |m| {
            m.services.get_mut(name).ok_or_else(|| no_service(name))?.start_type = start_type;
            Ok(())
        })
    }
    async fn clear_recovery_actions(&self, name: &str) -> HostResult<()> {
        self.write("clear_recovery_actions", |m| {
            m.services.get_mut(name).ok_or_else(|| no_service(name))?.recovery_actions = false;
            Ok(())
        })
    }
    async fn set_service_account(
        &self,
        name: &str,
        account: &AccountName,
        password: Option<&SecretBytes>,
    ) -> HostResult<()> {
        self.write("set_service_account", |m| {
            m.services.get_mut(name).ok_or_else(|| no_service(name))?.account = account.clone();
            let kept = password.map(|p| p.expose().to_vec()).unwrap_or_default();
            m.kept_passwords.insert(name.to_owned(), kept);
            Ok(())
        })
    }
    async fn prove_logon(&self, account: &AccountName, password: &SecretBytes) -> HostResult<()> {
        if self.machine().passwords.get(account).is_some_and(|known| known == password.expose()) {
            return Ok(());
        }
        Err(HostError::with_code(HostErrorKind::Credential, 1326, "the logon was refused"))
    }
    async fn has_service_logon_right(&self, account: &AccountName) -> HostResult<bool> {
        Ok(self.machine().logon_rights.contains(account))
    }
    async fn grant_service_logon_right(&self, account: &AccountName) -> HostResult<()> {
        self.write("grant_service_logon_right", |m| {
            m.logon_rights.insert(account.clone());
            Ok(())
        })
    }
    async fn hadr(&self, _: &InstanceName) -> HostResult<Option<HadrSetting>> {
        let machine = self.machine();
        Ok(Some(HadrSetting { enabled: machine.hadr, in_effect: machine.hadr_in_effect == machine.hadr }))
    }
    async fn set_hadr(&self, _: &InstanceName, enabled: bool) -> HostResult<()> {
        self.write("set_hadr", |m| {
            m.hadr = enabled;
            Ok(())
        })
    }
}

#[async_trait]
impl CertificateHost for FakeHost {
    async fn certificates(&self) -> HostResult<Vec<HostCertificate>> {
        Ok(self.read("certificates")?.certificates.clone())
    }
    async fn add_certificate(&self, store: Store, der: &[u8], key: Option<&SecretBytes>) -> HostResult<()> {
        self.write("add_certificate", |m| {
            m.certificates.retain(|c| c.store != store || c.der != der);
            let has_private_key = key.is_some();
            m.certificates.push(HostCertificate {
                store,
                der: der.to_vec(),
                has_private_key,
                key_readers: Vec::new(),
            });
            Ok(())
        })
    }
    async fn delete_certificate(&self, store: Store, thumbprint: Thumbprint) -> HostResult<()> {
        self.write("delete_certificate", |m| {
            m.certificates.retain(|c| c.store != store || Thumbprint::of_der(&c.der) != thumbprint);
            Ok(())
        })
    }
    async fn grant_key_read(
        &self,
        store: Store,
        thumbprint: Thumbprint,
        account: &AccountName,
    ) -> HostResult<()> {
        self.write("grant_key_read", |m| {
            let found = m.certificates.iter_mut();
            for c in found.filter(|c| c.store == store && Thumbprint::of_der(&c.der) == thumbprint) {
                c.key_readers.push(account.clone());
            }
            Ok(())
        })
    }
}

#[async_trait]
impl HttpHost for FakeHost {
    async fn tls_bindings(&self) -> HostResult<Vec<TlsBinding>> {
        Ok(self.read("tls_bindings")?.bindings.values().cloned().collect())
    }
    async fn add_tls_binding(&self, binding: &TlsBinding) -> HostResult<()> {
        self.write("add_tls_binding", |m| {
            m.bindings.insert(binding.port, binding.clone());
            Ok(())
        })
    }
    async fn delete_tls_binding(&self, port: u16) -> HostResult<()> {
        self.write("delete_tls_binding", |m| {
            m.bindings.remove(&port);
            Ok(())
        })
    }
    async fn url_reservations(&self) -> HostResult<Vec<UrlReservation>> {
        Ok(self.read("url_reservations")?.reservations.values().cloned().collect())
    }
    async fn add_url_reservation(&self, reservation: &UrlReservation) -> HostResult<()> {
        self.write("add_url_reservation", |m| {
            m.reservations.insert(reservation.port, reservation.clone());
            Ok(())
        })
    }
    async fn delete_url_reservation(&self, port: u16) -> HostResult<()> {
        self.write("delete_url_reservation", |m| {
            m.reservations.remove(&port);
            Ok(())
        })
    }
}

#[async_trait]
impl SetupHost for FakeHost {
    async fn verify_media(&self, _: &MediaSource) -> HostResult<MediaFacts> {
        Ok(MediaFacts { version: SqlVersion::V2019 })
    }
    async fn run_setup(
        &self,
        request: &SetupRequest,
        progress: &(dyn SetupProgress + 'static),
    ) -> HostResult<SetupExit> {
        progress.report("copying files");
        self.setup_gate.subscribe().wait_for(|open| *open).await.unwrap();
        let (feature, version) = (request.feature, request.version);
        let (name, _) = version.master_service();
        self.write("run_setup", |m| {
            m.features.push(FeatureFacts { feature, version });
            let service = HostService {
                start_type: StartType::Automatic,
                recovery_actions: true,
                ..super::site::service(&name)
            };
            m.services.insert(name, service);
            Ok(SetupExit { code: 0, summary: "Passed".to_owned() })
        })
    }
}
