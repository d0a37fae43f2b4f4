//! Two sites that nobody wrote converge from empty by the real controller on a real API server, stay as they are, and
//! are followed when they fail over.
//!
//! They come from a seed: `SCALEOUT_SEED`, else a fixed one. It is printed.

#![expect(clippy::unwrap_used, reason = "test code outside of test functions")]

mod files;
mod kind;

use files::Files;
use scaleout_tests::generate::{DEFAULT_SEED, Variant};
use scaleout_tests::intent::Intent;
use scaleout_tests::invariants::{check, check_effects};
use serde_json::Value;
use std::time::{Duration, Instant};
use xtask::demo::{Turn, Watch, wait_converged};
use xtask::rig::{Declared, Object, Rig};
use xtask::terminal::note;

const CONVERGED: Duration = Duration::from_mins(3);
const READY_AGAIN: Duration = Duration::from_mins(1);
const PASSES: usize = 10;

fn seed() -> u64 {
    std::env::var("SCALEOUT_SEED").map_or(DEFAULT_SEED, |text| text.parse().unwrap())
}

fn intent(declared: &Declared) -> Intent {
    let value = |object: &Object| object.at("").unwrap().clone();
    let workers: Vec<Value> = declared.workers.iter().map(value).collect();
    Intent::read(&value(&declared.group), &value(&declared.master), &workers).unwrap()
}

fn lines<T: ToString>(all: &[T]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn assert_invariants(rig: &Rig, intent: &Intent) {
    let violations = check(&rig.sim.dump().unwrap(), intent);
    assert!(violations.is_empty(), "{}", lines(&violations));
    let effects: Vec<Value> = serde_json::from_str(&rig.sim.ctl(["effects", "--json"]).unwrap()).unwrap();
    let nevers = check_effects(&effects);
    assert!(nevers.is_empty(), "{}", lines(&nevers));
}

/// More passes over everything change nothing.
fn assert_still(rig: &Rig) {
    let before = rig.sim.effects_count().unwrap();
    for pass in 0..PASSES {
        rig.force_pass(&format!("pass-{pass}")).unwrap();
    }
    assert_eq!(lines(&rig.sim.effects_since(before).unwrap()), "");
}

/// Fails over; status follows, and no other effect is seen.
fn assert_followed(rig: &mut Rig, intent: &Intent, watch: &mut Watch) {
    let before = rig.sim.effects_count().unwrap();
    for turn in [Turn::Group, Turn::Role] {
        note(&turn.make(rig).unwrap().to_string());
        wait_converged(rig, watch, READY_AGAIN, note).unwrap();
        assert_invariants(rig, intent);
    }
    let effects = rig.sim.effects_since(before).unwrap();
    let foreign: Vec<_> = effects.iter().filter(|effect| !effect.is_by_hand()).collect();
    assert!(foreign.is_empty(), "{}", lines(&foreign));
}

fn assert_converges(variant: Variant) {
    let seed = seed();
    note(&format!("{variant:?}: SCALEOUT_SEED={seed}"));
    let files = Files::write(seed, variant).unwrap();
    let started = Instant::now();
    let mut rig = Rig::start(&files.spec).unwrap();
    let intent = intent(&rig.declared);
    let mut watch = Watch::start();
    wait_converged(&mut rig, &mut watch, CONVERGED, note).unwrap();
    note(&format!("{variant:?}: all Ready after {:.0} s", started.elapsed().as_secs_f64()));
    assert_invariants(&rig, &intent);
    kind::assert_is_of(variant, &rig.sim.dump().unwrap(), &files);
    assert_still(&rig);
    assert_followed(&mut rig, &intent, &mut watch);
    note(&format!("{variant:?}: done after {:.0} s", started.elapsed().as_secs_f64()));
}

#[test]
fn named_instances_of_2017_with_xml_settings_and_certificates_from_secrets_converge() {
    assert_converges(Variant::Named2017);
}

#[test]
fn default_instances_of_2022_with_json_settings_and_a_worker_on_a_master_node_converge() {
    assert_converges(Variant::Default2022);
}
