//! Who is waited for, what is gone, since when a host is silent, which hosts are given up.

use crate::deletion::{Presence, Reference, References, User, given_up, silent_since, waited_for};
use crate::steps::deletion::plan_retain;
use crate::tests::fixture::{NOW, deletion, name};
use crate::tests::lines;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, Time};
use k8s_openapi::jiff::Timestamp;
use scaleout_api::{Convergence, DeletionPolicy};
use std::collections::{BTreeMap, BTreeSet};

fn users() -> Vec<User> {
    let user = |name: &str, deleted_with| User { name: name.into(), deleted_with };
    vec![
        user("living", None),
        user("going with Teardown", Some(DeletionPolicy::Teardown)),
        user("going with Retain", Some(DeletionPolicy::Retain)),
    ]
}

#[test]
fn teardown_waits_for_the_living_too_and_nobody_for_what_is_retained() {
    assert_eq!(waited_for(DeletionPolicy::Retain, users()), ["going with Teardown"]);
    assert_eq!(waited_for(DeletionPolicy::Teardown, users()), ["going with Teardown", "living"]);
}

#[test]
fn retain_does_nothing_but_wait_for_those_that_need_the_object() {
    let mut deletion = deletion();
    assert!(plan_retain(&deletion).is_converged());
    deletion.users = waited_for(DeletionPolicy::Retain, users());
    let plan = plan_retain(&deletion);
    assert_eq!((lines(&plan), plan.ops().count()), (vec!["Unused site: Waiting InUse".to_owned()], 0));
}

#[test]
fn what_was_there_once_is_gone_and_what_never_was_is_not_missed() {
    let judge = |presence: [Presence; 2], missing: &[&str], seen| {
        let objects = vec![("master".to_owned(), presence[0]), ("group".to_owned(), presence[1])];
        let missing_secrets = missing.iter().map(|&secret| secret.to_owned()).collect();
        References { objects, missing_secrets, seen }.judge()
    };
    let (missing, unsettled, settled) = (Presence::Missing, Presence::Unsettled, Presence::Settled);
    assert_eq!(judge([settled, settled], &[], true), Reference::Usable);
    assert_eq!(judge([missing, missing], &[], false), Reference::NeverExisted);
    assert_eq!(judge([settled, missing], &["ca"], false), Reference::NeverExisted);
    assert!(matches!(judge([settled, missing], &[], true), Reference::Gone(why) if why.contains("group")));
    assert!(matches!(judge([missing, settled], &[], true), Reference::Gone(why) if why.contains("master")));
    assert!(
        matches!(judge([settled, unsettled], &[], true), Reference::NotReady(why) if why.contains("group"))
    );
    assert!(
        matches!(judge([settled, settled], &["login"], true), Reference::Gone(why) if why.contains("login"))
    );
    // Whether a Secret is missing is not known before the object that names it is.
    assert!(matches!(judge([unsettled, unsettled], &["login"], true), Reference::NotReady(_)));
}

fn condition(type_: &str, status: &str, at: i64) -> Convergence {
    let condition = Condition {
        last_transition_time: Time(Timestamp::from_millisecond(at).unwrap()),
        message: String::new(),
        observed_generation: None,
        reason: "AgentUnreachable".into(),
        status: status.into(),
        type_: type_.into(),
    };
    Convergence { conditions: vec![condition], ..Convergence::default() }
}

#[test]
fn silence_counts_from_the_condition_and_not_before_the_deletion() {
    for type_ in ["AgentsReachable", "AgentReachable"] {
        let since = |status, at| silent_since(Some(&condition(type_, status, at)), NOW);
        assert_eq!(since("True", NOW + 5_000), None);
        assert_eq!(since("False", NOW + 5_000), Some(NOW + 5_000));
        assert_eq!(since("Unknown", NOW + 5_000), Some(NOW + 5_000));
        assert_eq!(since("False", NOW - 3_600_000), Some(NOW));
    }
    assert_eq!(silent_since(Some(&condition("Installed", "False", NOW)), NOW), None);
    assert_eq!(silent_since(None, NOW), None);
}

#[test]
fn hosts_are_given_up_by_name_only() {
    let annotated = |value: &str| {
        let all = BTreeMap::from([
            ("scaleout.ssis.dev/give-up-hosts".to_owned(), value.to_owned()),
            ("other".to_owned(), "QRY9".to_owned()),
        ]);
        given_up(all.iter())
    };
    assert_eq!(annotated("QRY1, qry2"), BTreeSet::from([name("QRY1"), name("QRY2")]));
    assert_eq!(annotated("true"), BTreeSet::from([name("true")]));
    assert_eq!(annotated(" , "), BTreeSet::new());
    assert_eq!(given_up(BTreeMap::new().iter()), BTreeSet::new());
}
