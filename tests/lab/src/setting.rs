//! What a lab begins with.

use crate::objects;
use crate::secrets::Known;
use anyhow::{Context as _, Result};
use scaleout_sim::description::Description;
use scaleout_sim::site_handle::unix_ms;
use scaleout_sim_site::SimSite;
use serde_json::Value;
use std::path::Path;

/// A password with all that is special somewhere.
fn mark_of(name: &str) -> String {
    format!("aA1;'\"]}} {name} \u{fc}\\&<c4n4ry")
}

/// A site and what is declared for it. Cheap to clone.
#[derive(Clone)]
pub struct Setting {
    pub(crate) site: SimSite,
    pub(crate) namespaces: Vec<String>,
    /// Objects, as YAML has them.
    pub objects: Vec<Value>,
    /// What people know.
    pub known: Known,
    /// Secrets besides those that are made of it.
    pub more_secrets: Vec<Value>,
}

impl Setting {
    /// The demo's site and the samples.
    pub fn demo() -> Result<Self> {
        Self::demo_with(&Value::Null)
    }

    /// The samples on a site whose file differs from the demo's by a merge patch.
    pub fn demo_with(patch: &Value) -> Result<Self> {
        Self::demo_from(|site| {
            if !patch.is_null() {
                objects::merge(site, patch);
            }
        })
    }

    /// The demo with passwords that are found wherever they are written, and that break what does not quote them.
    pub fn marked() -> Result<Self> {
        let mark = |site: &mut Value| {
            for list in ["accounts", "logins"] {
                for entry in site.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
                    let name = objects::text(entry, "/name").to_owned();
                    if let Some(password) = entry.get_mut("password") {
                        *password = mark_of(&name).into();
                    }
                }
            }
        };
        let mut setting = Self::demo_from(mark)?;
        setting.known.master_key = mark_of("master key");
        setting.known.log_login = mark_of("log login");
        Ok(setting)
    }

    fn demo_from(change: impl FnOnce(&mut Value)) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let read = |file: &str| {
            std::fs::read_to_string(root.join(file)).with_context(|| format!("{file} is not readable"))
        };
        let samples = ["availability-group", "master", "workers"];
        let objects: Result<Vec<String>> =
            samples.iter().map(|sample| read(&format!("deploy/samples/{sample}.yaml"))).collect();
        let mut site: Value = serde_yaml_ng::from_str(&read("tests/sites/demo.yaml")?)?;
        change(&mut site);
        Self::parse(&serde_yaml_ng::to_string(&site)?, &objects?.join("\n---\n"))
    }

    /// The same people and objects over another site, whose history nobody knows.
    #[must_use]
    pub fn over(self, site: SimSite) -> Self {
        Self { site: SimSite::new(site.site), ..self }
    }

    /// A site file, and objects as YAML documents.
    pub fn parse(site: &str, objects: &str) -> Result<Self> {
        let description = Description::parse(site).context("the site file")?;
        let built = description.site.build(unix_ms()).context("the site")?;
        Ok(Self {
            site: SimSite::new(built),
            namespaces: description.namespaces.clone(),
            objects: objects::parse(objects)?,
            more_secrets: Vec::new(),
            known: Known::of(&description, "aA1-the master key's", "aA1-the log login's"),
        })
    }
}
