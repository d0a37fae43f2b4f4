//! Codes of calls on the cluster and on machines.

use super::fixture::{cluster, converged, demo, node, pass};
use crate::effect::{ClusterEffect, Effect, NodeEffect, Origin, Reply};
use scaleout_model::node::Store;
use std::collections::BTreeMap;

fn address(ip: &str, network: &str) -> ClusterEffect {
    let pairs = [("Address", ip), ("SubnetMask", "255.255.255.0"), ("Network", network)];
    let properties: BTreeMap<String, String> = pairs.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    ClusterEffect::SetProperties { resource: "ip".into(), properties }
}

#[test]
fn refusals_have_their_codes() {
    let mut site = converged();
    let group = || "ssis-master".into();
    let cases = [
        (ClusterEffect::CreateGroup { group: group() }, 5010),
        (ClusterEffect::OnlineGroup { group: "other".into() }, 5013),
        (ClusterEffect::OnlineResource { resource: "other".into() }, 5007),
        (
            ClusterEffect::CreateResource {
                group: group(),
                resource: "ip".into(),
                type_name: "IP Address".into(),
            },
            5010,
        ),
        (
            ClusterEffect::CreateResource {
                group: group(),
                resource: "x".into(),
                type_name: "Nothing".into(),
            },
            5078,
        ),
        (ClusterEffect::SetDependencies { resource: "service".into(), expression: "[ip]".into() }, 5019),
        (ClusterEffect::SetDependencies { resource: "service".into(), expression: "[x]".into() }, 5002),
        (ClusterEffect::DestroyGroup { group: group() }, 5019),
        (ClusterEffect::MoveGroup { group: group(), to: "ETL01".into() }, 5042),
        (ClusterEffect::MoveGroup { group: "AG".into(), to: "SQL02".into() }, 5023),
        (address("10.1.0.5", "Cluster Network 1"), 5894),
        (address("10.0.0.12", "Cluster Network 1"), 5057),
        (address("10.0.0.40", "Cluster Network 1"), 5057),
    ];
    for (effect, code) in cases {
        let before = site.site.clone();
        assert_eq!(cluster(&mut site, effect.clone()).unwrap_err().code, code, "{effect:?}");
        assert_eq!(site.site, before, "{effect:?}");
    }
    let stored = cluster(&mut site, address("10.0.0.51", "Cluster Network 1"));
    assert_eq!(stored, Ok(Reply::Stored), "5024: in force at the next online");
    assert_eq!(crate::network::holder(&site.site, "10.0.0.50"), Some(&"SQL01".into()));
    let outside = Effect::Cluster("ETL01".into(), ClusterEffect::CreateGroup { group: "x".into() });
    assert_eq!(site.apply(&outside, &Origin::Control).unwrap_err().code, 5932);
}

#[test]
fn machines_refuse_with_their_codes() {
    let mut site = converged();
    let thumbprint = scaleout_model::certificate::Thumbprint::from_bytes([7; 20]);
    let cases = [
        (NodeEffect::StartService { service: "none".into() }, 1060),
        (NodeEffect::StopService { service: "MSSQLSERVER".into() }, 1051),
        (NodeEffect::GrantServiceLogonRight { account: r"CORP\nobody".into() }, 1332),
        (NodeEffect::AddBinding { port: 8391, thumbprint, store: Store::Root }, 183),
        (
            NodeEffect::GrantKeyRead { store: Store::My, thumbprint, account: r"CORP\svc-sql".into() },
            -2_146_885_628,
        ),
    ];
    for (effect, code) in cases {
        assert_eq!(node(&mut site, "SQL01", effect.clone()).unwrap_err().code, code, "{effect:?}");
    }
}

#[test]
fn a_name_without_right_to_make_it_fails() {
    let mut site = demo();
    site.site.cluster.as_mut().unwrap().creates_computer_objects = false;
    for effect in [
        ClusterEffect::CreateGroup { group: "g".into() },
        ClusterEffect::CreateResource {
            group: "g".into(),
            resource: "ip".into(),
            type_name: "IP Address".into(),
        },
        address("10.0.0.50", "Cluster Network 1"),
        ClusterEffect::CreateResource {
            group: "g".into(),
            resource: "n".into(),
            type_name: "Network Name".into(),
        },
        ClusterEffect::SetProperties {
            resource: "n".into(),
            properties: BTreeMap::from([("DnsName".to_owned(), "cap".to_owned())]),
        },
        ClusterEffect::SetDependencies { resource: "n".into(), expression: "[ip]".into() },
        ClusterEffect::OnlineGroup { group: "g".into() },
    ] {
        cluster(&mut site, effect).unwrap();
    }
    pass(&mut site, 2_000);
    let resource = site.site.cluster.as_ref().unwrap().resource("n").unwrap();
    assert_eq!((resource.state, resource.last_error), (scaleout_model::node::ResourceState::Failed, 5));
    assert!(site.site.resolve("cap").is_empty());
}

#[test]
fn only_what_changes_the_site_is_an_effect() {
    let mut site = converged();
    let count = site.effects.len();
    let grant = NodeEffect::GrantServiceLogonRight { account: r"CORP\svc-ssis-master".into() };
    assert_eq!(node(&mut site, "SQL01", grant), Ok(Reply::Unchanged));
    assert_eq!(site.effects.len(), count);
    node(&mut site, "SQL01", NodeEffect::DeleteBinding { port: 8391 }).unwrap();
    let last = site.effects.last().unwrap();
    assert_eq!((last.kind.as_str(), last.target.as_str()), ("DeleteBinding", "SQL01"));
    assert_eq!(last.number, u64::try_from(count).unwrap() + 1);
}

#[test]
fn an_owner_keeps_the_name_that_the_cluster_has() {
    let mut site = converged();
    let group = || scaleout_model::names::RoleName::from("ssis-master");
    cluster(&mut site, ClusterEffect::SetPreferredOwners { group: group(), owners: vec!["sql02".into()] })
        .unwrap();
    cluster(&mut site, ClusterEffect::MoveGroup { group: group(), to: "sql02".into() }).unwrap();
    pass(&mut site, 2_000);
    let found = site.site.cluster.as_ref().unwrap().groups.get(&group()).unwrap();
    assert_eq!((found.owner.as_str(), found.preferred_owners[0].as_str()), ("SQL02", "SQL02"));
}
