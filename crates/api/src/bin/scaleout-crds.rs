//! Writes the CustomResourceDefinitions: `scaleout-crds --dir DIR [--check]`.
//!
//! With `--check` nothing is written; the exit code is 1 if a file differs, is missing or is too many.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{fs, io};

use serde_json::Value;

/// What the command line asks for.
struct Arguments {
    dir: PathBuf,
    check: bool,
}

#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("usage: scaleout-crds --dir DIR [--check]")]
    Usage,
    #[error("cannot generate the CRDs")]
    Schema(#[from] scaleout_api::schema::SchemaError),
    #[error("cannot write YAML")]
    Yaml(#[from] serde_yaml_ng::Error),
    #[error("cannot write JSON")]
    Json(#[source] serde_json::Error),
    #[error("cannot read or write {path}")]
    File { path: PathBuf, source: io::Error },
}

fn main() -> ExitCode {
    match run() {
        Ok(differences) if differences.is_empty() => ExitCode::SUCCESS,
        Ok(differences) => fail(&differences.join("\n")),
        Err(failure) => {
            let mut text = failure.to_string();
            let mut source = std::error::Error::source(&failure);
            while let Some(cause) = source {
                text = format!("{text}: {cause}");
                source = cause.source();
            }
            fail(&text)
        }
    }
}

fn fail(text: &str) -> ExitCode {
    // A closed standard error leaves nothing to tell it to.
    let _ = writeln!(io::stderr(), "{text}");
    ExitCode::FAILURE
}

fn run() -> Result<Vec<String>, Failure> {
    let arguments = parse(std::env::args().skip(1))?;
    let files = render()?;
    if arguments.check { check(&arguments.dir, &files) } else { write(&arguments.dir, &files) }
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Arguments, Failure> {
    let mut dir = None;
    let mut check = false;
    while let Some(word) = words.next() {
        match word.as_str() {
            "--dir" => dir = words.next().map(PathBuf::from),
            "--check" => check = true,
            _ => return Err(Failure::Usage),
        }
    }
    dir.map(|dir| Arguments { dir, check }).ok_or(Failure::Usage)
}

/// File name to content: one file per CRD and the list for kustomize.
fn render() -> Result<BTreeMap<String, String>, Failure> {
    let mut files = BTreeMap::new();
    let mut list = String::from(
        "# Generated from crates/api; do not edit.\napiVersion: kustomize.config.k8s.io/v1beta1\n\
         kind: Kustomization\nresources:\n",
    );
    for (name, crd) in scaleout_api::schema::crds()? {
        list = format!("{list}  - {name}\n");
        let mut value = serde_json::to_value(&crd).map_err(Failure::Json)?;
        use_integers(&mut value);
        let yaml = serde_yaml_ng::to_string(&value)?;
        files.insert(name, format!("# Generated from crates/api; do not edit.\n{yaml}"));
    }
    files.insert("kustomization.yaml".into(), list);
    Ok(files)
}

/// Bounds are floats in the binding's types; the API server shows `1.0` as `1`.
fn use_integers(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(use_integers),
        Value::Object(members) => members.values_mut().for_each(use_integers),
        Value::Number(number) => {
            let whole = number.as_f64().filter(|_| number.is_f64()).map(|float| format!("{float}"));
            if let Some(integer) = whole.and_then(|text| text.parse::<i64>().ok()) {
                *value = Value::from(integer);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

fn check(dir: &Path, files: &BTreeMap<String, String>) -> Result<Vec<String>, Failure> {
    let mut differences = Vec::new();
    for (name, content) in files {
        match fs::read_to_string(dir.join(name)) {
            Ok(found) if found == *content => {}
            Ok(_) => differences.push(format!("{name} differs from crates/api: run `cargo xtask crds`")),
            Err(_) => differences.push(format!("{name} is missing: run `cargo xtask crds`")),
        }
    }
    differences.extend(strangers(dir, files)?.iter().map(|name| format!("{name} belongs to no kind")));
    Ok(differences)
}

fn write(dir: &Path, files: &BTreeMap<String, String>) -> Result<Vec<String>, Failure> {
    fs::create_dir_all(dir).map_err(|source| Failure::File { path: dir.to_owned(), source })?;
    for (name, content) in files {
        let path = dir.join(name);
        fs::write(&path, content).map_err(|source| Failure::File { path, source })?;
    }
    Ok(strangers(dir, files)?.iter().map(|name| format!("{name} belongs to no kind: remove it")).collect())
}

/// YAML files of the directory that we would not write.
fn strangers(dir: &Path, files: &BTreeMap<String, String>) -> Result<Vec<String>, Failure> {
    let failure = |source| Failure::File { path: dir.to_owned(), source };
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(failure)? {
        let name = entry.map_err(failure)?.file_name().to_string_lossy().into_owned();
        let yaml = Path::new(&name).extension().is_some_and(|extension| extension == "yaml");
        if yaml && !files.contains_key(&name) {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
