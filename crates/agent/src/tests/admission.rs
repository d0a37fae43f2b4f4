//! Who may act: lineage, namespace, epoch, claim; what is kept and what is recorded.

use super::site::*;
use crate::Agent;
use crate::audit::arguments_digest;
use crate::state::StateError;
use scaleout_agent_api::EpochAnswer;
use scaleout_model::certificate::Thumbprint;
use scaleout_model::fence::{Epoch, Fence, Kind};
use scaleout_model::node::{ClaimRole, Feature, NodeOp, Store};
use scaleout_model::outcome::{Class, Outcome, Refusal};
use scaleout_model::secret::SecretBytes;
use scaleout_model::version::SqlVersion;
use std::sync::Arc;

fn at(epoch: Epoch) -> Fence {
    Fence { epoch, ..fence() }
}

fn refused(refusal: Refusal) -> Outcome {
    Outcome::Refused(refusal)
}

#[tokio::test]
async fn a_stale_epoch_and_an_equal_number_of_another_holder_are_refused() {
    let site = Site::new();
    assert_eq!(site.run(firewall(1)).await, Outcome::Done(None));
    let writes = site.host.writes();
    for stale in [epoch(4, "pod-a"), epoch(5, "pod-b")] {
        assert_eq!(site.run_as(at(stale), firewall(2)).await, refused(Refusal::StaleEpoch));
    }
    assert_eq!(site.host.writes(), writes);
    assert_eq!(site.run_as(at(epoch(6, "pod-b")), firewall(2)).await, Outcome::Done(None));
    assert_eq!(site.run(firewall(1)).await, refused(Refusal::StaleEpoch));
}

#[tokio::test]
async fn another_lineage_and_another_namespace_move_nothing() {
    let site = Site::new();
    site.run(firewall(1)).await;
    let other = Epoch { lineage: "l-2".into(), ..epoch(99, "pod-x") };
    assert_eq!(site.run_as(at(other), firewall(2)).await, refused(Refusal::OtherLineage));
    let mut elsewhere = fence_of(Kind::ScaleOutMaster, "payroll", "ssis-master");
    elsewhere.epoch.number = 50;
    assert_eq!(site.run_as(elsewhere, firewall(2)).await, refused(Refusal::NamespaceNotAllowed));
    assert_eq!(site.agent.epochs().highest(), Some(epoch(5, "pod-a")));
    assert_eq!(site.agent.claims().claims().len(), 1);
}

#[tokio::test]
async fn a_second_object_is_refused_until_the_claim_is_released() {
    let site = Site::new();
    let second = fence_of(Kind::ScaleOutMaster, "etl", "other");
    site.run(firewall(1)).await;
    let holder = Refusal::ClaimedByOther("etl/ScaleOutMaster/ssis-master".into());
    assert_eq!(site.run_as(second.clone(), firewall(2)).await, refused(holder));
    let release = || NodeOp::ReleaseClaim { role: ClaimRole::MasterNode };
    assert_eq!(site.run_as(second.clone(), release()).await, Outcome::NoChange(None));
    assert_eq!(site.run(release()).await, Outcome::Done(None));
    assert_eq!(site.run(release()).await, Outcome::NoChange(None));
    assert_eq!(site.run_as(second, firewall(2)).await, Outcome::Done(None));
}

#[tokio::test]
async fn epoch_and_claims_outlive_the_process() {
    let site = Site::new();
    site.run(firewall(1)).await;
    assert_eq!(site.agent.raise_epoch(CONTROLLER, &epoch(9, "pod-c")).unwrap(), EpochAnswer::Accepted);
    let site = site.restart();
    assert_eq!(site.run(firewall(1)).await, refused(Refusal::StaleEpoch));
    let answer = site.agent.raise_epoch(CONTROLLER, &epoch(9, "pod-d")).unwrap();
    assert_eq!(answer, EpochAnswer::Behind(epoch(9, "pod-c")));
    let second = Fence { epoch: epoch(9, "pod-c"), ..fence_of(Kind::ScaleOutMaster, "etl", "other") };
    assert!(matches!(site.run_as(second, firewall(2)).await, Outcome::Refused(Refusal::ClaimedByOther(_))));
}

