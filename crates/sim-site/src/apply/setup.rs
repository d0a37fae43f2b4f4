//! Unattended set-up of a Scale Out feature: its start, and what it leaves when it ends.

use crate::effect::{InstallRequest, Refused, Reply};
use crate::settings::write_settings;
use crate::state::{
    Binding, Bytes, Install, InstalledFeature, Media, Node, Service, ServiceProgram, SettingsFile, Site,
    StoredCert, StoredKeyPair, feature_key, instance_name,
};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::{AccountName, NodeName};
use scaleout_model::node::{Feature, StartType, Store};
use std::collections::{BTreeMap, BTreeSet};

const FILE_NOT_FOUND: i64 = 2;
const CERT_NOT_FOUND: i64 = -2_146_885_628;
/// `ERROR_INSTALL_ALREADY_RUNNING`.
const INSTALL_ALREADY_RUNNING: i64 = 1618;
/// `ERROR_PRODUCT_VERSION`: the feature is installed.
const PRODUCT_VERSION: i64 = 1638;

/// Starts a set-up: one at a time on a machine.
pub(super) fn start(site: &mut Site, name: &NodeName, request: &InstallRequest) -> Result<Reply, Refused> {
    let (now, latency, agent_id) = (site.now_ms, site.latencies.install_ms, site.new_guid());
    let node = site.nodes.get_mut(name).ok_or_else(|| Refused::new(FILE_NOT_FOUND, "no such machine"))?;
    let media = node
        .media
        .get(&request.media)
        .ok_or_else(|| Refused::new(FILE_NOT_FOUND, format!("there is no media {}", request.media)))?;
    if !node.installs.is_empty() {
        return Err(Refused::new(INSTALL_ALREADY_RUNNING, "another installation is under way"));
    }
    if node.feature(request.feature, media.version).is_some() {
        return Err(Refused::new(PRODUCT_VERSION, "the feature is installed"));
    }
    if let Some(thumbprint) = request.thumbprint.filter(|t| !node.certificates.root.contains_key(t)) {
        return Err(Refused::new(CERT_NOT_FOUND, format!("Root has no certificate {thumbprint}")));
    }
    let pair = request.made_certificate.clone();
    node.installs.push(Install {
        feature: request.feature,
        media: request.media.clone(),
        started_ms: now,
        ends_ms: now + latency,
        port: request.port,
        thumbprint: request.thumbprint,
        master_host: request.master_host.clone(),
        made_certificate: pair.map(|(der, key)| StoredKeyPair { der, key }),
        agent_id: Some(agent_id),
    });
    Ok(Reply::Pending)
}

/// What a set-up leaves: service under its virtual account on demand, settings file, certificate, binding.
///
/// Whether set-up or the service makes the first binding is UNCONFIRMED (domain §11.4); here set-up does for a
/// certificate that it was given or made.
pub(crate) fn finish(name: &NodeName, node: &mut Node, install: &Install, now: i64) {
    let Some(media) = node.media.get(&install.media).cloned() else { return };
    let version = media.version;
    let master = install.feature == Feature::ScaleOutMaster;
    let (key_name, program) = if master {
        (version.master_service().0, ServiceProgram::ScaleOutMaster(version))
    } else {
        (version.worker_service().0, ServiceProgram::ScaleOutWorker(version))
    };
    let account = AccountName::new(format!(r"NT SERVICE\{key_name}"));
    let made = install.made_certificate.as_ref().map(|pair| keep_certificate(node, pair, master, &account));
    let thumbprint = install.thumbprint.or(made);
    if master && let Some(thumbprint) = thumbprint {
        node.bindings.entry(install.port).or_insert(Binding { thumbprint, store: Store::Root });
        if let Some(stored) =
            node.certificates.root.get_mut(&thumbprint).filter(|stored| stored.key.is_some())
        {
            stored.key_readers.insert(account.clone());
        }
    }
    node.services.insert(key_name, Service::stopped(program, account, StartType::Manual));
    let text = settings_text(name, node, install, &media, thumbprint);
    let feature = InstalledFeature {
        feature: install.feature,
        version,
        product_version: media.product_version.clone(),
        settings: Some(SettingsFile {
            bytes: Bytes::new(text),
            modified_ms: node.clock_ms(now),
            backup: None,
        }),
    };
    node.features.insert(feature_key(install.feature, version), feature);
}

