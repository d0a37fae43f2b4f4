//! The site as facts: a tree whose lists and settings files are maps, what differs between two, and patterns of paths.

use scaleout_sim_site::Site;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The site as a tree.
pub(crate) fn tree(site: &Site) -> Value {
    keyed("", serde_json::to_value(site).unwrap_or_default())
}

fn keyed(name: &str, value: Value) -> Value {
    match value {
        Value::Object(map) => map.into_iter().map(|(key, value)| (key.clone(), keyed(&key, value))).collect(),
        Value::Array(list) if list.iter().any(Value::is_object) => {
            let rows = list.into_iter().enumerate().map(|(place, row)| {
                let (key, rest) = row_key(name, place, row);
                (key, keyed("", rest))
            });
            Value::Object(rows.collect())
        }
        Value::Array(list) if name == "permissions" && list.is_empty() => Value::Object(Map::new()),
        Value::String(text) if matches!(name, "bytes" | "backup" | "loadedSettings") => {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        }
        other => other,
    }
}

/// A row of a list by what names it.
fn row_key(list: &str, place: usize, mut row: Value) -> (String, Value) {
    let text = |key: &str| row.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let key = match list {
        "permissions" if text("endpoint").is_empty() => {
            format!("{}: {}", text("grantee"), text("permission"))
        }
        "permissions" => format!("{}: {} on the endpoint", text("grantee"), text("permission")),
        "steps" => format!("{} {}", place + 1, text("name")),
        "seeding" => format!("{place} to {}", text("replica")),
        _ => place.to_string(),
    };
    if list == "permissions"
        && let Some(map) = row.as_object_mut()
    {
        map.retain(|field, _| field == "denied");
    }
    (key, row)
}

/// What differs between two trees.
#[derive(Default)]
pub(crate) struct Changes {
    /// Fields that are there before and after.
    pub(crate) changed: BTreeSet<String>,
    /// Things that are there afterwards only, and those that are there before only.
    pub(crate) added: BTreeSet<String>,
    pub(crate) removed: BTreeSet<String>,
    /// Fields of things that were added.
    pub(crate) written: BTreeSet<String>,
}

impl Changes {
    /// All paths but those of added fields.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &String> {
        self.changed.iter().chain(&self.added).chain(&self.removed)
    }
}

/// Compares two trees.
pub(crate) fn compare(before: &Value, after: &Value) -> Changes {
    let mut changes = Changes::default();
    walk(before, after, "", &mut changes);
    changes
}

fn walk(before: &Value, after: &Value, path: &str, changes: &mut Changes) {
    match (before, after) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in old {
                let path = format!("{path}/{key}");
                match new.get(key) {
                    Some(other) => walk(value, other, &path, changes),
                    None => drop(changes.removed.insert(path)),
                }
            }
            for (key, value) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
                add(value, &format!("{path}/{key}"), changes);
            }
        }
        (Value::Null, Value::Object(_)) => add(after, path, changes),
        (Value::Object(_), Value::Null) => drop(changes.removed.insert(path.to_owned())),
        _ if before != after => drop(changes.changed.insert(path.to_owned())),
        _ => {}
    }
}

fn add(value: &Value, path: &str, changes: &mut Changes) {
    changes.added.insert(path.to_owned());
    leaves(value, path, &mut changes.written);
}

fn leaves(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            map.iter().for_each(|(key, value)| leaves(value, &format!("{path}/{key}"), found));
        }
        _ => drop(found.insert(path.to_owned())),
    }
}

/// Maps whose keys are names of this one site.
const NAMED: &[&str] = &[
    "nodes",
    "instances",
    "root",
    "my",
    "trustedAssemblies",
    "credentials",
    "workerAgents",
    "bindings",
    "reservations",
    "replicas",
    "rules",
    "alwaysonSupportState",
    "addresses",
    "seeding",
    "backups",
    "installs",
    "errorLog",
    "executions",
    "tasks",
    "messages",
];

/// A path with a star for each name of this site.
pub(crate) fn pattern(path: &str) -> String {
    let mut parts: Vec<&str> = path.split('/').collect();
    for place in 1..parts.len() {
        if NAMED.contains(&parts[place - 1]) {
            parts[place] = "*";
        }
    }
    parts.join("/")
}

/// Whether a path fits a pattern: `*` is one name, `**` any number of them, `*Ms` a name that ends so.
pub(crate) fn fits(path: &str, pattern: &str) -> bool {
    fn rest(path: &[&str], pattern: &[&str]) -> bool {
        match (path, pattern) {
            ([], []) => true,
            (_, ["**", more @ ..]) => (0..=path.len()).any(|skip| rest(&path[skip..], more)),
            ([name, path @ ..], [wanted, more @ ..]) => {
                let same = name == wanted || wanted.strip_prefix('*').is_some_and(|end| name.ends_with(end));
                same && rest(path, more)
            }
            _ => false,
        }
    }
    let split = |text: &'_ str| text.split('/').map(str::to_owned).collect::<Vec<_>>();
    let (path, pattern) = (split(path), split(pattern));
    rest(
        &path.iter().map(String::as_str).collect::<Vec<_>>(),
        &pattern.iter().map(String::as_str).collect::<Vec<_>>(),
    )
}

/// What changes by itself, or counts what happened.
pub(crate) const CLOCKS: &[&str] = &[
    "/counter",
    "/**/*Ms",
    "/**/id",
    "/**/metadataId",
    "/**/nextId",
    "/**/operationId",
    "/**/salt",
    "/**/sequence",
    "/**/LAST_ONLINE_TIME",
    "/**/errorLog/**",
    "/**/settings/backup/**",
    "/**/settings/backup",
];

/// Whether a path changes by itself.
pub(crate) fn is_clock(path: &str) -> bool {
    CLOCKS.iter().any(|pattern| fits(path, pattern))
}
