//! Calls on one machine.

use super::{changed, put, setup};
use crate::effect::{NodeEffect, Refused, Reply};
use crate::logon;
use crate::state::{
    Binding, Bytes, CertificateStores, Node, Rule, Secret, Service, ServiceProgram, Site, StoredCert,
    certificate_facts, feature_key,
};
use crate::tick::services;
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::{AccountName, InstanceName, NodeName};
use scaleout_model::node::{ServiceState, StartType, Store};
use std::collections::BTreeMap;

/// Win32 codes (system-error-codes).
const FILE_NOT_FOUND: i64 = 2;
const INVALID_PARAMETER: i64 = 87;
const ALREADY_EXISTS: i64 = 183;
const NO_SERVICE: i64 = 1060;
const INVALID_ACCOUNT: i64 = 1057;
const NONE_MAPPED: i64 = 1332;
/// `CRYPT_E_NOT_FOUND`, `NTE_NO_KEY`, `CRYPT_E_ASN1_BADTAG`, sign-extended.
const CERT_NOT_FOUND: i64 = -2_146_885_628;
const NO_KEY: i64 = -2_146_893_811;
const BAD_CERT: i64 = -2_146_881_269;

/// Carries out a call on a machine.
pub(super) fn apply(site: &mut Site, name: &NodeName, effect: &NodeEffect) -> Result<Reply, Refused> {
    use NodeEffect as E;
    let now = site.now_ms;
    if let E::SetServiceAccount { account, .. }
    | E::GrantServiceLogonRight { account }
    | E::GrantKeyRead { account, .. } = effect
    {
        let code = if matches!(effect, E::SetServiceAccount { .. }) { INVALID_ACCOUNT } else { NONE_MAPPED };
        site.account_sid(name, account)
            .ok_or_else(|| Refused::new(code, format!("the account {account} does not exist")))?;
    }
    match effect {
        E::StartService { service } => services::start(site, name, service),
        E::StopService { service } => services::stop(site, name, service),
        E::RestartInstance { instance } => restart_instance(site, name, instance),
        E::StartInstall(request) => setup::start(site, name, request),
        E::SetHadr { instance, enabled } => set_hadr(site, name, instance, *enabled),
        _ => apply_local(machine(site, name)?, effect, now),
    }
}

fn apply_local(node: &mut Node, effect: &NodeEffect, now: i64) -> Result<Reply, Refused> {
    use NodeEffect as E;
    match effect {
        E::SetStartType { service, start_type } => {
            Ok(put(&mut of_name(node, service)?.start_type, *start_type))
        }
        E::ClearRecoveryActions { service } => Ok(put(&mut of_name(node, service)?.recovery_actions, false)),
        E::SetServiceAccount { service, account, password } => {
            Ok(set_account(of_name(node, service)?, account, password.as_ref()))
        }
        E::GrantServiceLogonRight { account } => {
            Ok(changed(!logon::is_local(account) && node.service_logon_right.insert(account.clone())))
        }
        E::AddCertificate { store, der, key } => add_certificate(node, *store, der, key.as_ref()),
        E::DeleteCertificate { store, thumbprint } => {
            Ok(changed(certificates(node, *store).remove(thumbprint).is_some()))
        }
        E::GrantKeyRead { store, thumbprint, account } => grant_key(node, *store, thumbprint, account),
        E::AddBinding { port, thumbprint, store } => {
            if node.bindings.contains_key(port) {
                return Err(Refused::new(ALREADY_EXISTS, format!("port {port} has a binding")));
            }
            node.bindings.insert(*port, Binding { thumbprint: *thumbprint, store: *store });
            Ok(Reply::Done)
        }
        E::DeleteBinding { port } => Ok(changed(node.bindings.remove(port).is_some())),
        E::AddReservation { port, account } => {
            if node.reservations.contains_key(port) {
                return Err(Refused::new(ALREADY_EXISTS, format!("the URL of port {port} is reserved")));
            }
            node.reservations.insert(*port, account.clone());
            Ok(Reply::Done)
        }
        E::DeleteReservation { port } => Ok(changed(node.reservations.remove(port).is_some())),
        E::ReplaceSettings { feature, version, bytes } => {
            replace_settings(node, &feature_key(*feature, *version), bytes, now)
        }
        E::SetFirewallRule { name, group, port, enabled } => {
            let rule = Rule { group: group.clone(), port: *port, enabled: *enabled };
            let same = node.firewall.rules.get(name) == Some(&rule);
            node.firewall.rules.insert(name.clone(), rule);
            Ok(changed(!same))
        }
        E::DeleteFirewallRule { name, group } => {
            let found = node.firewall.rules.get(name).is_some_and(|rule| rule.group == *group);
            Ok(changed(found && node.firewall.rules.remove(name).is_some()))
        }
        E::StartService { .. }
        | E::StopService { .. }
        | E::RestartInstance { .. }
        | E::StartInstall(_)
        | E::SetHadr { .. } => Ok(Reply::Unchanged),
    }
}

