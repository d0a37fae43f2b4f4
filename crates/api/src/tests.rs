//! Tests of the crate: schema, samples and rule table, coordinates, bounds.

mod coordinates;
mod limits;
mod samples;
mod schema;

use serde::Deserialize;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A file or folder of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The documents of all YAML files in a folder, with the file's name and text.
fn documents(folder: &str) -> Vec<(String, String, Vec<Value>)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(repository(folder))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).unwrap();
            let values = serde_yaml_ng::Deserializer::from_str(&text)
                .map(|document| Value::deserialize(document).unwrap())
                .collect();
            (path.file_name().unwrap().to_string_lossy().into_owned(), text, values)
        })
        .collect()
}

/// The schemas of the three kinds as JSON: kind, `openAPIV3Schema`.
fn schemas() -> Vec<(String, Value)> {
    crate::schema::crds()
        .unwrap()
        .into_iter()
        .map(|(_, crd)| {
            let crd = serde_json::to_value(&crd).unwrap();
            let kind = crd["spec"]["names"]["kind"].as_str().unwrap().to_owned();
            (kind, crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"].clone())
        })
        .collect()
}
