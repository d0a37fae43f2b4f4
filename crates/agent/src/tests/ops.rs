//! Each op: does its work, does nothing the second time, and gets there from every place where it was cut off.

use super::cases::*;
use super::fake::{Fault, NOW_MS};
use super::site::*;
use scaleout_certificates::Authority;
use scaleout_model::certificate::{PublicCertificate, Thumbprint};
use scaleout_model::fact::{CauseKind, Fact};
use scaleout_model::fence::Kind;
use scaleout_model::node::*;
use scaleout_model::outcome::{Class, Outcome, Refusal};
use scaleout_model::reason::Reason;
use scaleout_model::secret::SecretBytes;
use std::collections::BTreeSet;
use std::time::Duration;

async fn prepared(case: &Case) -> Site {
    let mut machine = machine();
    (case.prepare)(&mut machine);
    let site = Site::with(machine);
    for op in (case.before)() {
        assert!(matches!(site.run(op).await, Outcome::Done(_)));
    }
    site
}

#[tokio::test]
async fn each_op_works_once_and_then_does_nothing() {
    for case in cases() {
        let name = case.name;
        let site = prepared(&case).await;
        let op = (case.op)(&site);
        let before = site.host.writes().len();
        let outcome = site.run(op.clone()).await;
        assert!(matches!(outcome, Outcome::Done(_)), "{name}: {outcome:?}");
        let after = site.host.writes();
        assert_eq!(after.len() - before, case.writes, "{name} wrote {:?}", &after[before..]);
        let again = site.run(op).await;
        // A password can't be read back, so it is set again.
        if name == "SetServiceAccount" {
            assert!(matches!(again, Outcome::Done(_)), "{name}: {again:?}");
        } else {
            assert_eq!(again, Outcome::NoChange(None), "{name}");
            assert_eq!(site.host.writes(), after, "{name}");
        }
    }
}