fn keep_certificate(node: &mut Node, pair: &StoredKeyPair, master: bool, reader: &AccountName) -> Thumbprint {
    let thumbprint = Thumbprint::of_der(pair.der.as_slice());
    let stored = StoredCert {
        der: pair.der.clone(),
        key: Some(pair.key.clone()),
        key_readers: BTreeSet::from([reader.clone()]),
        friendly_name: String::new(),
    };
    let store = if master { &mut node.certificates.root } else { &mut node.certificates.my };
    store.insert(thumbprint, stored);
    thumbprint
}

const MASTER_ORDER: [&str; 7] = [
    "PortNumber",
    "SSLCertThumbprint",
    "SqlServerName",
    "CleanupCompletedJobsIntervalInMs",
    "DealWithExpiredTasksIntervalInMs",
    "MasterHeartbeatIntervalInMs",
    "SqlConnectionTimeoutInSecs",
];
const MASTER_DEFAULTS: [(&str, &str); 4] = [
    ("CleanupCompletedJobsIntervalInMs", "43200000"),
    ("DealWithExpiredTasksIntervalInMs", "300000"),
    ("MasterHeartbeatIntervalInMs", "30000"),
    ("SqlConnectionTimeoutInSecs", "15"),
];
const WORKER_ORDER: [&str; 6] = [
    "DisplayName",
    "Description",
    "MasterEndpoint",
    "MasterHttpsCertThumbprint",
    "WorkerHttpsCertThumbprint",
    "AgentId",
];
const WORKER_DEFAULTS: [(&str, &str); 11] = [
    ("DisplayName", ""),
    ("Description", ""),
    ("MasterHttpsCertThumbprint", ""),
    ("StoreLocation", "LocalMachine"),
    ("StoreName", "My"),
    ("AgentHeartbeatInterval", "00:01:00"),
    ("TaskHeartbeatInterval", "00:00:10"),
    ("HeartbeatErrorTollerance", "00:10:00"),
    ("MaxTaskCount", "10"),
    ("LeaseInternval", "00:01:00"),
    ("TaskLogEnabled", "true"),
];

fn settings_text(
    name: &NodeName,
    node: &Node,
    install: &Install,
    media: &Media,
    own: Option<Thumbprint>,
) -> String {
    let own = own.map(|thumbprint| thumbprint.to_string()).unwrap_or_default();
    let master = install.feature == Feature::ScaleOutMaster;
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    let defaults: &[(&str, &str)] = if master { &MASTER_DEFAULTS } else { &WORKER_DEFAULTS };
    values.extend(defaults.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    if master {
        // Without an engine, or with several, set-up writes the default instance's name (WALK).
        let instance = node.instances.keys().next().map(|i| instance_name(name, i.as_str()).to_string());
        values.insert("SqlServerName".to_owned(), instance.unwrap_or_else(|| name.to_string()));
        values.insert("PortNumber".to_owned(), install.port.to_string());
        values.insert("SSLCertThumbprint".to_owned(), own);
    } else {
        let host = install.master_host.as_deref();
        let endpoint = host.map(|host| format!("https://{host}:{}", install.port)).unwrap_or_default();
        values.insert("MasterEndpoint".to_owned(), endpoint);
        values.insert("WorkerHttpsCertThumbprint".to_owned(), own);
        values.insert("AgentId".to_owned(), install.agent_id.clone().unwrap_or_default());
    }
    let (extra, order, root): (_, &[&str], _) = if master {
        (&media.master_settings, &MASTER_ORDER, "MasterSettings")
    } else {
        (&media.worker_settings, &WORKER_ORDER, "WorkerSettings")
    };
    values.extend(extra.clone());
    write_settings(&values, order, media.xml_settings, root)
}
