//! Agents, instances and addresses follow the site.

use crate::clients::{Running, agent, eventually};
use scaleout_execution::ports::{NodePort as _, SqlPort as _};
use scaleout_model::fact::CauseKind;
use scaleout_model::names::DnsName;
use scaleout_sim::control::{Request, ask};
use scaleout_sim_site::effect::ClusterEffect;
use scaleout_sim_site::{Effect, Origin};
use std::net::{IpAddr, SocketAddr};
use tokio::net::TcpStream;

#[tokio::test(flavor = "multi_thread")]
async fn agents_and_instances_answer_the_products_clients() {
    let running = Running::start().await;
    let facts = running.agents().facts(&agent("ETL02")).await.unwrap();
    assert_eq!(facts.computer_name, "ETL02".into());
    let facts = running.sql().observe(&running.instance("sql01.corp.example"), &"AG1".into()).await.unwrap();
    assert_eq!(facts.machine_name, "SQL01");
    // The certificate holds the short name as well.
    running.sql().observe(&running.instance("sql02"), &"AG1".into()).await.unwrap();
    let effects = ask(running.out.path(), &Request::Effects { since: 0 }).await.unwrap();
    assert_eq!(effects, serde_json::json!([]));
    running.simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_without_power_answers_nothing_until_it_boots() {
    let running = Running::start().await;
    let (agents, sql, instance) = (running.agents(), running.sql(), running.instance("sql01.corp.example"));
    agents.facts(&agent("SQL01")).await.unwrap();
    sql.observe(&instance, &"AG1".into()).await.unwrap();
    let out = running.out.path();
    ask(out, &Request::StopNode { node: "SQL01".into() }).await.unwrap();
    let cause = eventually(|| async { agents.facts(&agent("SQL01")).await.err() }).await;
    assert_eq!(cause.kind, CauseKind::Unreachable, "{}", cause.message);
    let cause = eventually(|| async { sql.observe(&instance, &"AG1".into()).await.err() }).await;
    assert_eq!(cause.kind, CauseKind::Unreachable, "{}", cause.message);
    agents.facts(&agent("SQL02")).await.unwrap();
    ask(out, &Request::StartNode { node: "SQL01".into() }).await.unwrap();
    eventually(|| async { agents.facts(&agent("SQL01")).await.ok() }).await;
    eventually(|| async { sql.observe(&instance, &"AG1".into()).await.ok() }).await;
    running.simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agent_keeps_its_epoch_over_a_loss_of_power() {
    let running = Running::start().await;
    let (agents, out) = (running.agents(), running.out.path());
    let epoch = scaleout_model::fence::Epoch {
        lineage: "7d0f3c9e".to_owned(),
        number: 7,
        holder: "controller-0".to_owned(),
    };
    agents.raise_epoch(&agent("ETL01"), &epoch).await.unwrap();
    ask(out, &Request::StopNode { node: "ETL01".into() }).await.unwrap();
    eventually(|| async { agents.facts(&agent("ETL01")).await.err() }).await;
    ask(out, &Request::StartNode { node: "ETL01".into() }).await.unwrap();
    let facts = eventually(|| async { agents.facts(&agent("ETL01")).await.ok() }).await;
    assert_eq!(facts.agent.epoch, Some(epoch));
    running.simulator.stop().await;
}

async fn connects(host: IpAddr, port: u16) -> bool {
    TcpStream::connect(SocketAddr::new(host, port)).await.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_instance_that_restarts_is_away_for_a_while() {
    let running = Running::start().await;
    let host = running.hosts()[&DnsName::new("sql02")];
    assert!(connects(host, 1433).await);
    let restart = Request::RestartService { node: "SQL02".into(), service: "MSSQLSERVER".to_owned() };
    ask(running.out.path(), &restart).await.unwrap();
    eventually(async || (!connects(host, 1433).await).then_some(())).await;
    assert!(connects(host, 8443).await);
    eventually(async || connects(host, 1433).await.then_some(())).await;
    running.simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_of_the_cluster_goes_with_its_role() {
    let running = Running::start().await;
    let site = running.simulator.site();
    let call = |effect| {
        site.apply(&Effect::Cluster("SQL01".into(), effect), &Origin::Control).unwrap();
    };
    let create = |resource: &str, type_name: &str| ClusterEffect::CreateResource {
        group: "cap".into(),
        resource: resource.to_owned(),
        type_name: type_name.to_owned(),
    };
    let set = |resource: &str, pairs: &[(&str, &str)]| ClusterEffect::SetProperties {
        resource: resource.to_owned(),
        properties: pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
    };
    call(ClusterEffect::CreateGroup { group: "cap".into() });
    call(create("cap ip", "IP Address"));
    let network =
        [("Address", "10.0.0.50"), ("SubnetMask", "255.255.255.0"), ("Network", "Cluster Network 1")];
    call(set("cap ip", &network));
    call(create("cap name", "Network Name"));
    call(set("cap name", &[("DnsName", "ssis-master")]));
    call(ClusterEffect::SetDependencies {
        resource: "cap name".to_owned(),
        expression: "[cap ip]".to_owned(),
    });
    call(ClusterEffect::OnlineGroup { group: "cap".into() });
    let name = DnsName::new("ssis-master.corp.example");
    let host = eventually(async || running.hosts().get(&name).copied()).await;
    eventually(async || connects(host, 1433).await.then_some(())).await;
    let to = Request::MoveRole { role: "CAP".into(), node: "SQL02".into() };
    ask(running.out.path(), &to).await.unwrap();
    let arrived =
        Request::Wait { path: "/cluster/groups/cap/owner".to_owned(), value: "SQL02".into(), seconds: 20 };
    ask(running.out.path(), &arrived).await.unwrap();
    eventually(async || connects(host, 1433).await.then_some(())).await;
    let gone = Request::Set { path: "cluster/nodes/SQL02/serviceUp".to_owned(), value: false.into() };
    ask(running.out.path(), &gone).await.unwrap();
    ask(running.out.path(), &Request::Set { path: "nodes/SQL01/up".to_owned(), value: false.into() })
        .await
        .unwrap();
    eventually(async || (!connects(host, 1433).await).then_some(())).await;
    running.simulator.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_simulators_run_side_by_side() {
    let (first, second) = (Running::start().await, Running::start().await);
    let name = DnsName::new("sql01.corp.example");
    assert_ne!(first.hosts()[&name], second.hosts()[&name]);
    ask(first.out.path(), &Request::StopNode { node: "SQL01".into() }).await.unwrap();
    eventually(|| async { first.agents().facts(&agent("SQL01")).await.err() }).await;
    second.agents().facts(&agent("SQL01")).await.unwrap();
    // Each has authorities of its own.
    let strange = scaleout_execution::ports::SqlTarget {
        ca_pem: first.instance("sql01.corp.example").ca_pem,
        ..second.instance("sql01.corp.example")
    };
    let cause = second.sql().observe(&strange, &"AG1".into()).await.unwrap_err();
    assert_eq!(cause.kind, CauseKind::IdentityRefused, "{}", cause.message);
    first.simulator.stop().await;
    second.simulator.stop().await;
}
