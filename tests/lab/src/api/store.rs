//! Objects and their history.

use super::path::Collection;
use crate::objects::merge;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The group whose objects have generations and a status of their own.
const CUSTOM: &str = "scaleout.ssis.dev";

/// One object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Where it is.
    pub collection: Collection,
    /// Its name.
    pub name: String,
}

/// Why the server refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP status code.
    pub code: u16,
    /// Reason of the Status.
    pub reason: &'static str,
    /// Message of the Status.
    pub message: String,
}

impl Refusal {
    pub(super) fn not_found(what: &str) -> Self {
        Self { code: 404, reason: "NotFound", message: format!("{what} not found") }
    }

    fn conflict(message: &str) -> Self {
        Self { code: 409, reason: "Conflict", message: message.to_owned() }
    }
}

/// What happened to an object.
#[derive(Clone, Debug)]
pub(super) struct Change {
    pub(super) revision: u64,
    /// `ADDED`, `MODIFIED`, `DELETED`.
    pub(super) type_: &'static str,
    pub(super) collection: Collection,
    pub(super) object: Value,
}

/// All objects and all that happened.
#[derive(Default)]
pub(super) struct Store {
    revision: u64,
    now_unix_ms: i64,
    objects: BTreeMap<Key, Value>,
    history: Vec<Change>,
}

impl Store {
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// The same objects, without their history.
    pub(super) fn fork(&self) -> Self {
        Self { objects: self.objects.clone(), history: Vec::new(), ..*self }
    }

    pub(super) fn set_time(&mut self, now_unix_ms: i64) {
        self.now_unix_ms = now_unix_ms;
    }

    /// RFC 3339 in whole seconds, as metadata has times.
    fn time(&self) -> Value {
        let time = jiff::Timestamp::from_second(self.now_unix_ms.div_euclid(1000));
        json!(time.unwrap_or_default().to_string())
    }

    pub(super) fn present(&self) -> impl Iterator<Item = (&Key, &Value)> {
        self.objects.iter()
    }

    pub(super) fn get(&self, key: &Key) -> Option<&Value> {
        self.objects.get(key)
    }

    pub(super) fn list(&self, collection: &Collection) -> Vec<Value> {
        self.objects.iter().filter(|(key, _)| key.collection == *collection).map(|(_, o)| o.clone()).collect()
    }

    pub(super) fn history(&self) -> impl Iterator<Item = &Change> {
        self.history.iter()
    }

    /// Changes of a collection after a revision, and the newest revision.
    pub(super) fn since(&self, collection: &Collection, revision: u64) -> (Vec<&Change>, u64) {
        let new = self.history.iter().rev().take_while(|change| change.revision > revision);
        let mut changes: Vec<&Change> = new.filter(|change| change.collection == *collection).collect();
        changes.reverse();
        (changes, self.revision)
    }

    pub(super) fn create(&mut self, collection: &Collection, mut object: Value) -> Result<Value, Refusal> {
        let name = object.pointer("/metadata/name").and_then(Value::as_str).map(str::to_owned);
        let generated = object.pointer("/metadata/generateName").and_then(Value::as_str);
        let name = name
            .or_else(|| generated.map(|begin| format!("{begin}{:05}", self.revision)))
            .ok_or_else(|| Refusal { code: 422, reason: "Invalid", message: "no name".to_owned() })?;
        let key = Key { collection: collection.clone(), name };
        if self.objects.contains_key(&key) {
            let message = format!("{} already exists", key.name);
            return Err(Refusal { code: 409, reason: "AlreadyExists", message });
        }
        let time = self.time();
        let uid = format!("00000000-0000-4000-8000-{:012}", self.revision + 1);
        let metadata = metadata_of(&mut object);
        metadata.insert("name".to_owned(), json!(key.name));
        metadata.insert("namespace".to_owned(), json!(collection.namespace));
        metadata.insert("uid".to_owned(), json!(uid));
        metadata.insert("creationTimestamp".to_owned(), time);
        if collection.group == CUSTOM {
            metadata.insert("generation".to_owned(), json!(1));
            if let Some(object) = object.as_object_mut() {
                object.remove("status");
            }
        }
        Ok(self.keep("ADDED", key, object))
    }

    pub(super) fn put(&mut self, collection: &Collection, object: Value) -> Result<Value, Refusal> {
        let name = object.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
        let key = Key { collection: collection.clone(), name: name.to_owned() };
        let Some(old) = self.objects.get(&key).cloned() else { return self.create(collection, object) };
        let mut new = object;
        let kept = old.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default();
        let metadata = metadata_of(&mut new);
        for (name, value) in kept {
            metadata.entry(name).or_insert(value);
        }
        if let (Some(status), Some(new)) = (old.get("status"), new.as_object_mut()) {
            new.insert("status".to_owned(), status.clone());
        }
        Ok(self.replace(key, &old, new))
    }

    pub(super) fn merge(&mut self, key: &Key, patch: &Value, status: bool) -> Result<Value, Refusal> {
        let old = self.objects.get(key).cloned().ok_or_else(|| Refusal::not_found(&key.name))?;
        let version = patch.pointer("/metadata/resourceVersion").filter(|version| !version.is_null());
        if version.is_some_and(|version| Some(version) != old.pointer("/metadata/resourceVersion")) {
            return Err(Refusal::conflict("the object has been modified"));
        }
        let mut new = old.clone();
        merge(&mut new, patch);
        if key.collection.group == CUSTOM {
            keep_other_half(&mut new, &old, status);
        }
        Ok(self.replace(key.clone(), &old, new))
    }

