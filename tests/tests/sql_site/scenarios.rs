//! Failover, workers, deposed sessions and faults, as the SQL port meets them.

use super::site::{GROUP, LISTENER, TestSite, USUAL};
use super::{Op, converged, run, secret, twice};
use scaleout_model::fact::{CauseKind, Fact};
use scaleout_model::outcome::Outcome;
use scaleout_sim_site::effect::ControlEffect;
use scaleout_sim_site::faults::Fault;
use scaleout_sim_site::sql::CatalogChange;
use scaleout_sim_site::sql_effect::{SqlChange, SqlEffect};
use scaleout_sim_site::{Effect, Origin};
use std::sync::Arc;

const AGENT: &str = "0d0f3c9e-0000-4000-8000-000000000001";

fn fail_over(site: &TestSite, to: &str) {
    let failover = ControlEffect::FailOver { group: GROUP.into(), to: to.into() };
    site.lock().apply(&Effect::Control(failover), &Origin::Control).unwrap();
    site.pass(5_000);
}

#[tokio::test]
async fn after_a_failover_the_other_replica_has_it_all() {
    let site = converged(USUAL).await;
    let before = site.observe_at(&site.target_at("SQL01", LISTENER)).await.unwrap();
    assert_eq!(before.server_name, "SQL01".into());
    fail_over(&site, "SQL02");
    let after = site.observe_at(&site.target_at("SQL02", LISTENER)).await.unwrap();
    assert_eq!(after.server_name, "SQL02".into(), "the listener follows the primary");
    let hidden = site.catalog("SQL01").await;
    assert!(matches!(&hidden, Fact::Unknown(_)), "a secondary's copy cannot be read: {hidden:?}");
    let Fact::Known(catalog) = site.catalog("SQL02").await else { panic!("no catalog") };
    assert!(catalog.scale_out_enabled);
    for op in [
        Op::OwnCatalog,
        Op::EnableScaleOut,
        Op::SetLogLoginPassword { password: secret("log 'password'") },
        Op::UpdateLogDatabase {
            server: "ssis-agl.corp.example,1444".to_owned(),
            password: secret("log 'password'"),
        },
        Op::GrantCatalogAdmin { account: r"CORP\svc-ssis-master".into() },
        Op::EnsureCatalogObserver { login: "observer".into() },
        Op::EnsureCleanupUser,
        Op::UpdateMasterAddress { address: "https://ssis-master.corp.example:8391".to_owned() },
    ] {
        run(&site, "SQL02", op.clone(), true).await;
        let elsewhere = site.execute("SQL01", op.clone()).await;
        assert!(
            matches!(elsewhere, Outcome::Failed(_)),
            "{} runs on the primary only: {elsewhere:?}",
            op.name()
        );
    }
}

/// Domain §7.2: the password proves itself where the key is opened by it alone.
#[tokio::test]
async fn the_credential_opens_the_key_on_the_new_primary() {
    let site = converged(USUAL).await;
    fail_over(&site, "SQL02");
    let outcome = site.execute("SQL02", Op::ProveMasterKey { master_key: secret("master key") }).await;
    assert!(matches!(outcome, Outcome::NoChange(Some(_)) | Outcome::Done(Some(_))), "{outcome:?}");
    let server = "ssis-agl.corp.example,1445".to_owned();
    twice(&site, "SQL02", Op::UpdateLogDatabase { server, password: secret("log 'password'") }).await;
}

#[tokio::test]
async fn a_worker_is_enabled_and_disabled() {
    let site = converged(USUAL).await;
    let enable = || Op::EnableWorker { agent_id: AGENT.to_owned() };
    let unknown = site.execute("SQL01", enable()).await;
    assert!(matches!(unknown, Outcome::Failed(_)), "{unknown:?}");
    let contact = CatalogChange::UpdateWorkerAgentStatus {
        agent_id: AGENT.to_owned(),
        machine: "ETL01".to_owned(),
        account: r"CORP\svc-ssis-worker".to_owned(),
    };
    let effect = Effect::Sql(SqlEffect::new("SQL01".into(), SqlChange::Catalog(contact)));
    site.lock().apply(&effect, &Origin::Control).unwrap();
    let Fact::Known(catalog) = site.catalog("SQL01").await else { panic!("no catalog") };
    let Fact::Known(workers) = catalog.workers else { panic!("no workers") };
    assert_eq!(
        (workers[0].agent_id.as_str(), workers[0].enabled),
        (AGENT, false),
        "new workers are disabled"
    );
    twice(&site, "SQL01", enable()).await;
    twice(&site, "SQL01", Op::DisableWorker { agent_id: AGENT.to_owned(), regardless: false }).await;
}

#[tokio::test]
async fn a_hanging_session_of_an_older_epoch_is_killed() {
    let site = Arc::new(TestSite::start(USUAL).await);
    site.lock().faults.add_instance("SQL01".into(), Fault::Hang, 1);
    let older = Arc::clone(&site);
    let hanging = tokio::spawn(async move { older.execute("SQL01", Op::EnableClr).await });
    while !site.lock().faults.instances.is_empty() {
        tokio::task::yield_now().await;
    }
    site.depose("SQL01", 8).await.unwrap();
    let outcome = hanging.await.unwrap();
    assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
    assert_eq!(site.effects(), 0);
}

/// The answer is lost, the effect is there: the port looks again and says so.
#[tokio::test]
async fn a_lost_answer_is_read_back() {
    let site = TestSite::start(USUAL).await;
    site.lock().faults.add_instance("SQL01".into(), Fault::ApplyWithoutAnswer, 1);
    let outcome = site.execute("SQL01", Op::EnableClr).await;
    assert_eq!(outcome, Outcome::Done(None));
    assert_eq!(site.effects(), 2, "sp_configure and RECONFIGURE, once");
    run(&site, "SQL01", Op::EnableClr, true).await;
}

#[tokio::test]
async fn refused_logins_and_hidden_facts() {
    let site = TestSite::start(USUAL).await;
    let mut target = site.target("SQL01");
    if let Some(credential) = &mut target.observer {
        credential.password = secret("wrong");
    }
    let refused = site.observe_at(&target).await.unwrap_err();
    assert!(refused.contains("CredentialRefused"), "{refused}");
    let sim_login = |site: &TestSite| {
        let mut sim = site.lock();
        let instance = sim.site.instance_mut(&"SQL02".into()).unwrap();
        instance.permissions.retain(|row| row.permission != "VIEW ANY DEFINITION");
    };
    sim_login(&site);
    let facts = site.observe("SQL02").await;
    assert!(!facts.rights.any_definition && facts.rights.server_state);
    assert_eq!(facts.logins.cause().map(|cause| cause.kind), Some(CauseKind::NotPermitted));
    assert_eq!(facts.permissions.cause().map(|cause| cause.kind), Some(CauseKind::NotPermitted));
}