#[tokio::test]
async fn each_op_ends_the_same_from_every_place_where_it_was_cut_off() {
    for case in cases() {
        let name = case.name;
        let reference = prepared(&case).await;
        reference.run((case.op)(&reference)).await;
        for cut in (0..case.writes).flat_map(|n| [Fault::Before(n), Fault::After(n)]) {
            let site = prepared(&case).await;
            let op = (case.op)(&site);
            let done = site.host.writes().len();
            let number = |n| n + done;
            site.host.inject(match cut {
                Fault::Before(n) => Fault::Before(number(n)),
                Fault::After(n) => Fault::After(number(n)),
            });
            let first = site.run(op.clone()).await;
            assert!(
                matches!(&first, Outcome::Failed(f) if f.class == Class::Unanswered)
                    // A failed write of the network name's `Name` is forgiven when it reads back right.
                    || (name, cut) == ("EnsureRole", Fault::After(7)),
                "{name} at {cut:?}: {first:?}"
            );
            let site = site.restart();
            let second = site.run(op).await;
            assert!(
                matches!(second, Outcome::Done(_) | Outcome::NoChange(_)),
                "{name} after {cut:?}: {second:?}"
            );
            for op in (case.mended_by)() {
                site.run(op).await;
            }
            // Each generated key is another one.
            if name != "GenerateCertificate" {
                assert_eq!(*site.host.machine(), *reference.host.machine(), "{name} after {cut:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_op_is_answered_while_it_runs_and_a_hanging_one_frees_its_family() {
    let site = Site::new();
    site.host.machine().features.clear();
    site.host.setup_gate.send_replace(false);
    for _ in 0..2 {
        let outcome = site.run(install()).await;
        assert!(matches!(&outcome, Outcome::NotYet(on) if on.reason == Reason::InstallationRunning));
        assert_eq!(site.agent.ledger().describe().len(), 1);
    }
    // Virtual time: setup hangs until its limit has passed.
    tokio::time::sleep(Duration::from_hours(4)).await;
    assert_eq!(site.agent.ledger().describe(), []);
    assert_eq!(site.audit().last().unwrap()["outcome"]["failed"]["class"], "unanswered");
    site.host.setup_gate.send_replace(true);
    assert_eq!(site.run(install()).await, Outcome::Done(None));
}

#[tokio::test]
async fn a_generated_certificate_is_a_leaf_of_its_owner() {
    let site = Site::new();
    let op = NodeOp::GenerateCertificate { names: vec!["SQL01".into(), "sql01.corp.example".into()] };
    site.run(op).await;
    let facts = site.agent.facts().await.unwrap();
    let [made] = facts.certificates.known().unwrap().as_slice() else { panic!("one certificate") };
    assert_eq!(made.placed_for.as_deref(), Some("etl/ScaleOutMaster/ssis-master"));
    let certificate = PublicCertificate::from_pem(&made.pem).unwrap();
    assert!(made.has_private_key && made.self_signed && !certificate.is_authority());
    assert!(certificate.covers_name("sql01.corp.example") && made.store == Store::My);
}

#[tokio::test]
async fn facts_that_no_longer_hold_are_a_conflict_and_write_nothing() {
    let site = Site::new();
    site.run(import(Store::Root)).await;
    let other = Thumbprint::from_bytes([9; 20]);
    let bound = TlsBinding { port: 8391, thumbprint: other, store: Store::Root };
    site.host.machine().bindings.insert(8391, bound);
    let stale = settings(&site);
    site.host.machine().settings.insert(Feature::ScaleOutMaster, br#"{ "SqlServerName": "x" }"#.to_vec());
    site.run(role()).await;
    site.run(NodeOp::OnlineRole { role: "ssis-master".into() }).await;
    let restart = NodeOp::RestartRoleService {
        role: "ssis-master".into(),
        expected_owner: "SQL02".into(),
        not_before_unix_ms: NOW_MS,
    };
    let writes = site.host.writes();
    for op in [bind(None), stale, restart] {
        let outcome = site.run(op.clone()).await;
        assert!(matches!(outcome, Outcome::Conflict(_)), "{op:?}: {outcome:?}");
    }
    assert_eq!(site.host.writes(), writes);
    assert_eq!(site.run(bind(Some(other))).await, Outcome::Done(None));
    assert_eq!(site.run(bind(Some(other))).await, Outcome::NoChange(None));
}

#[tokio::test]
async fn a_binding_that_was_cut_off_is_made_after_another_look() {
    let site = Site::new();
    site.run(import(Store::Root)).await;
    let old = Thumbprint::from_bytes([9; 20]);
    let bound = TlsBinding { port: 8391, thumbprint: old, store: Store::Root };
    site.host.machine().bindings.insert(8391, bound);
    site.host.inject(Fault::Before(2));
    assert!(matches!(site.run(bind(Some(old))).await, Outcome::Failed(_)));
    assert!(matches!(site.run(bind(Some(old))).await, Outcome::Conflict(_)));
    assert_eq!(site.run(bind(None)).await, Outcome::Done(None));
    assert_eq!(site.host.machine().bindings[&8391].thumbprint, thumbprint());
}

#[tokio::test]
async fn a_role_is_corrected_and_moved_only_while_it_is_offline() {
    let site = Site::new();
    site.run(role()).await;
    let own = |owner: &str, address: &str| {
        let mut machine = site.host.machine();
        let found = &mut machine.cluster.as_mut().unwrap().roles[0];
        found.owner = owner.into();
        for resource in &mut found.resources {
            if let ResourceKind::IpAddress { mask, .. } = &mut resource.kind {
                *mask = address.to_owned();
            }
        }
    };
    own("ETL07", "255.0.0.0");
    assert_eq!(site.run(role()).await, Outcome::Done(None));
    assert_eq!(site.host.writes()[17..], ["move_group", "set_private_properties", "set_private_properties"]);
    // Online: what is stored counts from the next online, and the role is not torn away.
    site.run(NodeOp::OnlineRole { role: "ssis-master".into() }).await;
    own("SQL01", "255.0.0.0");
    assert!(matches!(site.run(role()).await, Outcome::NotYet(on) if on.reason == Reason::RestartPending));
    own("ETL07", "255.0.0.0");
    assert!(matches!(site.run(role()).await, Outcome::Conflict(_)));
}

/// What spec does not name stays, also where the role is corrected; what is needed is added.
#[tokio::test]
async fn owners_of_a_role_that_was_found_are_never_taken_away() {
    let site = Site::new();
    site.run(role()).await;
    let owners = |site: &Site| -> Vec<BTreeSet<String>> {
        let mut machine = site.host.machine();
        let found = &mut machine.cluster.as_mut().unwrap().roles[0];
        let names = |r: &Resource| r.possible_owners.iter().map(ToString::to_string).collect();
        found.resources.iter().map(names).collect()
    };
    let ours = BTreeSet::from(["SQL01".to_owned(), "SQL02".to_owned()]);
    assert_eq!(owners(&site), vec![ours; 4], "a role that we create");
    for resource in &mut site.host.machine().cluster.as_mut().unwrap().roles[0].resources {
        resource.possible_owners = vec!["ETL07".into(), "SQL01".into()];
    }
    site.host.machine().cluster.as_mut().unwrap().roles[0].owner = "ETL07".into();
    assert_eq!(site.run(role()).await, Outcome::Done(None), "SQL02 is missing");
    let all = BTreeSet::from(["ETL07".to_owned(), "SQL01".to_owned(), "SQL02".to_owned()]);
    assert_eq!(owners(&site), vec![all; 4]);
    assert_eq!(site.host.machine().cluster.as_ref().unwrap().roles[0].owner, "ETL07".into());
    assert_eq!(site.run(role()).await, Outcome::NoChange(None));
}

#[tokio::test]
async fn a_lost_reply_of_a_settings_write_is_no_conflict() {
    let site = Site::new();
    let op = settings(&site);
    assert_eq!(site.run(op.clone()).await, Outcome::Done(None));
    assert_eq!(site.run(op).await, Outcome::NoChange(None));
}

#[tokio::test]
async fn authorities_strangers_and_wrong_pairs_are_not_imported() {
    let site = Site::new();
    let authority = Authority::new("corp ca").unwrap();
    let issued = authority.issue(&request("ssis-master.corp.example")).unwrap();
    let public = |pem: &str| {
        let thumbprint = PublicCertificate::from_pem(pem).unwrap().thumbprint();
        NodeOp::ImportCertificate { store: Store::Root, thumbprint, pem: pem.to_owned() }
    };
    let mut wrong_key = import(Store::Root);
    if let NodeOp::ImportKeyPair { key, .. } = &mut wrong_key {
        *key = SecretBytes::new(issued.key_pem.as_bytes());
    }
    let mut wrong_name = import(Store::Root);
    if let NodeOp::ImportKeyPair { thumbprint, .. } = &mut wrong_name {
        *thumbprint = Thumbprint::from_bytes([1; 20]);
    }
    for op in [public(authority.pem()), public(&issued.certificate_pem), wrong_key, wrong_name] {
        let outcome = site.run(op.clone()).await;
        assert!(matches!(&outcome, Outcome::Failed(f) if f.class == Class::Terminal), "{op:?}: {outcome:?}");
    }
    assert_eq!(site.host.writes(), [""; 0]);
    site.host.machine().trust_mode = Some(2);
    assert_eq!(site.run(public(&issued.certificate_pem)).await, Outcome::Done(None));
}

#[tokio::test]
async fn only_what_was_placed_is_removed_and_never_while_bound() {
    let site = Site::new();
    let worker = fence_of(Kind::ScaleOutWorker, "etl", "etl07");
    site.run(firewall(1)).await;
    let trust = NodeOp::ImportCertificate {
        store: Store::Root,
        thumbprint: thumbprint(),
        pem: PAIR.certificate_pem.clone(),
    };
    assert_eq!(site.run_as(worker, trust).await, Outcome::Done(None));
    let stranger = fence_of(Kind::ScaleOutWorker, "etl", "etl08");
    let refused = site.run_as(stranger, remove()).await;
    assert_eq!(refused, Outcome::Refused(Refusal::ClaimedByOther("etl/ScaleOutWorker/etl07".into())));
    let bound = TlsBinding { port: 8391, thumbprint: thumbprint(), store: Store::Root };
    site.host.machine().bindings.insert(8391, bound);
    assert!(matches!(site.run(remove()).await, Outcome::Conflict(_)));
    site.host.machine().bindings.clear();
    assert_eq!(site.run(remove()).await, Outcome::Done(None), "the master of its namespace may");

    let der = PAIR.public().unwrap().der().to_vec();
    let foreign =
        crate::host::HostCertificate { store: Store::Root, der, has_private_key: false, key_readers: vec![] };
    site.host.machine().certificates.push(foreign);
    assert!(matches!(site.run(remove()).await, Outcome::Failed(f) if f.class == Class::Terminal));
}

#[tokio::test]
async fn what_others_bound_reserved_or_opened_is_not_withdrawn() {
    let site = Site::new();
    let other = TlsBinding { port: 8391, thumbprint: Thumbprint::from_bytes([1; 20]), store: Store::Root };
    let in_my = TlsBinding { port: 8391, thumbprint: thumbprint(), store: Store::My };
    for binding in [other, in_my] {
        site.host.machine().bindings.insert(8391, binding);
        assert!(matches!(site.run(unbind()).await, Outcome::Conflict(_)));
    }
    let other = UrlReservation { port: 8391, account: r"CORP\old".into() };
    site.host.machine().reservations.insert(8391, other);
    assert!(matches!(site.run(release()).await, Outcome::Conflict(_)));
    let rule = NodeOp::RemoveFirewallRule { name: "World Wide Web Services (HTTP Traffic-In)".into() };
    assert!(matches!(site.run(rule).await, Outcome::Failed(f) if f.class == Class::Terminal));
    assert_eq!(site.host.writes(), [""; 0]);
}

#[tokio::test]
async fn a_wrong_password_is_never_set() {
    let site = Site::new();
    site.host.machine().passwords.clear();
    let outcome = site.run(set_account()).await;
    assert!(matches!(outcome, Outcome::Failed(f) if f.class == Class::Credential && f.code == Some(1326)));
    assert_eq!(site.host.writes(), [""; 0]);
}

#[tokio::test]
async fn a_clustered_service_is_left_to_the_cluster() {
    let site = Site::new();
    site.run(role()).await;
    let start = || service_op(|service| NodeOp::StartService { service });
    let stop = || service_op(|service| NodeOp::StopService { service });
    for op in [start(), stop()] {
        let outcome = site.run(op.clone()).await;
        assert!(matches!(&outcome, Outcome::Failed(f) if f.class == Class::Terminal), "{op:?}: {outcome:?}");
    }
    // Where the role is not, a running service is a second master.
    site.host.machine().cluster.as_mut().unwrap().roles[0].owner = "SQL02".into();
    site.host.machine().services.get_mut(MASTER_SERVICE).unwrap().state = ServiceState::Running;
    assert_eq!(site.run(stop()).await, Outcome::Done(None));
}

#[tokio::test]
async fn roles_of_others_and_clusters_without_quorum_are_left_alone() {
    let site = Site::new();
    site.run(role()).await;
    site.host.machine().cluster.as_mut().unwrap().quorum = Quorum::Forced;
    assert!(matches!(site.run(NodeOp::DeleteRole { role: "ssis-master".into() }).await, Outcome::NotYet(_)));
    {
        let mut machine = site.host.machine();
        let cluster = machine.cluster.as_mut().unwrap();
        cluster.quorum = Quorum::Normal;
        cluster.roles[0].resources[0].kind = ResourceKind::AvailabilityGroup;
    }
    let writes = site.host.writes();
    for op in [role(), NodeOp::OfflineRole { role: "ssis-master".into() }] {
        assert!(matches!(site.run(op).await, Outcome::Failed(f) if f.class == Class::Terminal));
    }
    assert_eq!(site.host.writes(), writes);
}

#[tokio::test]
async fn one_failing_part_is_unknown_and_takes_no_other_with_it() {
    let site = Site::new();
    site.host.break_read("tls_bindings");
    let facts = site.agent.facts().await.unwrap();
    assert!(matches!(&facts.bindings, Fact::Unknown(cause) if cause.kind == CauseKind::NotPermitted));
    assert_eq!(facts.services.known().unwrap().len(), 1);
    assert_eq!(facts.settings.known().unwrap()[0].values["SqlServerName"], "SQL01");
    assert!(facts.client_auth_trust_mode.is_absent());
    site.host.break_read("identity");
    assert!(site.agent.facts().await.is_err());
}
