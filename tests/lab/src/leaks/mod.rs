//! The canary: whether anything that was written anywhere holds a secret, in whatever form.
//!
//! Secrets are all that the site keeps as one, the data of every Secret, and what people know. What goes to SQL Server
//! and to agents over their wires has to hold secrets and is no writing.

mod forms;
mod secrets;
#[cfg(test)]
mod tests;

use crate::Lab;
use crate::api::Collection;
use crate::objects::OWN_NAMESPACE;
use aho_corasick::{AhoCorasick, MatchKind};
use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use forms::forms_of;

/// Where something is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Any object but Secrets, in any version: spec, status, metadata, Events.
    Object,
    /// Metadata of the Secrets that the controller makes.
    Secret,
    /// Method and path of a request to the API server.
    Request,
    /// The agents' own files: audit log, claims, epoch.
    Agent,
    /// The list of effects.
    Effect,
    /// `ctl dump`.
    Dump,
    /// The controller's metrics.
    Metrics,
    /// Logs of all threads: TRACE of our crates, DEBUG of others.
    Log,
}

/// What was looked for, and in how much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Grepped {
    /// Distinct secrets.
    pub secrets: usize,
    /// All forms of them.
    pub forms: usize,
    /// Bytes that were written.
    pub bytes: usize,
}

/// Of this process: scenarios, most secrets in one, most forms in one, all bytes.
static TOTAL: [AtomicUsize; 4] = [const { AtomicUsize::new(0) }; 4];

/// All that this process grepped.
pub fn told() -> String {
    let [scenarios, secrets, forms, bytes] = TOTAL.each_ref().map(|count| count.load(Ordering::Relaxed));
    format!("secrets grepped: up to {secrets} in {forms} forms, over {bytes} bytes of {scenarios} scenarios")
}

/// Looks for every secret in all that was written; fails if there is one, and tells which, as what, and where.
pub fn grep(lab: &Lab) -> Result<Grepped> {
    let needles = Needles::of(lab)?;
    let written = written(lab)?;
    let found: BTreeSet<Leak> = written.iter().flat_map(|(place, text)| needles.find(*place, text)).collect();
    if !found.is_empty() {
        let lines: Vec<String> = found.iter().take(20).map(ToString::to_string).collect();
        bail!("{} secrets are written:\n{}", found.len(), lines.join("\n"));
    }
    let bytes = written.iter().map(|(_, text)| text.len()).sum();
    let [scenarios, secrets, forms, all] = &TOTAL;
    scenarios.fetch_add(1, Ordering::Relaxed);
    secrets.fetch_max(needles.secrets, Ordering::Relaxed);
    forms.fetch_max(needles.named.len(), Ordering::Relaxed);
    all.fetch_add(bytes, Ordering::Relaxed);
    Ok(Grepped { secrets: needles.secrets, forms: needles.named.len(), bytes })
}

/// One secret that was found.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Leak {
    place: Place,
    secret: String,
    form: &'static str,
    before: String,
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {} as {}, after {:?}", self.place, self.secret, self.form, self.before)
    }
}

/// All forms of all secrets.
struct Needles {
    secrets: usize,
    named: Vec<(String, &'static str)>,
    search: AhoCorasick,
}

impl Needles {
    fn of(lab: &Lab) -> Result<Self> {
        let (mut named, mut texts) = (Vec::new(), BTreeSet::new());
        let mut needles = Vec::new();
        let secrets = secrets::all(lab)?;
        for (secret, name) in &secrets {
            for (form, needle) in forms_of(secret) {
                if texts.insert(needle.clone()) {
                    named.push((name.clone(), form));
                    needles.push(needle);
                }
            }
        }
        // Names are often written in small letters.
        let mut builder = AhoCorasick::builder();
        let search = builder.ascii_case_insensitive(true).match_kind(MatchKind::LeftmostLongest);
        let search = search.build(&needles).context("the search can't be built")?;
        Ok(Self { secrets: secrets.len(), named, search })
    }

    fn find(&self, place: Place, text: &str) -> Vec<Leak> {
        let leak = |found: aho_corasick::Match| {
            let (secret, form) = self.named.get(found.pattern().as_usize())?.clone();
            let before = text.as_bytes().get(found.start().saturating_sub(80)..found.start())?;
            Some(Leak { place, secret, form, before: String::from_utf8_lossy(before).into_owned() })
        };
        self.search.find_iter(text).filter_map(leak).collect()
    }
}

/// All that was written, by place.
fn written(lab: &Lab) -> Result<Vec<(Place, String)>> {
    let mut all = Vec::new();
    for (collection, object) in lab.api.written() {
        all.extend(readable_part(&collection, &object));
    }
    let requests =
        lab.api.requests().into_iter().map(|request| format!("{} {}\n", request.method, request.path));
    all.push((Place::Request, requests.collect()));
    read_files(&lab.folder, &mut all)?;
    let effects = lab.effects().into_iter().map(|effect| format!("{effect:?}\n"));
    all.push((Place::Effect, effects.collect()));
    all.push((Place::Dump, lab.dump()?.to_string()));
    all.push((Place::Metrics, lab.metrics.encode()?));
    all.push((Place::Log, lab.log.text()));
    Ok(all)
}

/// Of a Secret only what others may read too; people's own Secrets are none of our writings.
fn readable_part(collection: &Collection, object: &Value) -> Option<(Place, String)> {
    if collection.plural != "secrets" {
        return Some((Place::Object, object.to_string()));
    }
    let metadata = object.get("metadata").filter(|_| collection.namespace == OWN_NAMESPACE)?;
    Some((Place::Secret, metadata.to_string()))
}

fn read_files(folder: &Path, all: &mut Vec<(Place, String)>) -> Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_files(&path, all)?;
        } else {
            all.push((Place::Agent, String::from_utf8_lossy(&std::fs::read(path)?).into_owned()));
        }
    }
    Ok(())
}
