//! A listener leads to the primary, and to nothing without one.

use crate::clients::{Running, eventually};
use scaleout_execution::ports::{SqlPort as _, SqlTarget};
use scaleout_model::fact::CauseKind;
use scaleout_model::names::{LoginName, ReplicaName};
use scaleout_model::sql::{AvailabilityMode, FailoverMode, ReplicaRole, SecondaryConnections, SeedingMode};
use scaleout_sim::control::{Request, ask};
use scaleout_sim_site::Site;
use scaleout_sim_site::state::{
    AvailabilityGroup, Endpoint, EndpointState, GroupOptions, Listener, Login, LoginKind, Replica, Sid,
};
use std::collections::{BTreeMap, BTreeSet};

/// What a group needs of an instance: Always On, an endpoint, a login of the cluster service.
fn prepare(site: &mut Site, name: &str) {
    let account = LoginName::new(r"NT SERVICE\ClusSvc");
    let sid = site.account_sid(&name.into(), &account.as_str().into()).unwrap();
    let node = site.nodes.get_mut(&name.into()).unwrap();
    node.firewall.open_ports.insert(5022);
    let instance = node.instances.get_mut(&"MSSQLSERVER".into()).unwrap();
    (instance.hadr_enabled, instance.hadr_in_use) = (true, true);
    let login = Login {
        id: 300,
        sid,
        kind: LoginKind::Windows,
        disabled: false,
        policy_checked: false,
        expiration_checked: false,
        default_database: "master".to_owned(),
        roles: BTreeSet::from(["sysadmin".to_owned()]),
        created_ms: 0,
        modified_ms: 0,
    };
    instance.logins.insert(account, login);
    let endpoint = Endpoint {
        id: 65_536,
        port: 5022,
        state: EndpointState::Started,
        authentication: "NEGOTIATE".to_owned(),
        encryption: "AES".to_owned(),
        role: "ALL".to_owned(),
        owner: Sid::sa(),
    };
    instance.endpoints.insert("hadr_endpoint".to_owned(), endpoint);
}

fn guid(last: u8) -> String {
    format!("00000000-0000-4000-a000-0000000000{last:02x}")
}

fn replica(name: &str) -> (ReplicaName, Replica) {
    let replica = Replica {
        id: guid(name.bytes().last().unwrap()),
        metadata_id: 1,
        owner: Sid::sa(),
        endpoint_url: format!("TCP://{}.corp.example:5022", name.to_lowercase()),
        availability_mode: AvailabilityMode::Synchronous,
        failover_mode: FailoverMode::Manual,
        seeding_mode: SeedingMode::Automatic,
        session_timeout: 10,
        backup_priority: 50,
        secondary_connections: SecondaryConnections::No,
        joined: true,
        seeding_granted_by: None,
        created_ms: 0,
        modified_ms: 0,
        role: ReplicaRole::Resolving,
        connected: false,
        connect_error: None,
        databases: BTreeMap::new(),
    };
    (ReplicaName::new(name), replica)
}

fn group() -> AvailabilityGroup {
    AvailabilityGroup {
        id: guid(b'g'),
        resource_id: guid(b'r'),
        resource_group_id: guid(b'q'),
        options: GroupOptions::default(),
        replicas: BTreeMap::from([replica("SQL01"), replica("SQL02")]),
        databases: BTreeMap::new(),
        listener: Some(Listener {
            id: guid(b'l'),
            dns_name: "ssisdb-lsnr".into(),
            port: Some(14_330),
            addresses: BTreeMap::from([("10.0.0.40".to_owned(), "255.255.255.0".to_owned())]),
            dhcp: false,
        }),
        primary: "SQL01".into(),
        failing_over_until_ms: None,
        seeding: Vec::new(),
        sequence: 1,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_listener_follows_the_primary() {
    let running = Running::start().await;
    running.simulator.site().update(|sim| {
        prepare(&mut sim.site, "SQL01");
        prepare(&mut sim.site, "SQL02");
        for node in ["SQL01", "SQL02"] {
            sim.site.nodes.get_mut(&node.into()).unwrap().firewall.open_ports.insert(14_330);
        }
        sim.site.groups.insert("AG1".into(), group());
    });
    let name = "ssisdb-lsnr.corp.example";
    eventually(async || running.hosts().contains_key(&name.into()).then_some(())).await;
    let (sql, target) = (running.sql(), SqlTarget { port: 14_330, ..running.instance(name) });
    // Its certificate holds the listener's name by now.
    let machine = async || sql.observe(&target, &"AG1".into()).await.ok().map(|facts| facts.machine_name);
    assert_eq!(eventually(machine).await, "SQL01");
    let out = running.out.path();
    let failover = Request::Failover { group: "AG1".into(), replica: "SQL02".into() };
    eventually(async || ask(out, &failover).await.ok()).await;
    eventually(async || machine().await.filter(|machine| machine == "SQL02")).await;
    ask(out, &Request::StopNode { node: "SQL02".into() }).await.unwrap();
    let cause = eventually(async || sql.observe(&target, &"AG1".into()).await.err()).await;
    assert_eq!(cause.kind, CauseKind::Unreachable, "{}", cause.message);
    running.simulator.stop().await;
}
