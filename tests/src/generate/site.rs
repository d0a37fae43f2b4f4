//! The simulator's site file.

use super::Variant;
use super::draft::{Account, Draft, Machine, SqlMachine};
use serde_json::{Map, Value, json};

pub(super) fn build(draft: &Draft) -> Value {
    let nodes = draft.sql.iter().map(|sql| sql_node(draft, sql));
    let nodes = nodes.chain(draft.etl.iter().map(|machine| node(draft, machine)));
    let members: Vec<&str> = draft.sql.iter().map(|sql| sql.machine.name.as_str()).collect();
    let network = &draft.network;
    let accounts = [&draft.engine_account, &draft.master_account, &draft.worker_account].map(account);
    json!({
        "domain": {"dnsSuffix": draft.dns_suffix, "netBios": draft.net_bios},
        "accounts": (accounts),
        "cluster": {
            "name": draft.cluster,
            "nodes": members,
            "networks": {&network.name: {"address": network.address(), "mask": network.mask, "clientAccess": true}},
        },
        "engine": engine(draft),
        "logins": [
            login(&draft.operator, &json!({"roles": ["sysadmin"]})),
            login(&draft.observer, &json!({"permissions": ["VIEW SERVER STATE", "VIEW ANY DEFINITION"]})),
        ],
        "nodes": nodes.collect::<Vec<_>>(),
        "media": {&draft.media: media(draft)},
        "latencies": {"installMs": 1500, "restartMs": 700, "seedingMs": 600},
    })
}

fn account(account: &Account) -> Value {
    with(json!({"name": account.name}), "password", account.password.as_ref())
}

fn login(login: &Account, more: &Value) -> Value {
    let mut value = account(login);
    if let (Some(value), Some(more)) = (value.as_object_mut(), more.as_object()) {
        value.extend(more.clone());
    }
    value
}

fn engine(draft: &Draft) -> Value {
    let (edition, collation) = match draft.variant {
        Variant::Named2017 => {
            ("Enterprise Edition: Core-based Licensing (64-bit)", "Latin1_General_100_CI_AS")
        }
        Variant::Default2022 => ("Evaluation Edition (64-bit)", "Finnish_Swedish_CI_AS"),
    };
    json!({
        "productVersion": version(draft).1,
        "edition": edition,
        "engineEdition": 3,
        "collation": collation,
        "account": draft.engine_account.name,
    })
}

fn version(draft: &Draft) -> (u8, &'static str) {
    match draft.variant {
        Variant::Named2017 => (14, "14.0.3456.2"),
        Variant::Default2022 => (16, "16.0.4125.3"),
    }
}

/// With 2017 the heartbeats come from the media, with 2022 from the objects.
fn media(draft: &Draft) -> Value {
    let (major, product) = version(draft);
    match draft.variant {
        Variant::Named2017 => json!({
            "version": major,
            "productVersion": product,
            "xmlSettings": true,
            "masterSettings": {"MasterHeartbeatIntervalInMs": draft.heartbeat_ms.to_string()},
            "workerSettings": {"AgentHeartbeatInterval": format!("00:00:0{}", draft.heartbeat_ms / 1000)},
        }),
        Variant::Default2022 => json!({"version": major, "productVersion": product}),
    }
}

fn node(draft: &Draft, machine: &Machine) -> Value {
    json!({
        "name": machine.name,
        "address": machine.address,
        "agentPort": draft.ports.agent,
        "dtsDrive": machine.drive,
    })
}

fn sql_node(draft: &Draft, sql: &SqlMachine) -> Value {
    let instance = with(json!({"port": sql.port}), "name", sql.instance.as_ref());
    let mut value = node(draft, &sql.machine);
    if let Some(value) = value.as_object_mut() {
        value.insert("instances".to_owned(), json!([instance]));
        value.insert("directories".to_owned(), json!([draft.backup_directory]));
        if draft.variant == Variant::Named2017 {
            let ports = &draft.ports;
            let open = [ports.agent, ports.endpoint, ports.listener, ports.master, sql.port];
            value.insert("openPorts".to_owned(), json!(open));
        }
    }
    value
}

/// The map with one more key, if there is a value.
fn with(value: Value, key: &str, more: Option<&String>) -> Value {
    let Value::Object(mut map) = value else { return value };
    map.extend(more.map(|more| (key.to_owned(), json!(more))).into_iter().collect::<Map<_, _>>());
    Value::Object(map)
}
