//! A schema transform: an optional field may be absent, never null.
//!
//! schemars says `Option<T>` as "T or null". The API server would then keep an explicit null, and a rule's
//! `has()` would call it set. It would also let the type's description stand where the field's belongs.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::{Map, Value};

/// Takes null out of types and unions; the description of a field wins over that of its type.
#[derive(Clone, Debug, Default)]
pub struct DropNull;

impl Transform for DropNull {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(object) = schema.as_object_mut() {
            drop_from_type(object);
            hoist_from_union(object);
            drop_foreign_format(object);
        }
        transform_subschemas(self, schema);
    }
}

fn drop_from_type(object: &mut Map<String, Value>) {
    let Some(Value::Array(types)) = object.get_mut("type") else { return };
    types.retain(|kind| kind != "null");
    if let [only] = types.as_slice() {
        let only = only.clone();
        object.insert("type".into(), only);
    }
}

fn hoist_from_union(object: &mut Map<String, Value>) {
    let Some(Value::Array(members)) = object.get("anyOf") else { return };
    let [Value::Object(some), null] = members.as_slice() else { return };
    if null.get("type") != Some(&Value::from("null")) {
        return;
    }
    let some = some.clone();
    object.remove("anyOf");
    for (key, value) in some {
        object.entry(key).or_insert(value);
    }
    drop_from_type(object);
    hoist_from_union(object);
}

/// The API server knows only these number formats; others are a warning.
fn drop_foreign_format(object: &mut Map<String, Value>) {
    let number = matches!(object.get("type").and_then(Value::as_str), Some("integer" | "number"));
    let known = matches!(object.get("format").and_then(Value::as_str), Some("int32" | "int64"));
    if number && !known {
        object.remove("format");
    }
}
