//! Availability groups: connection, seeding, failover, master key.

use super::fixture::{
    AGENT, converged, demo, instance, master_fresh, node, pass, pass_slowly, primary_catalog, worker_fresh,
};
use super::fixture_sql::build_group;
use crate::SimSite;
use crate::effect::{ControlEffect, Effect, NodeEffect, Origin, Reply};
use crate::state::{Credential, EndpointState, Secret};
use scaleout_model::names::{NodeName, ReplicaName};
use scaleout_model::sql::{AvailabilityMode, FailoverMode, ReplicaRole, SyncState};

fn apply(site: &mut SimSite, effect: ControlEffect) -> Result<Reply, crate::Refused> {
    site.apply(&Effect::Control(effect), &Origin::Control)
}

fn sync_of(site: &SimSite, replica: &str) -> SyncState {
    site.site.groups[&"AG".into()].replicas[&ReplicaName::new(replica)].databases["SSISDB"].state
}

fn role_of(site: &SimSite, replica: &str) -> ReplicaRole {
    site.site.groups[&"AG".into()].replicas[&ReplicaName::new(replica)].role
}

fn grouped() -> SimSite {
    let mut site = demo();
    build_group(&mut site);
    site
}

#[test]
fn seeding_makes_a_copy_that_belongs_to_who_granted() {
    let site = grouped();
    let copy = site.site.instance(&"SQL02".into()).unwrap().1.database("SSISDB").unwrap();
    assert_eq!(copy.owner, crate::state::Sid::sa());
    assert_eq!(copy.family_guid, "f");
    assert_eq!(sync_of(&site, "SQL02"), SyncState::Synchronized);
    assert_eq!(site.site.resolve("ssisdb-lsnr"), ["10.0.0.40"]);
    let group = &site.site.cluster.as_ref().unwrap().groups[&"AG".into()];
    assert_eq!(group.owner, NodeName::new("SQL01"));
    assert_eq!(group.state(), scaleout_model::node::GroupState::Online);
}

