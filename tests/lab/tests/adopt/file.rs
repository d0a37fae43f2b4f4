//! A site file of an adopted site: how it was made, what people did to it, and who adopts it.

use crate::hands::Hand;
use crate::smallest::smallest;
use anyhow::{Context as _, Result, ensure};
use scaleout_lab::Setting;
use scaleout_lab::objects::{kind_of, text};
use scaleout_sim_site::SimSite;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// One file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Site {
    #[serde(skip)]
    pub(crate) name: String,
    /// What is different about it, in a sentence.
    #[expect(dead_code, reason = "for people")]
    about: String,
    /// Changes of the demo's site file, as a merge patch.
    #[serde(default)]
    base: Value,
    /// Changes of the samples' specs with which it was made.
    #[serde(default)]
    made: Specs,
    /// What people did then.
    #[serde(default)]
    pub(crate) hands: Vec<Hand>,
    /// Changes of the specs that adopt it.
    #[serde(default)]
    declared: Specs,
    /// Who adopts it; default: both.
    #[serde(default)]
    specs: Option<Vec<Spec>>,
    /// What comes of it; default: all is Ready.
    #[serde(default)]
    pub(crate) expect: Expected,
}

/// Merge patches of specs, by kind.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Specs {
    #[serde(default)]
    group: Value,
    #[serde(default)]
    master: Value,
    /// For every worker.
    #[serde(default)]
    workers: Value,
    /// For the first worker alone.
    #[serde(default)]
    worker: Value,
}

/// A spec that adopts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Spec {
    /// That with which the site was made.
    Whole,
    /// Names, ports, addresses, references.
    Smallest,
}

/// What comes of an adoption, besides no effect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum Expected {
    #[default]
    Ready,
    /// A condition of an object (kind or name) says this reason.
    Told { object: String, condition: String, reason: String },
}

/// All files.
pub(crate) fn read_all() -> Result<Vec<Site>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sites/adopted");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(&folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let sites: Result<Vec<Site>> = files.iter().map(|file| read(file)).collect();
    let sites = sites?;
    ensure!(sites.len() >= 25, "{} files are fewer than there were", sites.len());
    Ok(sites)
}

fn read(file: &Path) -> Result<Site> {
    let shown = || file.display().to_string();
    let text = std::fs::read_to_string(file).with_context(shown)?;
    let value: Value = serde_yaml_ng::from_str(&text).with_context(shown)?;
    let mut site: Site = serde_json::from_value(value).with_context(shown)?;
    site.name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(site)
}

impl Site {
    pub(crate) fn specs(&self) -> &[Spec] {
        self.specs.as_deref().unwrap_or(&[Spec::Whole, Spec::Smallest])
    }

    /// What tells one made site from another.
    pub(crate) fn made_by(&self) -> String {
        format!("{} {:?}", self.base, self.made)
    }

    /// The setting in which it is made.
    pub(crate) fn setting(&self) -> Result<Setting> {
        let mut setting = Setting::demo_with(&self.base)?;
        for (index, object) in setting.objects.iter_mut().enumerate() {
            patch(object, &self.made, index);
        }
        Ok(setting)
    }

    /// The objects that adopt it. Certificates are those that are there.
    pub(crate) fn objects(&self, made: &SimSite, spec: Spec) -> Result<Vec<Value>> {
        let whole = self.setting()?.objects;
        let mut objects = match spec {
            Spec::Whole => whole,
            Spec::Smallest => whole.iter().map(smallest).collect(),
        };
        for (index, object) in objects.iter_mut().enumerate() {
            let thumbprint = thumbprint(made, object);
            if let Some(thumbprint) = thumbprint {
                set(object, "certificate", json!({"existing": {"thumbprint": thumbprint}}));
            }
            patch(object, &self.declared, index);
        }
        Ok(objects)
    }
}

/// The certificate that a master or worker has on its first node.
fn thumbprint(made: &SimSite, object: &Value) -> Option<String> {
    let site = serde_json::to_value(&made.site).ok()?;
    let (node, feature, key) = match kind_of(object) {
        "ScaleOutMaster" => (text(object, "/spec/nodes/0/name"), "ScaleOutMaster", "SSLCertThumbprint"),
        "ScaleOutWorker" => (text(object, "/spec/node/name"), "ScaleOutWorker", "WorkerHttpsCertThumbprint"),
        _ => return None,
    };
    let features = site.pointer(&format!("/nodes/{node}/features"))?.as_object()?;
    let (_, found) = features.iter().find(|(name, _)| name.starts_with(feature))?;
    let file = found.pointer("/settings/bytes")?.as_str()?;
    let after = file.split(key).nth(1)?;
    let hex = |c: &char| c.is_ascii_hexdigit();
    Some(after.chars().skip_while(|c| !hex(c)).take_while(hex).collect())
}

fn patch(object: &mut Value, specs: &Specs, index: usize) {
    let first_worker = index == 2;
    let patches = match kind_of(object) {
        "SsisdbAvailabilityGroup" => vec![&specs.group],
        "ScaleOutMaster" => vec![&specs.master],
        _ if first_worker => vec![&specs.workers, &specs.worker],
        _ => vec![&specs.workers],
    };
    for patch in patches.into_iter().filter(|patch| !patch.is_null()) {
        if let Some(spec) = object.get_mut("spec") {
            scaleout_lab::objects::merge(spec, patch);
        }
    }
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
        spec.insert(key.to_owned(), value);
    }
}
