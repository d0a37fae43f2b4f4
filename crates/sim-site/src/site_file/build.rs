//! The site that a file describes.

use super::{EngineSection, InstanceSection, NodeSection, SiteFile, SiteFileError};
use crate::control;
use crate::state::{
    Account, AccountKind, CertificateStores, Cluster, Database, DatabaseContent, DatabaseState, Domain,
    Firewall, InstalledFeature, Instance, Login, LoginKind, LoginPassword, Member, Node, RecoveryModel,
    ServerPermission, Service, ServiceProgram, Setting, Sid, Site, feature_key,
};
use scaleout_model::names::{AccountName, DnsName, NodeName};
use scaleout_model::node::{Feature, NodeState, ServiceState, StartType};
use scaleout_model::version::SqlVersion;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Options of `sp_configure` that matter here, with their defaults.
const OPTIONS: [(&str, i32); 5] = [
    ("clr enabled", 0),
    ("clr strict security", 1),
    ("show advanced options", 0),
    ("Agent XPs", 1),
    ("remote access", 1),
];

impl SiteFile {
    /// Builds the site; its instances and their agents run.
    pub fn build(&self, now_ms: i64) -> Result<Site, SiteFileError> {
        let mut site = Site {
            now_ms,
            counter: 0,
            domain: self.build_domain(),
            nodes: BTreeMap::new(),
            cluster: self.build_cluster(),
            groups: BTreeMap::new(),
            latencies: self.latencies,
            cut_links: BTreeSet::new(),
        };
        for section in &self.nodes {
            let node = self.build_node(section, &mut site)?;
            if site.nodes.insert(section.name.clone(), node).is_some() {
                return Err(SiteFileError::Wrong(format!("the machine {} is there twice", section.name)));
            }
        }
        let members = site.cluster.iter().flat_map(|cluster| cluster.nodes.keys());
        if let Some(stranger) = members.into_iter().find(|name| !site.nodes.contains_key(*name)) {
            return Err(SiteFileError::Wrong(format!("the cluster's node {stranger} is no machine")));
        }
        for field in &self.set {
            control::set(&mut site, &field.path, &field.value)
                .map_err(|refused| SiteFileError::Wrong(refused.message))?;
        }
        crate::tick::settle(&mut site);
        Ok(site)
    }

    fn build_domain(&self) -> Domain {
        let retrievers: BTreeSet<NodeName> = self.nodes.iter().map(|node| node.name.clone()).collect();
        let account = |section: &super::AccountSection| {
            let kind = match &section.password {
                Some(password) => AccountKind::User { password: password.clone() },
                None => AccountKind::Managed { retrievers: retrievers.clone() },
            };
            let sid = Sid::of_account(&self.domain.dns_suffix, &section.name);
            (self.account_name(&section.name), Account { sid, kind, disabled: false })
        };
        Domain {
            dns_suffix: self.domain.dns_suffix.clone(),
            net_bios: self.domain.net_bios.clone(),
            accounts: self.accounts.iter().map(account).collect(),
            dns: BTreeMap::new(),
            computer_objects: BTreeMap::new(),
        }
    }

    fn build_cluster(&self) -> Option<Cluster> {
        let section = self.cluster.as_ref()?;
        let member = |name: &NodeName| (name.clone(), Member { state: NodeState::Up, service_up: true });
        Some(Cluster {
            name: section.name.clone(),
            nodes: section.nodes.iter().map(member).collect(),
            witness: section.witness,
            forced_quorum: false,
            networks: section.networks.clone(),
            creates_computer_objects: section.creates_computer_objects,
            groups: BTreeMap::new(),
        })
    }

    fn build_node(&self, section: &NodeSection, site: &mut Site) -> Result<Node, SiteFileError> {
        let mut instances = BTreeMap::new();
        let mut services = BTreeMap::new();
        let mut features = BTreeMap::new();
        let mut rights: BTreeSet<AccountName> =
            section.service_logon_right.iter().map(|name| self.account_name(name)).collect();
        for own in &section.instances {
            let engine = own.engine.as_ref().unwrap_or(&self.engine);
            self.add_services(own, engine, &mut services, &mut rights, site.now_ms);
            instances.insert(own.name.clone(), self.build_instance(section, own, engine, site));
            if section.integration_services.unwrap_or(true) {
                let (key, feature) = integration_services(engine)?;
                features.insert(key, feature);
            }
        }
        let ports =
            section.instances.iter().map(|instance| instance.port).chain([section.agent_port]).collect();
        let open_ports = section.open_ports.clone().unwrap_or(ports);
        Ok(Node {
            address: section.address.clone(),
            up: true,
            agent_up: true,
            agent_port: section.agent_port,
            clock_skew_ms: 0,
            dts_drive: section.dts_drive.clone(),
            instances,
            features,
            services,
            service_logon_right: rights,
            certificates: CertificateStores::default(),
            bindings: BTreeMap::new(),
            reservations: BTreeMap::new(),
            firewall: Firewall { enabled: true, open_ports, rules: BTreeMap::new() },
            media: self.media.clone(),
            installs: Vec::new(),
            pending_reboot: false,
            client_auth_trust_mode: section.client_auth_trust_mode,
            directories: section.directories.clone(),
        })
    }

