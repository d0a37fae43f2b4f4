//! The smallest spec of a site: names, ports, addresses and references; nothing that could be left as found.

use serde_json::{Map, Value, json};

/// An object with the smallest spec that still names the same site.
pub(crate) fn smallest(object: &Value) -> Value {
    let spec = object.get("spec").cloned().unwrap_or_default();
    let keep = |keys: &[&str]| -> Map<String, Value> {
        keys.iter().filter_map(|key| Some(((*key).to_owned(), spec.get(key)?.clone()))).collect()
    };
    let mut small = keep(&[
        // group
        "failoverCluster",
        "replicas",
        "sqlTls",
        // master
        "availabilityGroupRef",
        "nodes",
        "clusteredRole",
        "endpoint",
        // worker
        "masterRef",
        "node",
    ]);
    let mut set = |key: &str, value: Value| {
        if spec.get(key).is_some() {
            small.insert(key.to_owned(), value);
        }
    };
    set("availabilityGroup", json!({"name": spec.pointer("/availabilityGroup/name")}));
    set(
        "listener",
        json!({
            "dnsName": spec.pointer("/listener/dnsName"),
            "port": spec.pointer("/listener/port"),
            "unmanaged": {},
        }),
    );
    set(
        "sqlAuthentication",
        json!({"operatorSecretRef": spec.pointer("/sqlAuthentication/operatorSecretRef")}),
    );
    set("serviceAccount", json!({"unmanaged": {}}));
    set("executionLogging", json!({"adopt": {}}));
    if let Some(replicas) = small.get_mut("replicas").and_then(Value::as_array_mut) {
        for replica in replicas {
            let keep = ["name", "instance", "hosts", "sql"];
            if let Some(replica) = replica.as_object_mut() {
                replica.retain(|key, _| keep.contains(&key.as_str()));
            }
        }
    }
    if let Some(role) = small.get_mut("clusteredRole").and_then(Value::as_object_mut) {
        role.remove("preferredOwners");
    }
    let mut small_object = object.clone();
    if let Some(object) = small_object.as_object_mut() {
        object.insert("spec".to_owned(), Value::Object(small));
    }
    small_object
}
