//! Ops with what must be there before them, for the tests of ops.

use super::fake::{Machine, NOW_MS};
use super::site::*;
use scaleout_certificates::{KeyAndCertificate, LeafRequest, generate_leaf};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::node::*;
use scaleout_model::secret::SecretBytes;
use scaleout_model::settings::digest;
use scaleout_model::version::SqlVersion;
use std::sync::LazyLock;

const ROLE: &str = "ssis-master";

pub(super) type WireOp = NodeOp<SecretBytes>;

pub(super) const VALID: (i64, i64) = (NOW_MS / 1000 - 100, NOW_MS / 1000 + 1_000_000_000);

pub(super) fn request(name: &str) -> LeafRequest {
    LeafRequest { names: vec![name.to_owned()], not_before: VALID.0, not_after: VALID.1 }
}

pub(super) static PAIR: LazyLock<KeyAndCertificate> =
    LazyLock::new(|| generate_leaf(&request("ssis-master.corp.example")).unwrap());

pub(super) fn thumbprint() -> Thumbprint {
    PAIR.public().unwrap().thumbprint()
}

pub(super) fn import(store: Store) -> WireOp {
    NodeOp::ImportKeyPair {
        store,
        thumbprint: thumbprint(),
        pem: PAIR.certificate_pem.clone(),
        key: SecretBytes::new(PAIR.key_pem.as_bytes()),
    }
}

pub(super) fn bind(expected: Option<Thumbprint>) -> WireOp {
    NodeOp::BindCertificate { port: 8391, thumbprint: thumbprint(), expected }
}

pub(super) fn unbind() -> WireOp {
    NodeOp::UnbindCertificate { port: 8391, expected: thumbprint() }
}

pub(super) fn release() -> WireOp {
    NodeOp::ReleaseUrl { port: 8391, account: ACCOUNT.into() }
}

pub(super) fn grant() -> WireOp {
    NodeOp::GrantKeyRead { store: Store::Root, thumbprint: thumbprint(), account: ACCOUNT.into() }
}

pub(super) fn remove() -> WireOp {
    NodeOp::RemoveCertificate { store: Store::Root, thumbprint: thumbprint() }
}

pub(super) fn install() -> WireOp {
    NodeOp::InstallFeature {
        feature: Feature::ScaleOutMaster,
        version: SqlVersion::V2019,
        media: "sql2019".into(),
        port: 8391,
        thumbprint: None,
        master_host: None,
    }
}

pub(super) fn settings(site: &Site) -> WireOp {
    NodeOp::WriteSettings {
        feature: Feature::ScaleOutMaster,
        version: SqlVersion::V2019,
        expected_digest: digest(&site.host.machine().settings[&Feature::ScaleOutMaster]),
        values: [("SqlServerName".to_owned(), "ssisdb-lsnr,1433".to_owned())].into(),
    }
}

pub(super) fn role() -> WireOp {
    let address = |ip: &str| RoleAddress {
        ip: ip.to_owned(),
        mask: "255.255.255.0".to_owned(),
        network: "Cluster Network 1".to_owned(),
    };
    NodeOp::EnsureRole(RoleSpec {
        name: "ssis-master".into(),
        service_name: MASTER_SERVICE.to_owned(),
        client_access_point: "ssis-master".into(),
        addresses: vec![address("10.0.0.50"), address("10.0.1.50")],
        possible_owners: vec!["SQL01".into(), "SQL02".into()],
        preferred_owners: Some(vec!["SQL02".into(), "SQL01".into()]),
    })
}

pub(super) fn configure() -> WireOp {
    NodeOp::ConfigureService {
        service: ServiceRef::Master(SqlVersion::V2019),
        start_type: StartType::Manual,
        clear_recovery_actions: true,
    }
}

pub(super) fn service_op(make: fn(ServiceRef) -> WireOp) -> WireOp {
    make(ServiceRef::Master(SqlVersion::V2019))
}

/// An op with what must be there before it, and what it writes.
pub(super) struct Case {
    pub(super) name: &'static str,
    pub(super) op: fn(&Site) -> WireOp,
    pub(super) before: fn() -> Vec<WireOp>,
    pub(super) prepare: fn(&mut Machine),
    pub(super) writes: usize,
    /// Ops of other steps that go on where this one was cut off late and sees its own work done.
    pub(super) mended_by: fn() -> Vec<WireOp>,
}

fn case(name: &'static str, writes: usize, op: fn(&Site) -> WireOp) -> Case {
    Case { name, op, before: Vec::new, prepare: |_| {}, writes, mended_by: Vec::new }
}