#[tokio::test]
async fn two_agents_never_share_a_state_folder() {
    let site = Site::new();
    let second = Agent::open(&config(site.folder.path()), site.host.clone());
    assert!(matches!(second, Err(StateError::InUse(_))));
}

#[tokio::test]
async fn a_raise_in_the_middle_of_an_op_stops_its_next_write() {
    let site = Site::new();
    let agent: Arc<Agent> = site.agent.clone();
    *site.host.at_write.lock().unwrap() = Some(Box::new(move |name| {
        if name == "grant_service_logon_right" {
            agent.raise_epoch(CONTROLLER, &epoch(6, "pod-b")).unwrap();
        }
    }));
    assert_eq!(site.run(set_account()).await, refused(Refusal::StaleEpoch));
    assert_eq!(site.host.writes(), ["grant_service_logon_right"]);
    *site.host.at_write.lock().unwrap() = None;
}

#[tokio::test]
async fn a_worker_that_is_not_here_takes_no_claim_by_trust() {
    let site = Site::new();
    let worker = fence_of(Kind::ScaleOutWorker, "etl", "etl07");
    let trust: NodeOp<SecretBytes> =
        NodeOp::RemoveCertificate { store: Store::Root, thumbprint: Thumbprint::from_bytes([1; 20]) };
    assert!(matches!(site.run_as(worker.clone(), trust.clone()).await, Outcome::NotYet(_)));
    assert_eq!(site.agent.claims().claims(), []);
    site.run(firewall(1)).await;
    assert_eq!(site.run_as(worker.clone(), trust.clone()).await, Outcome::NoChange(None));
    assert_eq!(site.agent.claims().claims().len(), 1);

    let mut machine = machine();
    machine.features = vec![scaleout_model::node::FeatureFacts {
        feature: Feature::ScaleOutWorker,
        version: SqlVersion::V2019,
    }];
    let own = Site::with(machine);
    assert_eq!(own.run_as(worker, trust).await, Outcome::NoChange(None));
    assert_eq!(own.agent.claims().claims().len(), 1);
}

#[tokio::test]
async fn the_audit_log_tells_all_and_no_secret() {
    let site = Site::new();
    site.run(set_account()).await;
    site.run_as(at(epoch(4, "old")), set_account()).await;
    let lines = site.audit();
    let events: Vec<&str> = lines.iter().map(|line| line["event"].as_str().unwrap()).collect();
    assert_eq!(events, ["epochRaised", "opBegun", "opEnded", "epochRefused", "opRefused"]);
    let ended = &lines[2];
    assert_eq!(ended["peer"], CONTROLLER);
    assert_eq!(ended["op"], "SetServiceAccount");
    assert_eq!(ended["fence"]["owner"]["name"], "ssis-master");
    assert_eq!(ended["fence"]["epoch"]["number"], 5);
    assert!(ended["durationMs"].is_u64() && ended["outcome"]["done"].is_object());
    assert_eq!(ended["arguments"], lines[4]["arguments"], "equal ops have equal digests");
    let state = site.folder.path().join("state");
    for file in std::fs::read_dir(state).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("canary") && !text.contains("Y2FuYXJ5"), "a secret is in {text}");
    }
}

#[tokio::test]
async fn the_digest_does_not_depend_on_the_secret() {
    let other = NodeOp::SetServiceAccount {
        service: scaleout_model::node::ServiceRef::Master(SqlVersion::V2019),
        account: ACCOUNT.into(),
        password: Some(SecretBytes::new("another")),
    };
    assert_eq!(arguments_digest(&set_account()), arguments_digest(&other));
    assert_ne!(arguments_digest(&firewall(1)), arguments_digest(&firewall(2)));
}

#[tokio::test]
async fn nothing_is_done_that_cannot_be_recorded() {
    let site = Site::new();
    site.run(firewall(1)).await;
    std::fs::remove_dir_all(site.folder.path().join("state")).unwrap();
    let outcome = site.run_as(at(epoch(6, "pod-b")), firewall(2)).await;
    assert!(matches!(outcome, Outcome::Failed(failure) if failure.class == Class::Human));
    assert_eq!(site.host.writes(), ["set_firewall_rule"]);
}
