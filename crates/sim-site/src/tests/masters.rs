//! The master and its clustered role.

use super::fixture::{cluster, converged, master_fresh, node, pass, primary_catalog};
use crate::SimSite;
use crate::effect::{ClusterEffect, ControlEffect, Effect, NodeEffect, Origin};
use crate::state::Secret;
use scaleout_model::names::NodeName;
use scaleout_model::node::{GroupState, ServiceState};

fn role(site: &SimSite) -> &crate::state::Group {
    &site.site.cluster.as_ref().unwrap().groups[&"ssis-master".into()]
}

fn state(site: &SimSite, name: &str) -> ServiceState {
    site.site.nodes[&NodeName::new(name)].services["SSISScaleOutMaster150"].state
}

fn stop_node(site: &mut SimSite, name: &str) {
    site.apply(&Effect::Control(ControlEffect::StopNode { node: name.into() }), &Origin::Control).unwrap();
    pass(site, 2_000);
}

#[test]
fn the_role_moves_with_its_service_and_heartbeat() {
    let mut site = converged();
    cluster(&mut site, ClusterEffect::MoveGroup { group: "ssis-master".into(), to: "SQL02".into() }).unwrap();
    assert_eq!(role(&site).state(), GroupState::Pending);
    pass(&mut site, 2_000);
    assert_eq!(role(&site).owner, NodeName::new("SQL02"));
    assert_eq!(role(&site).state(), GroupState::Online);
    assert_eq!(
        (state(&site, "SQL01"), state(&site, "SQL02")),
        (ServiceState::Stopped, ServiceState::Running)
    );
    assert!(master_fresh(&mut site));
    assert_eq!(primary_catalog(&site).property("MACHINE_NAME"), "SQL02");
}

#[test]
fn a_lost_node_loses_the_role() {
    let mut site = converged();
    stop_node(&mut site, "SQL01");
    assert_eq!(role(&site).owner, NodeName::new("SQL02"));
    assert_eq!(role(&site).state(), GroupState::Online);
    assert!(master_fresh(&mut site));
}

#[test]
fn without_another_possible_owner_the_role_waits_for_its_node() {
    let mut site = converged();
    for resource in ["ip", "name", "service"] {
        let remove = ClusterEffect::RemovePossibleOwner { resource: resource.into(), node: "SQL02".into() };
        cluster(&mut site, remove).unwrap();
    }
    stop_node(&mut site, "SQL01");
    assert_eq!(role(&site).owner, NodeName::new("SQL01"));
    assert_eq!(role(&site).state(), GroupState::Offline);
    assert_eq!(crate::network::holder(&site.site, "10.0.0.50"), None);
    site.apply(&Effect::Control(ControlEffect::StartNode { node: "SQL01".into() }), &Origin::Control)
        .unwrap();
    pass(&mut site, 3_000);
    assert_eq!(role(&site).state(), GroupState::Online);
    assert!(master_fresh(&mut site));
}

#[test]
fn a_wrong_password_shows_when_the_service_starts() {
    let mut site = converged();
    for name in ["SQL01", "SQL02"] {
        let set = NodeEffect::SetServiceAccount {
            service: "SSISScaleOutMaster150".into(),
            account: r"CORP\svc-ssis-master".into(),
            password: Some(Secret::new("wrong")),
        };
        node(&mut site, name, set).unwrap();
    }
    assert!(master_fresh(&mut site), "it counts from the next start");
    cluster(&mut site, ClusterEffect::OfflineResource { resource: "service".into() }).unwrap();
    pass(&mut site, 500);
    cluster(&mut site, ClusterEffect::OnlineResource { resource: "service".into() }).unwrap();
    pass(&mut site, 2_000);
    assert_eq!(role(&site).state(), GroupState::Failed);
    assert_eq!(role(&site).resources["service"].last_error, 1069);
}

#[test]
fn a_missing_logon_right_fails_over_to_the_node_that_has_it() {
    let mut site = converged();
    site.site.nodes.get_mut(&NodeName::new("SQL01")).unwrap().service_logon_right.clear();
    cluster(&mut site, ClusterEffect::OfflineGroup { group: "ssis-master".into() }).unwrap();
    cluster(&mut site, ClusterEffect::OnlineGroup { group: "ssis-master".into() }).unwrap();
    pass(&mut site, 3_000);
    assert_eq!(role(&site).owner, NodeName::new("SQL02"));
    assert_eq!(role(&site).state(), GroupState::Online);
}

#[test]
fn a_master_beside_the_cluster_makes_the_machine_name_flip() {
    let mut site = converged();
    node(&mut site, "SQL02", NodeEffect::StartService { service: "SSISScaleOutMaster150".into() }).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..40 {
        pass(&mut site, 100);
        seen.insert(primary_catalog(&site).property("MACHINE_NAME").to_owned());
    }
    assert_eq!(
        (state(&site, "SQL01"), state(&site, "SQL02")),
        (ServiceState::Running, ServiceState::Running)
    );
    assert!(seen.contains("SQL02"), "#49 {seen:?}");
}

#[test]
fn stopping_the_service_beside_the_cluster_restarts_it() {
    let mut site = converged();
    node(&mut site, "SQL01", NodeEffect::StopService { service: "SSISScaleOutMaster150".into() }).unwrap();
    pass(&mut site, 2_000);
    assert_eq!(state(&site, "SQL01"), ServiceState::Running);
    assert_eq!(role(&site).state(), GroupState::Online);
}