pub(super) fn cases() -> Vec<Case> {
    let mut all = service_cases();
    all.extend(certificate_cases());
    all.extend(cluster_cases());
    all
}

fn service_cases() -> Vec<Case> {
    let enable = case("EnableHadr", 5, |_| NodeOp::EnableHadr { instance: "MSSQLSERVER".into() });
    let restart = case("RestartService", 2, |_| {
        service_op(|service| NodeOp::RestartService { service, not_before_unix_ms: NOW_MS - 1 })
    });
    vec![
        Case {
            prepare: |m| {
                for name in ["MSSQLSERVER", "SQLSERVERAGENT"] {
                    let service = m.services.get_mut(name).unwrap();
                    service.state = ServiceState::Running;
                    service.start_type = StartType::Automatic;
                }
            },
            mended_by: || vec![NodeOp::StartService { service: ServiceRef::SqlAgent("MSSQLSERVER".into()) }],
            ..enable
        },
        Case {
            prepare: |m| m.features.clear(),
            mended_by: || vec![configure()],
            ..case("InstallFeature", 3, |_| install())
        },
        case("SetServiceAccount", 2, |_| set_account()),
        Case {
            prepare: |m| {
                let service = m.services.get_mut(MASTER_SERVICE).unwrap();
                service.start_type = StartType::Automatic;
                service.recovery_actions = true;
            },
            ..case("ConfigureService", 2, |_| configure())
        },
        case("StartService", 1, |_| service_op(|service| NodeOp::StartService { service })),
        Case {
            prepare: |m| {
                let service = m.services.get_mut(MASTER_SERVICE).unwrap();
                service.state = ServiceState::Running;
                service.started_unix_ms = Some(NOW_MS - 2);
            },
            ..restart
        },
        case("WriteSettings", 1, settings),
        case("EnsureFirewallRule", 1, |_| firewall(8391)),
        Case {
            before: || vec![firewall(8391)],
            ..case("RemoveFirewallRule", 1, |_| NodeOp::RemoveFirewallRule {
                name: "SSIS Scale Out Master".into(),
            })
        },
    ]
}

fn certificate_cases() -> Vec<Case> {
    vec![
        case("ImportKeyPair", 1, |_| import(Store::Root)),
        case("GenerateCertificate", 1, |_| NodeOp::GenerateCertificate {
            names: vec!["SQL01".into(), "sql01.corp.example".into()],
        }),
        Case { before: || vec![import(Store::Root)], ..case("GrantKeyRead", 1, |_| grant()) },
        Case { before: || vec![import(Store::Root)], ..case("RemoveCertificate", 1, |_| remove()) },
        Case {
            prepare: |m| {
                m.reservations.insert(8391, UrlReservation { port: 8391, account: r"CORP\old".into() });
            },
            ..case("ReserveUrl", 2, |_| NodeOp::ReserveUrl { port: 8391, account: ACCOUNT.into() })
        },
        Case {
            before: || vec![import(Store::Root), bind(None)],
            ..case("UnbindCertificate", 1, |_| unbind())
        },
        Case {
            before: || vec![NodeOp::ReserveUrl { port: 8391, account: ACCOUNT.into() }],
            ..case("ReleaseUrl", 1, |_| release())
        },
    ]
}

fn cluster_cases() -> Vec<Case> {
    let restart = case("RestartRoleService", 2, |_| NodeOp::RestartRoleService {
        role: ROLE.into(),
        expected_owner: "SQL01".into(),
        not_before_unix_ms: NOW_MS - 1,
    });
    vec![
        // Group, 2 × (address, properties), network name, DnsName, Name, service, its properties,
        // 2 dependencies, an owner taken from each of 4 resources, preferred owners.
        case("EnsureRole", 17, |_| role()),
        Case {
            before: || vec![role()],
            ..case("OnlineRole", 1, |_| NodeOp::OnlineRole { role: ROLE.into() })
        },
        Case {
            before: || vec![role(), NodeOp::OnlineRole { role: ROLE.into() }],
            ..case("OfflineRole", 1, |_| NodeOp::OfflineRole { role: ROLE.into() })
        },
        Case { before: || vec![role(), NodeOp::OnlineRole { role: ROLE.into() }], ..restart },
        Case {
            before: || vec![role()],
            ..case("DeleteRole", 1, |_| NodeOp::DeleteRole { role: ROLE.into() })
        },
    ]
}