#[test]
fn each_cause_disconnects_the_secondary() {
    type Cause = (&'static str, fn(&mut SimSite));
    let causes: [Cause; 5] = [
        ("endpoint stopped", |s| endpoint(s, "SQL02")),
        ("endpoint of the primary stopped", |s| endpoint(s, "SQL01")),
        ("firewall", |s| {
            let rule = NodeEffect::SetFirewallRule {
                name: "endpoint".into(),
                group: "test".into(),
                port: 5022,
                enabled: false,
            };
            node(s, "SQL01", rule).unwrap();
        }),
        ("other account without CONNECT", |s| {
            let sql02 = s.site.nodes.get_mut(&NodeName::new("SQL02")).unwrap();
            sql02.services.get_mut("MSSQLSERVER").unwrap().running_as = Some(r"CORP\svc-ssis-worker".into());
        }),
        ("link cut", |s| {
            s.site.cut_links.insert(("SQL01".into(), "SQL02".into()));
        }),
    ];
    for (name, cause) in causes {
        let mut site = grouped();
        assert_eq!(sync_of(&site, "SQL02"), SyncState::Synchronized, "{name}: before");
        cause(&mut site);
        pass(&mut site, 500);
        assert_eq!(sync_of(&site, "SQL02"), SyncState::NotSynchronizing, "{name}: after");
        let replica = &site.site.groups[&"AG".into()].replicas[&"SQL02".into()];
        assert!(replica.connect_error.is_some() && !replica.connected, "{name}");
    }
}

fn endpoint(site: &mut SimSite, name: &str) {
    instance(site, name).endpoints.get_mut("hadr_endpoint").unwrap().state = EndpointState::Stopped;
}

#[test]
fn without_the_grant_nothing_is_seeded_and_a_stray_database_fails_it() {
    for (stray, granted) in [(false, false), (true, true)] {
        let mut site = grouped();
        let copy = instance(&mut site, "SQL02").databases.remove("SSISDB").unwrap();
        let mut own = copy.clone();
        own.group = None;
        if stray {
            instance(&mut site, "SQL02").databases.insert("SSISDB".into(), own);
        }
        let replica =
            site.site.groups.get_mut(&"AG".into()).unwrap().replicas.get_mut(&"SQL02".into()).unwrap();
        replica.seeding_granted_by = granted.then(crate::state::Sid::sa);
        pass(&mut site, 3_000);
        let last = site.site.groups[&"AG".into()].seeding.last().unwrap();
        assert_eq!(last.failure_state, if stray { 23 } else { 0 });
        assert_eq!(sync_of(&site, "SQL02"), SyncState::NotSynchronizing);
    }
}

#[test]
fn a_planned_failover_takes_everything_along() {
    let mut site = converged();
    apply(&mut site, ControlEffect::FailOver { group: "AG".into(), to: "SQL02".into() }).unwrap();
    assert_eq!(role_of(&site, "SQL01"), ReplicaRole::Resolving);
    pass(&mut site, 1_000);
    assert_eq!(role_of(&site, "SQL02"), ReplicaRole::Primary);
    assert_eq!(role_of(&site, "SQL01"), ReplicaRole::Secondary);
    assert!(master_fresh(&mut site) && worker_fresh(&mut site), "the listener leads to the new primary");
    assert!(primary_catalog(&site).worker_agents[AGENT].enabled, "the catalog travelled");
    assert_eq!(sync_of(&site, "SQL01"), SyncState::Synchronized);
    assert_eq!(
        crate::network::connect_sql(&site.site, &"ETL01".into(), "ssisdb-lsnr,1433"),
        Ok("SQL02".into())
    );
    let again =
        apply(&mut site, ControlEffect::FailOver { group: "AG".into(), to: "SQL02".into() }).unwrap_err();
    assert_eq!(again.code, 41_122);
}

#[test]
fn a_failover_to_a_replica_that_is_not_synchronized_is_refused() {
    let mut site = grouped();
    let replica = site.site.groups.get_mut(&"AG".into()).unwrap().replicas.get_mut(&"SQL02".into()).unwrap();
    replica.availability_mode = AvailabilityMode::Asynchronous;
    pass(&mut site, 100);
    assert_eq!(sync_of(&site, "SQL02"), SyncState::Synchronizing);
    let refused =
        apply(&mut site, ControlEffect::FailOver { group: "AG".into(), to: "SQL02".into() }).unwrap_err();
    assert_eq!(refused.code, 41_142);
}

#[test]
fn a_lost_node_fails_over_only_where_both_sides_are_automatic() {
    for (mode, expected) in
        [(FailoverMode::Automatic, ReplicaRole::Primary), (FailoverMode::Manual, ReplicaRole::Resolving)]
    {
        let mut site = grouped();
        let group = site.site.groups.get_mut(&"AG".into()).unwrap();
        group.replicas.get_mut(&"SQL02".into()).unwrap().failover_mode = mode;
        apply(&mut site, ControlEffect::StopNode { node: "SQL01".into() }).unwrap();
        pass(&mut site, 1_000);
        assert_eq!(role_of(&site, "SQL02"), expected, "{mode:?}");
    }
}

#[test]
fn a_listener_without_its_dns_record_leads_nowhere() {
    let mut site = converged();
    site.site.domain.dns.remove(&"ssisdb-lsnr.corp.example".into());
    assert!(!master_fresh(&mut site));
    apply(&mut site, ControlEffect::FailOver { group: "AG".into(), to: "SQL02".into() }).unwrap();
    assert!(master_fresh(&mut site), "it is registered when the listener comes online");
}

#[test]
fn without_quorum_nobody_is_primary() {
    let mut site = grouped();
    site.site.cluster.as_mut().unwrap().witness = false;
    apply(&mut site, ControlEffect::StopNode { node: "SQL01".into() }).unwrap();
    pass(&mut site, 1_000);
    assert_eq!(role_of(&site, "SQL02"), ReplicaRole::Resolving);
    apply(&mut site, ControlEffect::StartNode { node: "SQL01".into() }).unwrap();
    pass(&mut site, 3_000);
    // The cluster is back before the instance of SQL01 is, so that the other replica takes over.
    assert_eq!(role_of(&site, "SQL02"), ReplicaRole::Primary);
    assert_eq!(sync_of(&site, "SQL01"), SyncState::Synchronized);
}

#[test]
fn the_master_key_opens_after_a_failover_only_with_the_right_credential() {
    for (password, opens) in [(None, false), (Some("wrong"), false), (Some("dmk"), true)] {
        let mut site = grouped();
        if let Some(password) = password {
            let credential = Credential {
                id: 300,
                identity: "SSISDB".into(),
                secret: Secret::new(password),
                created_ms: 0,
                family_guid: Some("f".into()),
            };
            instance(&mut site, "SQL02").credentials.insert("##DBMKEY_f_1##".into(), credential);
        }
        apply(&mut site, ControlEffect::FailOver { group: "AG".into(), to: "SQL02".into() }).unwrap();
        pass(&mut site, 1_000);
        let (_, own) = site.site.instance(&"SQL02".into()).unwrap();
        let database = own.database("SSISDB").unwrap();
        assert_eq!(crate::catalog::master_key_opens(own, database), opens, "#18, #42 {password:?}");
    }
}

#[test]
fn the_monitor_job_marks_executions_after_a_failover() {
    let mut site = converged();
    apply(&mut site, ControlEffect::StartTask { worker: AGENT.into() }).unwrap();
    apply(&mut site, ControlEffect::FailOver { group: "AG".into(), to: "SQL02".into() }).unwrap();
    pass_slowly(&mut site, 125_000);
    let catalog = primary_catalog(&site);
    assert_eq!(catalog.executions[&1].status, 6, "#43");
    assert_eq!(catalog.alwayson_support_state["SQL02"], 1);
    assert_eq!(catalog.alwayson_support_state["SQL01"], 2);
}

#[test]
fn a_replica_that_is_not_registered_fails_the_monitor_job() {
    let mut site = converged();
    let content = instance(&mut site, "SQL01").database_mut("SSISDB").unwrap().content_mut();
    content.catalog.as_mut().unwrap().alwayson_support_state.clear();
    pass_slowly(&mut site, 125_000);
    assert_eq!(instance(&mut site, "SQL01").jobs["SSIS Failover Monitor Job"].last_error, 27_228, "#21");
}

#[test]
fn without_a_login_of_the_cluster_the_replica_has_no_role() {
    let mut site = grouped();
    instance(&mut site, "SQL01").permissions.clear();
    instance(&mut site, "SQL02").permissions.clear();
    pass(&mut site, 500);
    assert_eq!(role_of(&site, "SQL01"), ReplicaRole::Resolving);
}
