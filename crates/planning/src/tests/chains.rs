//! The chains as such: converged means nothing to do, empty means exactly these first ops, each file has its place.

use super::{GROUP, GROUP_TEARDOWN, Kind, MASTER, MASTER_TEARDOWN, TEARDOWN, WORKER, lines};
use crate::step::Step;
use crate::tests::fixture::{converged, empty};
use scaleout_model::verdict::StepId;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn a_converged_site_asks_for_nothing() {
    fn quiet<D>(kind: &Kind<D>) {
        let plan = kind.plan(&(kind.desired)(), &converged());
        assert_eq!(lines(&plan), Vec::<String>::new());
        assert!(plan.is_converged(), "{plan:#?}");
        assert!(!plan.entries.is_empty());
    }
    quiet(&GROUP);
    quiet(&MASTER);
    quiet(&WORKER);
}

#[test]
fn an_empty_site_gets_these_first_ops() {
    fn snapshot<D>(kind: &Kind<D>) -> String {
        let plan = kind.plan(&(kind.desired)(), &empty());
        plan.ops().fold(String::new(), |text, (entry, op)| text + &format!("{}: {op}\n", entry.step))
    }
    let seen =
        format!("group\n{}master\n{}worker\n{}", snapshot(&GROUP), snapshot(&MASTER), snapshot(&WORKER));
    assert_eq!(seen, include_str!("empty_site.txt"));
}

#[test]
fn steps_come_after_steps_that_stand_before_them() {
    fn ordered<D>(chain: &[&dyn Step<D>]) {
        let mut seen = BTreeSet::new();
        for step in chain {
            for before in step.after() {
                assert!(
                    seen.contains(before),
                    "{} comes after {before}, which stands later or nowhere",
                    step.id()
                );
            }
            assert!(seen.insert(step.id()), "{} stands twice", step.id());
        }
    }
    ordered(&(GROUP.chain)());
    ordered(&(MASTER.chain)());
    ordered(&(WORKER.chain)());
    ordered(&(TEARDOWN.chain)());
    ordered(&(MASTER_TEARDOWN.chain)());
    ordered(&(GROUP_TEARDOWN.chain)());
}

#[test]
fn every_step_file_is_in_exactly_one_chain() {
    fn ids<D>(chain: Vec<&'static dyn Step<D>>) -> Vec<StepId> {
        chain.into_iter().map(Step::id).collect()
    }
    let folders = [
        ("group", ids((GROUP.chain)())),
        ("master", ids((MASTER.chain)())),
        ("worker", ids((WORKER.chain)())),
        ("worker/teardown", ids((TEARDOWN.chain)())),
        ("master/teardown", ids((MASTER_TEARDOWN.chain)())),
        ("group/teardown", ids((GROUP_TEARDOWN.chain)())),
    ];
    let mut names = BTreeSet::new();
    for (folder, chain) in folders {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/steps").join(folder);
        let mut declared = BTreeSet::new();
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() || file == "mod.rs" || file == "view.rs" {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let steps: Vec<String> = text
                .split("step!(")
                .skip(1)
                .map(|rest| rest.split_whitespace().next().unwrap().to_owned())
                .collect();
            assert!(!steps.is_empty(), "{folder}/{file} declares no step");
            declared.extend(steps);
        }
        let chained: BTreeSet<String> = chain.iter().map(ToString::to_string).collect();
        assert_eq!(declared, chained, "{folder}");
        for id in chain {
            assert!(names.insert(id), "{id} is in two chains");
        }
    }
}
