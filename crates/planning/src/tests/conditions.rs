//! Conditions: each area alone, the summary that kstatus reads, the worst first.

use super::drift::drifts;
use super::{GROUP, Kind, MASTER, Row, WORKER};
use crate::plan::{Entry, Plan};
use crate::status::{Situation, derive_conditions};
use crate::tests::fixture::{converged, instance, name, unknown};
use scaleout_model::fact::Fact;
use scaleout_model::names::GroupName;
use scaleout_model::op::Op;
use scaleout_model::reason::Reason;
use scaleout_model::sql::SqlOp;
use scaleout_model::verdict::{Drift, Finding, StepId, Target};
use std::collections::BTreeSet;

/// Types whose condition is not what it is on a converged site.
fn wrong(areas: &[&'static str], plan: &Plan) -> Vec<String> {
    let drafts = derive_conditions(areas, plan, Situation::Enforced);
    drafts
        .into_iter()
        .filter(|d| areas.contains(&d.type_.as_str()) && d.status != "True")
        .map(|d| d.type_)
        .collect()
}

/// The areas of the table are those that the steps bear on; warnings of the object as a whole have none.
#[test]
fn every_area_of_the_table_has_a_step() {
    fn same<D>(kind: &Kind<D>) {
        let steps: BTreeSet<&str> = (kind.chain)().iter().map(|step| step.area()).collect();
        let table: BTreeSet<&str> = kind.areas.iter().copied().chain(["Ready"]).collect();
        assert_eq!(steps.union(&BTreeSet::from(["Ready"])).copied().collect::<BTreeSet<_>>(), table);
    }
    same(&GROUP);
    same(&MASTER);
    same(&WORKER);
}

/// One changed fact makes this condition alone False or Unknown, and Ready False; for every area, without exclusion.
#[test]
fn each_area_can_be_false_alone() {
    fn lonely<D>(kind: &Kind<D>, rows: &[Row<D>]) {
        let areas = kind.areas;
        let mut missing: BTreeSet<&str> = areas.iter().copied().collect();
        for (_, change, _, _) in rows {
            let (mut desired, mut observed) = ((kind.desired)(), converged());
            change(&mut desired, &mut observed);
            let plan = kind.plan(&desired, &observed);
            if let [only] = wrong(areas, &plan).as_slice() {
                missing.remove(only.as_str());
                let drafts = derive_conditions(areas, &plan, Situation::Enforced);
                let ready = drafts.iter().find(|draft| draft.type_ == "Ready").unwrap();
                assert_eq!(ready.status, "False", "{only}");
            }
        }
        assert_eq!(missing, BTreeSet::new());
    }
    let drifts = drifts();
    lonely(&GROUP, &drifts.group);
    lonely(&MASTER, &drifts.master);
    lonely(&WORKER, &drifts.worker);
}

#[test]
fn a_converged_site_is_ready() {
    fn ready<D>(kind: &Kind<D>) {
        let plan = kind.plan(&(kind.desired)(), &converged());
        let drafts = derive_conditions(kind.areas, &plan, Situation::Enforced);
        let seen: Vec<(&str, &str)> = drafts.iter().map(|d| (d.type_.as_str(), d.status)).collect();
        let mut expected: Vec<(&str, &str)> = kind.areas.iter().map(|area| (*area, "True")).collect();
        expected.extend([
            ("Ready", "True"),
            ("Reconciling", "False"),
            ("Stalled", "False"),
            ("Suspended", "False"),
        ]);
        assert_eq!(seen, expected);
    }
    ready(&GROUP);
    ready(&MASTER);
    ready(&WORKER);
}

fn entry(finding: Finding) -> Entry {
    Entry::new(StepId("Step"), "Area", finding)
}

fn waiting(reason: Reason) -> Finding {
    Finding::waiting(Target::Node(name("QRY1")), reason, "so it is")
}

fn acting() -> Finding {
    let op = SqlOp::JoinReplica { group: GroupName::new("IS_AG") };
    Finding::act(Target::Site, Drift::missing("it"), Op::Sql { replica: "QRY1".into(), op })
}

/// `Type=Status/Reason` of the summary.
fn summary(findings: Vec<Finding>, situation: Situation) -> Vec<String> {
    let plan = Plan { entries: findings.into_iter().map(entry).collect() };
    let drafts = derive_conditions(&[], &plan, situation);
    drafts.iter().map(|d| format!("{}={}/{}", d.type_, d.status, d.reason)).collect()
}

#[test]
fn the_summary_says_who_must_act() {
    let blocked = || Finding::blocked(Target::Site, Reason::SecretRequired, "no Secret");
    let rows = [
        (
            vec![acting()],
            Situation::Enforced,
            ["Ready=False/Converging", "Reconciling=True/Converging", "Stalled=False/Converging"],
        ),
        (
            vec![waiting(Reason::AgentUnreachable)],
            Situation::Enforced,
            ["Ready=Unknown/AgentUnreachable", "Reconciling=True/Converging", "Stalled=False/Converging"],
        ),
        (
            vec![acting(), blocked()],
            Situation::Enforced,
            ["Ready=False/SecretRequired", "Reconciling=False/SecretRequired", "Stalled=True/SecretRequired"],
        ),
        (
            vec![blocked()],
            Situation::Observed,
            ["Ready=False/DriftObserved", "Reconciling=False/DriftObserved", "Stalled=False/Converging"],
        ),
        (
            vec![Finding::warned(Target::Site, Reason::ScaleOutNotDefault, "so")],
            Situation::Enforced,
            ["Ready=True/Converged", "Reconciling=False/Converged", "Stalled=False/Converged"],
        ),
    ];
    for (findings, situation, expected) in rows {
        let seen = summary(findings, situation);
        assert_eq!(seen[..3], expected);
        assert_eq!(seen[3], "Suspended=False/Converging");
    }
}

#[test]
fn suspended_alone_is_true() {
    let seen = summary(Vec::new(), Situation::Suspended);
    assert_eq!(
        seen,
        [
            "Ready=True/Converged",
            "Reconciling=False/Converged",
            "Stalled=False/Converged",
            "Suspended=True/Suspended"
        ]
    );
}

/// Blocked, then waiting for something outside, then acting, then waiting for another step, whatever their order.
#[test]
fn the_worst_is_told_first() {
    let blocked = Finding::blocked(Target::Site, Reason::MixedModeOff, "off");
    let all = [waiting(Reason::StepPending), acting(), waiting(Reason::Seeding), blocked];
    let reasons = [Reason::StepPending, Reason::Converging, Reason::Seeding, Reason::MixedModeOff];
    for count in 1..=all.len() {
        let seen = summary(all[..count].to_vec(), Situation::Enforced);
        assert_eq!(seen[0], format!("Ready=False/{}", reasons[count - 1]));
        let seen = summary(all[..count].iter().rev().cloned().collect(), Situation::Enforced);
        assert_eq!(seen[0], format!("Ready=False/{}", reasons[count - 1]));
    }
}

#[test]
fn an_area_that_nobody_looked_at_is_unknown() {
    let plan =
        Plan { entries: vec![entry(acting()), entry(Finding::warned(Target::Site, Reason::Unmanaged, "w"))] };
    let drafts = derive_conditions(&["Area", "Elsewhere"], &plan, Situation::Enforced);
    assert_eq!((drafts[0].status, drafts[1].status), ("False", "Unknown"));
    assert_eq!(drafts[1].reason, Reason::NotObserved);
    let unread = Plan { entries: vec![entry(waiting(Reason::NotObserved))] };
    assert_eq!(derive_conditions(&["Area"], &unread, Situation::Enforced)[0].status, "Unknown");
}

#[test]
fn a_warning_is_told_by_its_area() {
    let plan =
        Plan { entries: vec![entry(Finding::warned(Target::Site, Reason::CatalogOwnerDrift, "owner"))] };
    let draft = &derive_conditions(&["Area"], &plan, Situation::Enforced)[0];
    assert_eq!(
        (draft.status, draft.reason, draft.message.as_str()),
        ("True", Reason::CatalogOwnerDrift, "owner")
    );
}

#[test]
fn messages_are_bounded() {
    let long = Finding::waiting(Target::Site, Reason::Seeding, "x".repeat(5000));
    let plan = Plan { entries: vec![entry(long)] };
    for draft in derive_conditions(&["Area"], &plan, Situation::Enforced) {
        assert!(draft.message.len() <= scaleout_api::limits::MESSAGE, "{}", draft.type_);
    }
}

/// A change of the converged site, and `Type=Status` of Ready and of the areas that are not True then.
fn shown<D>(kind: &Kind<D>, change: super::Change) -> Vec<String> {
    let mut observed = converged();
    change(&mut observed);
    let drafts = derive_conditions(kind.areas, &kind.plan(&(kind.desired)(), &observed), Situation::Enforced);
    let told = drafts.iter().filter(|d| d.type_ == "Ready" || kind.areas.contains(&d.type_.as_str()));
    told.filter(|d| d.status != "True").map(|d| format!("{}={}/{}", d.type_, d.status, d.reason)).collect()
}

#[test]
fn ready_is_unknown_where_nothing_answers_and_nothing_is_known_to_be_wrong() {
    let silent: super::Change = |o| {
        o.nodes.values_mut().for_each(|fact| *fact = unknown());
        o.instances.values_mut().for_each(|fact| *fact = unknown());
        (o.catalog, o.endpoint) = (unknown(), unknown());
    };
    let agent: super::Change = |o| drop(o.nodes.insert(name("QRY2"), unknown()));
    let agent_and_drift: super::Change = |o| {
        drop(o.nodes.insert(name("QRY2"), unknown()));
        instance(o, 0).support.clr_enabled = Fact::Known(false);
    };
    let last = |all: Vec<String>| all.last().cloned().unwrap_or_default();
    for seen in [last(shown(&GROUP, silent)), last(shown(&MASTER, silent)), last(shown(&WORKER, silent))] {
        assert_eq!(seen, "Ready=Unknown/AgentUnreachable");
    }
    let areas = shown(&GROUP, silent);
    assert!(areas.contains(&"AgentsReachable=False/AgentUnreachable".to_owned()), "{areas:?}");
    assert!(areas.contains(&"CatalogReady=Unknown/InstanceUnreachable".to_owned()), "{areas:?}");
    assert_eq!(last(shown(&GROUP, agent)), "Ready=Unknown/AgentUnreachable");
    assert_eq!(last(shown(&GROUP, agent_and_drift)), "Ready=False/AgentUnreachable");
}