    pub(super) fn delete(&mut self, key: &Key) -> Result<Value, Refusal> {
        let old = self.objects.get(key).cloned().ok_or_else(|| Refusal::not_found(&key.name))?;
        if !has_finalizers(&old) {
            return Ok(self.remove(key, old));
        }
        if old.pointer("/metadata/deletionTimestamp").is_some() {
            return Ok(old);
        }
        let mut new = old;
        let time = self.time();
        let metadata = metadata_of(&mut new);
        metadata.insert("deletionTimestamp".to_owned(), time);
        metadata.insert("deletionGracePeriodSeconds".to_owned(), json!(0));
        raise_generation(metadata);
        Ok(self.keep("MODIFIED", key.clone(), new))
    }

    fn replace(&mut self, key: Key, old: &Value, mut new: Value) -> Value {
        if new == *old {
            return new;
        }
        if key.collection.group == CUSTOM && new.get("spec") != old.get("spec") {
            raise_generation(metadata_of(&mut new));
        }
        if new.pointer("/metadata/deletionTimestamp").is_some() && !has_finalizers(&new) {
            return self.remove(&key, new);
        }
        self.keep("MODIFIED", key, new)
    }

    fn remove(&mut self, key: &Key, object: Value) -> Value {
        self.objects.remove(key);
        self.record("DELETED", key, object)
    }

    fn keep(&mut self, type_: &'static str, key: Key, object: Value) -> Value {
        let object = self.record(type_, &key, object);
        self.objects.insert(key, object.clone());
        object
    }

    fn record(&mut self, type_: &'static str, key: &Key, mut object: Value) -> Value {
        self.revision += 1;
        metadata_of(&mut object).insert("resourceVersion".to_owned(), json!(self.revision.to_string()));
        let collection = key.collection.clone();
        self.history.push(Change { revision: self.revision, type_, collection, object: object.clone() });
        object
    }
}

/// A write to status leaves the rest, and the other way round.
fn keep_other_half(new: &mut Value, old: &Value, status: bool) {
    let Some(new) = new.as_object_mut() else { return };
    let kept: &[&str] = if status { &["metadata", "spec"] } else { &["status"] };
    for part in kept {
        match old.get(part) {
            Some(value) => drop(new.insert((*part).to_owned(), value.clone())),
            None => drop(new.remove(*part)),
        }
    }
}

fn metadata_of(object: &mut Value) -> &mut Map<String, Value> {
    if !object.get("metadata").is_some_and(Value::is_object) {
        *object = match std::mem::take(object) {
            Value::Object(mut map) => {
                map.insert("metadata".to_owned(), json!({}));
                Value::Object(map)
            }
            _ => json!({"metadata": {}}),
        };
    }
    match object.get_mut("metadata") {
        Some(Value::Object(metadata)) => metadata,
        _ => unreachable!("it was made above"),
    }
}

fn raise_generation(metadata: &mut Map<String, Value>) {
    let generation = metadata.get("generation").and_then(Value::as_i64).unwrap_or_default();
    metadata.insert("generation".to_owned(), json!(generation + 1));
}

fn has_finalizers(object: &Value) -> bool {
    object.pointer("/metadata/finalizers").and_then(Value::as_array).is_some_and(|list| !list.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worker() -> (Collection, Key, Value) {
        let collection = Collection::new(CUSTOM, "ssis", "scaleoutworkers");
        let key = Key { collection: collection.clone(), name: "one".to_owned() };
        (
            collection,
            key,
            json!({"metadata": {"name": "one", "finalizers": ["f"]}, "spec": {"a": 1}, "status": 1}),
        )
    }

    #[test]
    fn status_and_spec_are_written_apart_and_only_spec_raises_the_generation() {
        let (collection, key, object) = worker();
        let mut store = Store::default();
        let made = store.create(&collection, object).unwrap();
        assert_eq!((&made["status"], &made["metadata"]["generation"]), (&Value::Null, &json!(1)));
        let patch = json!({"spec": {"a": 2}, "status": {"b": 1}});
        let status = store.merge(&key, &patch, true).unwrap();
        assert_eq!((&status["spec"]["a"], &status["status"]["b"]), (&json!(1), &json!(1)));
        let spec = store.merge(&key, &json!({"spec": {"a": 2}, "status": null}), false).unwrap();
        assert_eq!((&spec["status"]["b"], &spec["metadata"]["generation"]), (&json!(1), &json!(2)));
    }

    #[test]
    fn finalizers_hold_a_deleted_object_and_its_generation_rises() {
        let (collection, key, object) = worker();
        let mut store = Store::default();
        store.create(&collection, object).unwrap();
        let marked = store.delete(&key).unwrap();
        assert_eq!(marked["metadata"]["generation"], json!(2));
        let version = marked["metadata"]["resourceVersion"].clone();
        let stale = json!({"metadata": {"finalizers": [], "resourceVersion": "1"}});
        assert_eq!(store.merge(&key, &stale, false).unwrap_err().code, 409);
        let fresh = json!({"metadata": {"finalizers": [], "resourceVersion": version}});
        store.merge(&key, &fresh, false).unwrap();
        assert_eq!(store.get(&key), None);
        assert_eq!(store.delete(&key).unwrap_err().code, 404);
    }

    #[test]
    fn nothing_changed_is_no_new_version() {
        let (collection, key, object) = worker();
        let mut store = Store::default();
        store.create(&collection, object).unwrap();
        let before = store.revision();
        store.merge(&key, &json!({"spec": {"a": 1}}), false).unwrap();
        assert_eq!(store.revision(), before);
    }
}
