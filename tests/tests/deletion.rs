//! The demo site's objects are deleted on a real API server by the real controller: with Retain nothing of the site
//! changes; with Teardown each goes after those that need it, a host without power is given up by name, and what is never
//! dropped stays.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "test code outside of test functions")]

use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;
use xtask::demo::{Watch, wait_converged};
use xtask::rig::{NAMESPACE, Object, Rig, Spec};
use xtask::terminal::note;
use xtask::wait;

const CONVERGED: Duration = Duration::from_mins(5);
const SOON: Duration = Duration::from_mins(2);

fn start() -> Rig {
    let mut rig = Rig::start(&Spec::demo()).unwrap();
    wait_converged(&mut rig, &mut Watch::start(), CONVERGED, note).unwrap();
    rig
}

fn kubectl(rig: &Rig, args: &[&str]) -> String {
    rig.cluster.kubectl().run([&["-n", NAMESPACE], args].concat()).unwrap()
}

fn named(object: &Object) -> String {
    format!("{}/{}", object.kind(), object.name())
}

/// Deletes without waiting.
fn delete<'a>(rig: &Rig, objects: impl IntoIterator<Item = &'a Object>) {
    for object in objects {
        kubectl(rig, &["delete", &named(object), "--wait=false"]);
    }
}

fn wait_for_none(rig: &Rig) {
    let mut left = Vec::new();
    let gone = wait::until("all objects are gone", SOON, || {
        let objects = rig.objects()?;
        left = objects.iter().map(|object| format!("{} {:#?}", named(object), object.steps())).collect();
        Ok(objects.is_empty().then_some(()))
    });
    assert!(gone.is_ok(), "{}", left.join("\n"));
}

fn all_events(rig: &Rig) -> Vec<Value> {
    let all: Value = serde_json::from_str(&kubectl(rig, &["get", "events", "-o", "json"])).unwrap();
    all["items"].as_array().unwrap().clone()
}

/// Events by reason: the names of the objects, in order.
fn events(rig: &Rig) -> BTreeMap<String, Vec<String>> {
    let mut by_reason: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for event in all_events(rig) {
        let name = event["involvedObject"]["name"].as_str().unwrap();
        by_reason.entry(event["reason"].as_str().unwrap().to_owned()).or_default().push(name.to_owned());
    }
    for names in by_reason.values_mut() {
        names.sort();
    }
    by_reason
}

/// `kind target` of the effects since then that nobody made by hand, each once.
fn effects_since(rig: &Rig, since: u64) -> Vec<String> {
    let effects = rig.sim.effects_since(since).unwrap();
    let ours = effects.iter().filter(|effect| !effect.is_by_hand());
    let mut lines: Vec<String> = ours.map(|effect| format!("{} {}", effect.kind, effect.target)).collect();
    lines.sort();
    lines.dedup();
    lines
}

fn everything(rig: &Rig) -> Vec<String> {
    let mut names: Vec<String> = rig.declared.all().map(|object| object.name().to_owned()).collect();
    names.sort();
    names
}