    fn add_services(
        &self,
        own: &InstanceSection,
        engine: &EngineSection,
        services: &mut BTreeMap<String, Service>,
        rights: &mut BTreeSet<AccountName>,
        now_ms: i64,
    ) {
        let default = own.name.as_str().eq_ignore_ascii_case(scaleout_model::defaults::DEFAULT_INSTANCE);
        let (engine_key, agent_key) = if default {
            ("MSSQLSERVER".to_owned(), "SQLSERVERAGENT".to_owned())
        } else {
            (format!("MSSQL${}", own.name), format!("SQLAgent${}", own.name))
        };
        let programs = [
            (engine_key, ServiceProgram::Engine(own.name.clone()), StartType::Automatic),
            (agent_key, ServiceProgram::SqlAgent(own.name.clone()), own.agent_start),
        ];
        for (key, program, start_type) in programs {
            let named = engine.account.as_deref().map(|name| self.account_name(name));
            let account = named.clone().unwrap_or_else(|| AccountName::new(format!(r"NT SERVICE\{key}")));
            let mut service = Service::stopped(program, account, start_type);
            service.password = self
                .accounts
                .iter()
                .find(|a| Some(a.name.as_str()) == engine.account.as_deref())
                .and_then(|a| a.password.clone());
            rights.extend(named);
            if start_type == StartType::Automatic {
                service.state = ServiceState::Running;
                service.started_ms = Some(now_ms);
                service.running_as = Some(service.account.clone());
            }
            services.insert(key, service);
        }
    }

    fn build_instance(
        &self,
        node: &NodeSection,
        own: &InstanceSection,
        engine: &EngineSection,
        site: &mut Site,
    ) -> Instance {
        let now_ms = site.now_ms;
        let names = if own.certificate_names.is_empty() {
            vec![DnsName::new(format!("{}.{}", node.name.as_str().to_lowercase(), self.domain.dns_suffix))]
        } else {
            own.certificate_names.clone()
        };
        let option = |(name, value): (&str, i32)| (name.to_owned(), Setting { value, in_use: value });
        let mut instance = Instance {
            product_version: engine.product_version.clone(),
            edition: engine.edition.clone(),
            engine_edition: engine.engine_edition,
            collation: engine.collation.clone(),
            clustered: false,
            port: own.port,
            certificate_names: names,
            windows_only: engine.windows_only,
            windows_only_in_use: engine.windows_only,
            hadr_enabled: false,
            hadr_in_use: false,
            service_master_key: site.new_guid(),
            logins: BTreeMap::new(),
            permissions: Vec::new(),
            endpoints: BTreeMap::new(),
            databases: system_databases(now_ms),
            jobs: BTreeMap::new(),
            credentials: BTreeMap::new(),
            trusted_assemblies: BTreeMap::new(),
            configuration: OPTIONS.into_iter().map(option).collect(),
            backups: Vec::new(),
            error_log: Vec::new(),
            next_id: 256,
        };
        self.add_logins(&mut instance, site);
        instance
    }

    fn add_logins(&self, instance: &mut Instance, site: &mut Site) {
        let now_ms = site.now_ms;
        for section in &self.logins {
            let kind =
                LoginKind::Sql(LoginPassword::Text { text: section.password.clone(), salt: site.new_salt() });
            let sid = Sid::of_sql_login(&format!("{} {}", self.domain.dns_suffix, section.name));
            let id = instance.take_id();
            let login = new_login(id, sid, kind, section.roles.clone(), now_ms);
            instance.logins.insert(section.name.clone(), login);
            instance.permissions.extend(section.permissions.iter().map(|permission| ServerPermission {
                grantee: section.name.clone(),
                permission: permission.to_uppercase(),
                endpoint: None,
                denied: false,
            }));
        }
        let kind = LoginKind::Sql(LoginPassword::Text {
            text: crate::state::Secret::new(site.new_guid()),
            salt: site.new_salt(),
        });
        let mut sa = new_login(1, Sid::sa(), kind, BTreeSet::from(["sysadmin".to_owned()]), now_ms);
        sa.disabled = true;
        instance.logins.insert("sa".into(), sa);
    }
}

fn new_login(id: i32, sid: Sid, kind: LoginKind, roles: BTreeSet<String>, now_ms: i64) -> Login {
    Login {
        id,
        sid,
        kind,
        disabled: false,
        policy_checked: false,
        expiration_checked: false,
        default_database: "master".to_owned(),
        roles,
        created_ms: now_ms,
        modified_ms: now_ms,
    }
}

fn integration_services(engine: &EngineSection) -> Result<(String, InstalledFeature), SiteFileError> {
    let wrong = || SiteFileError::Wrong(format!("the version {} has no Scale Out", engine.product_version));
    let major = engine
        .product_version
        .split('.')
        .next()
        .and_then(|major| major.parse::<u32>().ok())
        .ok_or_else(wrong)?;
    let version = SqlVersion::try_from(major).map_err(|_| wrong())?;
    let feature = InstalledFeature {
        feature: Feature::IntegrationServices,
        version,
        product_version: engine.product_version.clone(),
        settings: None,
    };
    Ok((feature_key(Feature::IntegrationServices, version), feature))
}

fn system_databases(now_ms: i64) -> BTreeMap<String, Database> {
    let database = |id: i32, recovery: RecoveryModel| Database {
        id,
        state: DatabaseState::Online,
        recovery,
        owner: Sid::sa(),
        created_ms: now_ms,
        read_only: false,
        multi_user: true,
        auto_close: false,
        trustworthy: id == 4,
        family_guid: format!("00000000-0000-0000-0000-00000000000{id}"),
        log_chain: None,
        group: None,
        content: Arc::new(DatabaseContent::default()),
    };
    BTreeMap::from([
        ("master".to_owned(), database(1, RecoveryModel::Simple)),
        ("tempdb".to_owned(), database(2, RecoveryModel::Simple)),
        ("model".to_owned(), database(3, RecoveryModel::Full)),
        ("msdb".to_owned(), database(4, RecoveryModel::Simple)),
    ])
}
