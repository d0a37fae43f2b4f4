//! Finds things in a dump.

use super::Found;
use crate::intent::Intent;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

pub(super) const CATALOG: &str = "SSISDB";
const DEFAULT_INSTANCE: &str = "MSSQLSERVER";

/// A dump, and what is asked of it.
pub(super) struct Site<'a> {
    pub(super) dump: &'a Value,
    pub(super) intent: &'a Intent,
}

/// A settings file, by key.
pub(super) type Settings = BTreeMap<String, String>;

/// The value at a JSON pointer, or what is missing.
pub(super) fn at<'a>(value: &'a Value, pointer: &str) -> Result<&'a Value, String> {
    value.pointer(pointer).ok_or_else(|| format!("no {pointer}"))
}

pub(super) fn text<'a>(value: &'a Value, pointer: &str) -> Result<&'a str, String> {
    at(value, pointer)?.as_str().ok_or_else(|| format!("{pointer} is no text"))
}

pub(super) fn map<'a>(value: &'a Value, pointer: &str) -> Result<&'a Map<String, Value>, String> {
    at(value, pointer)?.as_object().ok_or_else(|| format!("{pointer} is no map"))
}

/// The entry of a map whose key is `name`, without case.
pub(super) fn entry<'a>(value: &'a Value, pointer: &str, name: &str) -> Result<&'a Value, String> {
    let found = map(value, pointer)?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value).ok_or_else(|| format!("no {name} in {pointer}"))
}

impl<'a> Site<'a> {
    pub(super) fn node(&self, name: &str) -> Result<&'a Value, String> {
        entry(self.dump, "/nodes", name)
    }

    /// The nodes of the master, with their names.
    pub(super) fn master_nodes(&self) -> Result<Vec<(&'a str, &'a Value)>, String> {
        self.intent.nodes.iter().map(|name| Ok((name.as_str(), self.node(name)?))).collect()
    }

    /// The node and the instance of a replica.
    pub(super) fn replica(&self, name: &str) -> Result<(&'a Value, &'a Value), String> {
        let (node, instance) = name.split_once('\\').unwrap_or((name, DEFAULT_INSTANCE));
        let node = self.node(node)?;
        Ok((node, entry(node, "/instances", instance).map_err(|missing| format!("{name}: {missing}"))?))
    }

    /// Each replica with its node and its instance.
    pub(super) fn replicas(&self) -> Result<Vec<(&'a str, &'a Value, &'a Value)>, String> {
        let of = |name: &'a String| {
            let (node, instance) = self.replica(name)?;
            Ok((name.as_str(), node, instance))
        };
        self.intent.replicas.iter().map(of).collect()
    }

    /// Instance of the present primary.
    pub(super) fn primary(&self) -> Result<&'a Value, String> {
        let group = entry(self.dump, "/groups", &self.intent.group)?;
        let name = text(group, "/primary")?;
        let replica = entry(group, "/replicas", name)?;
        if text(replica, "/role")? != "primary" {
            return Err(format!("{name} is not primary"));
        }
        Ok(self.replica(name)?.1)
    }

    /// SSISDB on the present primary.
    pub(super) fn database(&self) -> Result<&'a Value, String> {
        entry(self.primary()?, "/databases", CATALOG)
    }

    /// The catalog's content on the present primary.
    pub(super) fn catalog(&self) -> Result<&'a Value, String> {
        at(self.database()?, "/content/catalog")
    }

    /// A row of `internal.master_properties`.
    pub(super) fn property(&self, name: &str) -> Result<&'a str, String> {
        text(self.catalog()?, &format!("/masterProperties/{name}"))
    }

    /// The clustered role.
    pub(super) fn role(&self) -> Result<&'a Value, String> {
        entry(self.dump, "/cluster/groups", &self.intent.role)
    }

    /// MasterSettings.config of each node; for a node whose service runs also as the service read it.
    pub(super) fn master_settings(&self) -> Result<Vec<(String, Settings)>, String> {
        let mut all = Vec::new();
        for (name, node) in self.master_nodes()? {
            all.push((format!("{name}'s file"), settings_of(node, "scaleOutMaster")?));
            let (_, service) = service_of(node, "scaleOutMaster")?;
            if text(service, "/state")? == "running" {
                all.push((format!("{name}'s service"), parse_settings(text(service, "/loadedSettings")?)?));
            }
        }
        Ok(all)
    }

    /// WorkerSettings.config of each worker, as its service read it.
    pub(super) fn worker_settings(&self) -> Result<Vec<(&'a str, Settings)>, String> {
        let of = |(name, _): &'a (String, bool)| {
            let (_, service) = service_of(self.node(name)?, "scaleOutWorker")?;
            let settings = text(service, "/loadedSettings").and_then(parse_settings);
            Ok((name.as_str(), settings.map_err(|wrong| format!("worker on {name}: {wrong}"))?))
        };
        self.intent.workers.iter().map(of).collect()
    }
}