fn set_policy(rig: &Rig, object: &Object, policy: &str) {
    let patch = format!(r#"{{"spec":{{"deletionPolicy":"{policy}"}}}}"#);
    kubectl(rig, &["patch", &named(object), "--type=merge", "-p", &patch]);
}

/// Waits until each of these objects has a step with the reason.
fn wait_for_reason(rig: &Rig, wanted: &[&Object], reason: &str) {
    let what = format!("{} say {reason}", wanted.iter().map(|o| named(o)).collect::<Vec<_>>().join(" and "));
    let said = wait::until(&what, SOON, || {
        let objects = rig.objects()?;
        let says = |wanted: &&Object| {
            let mut same = objects.iter().filter(|object| named(object) == named(wanted));
            same.any(|object| object.steps().iter().any(|step| step.reason == reason))
        };
        Ok(wanted.iter().all(says).then_some(()))
    });
    said.unwrap();
}

/// A worker whose master never was, on a host that nobody knows.
fn create_stray_worker(rig: &Rig) -> Object {
    let mut value = rig.declared.workers[0].at("").unwrap().clone();
    value["metadata"]["name"] = "stray".into();
    let spec = &mut value["spec"];
    (spec["masterRef"]["name"], spec["deletionPolicy"]) = ("nobody".into(), "Teardown".into());
    (spec["node"]["name"], spec["node"]["agent"]["endpoint"]) =
        ("ETL09".into(), "https://etl09.corp.example:8443".into());
    let text = value.to_string();
    rig.cluster.kubectl().run_with_input(["apply", "-f", "-"], &text).unwrap();
    let stray = rig.objects().unwrap().into_iter().find(|object| object.name() == "stray").unwrap();
    wait_for_reason(rig, &[&stray], "AgentUnreachable");
    stray
}

#[test]
fn retain_leaves_the_site_as_it_is_and_waits_for_what_is_taken_down() {
    let rig = start();
    let before = rig.sim.effects_count().unwrap();
    let stray = create_stray_worker(&rig);
    delete(&rig, [&stray]);
    let gone = wait::until("the stray worker is gone", SOON, || {
        Ok((!rig.objects()?.iter().any(|object| object.name() == stray.name())).then_some(()))
    });
    gone.unwrap();
    let ended = all_events(&rig).into_iter().find(|event| event["reason"] == "TornDown").unwrap();
    assert_eq!(ended["type"], "Warning");
    assert!(ended["message"].as_str().unwrap().contains("held on ETL09"), "{ended}");

    let worker = &rig.declared.workers[0];
    set_policy(&rig, worker, "Teardown");
    kubectl(
        &rig,
        &["delete", "secret", rig.declared.group.text("/spec/sqlAuthentication/operatorSecretRef/name")],
    );
    // Before the others: Retain waits for no living object.
    delete(&rig, [worker]);
    wait_for_reason(&rig, &[worker], "CredentialsGone");
    delete(&rig, rig.declared.all());
    wait_for_reason(&rig, &[&rig.declared.group, &rig.declared.master], "InUse");
    set_policy(&rig, worker, "Retain");
    wait_for_none(&rig);
    assert_eq!(effects_since(&rig, before), Vec::<String>::new());
    let events = events(&rig);
    assert_eq!((&events["Retained"], &events["TornDown"]), (&everything(&rig), &vec!["stray".to_owned()]));
}

/// All that a Teardown of the whole site does, but on the worker's host that was given up.
fn torn_down(rig: &Rig, lost: &str) -> Vec<String> {
    let masters = rig.declared.master.list("/spec/nodes").iter().map(|node| node["name"].as_str().unwrap());
    let withdrawn = ["DeleteBinding", "DeleteReservation", "DeleteFirewallRule", "DeleteCertificate"];
    let mut all: Vec<String> =
        masters.flat_map(|node| withdrawn.map(|effect| format!("{effect} {node}"))).collect();
    let workers = rig.declared.workers.iter().map(|worker| worker.text("/spec/node/name"));
    for host in workers.filter(|host| *host != lost) {
        all.extend(["StopService", "SetStartType"].map(|effect| format!("{effect} {host}")));
    }
    // The catalog's change of a worker, enabled or disabled, is one effect of the primary.
    let rest =
        ["EnableWorkerAgent SQL01", "OfflineGroup cluster (by SQL01)", "DestroyGroup cluster (by SQL01)"];
    all.extend(rest.map(str::to_owned));
    all.sort();
    all
}

#[test]
fn teardown_takes_down_what_was_made_and_nothing_else() {
    let rig = start();
    let lost = rig.declared.workers.last().unwrap();
    let host = lost.text("/spec/node/name");
    rig.sim.ctl(["stop-node", host]).unwrap();
    for object in rig.declared.all() {
        set_policy(&rig, object, "Teardown");
    }
    kubectl(&rig, &["annotate", &named(lost), &format!("scaleout.ssis.dev/give-up-hosts={host}")]);
    let before = rig.sim.effects_count().unwrap();

    // The wrong way round: both wait for those that need them.
    let (group, master) = (&rig.declared.group, &rig.declared.master);
    delete(&rig, [group, master]);
    wait_for_reason(&rig, &[group, master], "InUse");
    assert_eq!(effects_since(&rig, before), Vec::<String>::new());

    delete(&rig, &rig.declared.workers);
    wait_for_none(&rig);
    assert_eq!(effects_since(&rig, before), torn_down(&rig, host));
    let events = events(&rig);
    assert_eq!(events["TornDown"], everything(&rig));
    assert_eq!(events["HostGivenUp"], [lost.name()]);
}
