//! A schema transform: descriptions without the line breaks of the source, so that `kubectl explain` wraps them.

use schemars::Schema;
use schemars::transform::{Transform, transform_subschemas};
use serde_json::Value;

/// Joins the lines of each paragraph of a description.
#[derive(Clone, Debug, Default)]
pub struct JoinLines;

impl Transform for JoinLines {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(Value::String(text)) = schema.get_mut("description") {
            let paragraphs: Vec<String> = text.split("\n\n").map(|lines| lines.replace('\n', " ")).collect();
            *text = paragraphs.join("\n\n");
        }
        transform_subschemas(self, schema);
    }
}
