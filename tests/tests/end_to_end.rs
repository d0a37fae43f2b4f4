//! The demo site converges from empty by the real controller on a real API server, stays as it is, and is followed when
//! it fails over; the invariants hold, and each one that is broken by hand is seen.

#![expect(clippy::unwrap_used, reason = "test code outside of test functions")]

use scaleout_tests::breaches;
use scaleout_tests::intent::Intent;
use scaleout_tests::invariants::{check, check_effects};
use serde_json::Value;
use std::time::Duration;
use xtask::demo::{Turn, Watch, wait_converged};
use xtask::rig::{Declared, Object, Rig, Spec};
use xtask::terminal::note;
use xtask::wait;

const CONVERGED: Duration = Duration::from_mins(5);
const READY_AGAIN: Duration = Duration::from_mins(2);
const SETTLED: Duration = Duration::from_secs(20);
/// Failovers of each kind.
const ROUNDS: usize = 7;

fn intent(declared: &Declared) -> Intent {
    let value = |object: &Object| object.at("").unwrap().clone();
    let workers: Vec<Value> = declared.workers.iter().map(value).collect();
    Intent::read(&value(&declared.group), &value(&declared.master), &workers).unwrap()
}

fn ready(rig: &mut Rig, watch: &mut Watch, deadline: Duration) {
    wait_converged(rig, watch, deadline, note).unwrap();
}

fn assert_invariants(rig: &Rig, intent: &Intent) {
    // Services and heartbeats settle a moment after status says Ready.
    let mut violations = Vec::new();
    let settled = wait::until("the invariants", SETTLED, || {
        violations = check(&rig.sim.dump()?, intent);
        Ok(violations.is_empty().then_some(()))
    });
    assert!(settled.is_ok(), "{}", lines(&violations));
    let effects: Vec<Value> = serde_json::from_str(&rig.sim.ctl(["effects", "--json"]).unwrap()).unwrap();
    let nevers = check_effects(&effects);
    assert!(nevers.is_empty(), "{}", lines(&nevers));
}

fn lines<T: ToString>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn assert_each_breach_is_seen(dump: &Value, intent: &Intent) {
    let mut missed = Vec::new();
    for breach in breaches::ALL {
        let Some(broken) = breach.apply(dump, intent) else {
            missed.push(format!("{} {}: nothing was changed", breach.invariant, breach.name));
            continue;
        };
        if !check(&broken, intent).iter().any(|violation| violation.invariant == breach.invariant) {
            missed.push(format!("{} {}: not seen", breach.invariant, breach.name));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
    note(&format!("{} ways to break an invariant, all seen", breaches::ALL.len()));
}

/// Ten more passes over everything change nothing.
fn assert_still(rig: &Rig) {
    let before = rig.sim.effects_count().unwrap();
    for pass in 0..10 {
        rig.force_pass(&format!("pass-{pass}")).unwrap();
    }
    assert_eq!(lines(&rig.sim.effects_since(before).unwrap()), "");
}

#[test]
fn the_demo_site_converges_stays_and_is_followed() {
    let mut rig = Rig::start(&Spec::demo()).unwrap();
    let intent = intent(&rig.declared);
    let mut watch = Watch::start();
    ready(&mut rig, &mut watch, CONVERGED);
    assert_invariants(&rig, &intent);
    assert_each_breach_is_seen(&rig.sim.dump().unwrap(), &intent);
    assert_still(&rig);

    let mut slowest = Duration::ZERO;
    for _ in 0..ROUNDS {
        for turn in [Turn::Group, Turn::Role, Turn::NodeLoss] {
            let before = rig.sim.effects_count().unwrap();
            let followed = turn.make(&rig).unwrap();
            note(&followed.to_string());
            slowest = slowest.max(followed.after);
            followed.restore(&rig).unwrap();
            ready(&mut rig, &mut watch, READY_AGAIN);
            assert_invariants(&rig, &intent);
            let effects = rig.sim.effects_since(before).unwrap();
            let foreign: Vec<_> = effects.iter().filter(|effect| !effect.is_by_hand()).collect();
            assert!(foreign.is_empty(), "{turn:?}: {}", lines(&foreign));
        }
    }
    note(&format!("slowest of {} failovers: {:.2} s", 3 * ROUNDS, slowest.as_secs_f64()));
    assert_still(&rig);
}
