//! What the three specs ask for.

use super::{
    MASTER_ACCOUNT, NODES, NOW, REPLICAS, WORKER, WORKER_ACCOUNT, handle, master_thumbprint, name, policy,
    replica, worker_thumbprint,
};
use crate::steps::worker::teardown::Teardown;
use scaleout_model::desired::{
    DesiredCertificate, DesiredGroup, DesiredListener, DesiredMaster, DesiredReplica, DesiredWorker,
    GroupView, Installation, ListenerAddresses, LogLogin, MasterView, Rollout, SecretSlot, ServiceAccount,
};
use scaleout_model::fence::Kind;
use scaleout_model::names::{AccountName, DnsName, GroupName, LoginName, MediaKey, RoleName};
use scaleout_model::sql::{AvailabilityMode, FailoverMode, ReplicaOption, SeedingMode};
use std::collections::BTreeMap;

fn slot(name: &str, key: &str) -> SecretSlot {
    SecretSlot::Present(handle(name, key))
}

fn account(name: &str, secret: &str) -> ServiceAccount {
    ServiceAccount::Named { account: AccountName::new(name), password: slot(secret, "password") }
}

fn media() -> Installation {
    Installation::IfAbsent(MediaKey::new("sql-media"))
}

/// The group: synchronous, automatic by spec, a static listener.
pub(crate) fn desired_group() -> DesiredGroup {
    let replicas = REPLICAS.iter().zip(NODES).map(|(replica, node)| DesiredReplica {
        name: (*replica).into(),
        node: name(node),
        sql_host: DnsName::new(format!("{}.corp.example", node.to_lowercase())),
        sql_port: 14_331,
        options: vec![ReplicaOption::FailoverMode(FailoverMode::Automatic)],
        availability_mode: AvailabilityMode::Synchronous,
        failover_mode: FailoverMode::Automatic,
        failover_mode_given: true,
        seeding_mode: SeedingMode::Automatic,
    });
    DesiredGroup {
        policy: policy(Kind::SsisdbAvailabilityGroup),
        group: GroupName::new("IS_AG"),
        options: Vec::new(),
        create_catalog: true,
        master_key: slot("catalog-key", "password"),
        backup_directory: Some(r"E:\Initial".into()),
        endpoint_port: 5099,
        endpoint_name: "mirroring".into(),
        replicas: replicas.collect(),
        listener: DesiredListener {
            dns_name: "is-lsnr".into(),
            port: 14_330,
            addresses: ListenerAddresses::Static(vec![("10.9.0.40".into(), "255.255.255.0".into())]),
        },
        observer: LoginName::new("watcher"),
        operator: LoginName::new("doer"),
    }
}

fn group_view() -> GroupView {
    GroupView {
        group: GroupName::new("IS_AG"),
        replicas: (0..2).map(|index| (replica(index), name(NODES[index]))).collect(),
        listener: Some((DnsName::new("is-lsnr.corp.example"), 14_330)),
        operator: LoginName::new("doer"),
        settled: true,
    }
}

/// The master: its certificate and its log login come from Secrets.
pub(crate) fn desired_master() -> DesiredMaster {
    DesiredMaster {
        policy: policy(Kind::ScaleOutMaster),
        version: None,
        nodes: NODES.map(name).to_vec(),
        group: group_view(),
        role: RoleName::new("is-master"),
        client_access_point: DnsName::new("is-master"),
        dns_suffix: "corp.example".into(),
        addresses: vec!["10.9.0.50".into()],
        preferred_owners: None,
        port: 8500,
        account: account(MASTER_ACCOUNT, "master-account"),
        certificate: DesiredCertificate::KeyPair {
            thumbprint: master_thumbprint(),
            pem: "master".into(),
            key: handle("master-cert", "tls.key"),
        },
        rollout: Rollout::default(),
        installation: media(),
        log_login: LogLogin::Password(slot("log-login", "password")),
        settings: BTreeMap::new(),
    }
}

/// The worker: enabled, its certificate from a Secret.
pub(crate) fn desired_worker() -> DesiredWorker {
    let master = desired_master();
    DesiredWorker {
        policy: policy(Kind::ScaleOutWorker),
        node: name(WORKER),
        master: MasterView {
            endpoint: master.endpoint(),
            host: master.endpoint_host(),
            port: master.port,
            nodes: master.nodes,
            certificate: Some((master_thumbprint(), "master".into())),
            pending_certificate: None,
            log_database_revision: Some(NOW - 900_000),
            group: group_view(),
            settled: true,
        },
        enabled: true,
        account: account(WORKER_ACCOUNT, "worker-account"),
        certificate: DesiredCertificate::KeyPair {
            thumbprint: worker_thumbprint(),
            pem: "worker".into(),
            key: handle("worker-cert", "tls.key"),
        },
        installation: media(),
        settings: BTreeMap::from([("MaxTaskCount".to_owned(), "8".to_owned())]),
        drain_timeout_seconds: Some(600),
    }
}

/// The same worker, deleted a minute ago.
pub(crate) fn teardown() -> Teardown {
    Teardown { worker: desired_worker(), deleted_unix_ms: NOW - 60_000 }
}
