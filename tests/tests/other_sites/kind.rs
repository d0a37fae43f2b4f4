//! A converged site really is what its variant says.

use super::files::Files;
use scaleout_tests::generate::Variant;
use serde_json::{Value, json};

fn all<'a>(value: &'a Value, pointer: &str) -> impl Iterator<Item = &'a Value> {
    value.pointer(pointer).and_then(Value::as_object).into_iter().flatten().map(|(_, value)| value)
}

fn is_scale_out(feature: &Value) -> bool {
    feature["feature"] == "scaleOutMaster" || feature["feature"] == "scaleOutWorker"
}

fn replica_modes(dump: &Value) -> Vec<String> {
    let replicas = all(dump, "/groups").flat_map(|group| all(group, "/replicas"));
    let mut modes: Vec<String> = replicas
        .map(|replica| {
            let mode = |key: &str| replica[key].as_str().unwrap().to_owned();
            format!("{} {}", mode("availabilityMode"), mode("failoverMode"))
        })
        .collect();
    modes.sort();
    modes
}

/// Version and first character of each settings file; the modes of the replicas; masters that have a worker beside
/// them; where the certificate of the endpoint comes from.
pub(crate) fn assert_is_of(variant: Variant, dump: &Value, files: &Files) {
    let features = |node| all(node, "/features").filter(|feature| is_scale_out(feature));
    let mut shared = 0;
    let mut files_seen = Vec::new();
    for node in all(dump, "/nodes") {
        shared += usize::from(features(node).count() == 2);
        for feature in features(node) {
            let text = feature
                .pointer("/settings/bytes")
                .and_then(Value::as_str)
                .unwrap()
                .trim_start_matches('\u{feff}');
            files_seen.push((feature["version"].clone(), text.chars().next().unwrap()));
        }
    }
    let bound: Vec<&str> = all(dump, "/nodes")
        .flat_map(|node| all(node, "/bindings"))
        .map(|binding| binding["thumbprint"].as_str().unwrap())
        .collect();
    let from_secret = bound.iter().all(|bound| files.has_certificate(bound));
    let (settings, modes, beside): (_, &[&str], _) = match variant {
        Variant::Named2017 => {
            ((json!(14), '<'), &["asynchronous manual", "synchronous manual", "synchronous manual"], 0)
        }
        Variant::Default2022 => ((json!(16), '{'), &["synchronous automatic", "synchronous automatic"], 1),
    };
    assert_eq!(files_seen, vec![settings; 2 * modes.len()]);
    assert_eq!((replica_modes(dump), shared), (modes.iter().map(ToString::to_string).collect(), beside));
    assert_eq!((bound.len(), from_secret), (modes.len(), variant == Variant::Named2017));
}
