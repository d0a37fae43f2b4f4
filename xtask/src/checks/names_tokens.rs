//! The names, addresses and ports in the YAML of samples and sites.

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_yaml_ng::{Deserializer, Value};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Endings of keys whose value is a name or an address.
const NAMING: [&str; 19] = [
    "name",
    "names",
    "node",
    "nodes",
    "host",
    "hosts",
    "owner",
    "owners",
    "instance",
    "account",
    "server",
    "login",
    "user",
    "listener",
    "address",
    "addresses",
    "ip",
    "endpoint",
    "suffix",
];
/// Names that every site has because SQL Server, Windows or Kubernetes gives them, and words of an address.
const GIVEN: [&str; 9] =
    ["ssisdb", "master", "msdb", "tempdb", "default", "https", "http", "localhost", "example"];
/// Below this a number is as likely a count.
const LOWEST_PORT: u64 = 1000;
/// A shorter word is as likely a part of a sentence.
const SHORTEST: usize = 3;

/// What belongs to a site; words in lower case.
#[derive(Debug, Default)]
pub(super) struct Names {
    pub(super) words: BTreeSet<String>,
    pub(super) ports: BTreeSet<u64>,
}

/// Adds what the documents of one YAML file name. Objects of Kubernetes' own kinds are left out.
pub(super) fn collect(yaml: &str, names: &mut Names) -> Result<()> {
    for document in Deserializer::from_str(yaml) {
        let value = Value::deserialize(document).context("no YAML")?;
        if !is_kubernetes_own(&value) {
            visit("", &value, names);
        }
    }
    Ok(())
}

fn is_kubernetes_own(document: &Value) -> bool {
    let version = document.get("apiVersion").and_then(Value::as_str);
    version.is_some_and(|version| {
        let group = version.split_once('/').map_or("", |(group, _)| group);
        !group.contains('.') || group.ends_with("k8s.io")
    })
}

fn visit(key: &str, value: &Value, names: &mut Names) {
    match value {
        Value::Mapping(entries) => {
            for (inner, value) in entries {
                let inner = inner.as_str().unwrap_or_default();
                // Labels and annotations name no machine.
                if key != "metadata" || inner == "name" {
                    visit(inner, value, names);
                }
            }
        }
        Value::Sequence(items) => items.iter().for_each(|item| visit(key, item, names)),
        Value::Number(number) if key.to_lowercase().contains("port") => {
            names.ports.extend(number.as_u64().filter(|port| *port >= LOWEST_PORT));
        }
        Value::String(text) => add(key, text, names),
        Value::Number(_) | Value::Bool(_) | Value::Null | Value::Tagged(_) => {}
    }
}

/// A text under a naming key counts as a whole and in its parts (`CORP\svc`, `https://sql01.corp.example:8443`,
/// `SQL01\PROD`); under another key only if it is an address.
fn add(key: &str, text: &str, names: &mut Names) {
    let key = key.to_lowercase();
    let is_naming = NAMING.iter().any(|ending| key.ends_with(ending));
    let text = text.to_lowercase();
    for part in text.split(|char: char| "/\\:@,=".contains(char) || char.is_whitespace()) {
        if let Ok(address) = part.parse::<IpAddr>() {
            let is_given = address.is_unspecified() || address.is_loopback() || part.starts_with("255.");
            names.words.extend((!is_given).then(|| part.to_owned()));
        } else if is_naming || text.contains("://") {
            let port = part.parse().ok().filter(|port: &u64| *port >= LOWEST_PORT);
            names.ports.extend(port);
            let label = part.split('.').next().unwrap_or_default();
            let words = [part, label].into_iter().filter(|word| is_word(word));
            names.words.extend(words.map(str::to_owned));
        }
    }
}

fn is_word(word: &str) -> bool {
    word.len() >= SHORTEST && !GIVEN.contains(&word) && !word.chars().all(|char| char.is_ascii_digit())
}
