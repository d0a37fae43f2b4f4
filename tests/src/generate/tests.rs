//! A seed gives the same site each time; sites differ in every name and port.

use super::{Generated, Variant, generate};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeSet;

const VARIANTS: [Variant; 2] = [Variant::Named2017, Variant::Default2022];
/// Values with one of few meanings, not names.
const WORDS: [&str; 3] = ["VIEW SERVER STATE", "VIEW ANY DEFINITION", "sysadmin"];

const DEMO: [&str; 4] = [
    include_str!("../../sites/demo.yaml"),
    include_str!("../../../deploy/samples/availability-group.yaml"),
    include_str!("../../../deploy/samples/master.yaml"),
    include_str!("../../../deploy/samples/workers.yaml"),
];

/// Texts below the keys of names, addresses and paths; numbers below those of ports.
fn names(value: &Value, key: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| {
            if key == "networks" || key == "media" {
                found.extend(value.as_object().into_iter().flatten().map(|(name, _)| name.clone()));
            }
            names(value, key, found);
        }),
        Value::Array(all) => all.iter().for_each(|value| names(value, key, found)),
        Value::Number(number) if key.to_lowercase().ends_with("port") || key == "openPorts" => {
            found.insert(number.to_string());
        }
        Value::String(text) => {
            let keys = ["name", "nodes", "dnsSuffix", "netBios", "account", "address", "host", "endpoint"];
            let more = ["dnsName", "ip", "instance", "node", "password", "directory", "dtsDrive"];
            if keys.contains(&key) || more.contains(&key) {
                found.insert(text.to_lowercase());
            }
        }
        _ => {}
    }
}

fn all_names(generated: &Generated) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    names(&generated.site, "", &mut found);
    generated.objects.iter().for_each(|object| names(object, "", &mut found));
    found.retain(|name| !WORDS.contains(&name.as_str()));
    found
}

fn demo_names() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for yaml in DEMO {
        for document in serde_yaml_ng::Deserializer::from_str(yaml) {
            names(&Value::deserialize(document).unwrap(), "", &mut found);
        }
    }
    found.retain(|name| !WORDS.contains(&name.as_str()));
    found
}

#[test]
fn a_seed_gives_the_same_site_each_time() {
    for variant in VARIANTS {
        let (one, again, other) = (generate(7, variant), generate(7, variant), generate(8, variant));
        assert_eq!((&one.site, &one.objects), (&again.site, &again.objects));
        assert_eq!(one.certificates, again.certificates);
        assert_ne!(one.site, other.site);
    }
}

#[test]
fn sites_of_a_seed_share_no_name_and_no_port_with_each_other_nor_the_demo() {
    for seed in 0..50 {
        let [named, default] = VARIANTS.map(|variant| all_names(&generate(seed, variant)));
        assert!(named.len() > 40 && default.len() > 30, "{named:?} {default:?}");
        for (one, other) in [(&named, &default), (&named, &demo_names()), (&default, &demo_names())] {
            assert_eq!(one.intersection(other).collect::<Vec<_>>(), Vec::<&String>::new(), "seed {seed}");
        }
    }
}
