//! What the objects ask for, read from their JSON by its paths: the invariants share no type with the product.

use anyhow::{Context, Result};
use serde_json::Value;

/// What is asked of the site.
#[derive(Clone, Debug)]
pub struct Intent {
    /// The availability group.
    pub group: String,
    /// Instances of the replicas, `SQL01` or `SQL01\PROD`.
    pub replicas: Vec<String>,
    /// One label.
    pub listener: String,
    /// TCP port of the listener.
    pub listener_port: u64,
    /// Nodes of the master.
    pub nodes: Vec<String>,
    /// The clustered role.
    pub role: String,
    /// Full DNS name of the role.
    pub access_point: String,
    /// TCP port of the master's endpoint.
    pub port: u64,
    /// Workers' nodes, and whether each shall be enabled.
    pub workers: Vec<(String, bool)>,
}

impl Intent {
    /// Reads one group, one master and its workers.
    pub fn read(group: &Value, master: &Value, workers: &[Value]) -> Result<Self> {
        let access_point = at(master, "/spec/clusteredRole/clientAccessPoint")?;
        Ok(Self {
            group: text(group, "/spec/availabilityGroup/name")?,
            replicas: names(group, "/spec/replicas", "instance")?,
            listener: text(group, "/spec/listener/dnsName")?,
            listener_port: number(group, "/spec/listener/port")?,
            nodes: names(master, "/spec/nodes", "name")?,
            role: text(master, "/spec/clusteredRole/name")?,
            access_point: format!("{}.{}", text(access_point, "/name")?, text(access_point, "/dnsSuffix")?),
            port: number(master, "/spec/endpoint/port")?,
            workers: workers.iter().map(worker).collect::<Result<_>>()?,
        })
    }
}

fn worker(object: &Value) -> Result<(String, bool)> {
    Ok((text(object, "/spec/node/name")?, text(object, "/spec/desiredState")? == "Enabled"))
}

fn at<'a>(value: &'a Value, pointer: &str) -> Result<&'a Value> {
    let name = || value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or("an object").to_owned();
    value.pointer(pointer).with_context(|| format!("no {pointer} in {}", name()))
}

fn text(value: &Value, pointer: &str) -> Result<String> {
    let found = at(value, pointer)?.as_str();
    Ok(found.with_context(|| format!("{pointer} is no text"))?.to_owned())
}

fn number(value: &Value, pointer: &str) -> Result<u64> {
    at(value, pointer)?.as_u64().with_context(|| format!("{pointer} is no number"))
}

fn names(value: &Value, pointer: &str, key: &str) -> Result<Vec<String>> {
    let list = at(value, pointer)?.as_array().with_context(|| format!("{pointer} is no list"))?;
    list.iter().map(|entry| text(entry, &format!("/{key}"))).collect()
}