/// A setting, or what is missing.
pub(super) fn setting<'a>(settings: &'a Settings, key: &str) -> Result<&'a str, String> {
    settings.get(key).map(String::as_str).ok_or_else(|| format!("no {key} in the settings"))
}

/// The settings file of a feature on a node.
fn settings_of(node: &Value, feature: &str) -> Result<Settings, String> {
    let mut features = map(node, "/features")?.values();
    let found = features.find(|found| found["feature"] == feature);
    parse_settings(text(found.ok_or_else(|| format!("no {feature}"))?, "/settings/bytes")?)
}

/// The service on a node that runs a program.
pub(super) fn service_of<'a>(node: &'a Value, program: &str) -> Result<(&'a str, &'a Value), String> {
    let mut services = map(node, "/services")?.iter();
    let found = services.find(|(_, service)| service["program"].get(program).is_some());
    found.map(|(name, service)| (name.as_str(), service)).ok_or_else(|| format!("no service of {program}"))
}

/// A flat settings file, JSON or XML.
fn parse_settings(content: &str) -> Result<Settings, String> {
    let content = content.trim_start_matches('\u{feff}').trim();
    if content.starts_with('<') {
        return Ok(parse_elements(content));
    }
    let json: Map<String, Value> =
        serde_json::from_str(content).map_err(|_| "settings are no JSON".to_owned())?;
    let plain = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(json.into_iter().map(|(key, value)| (key, plain(value))).collect())
}

/// Every `<KEY>text</KEY>` of an XML text.
fn parse_elements(xml: &str) -> Settings {
    let mut settings = Settings::new();
    for part in xml.split('<').skip(1) {
        let Some((key, value)) = part.split_once('>') else { continue };
        if key.chars().all(char::is_alphanumeric) && xml.contains(&format!("<{key}>{value}</{key}>")) {
            let value = value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
            settings.insert(key.to_owned(), value.replace("&apos;", "'").replace("&amp;", "&"));
        }
    }
    settings
}

/// Nobody forced the quorum.
pub(super) fn quorum_is_not_forced(site: &Site<'_>) -> Found {
    let forced = at(site.dump, "/cluster/forcedQuorum")? != false;
    Ok(if forced { vec!["the quorum was forced".to_owned()] } else { Vec::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_from_json_and_from_xml() {
        let json = parse_settings("{\r\n \"PortNumber\": 8391, \"SqlServerName\": \"a,1\"}").unwrap();
        let xml = "<?xml version=\"1.0\"?>\r\n<Settings>\r\n  <PortNumber>8391</PortNumber>\r\n  \
                   <SqlServerName>a,1</SqlServerName>\r\n  <Tags>a &amp; b</Tags>\r\n</Settings>";
        let mut expected = json.clone();
        expected.insert("Tags".to_owned(), "a & b".to_owned());
        assert_eq!(parse_settings(xml).unwrap(), expected);
    }
}
