//! The reference of fields: type, default, meaning and rules, from the schemas of the CRDs.

use serde_json::{Map, Value};

/// `docs/reference/crds.md`.
pub(crate) fn render() -> Result<String, super::Failure> {
    let mut text = format!(
        "<!-- {} -->\n\n# Fields of the custom resources\n\n\
         A field without default that is not required is left as found where it is absent. In paths `[]` is an entry of a\n\
         list; rules are checked by the API server. Lists and texts are bounded as the type column says.\n",
        super::ORIGIN
    );
    for (_, crd) in scaleout_api::schema::crds()? {
        let names = &crd.spec.names;
        text = format!(
            "{text}\n## {}\n\nShort name `{}`, plural `{}`, group `{}`.\n",
            names.kind,
            names.short_names.iter().flatten().next().map_or("", String::as_str),
            names.plural,
            crd.spec.group
        );
        let crd = serde_json::to_value(&crd)?;
        for part in ["spec", "status"] {
            let schema = crd.pointer(&format!("/spec/versions/0/schema/openAPIV3Schema/properties/{part}"));
            let mut rows = Vec::new();
            if let Some(Value::Object(schema)) = schema {
                fields(part, schema, &mut rows);
                rows.splice(..0, rules(schema).map(|rule| format!("| `{part}` | object | | Rule: {rule} |")));
            }
            text = format!(
                "{text}\n| field | type | default | meaning |\n|---|---|---|---|\n{}\n",
                rows.join("\n")
            );
        }
    }
    Ok(text)
}

/// One row for each member, depth first.
fn fields(path: &str, schema: &Map<String, Value>, rows: &mut Vec<String>) {
    let required: Vec<&str> = schema
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let members = schema.get("properties").and_then(Value::as_object).into_iter().flatten();
    for (name, member) in members {
        let Value::Object(member) = member else { continue };
        let default = match member.get("default") {
            Some(default) => format!("`{default}`"),
            None if required.contains(&name.as_str()) => "required".to_owned(),
            None => String::new(),
        };
        let about = member.get("description").and_then(Value::as_str).unwrap_or_default();
        let item = member.get("items").and_then(Value::as_object);
        let all = rules(member).chain(item.into_iter().flat_map(rules));
        let all = all.fold(String::new(), |text, rule| text + " Rule: " + &rule + ".");
        let path = format!("{path}.{name}");
        rows.push(format!("| `{path}` | {} | {default} | {}{all} |", type_of(member), cell(about)));
        fields(&path, member, rows);
        if let Some(item) = item {
            fields(&format!("{path}[]"), item, rows);
        }
    }
}

/// Messages of the CEL rules.
fn rules(schema: &Map<String, Value>) -> impl Iterator<Item = String> {
    let all = schema.get("x-kubernetes-validations").and_then(Value::as_array).into_iter().flatten();
    all.map(|rule| {
        let text = rule.get("message").or_else(|| rule.get("rule"));
        cell(text.and_then(Value::as_str).unwrap_or_default())
    })
}

fn type_of(schema: &Map<String, Value>) -> String {
    let word = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default();
    let name = match word("type") {
        "array" => {
            let item = schema.get("items").and_then(Value::as_object).map_or_else(String::new, type_of);
            format!(
                "{} of {item}",
                if word("x-kubernetes-list-type").is_empty() {
                    "list"
                } else {
                    word("x-kubernetes-list-type")
                }
            )
        }
        other => other.to_owned(),
    };
    let words = schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    let words: Vec<&str> = words.collect();
    let bounds = [("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems")];
    let bounds = bounds.iter().find_map(|(low, high)| bound(schema.get(*low), schema.get(*high)));
    match (words.is_empty(), bounds) {
        (false, _) => words.join(", "),
        (true, Some(bounds)) => format!("{name}, {bounds}"),
        (true, None) => name,
    }
}

fn bound(low: Option<&Value>, high: Option<&Value>) -> Option<String> {
    let text = |value: &Value| value.as_f64().map(|number| format!("{number}"));
    match (low.and_then(text), high.and_then(text)) {
        (Some(low), Some(high)) => Some(format!("{low}–{high}")),
        (Some(low), None) => Some(format!("at least {low}")),
        (None, Some(high)) => Some(format!("at most {high}")),
        (None, None) => None,
    }
}

/// Text that cannot break a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ").replace('<', "&lt;")
}