fn machine<'a>(site: &'a mut Site, name: &NodeName) -> Result<&'a mut Node, Refused> {
    site.nodes
        .get_mut(name)
        .ok_or_else(|| Refused::new(FILE_NOT_FOUND, format!("there is no machine {name}")))
}

fn of_name<'a>(node: &'a mut Node, service: &str) -> Result<&'a mut Service, Refused> {
    node.service_named_mut(service)
        .ok_or_else(|| Refused::new(NO_SERVICE, format!("the service {service} does not exist")))
}

fn set_account(service: &mut Service, account: &AccountName, password: Option<&Secret>) -> Reply {
    if service.account == *account && service.password.as_ref() == password {
        return Reply::Unchanged;
    }
    service.account = account.clone();
    service.password = password.cloned();
    Reply::Done
}

fn certificates(node: &mut Node, store: Store) -> &mut BTreeMap<Thumbprint, StoredCert> {
    let CertificateStores { root, my } = &mut node.certificates;
    match store {
        Store::Root => root,
        Store::My => my,
    }
}

fn add_certificate(
    node: &mut Node,
    store: Store,
    der: &Bytes,
    key: Option<&Secret>,
) -> Result<Reply, Refused> {
    if certificate_facts(der.as_slice()).is_none() {
        return Err(Refused::new(BAD_CERT, "the bytes are no certificate"));
    }
    let thumbprint = Thumbprint::of_der(der.as_slice());
    let entry = certificates(node, store);
    let known = entry.contains_key(&thumbprint);
    let stored = entry.entry(thumbprint).or_insert_with(|| StoredCert::public(der.clone()));
    let gets_key = key.is_some() && stored.key.as_ref() != key;
    if gets_key {
        stored.key = key.cloned();
        stored.key_readers.clear();
    }
    Ok(changed(!known || gets_key))
}

fn grant_key(
    node: &mut Node,
    store: Store,
    thumbprint: &Thumbprint,
    account: &AccountName,
) -> Result<Reply, Refused> {
    let stored = certificates(node, store)
        .get_mut(thumbprint)
        .ok_or_else(|| Refused::new(CERT_NOT_FOUND, format!("there is no certificate {thumbprint}")))?;
    if stored.key.is_none() {
        return Err(Refused::new(NO_KEY, format!("the certificate {thumbprint} has no private key here")));
    }
    Ok(changed(stored.key_readers.insert(account.clone())))
}

fn replace_settings(node: &mut Node, key: &str, bytes: &Bytes, now: i64) -> Result<Reply, Refused> {
    let modified_ms = node.clock_ms(now);
    let file = node
        .features
        .get_mut(key)
        .and_then(|feature| feature.settings.as_mut())
        .ok_or_else(|| Refused::new(FILE_NOT_FOUND, "there is no settings file"))?;
    if file.bytes == *bytes {
        return Ok(Reply::Unchanged);
    }
    file.backup = Some(std::mem::replace(&mut file.bytes, bytes.clone()));
    file.modified_ms = modified_ms;
    Ok(Reply::Done)
}

/// Needs the machine to be a member of the cluster ([ENABLE]); the running process takes it at its next start.
fn set_hadr(
    site: &mut Site,
    name: &NodeName,
    instance: &InstanceName,
    enabled: bool,
) -> Result<Reply, Refused> {
    let clustered = site.cluster.as_ref().is_some_and(|cluster| cluster.nodes.contains_key(name));
    if enabled && !clustered {
        return Err(Refused::new(INVALID_PARAMETER, format!("{name} is no member of a failover cluster")));
    }
    let engine = machine(site, name)?
        .instances
        .get_mut(instance)
        .ok_or_else(|| Refused::new(FILE_NOT_FOUND, format!("there is no instance {instance}")))?;
    Ok(put(&mut engine.hadr_enabled, enabled))
}

/// Stop and start of an instance, and of its SQL Server Agent where it runs or starts by itself.
pub(crate) fn restart_instance(
    site: &mut Site,
    name: &NodeName,
    instance: &InstanceName,
) -> Result<Reply, Refused> {
    let until = site.now_ms + site.latencies.restart_ms;
    let node = machine(site, name)?;
    let mut found = false;
    for service in node.services.values_mut() {
        let engine = service.program == ServiceProgram::Engine(instance.clone());
        let agent = service.program == ServiceProgram::SqlAgent(instance.clone());
        let starts = engine || (agent && (service.runs() || service.start_type == StartType::Automatic));
        found |= engine;
        if starts {
            service.halt();
            service.state = ServiceState::Pending;
            service.pending_until_ms = Some(until);
        }
    }
    if found {
        Ok(Reply::Pending)
    } else {
        Err(Refused::new(NO_SERVICE, format!("there is no instance {instance}")))
    }
}
