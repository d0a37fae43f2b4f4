//! What two sites must have in common to be the same site: everything but times, ids, digests and what follows from them.

use serde_json::{Map, Value};

/// A dump without what differs from one making of a site to the next. Lists are in order of their content: what a site has
/// does not depend on what came first.
pub(crate) fn shape(dump: &Value) -> Value {
    match dump {
        Value::Object(map) => {
            let mut shaped = Map::new();
            for (key, value) in map.iter().filter(|(key, _)| !is_history(key)) {
                let (key, value) = (plain(key), shape(value));
                // Keys that are made alike share one list.
                if key.contains('*') {
                    let alike = shaped.entry(key).or_insert_with(|| Value::Array(Vec::new()));
                    if let Value::Array(alike) = alike {
                        alike.push(value);
                        sort(alike);
                    }
                } else {
                    shaped.insert(key, value);
                }
            }
            Value::Object(shaped)
        }
        Value::Array(list) => {
            let mut list: Vec<Value> = list.iter().map(shape).collect();
            sort(&mut list);
            Value::Array(list)
        }
        Value::String(text) => Value::String(plain(text)),
        other => other.clone(),
    }
}

fn sort(list: &mut [Value]) {
    list.sort_by_cached_key(Value::to_string);
}

/// Keys of times, counters and what happened on the way.
fn is_history(key: &str) -> bool {
    const HISTORY: [&str; 21] = [
        "id",
        "counter",
        "metadataId",
        "seeding",
        "sequence",
        "logChain",
        "executions",
        "messages",
        "tasks",
        "backup",
        "lastError",
        "exitCode",
        "der",
        "key",
        "LAST_ONLINE_TIME",
        "sid",
        "owner",
        "seedingGrantedBy",
        "salt",
        "encryptedBy",
        "familyGuid",
    ];
    HISTORY.contains(&key) || key.ends_with("Ms") || key.ends_with("Id") && key != "agentId"
}

/// Text with runs of hexadecimal digits of 12 and more made alike.
fn plain(text: &str) -> String {
    let (mut plain, mut run) = (String::new(), String::new());
    let flush = |plain: &mut String, run: &mut String| {
        if run.len() >= 12 && run.chars().any(|c| c.is_ascii_digit()) {
            plain.push('*');
        } else {
            plain.push_str(run);
        }
        run.clear();
    };
    for c in text.chars() {
        if c.is_ascii_hexdigit() || c == '-' {
            run.push(c);
        } else {
            flush(&mut plain, &mut run);
            plain.push(c);
        }
    }
    flush(&mut plain, &mut run);
    plain
}

/// Paths at which two shapes differ.
pub(crate) fn differences(one: &Value, other: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", one, other, &mut found);
    found.truncate(20);
    found
}

fn compare(path: &str, one: &Value, other: &Value, found: &mut Vec<String>) {
    if let (Value::Object(left), Value::Object(right)) = (one, other) {
        let keys: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
        for key in keys {
            let (a, b) = (left.get(key).unwrap_or(&Value::Null), right.get(key).unwrap_or(&Value::Null));
            compare(&format!("{path}/{key}"), a, b, found);
        }
    } else if one != other {
        found.push(format!("{path}: {one} became {other}"));
    }
}
