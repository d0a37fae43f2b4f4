//! Sockets follow the state.

use super::*;
use scaleout_sim_site::state::{Bytes, Service};
use scaleout_sim_site::{SimSite, site_file};

fn site() -> SimSite {
    SimSite::new(site_file::read(include_str!("../../../../tests/sites/demo.yaml"), 0).unwrap())
}

fn place(address: &str, port: u16) -> Place {
    (address.to_owned(), port)
}

#[test]
fn the_demo_site_has_its_agents_and_instances() {
    let sim = site();
    let doors = wanted(&sim.site);
    assert_eq!(doors.len(), 7);
    assert_eq!(doors[&place("10.0.0.23", 8443)], Wanted::Agent { node: "ETL03".into() });
    let instance = Wanted::Instance { replica: "SQL02".into(), started_ms: Some(0) };
    assert_eq!(doors[&place("10.0.0.12", 1433)], instance);
}

#[test]
fn a_machine_without_power_has_none_and_a_closed_firewall_hides_a_port() {
    let mut sim = site();
    sim.site.nodes.get_mut(&NodeName::new("SQL01")).unwrap().up = false;
    sim.site.nodes.get_mut(&NodeName::new("SQL02")).unwrap().firewall.open_ports.remove(&1433);
    sim.tick(1);
    let doors = wanted(&sim.site);
    assert!(!doors.keys().any(|(address, _)| address == "10.0.0.11"));
    assert!(doors.contains_key(&place("10.0.0.12", 8443)) && !doors.contains_key(&place("10.0.0.12", 1433)));
}

#[test]
fn a_master_listens_where_its_file_said_at_its_start() {
    let mut sim = site();
    let node = sim.site.nodes.get_mut(&NodeName::new("SQL01")).unwrap();
    let program = ServiceProgram::ScaleOutMaster(scaleout_model::version::SqlVersion::V2019);
    let mut service =
        Service::stopped(program, "LocalSystem".into(), scaleout_model::node::StartType::Manual);
    service.state = scaleout_model::node::ServiceState::Running;
    service.loaded_settings = Some(Bytes::new(&br#"{ "PortNumber": 8400 }"#[..]));
    node.services.insert("SSISScaleOutMaster150".to_owned(), service);
    assert!(!wanted(&sim.site).contains_key(&place("10.0.0.11", 8400)));
    sim.site.nodes.get_mut(&NodeName::new("SQL01")).unwrap().firewall.open_ports.insert(8400);
    let master = Wanted::Master { node: "SQL01".into(), started_ms: None };
    assert_eq!(wanted(&sim.site)[&place("10.0.0.11", 8400)], master);
}
