//! A case: what somebody changed by hand, who sees it, and what comes of it.

use anyhow::{Context as _, Result};
use scaleout_lab::Lab;
use scaleout_sim_site::Effect;
use scaleout_sim_site::effect::{ControlEffect, NodeEffect};
use serde_json::Value;

/// A change by hand.
pub(crate) type Change = Box<dyn Fn(&Lab) -> Result<()> + Send + Sync>;

/// What comes of a drift once the mode is `Enforce`.
pub(crate) enum Then {
    /// Mended.
    Mended,
    /// A condition of an object says so, with this reason.
    Told { object: &'static str, condition: &'static str, reason: &'static str },
    /// Right enough: a step warns with this reason.
    Warned(&'static str),
    /// Nobody notices; why that is so.
    Overlooked(&'static str),
}

/// A case.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) changes: Vec<Change>,
    /// Steps that show it in mode `Observe`.
    pub(crate) seen: &'static [&'static str],
    /// What is written, `kind target`; on each target in this order.
    pub(crate) effects: &'static [&'static str],
    pub(crate) then: Then,
    /// Patterns of what is not as before once it is mended, and need not be.
    pub(crate) leaves: &'static [&'static str],
}

/// A case that is mended; who sees it and what is written is to be added.
pub(crate) fn case(name: &'static str, changes: Vec<Change>) -> Case {
    Case { name, changes, seen: &[], effects: &[], then: Then::Mended, leaves: &[] }
}

impl Case {
    /// Steps that show it.
    pub(crate) fn seen(mut self, steps: &'static [&'static str]) -> Self {
        self.seen = steps;
        self
    }

    /// What is written.
    pub(crate) fn effects(mut self, effects: &'static [&'static str]) -> Self {
        self.effects = effects;
        self
    }

    /// It is told only.
    pub(crate) fn told(
        mut self,
        object: &'static str,
        condition: &'static str,
        reason: &'static str,
    ) -> Self {
        self.then = Then::Told { object, condition, reason };
        self
    }

    /// It is warned of only.
    pub(crate) fn warned(mut self, reason: &'static str) -> Self {
        self.then = Then::Warned(reason);
        self
    }

    /// Nobody notices.
    pub(crate) fn overlooked(mut self, why: &'static str) -> Self {
        self.then = Then::Overlooked(why);
        self
    }

    /// What differs afterwards, and may.
    pub(crate) fn leaves(mut self, patterns: &'static [&'static str]) -> Self {
        self.leaves = patterns;
        self
    }

    /// Makes the changes.
    pub(crate) fn change(&self, lab: &Lab) -> Result<()> {
        self.changes.iter().try_for_each(|change| change(lab))
    }
}

/// Sets a field.
pub(crate) fn set(path: impl Into<String>, value: impl Into<Value>) -> Change {
    let (path, value) = (path.into(), value.into());
    Box::new(move |lab| lab.set(&path, value.clone()).with_context(|| path.clone()))
}

/// Takes a key away.
pub(crate) fn unset(path: impl Into<String>) -> Change {
    let path = path.into();
    Box::new(move |lab| lab.unset(&path).with_context(|| path.clone()))
}

/// Takes a row out of an instance's permissions.
pub(crate) fn revoke(node: &'static str, grantee: &'static str, permission: &'static str) -> Change {
    Box::new(move |lab| {
        let path = on(node, "permissions");
        let mut rows = field(lab, &path)?;
        let rows = rows.as_array_mut().context("no list")?;
        let before = rows.len();
        rows.retain(|row| row["grantee"] != grantee || row["permission"] != permission);
        anyhow::ensure!(rows.len() < before, "no row {grantee}: {permission} on {node}");
        lab.set(&path, rows.clone().into())
    })
}

/// Changes a key of a settings file.
pub(crate) fn edit(node: &'static str, key: &'static str, value: impl Into<Value>) -> Change {
    let value = value.into();
    Box::new(move |lab| {
        let feature = if node.starts_with("SQL") { "ScaleOutMaster150" } else { "ScaleOutWorker150" };
        let path = format!("/nodes/{node}/features/{feature}/settings/bytes");
        let bytes = field(lab, &path)?;
        let mut file: Value = serde_json::from_str(bytes.as_str().context("no text")?)?;
        *file.get_mut(key).with_context(|| format!("no {key}"))? = value.clone();
        lab.set(&path, serde_json::to_string_pretty(&file)?.into())
    })
}

/// Takes a key out of a worker's settings file.
pub(crate) fn cut(node: &'static str, key: &'static str) -> Change {
    Box::new(move |lab| {
        let path = format!("/nodes/{node}/features/ScaleOutWorker150/settings/bytes");
        let bytes = field(lab, &path)?;
        let mut file: Value = serde_json::from_str(bytes.as_str().context("no text")?)?;
        file.as_object_mut().and_then(|file| file.remove(key)).with_context(|| format!("no {key}"))?;
        lab.set(&path, serde_json::to_string_pretty(&file)?.into())
    })
}

/// Something that happens on a machine.
pub(crate) fn happens(node: &'static str, effect: NodeEffect) -> Change {
    let effect = Effect::Node(node.into(), effect);
    Box::new(move |lab| lab.by_hand(&effect))
}

/// Something that happens to the site.
pub(crate) fn control(effect: ControlEffect) -> Change {
    let effect = Effect::Control(effect);
    Box::new(move |lab| lab.by_hand(&effect))
}

/// Changes what was looked up on the site.
pub(crate) fn with(change: impl Fn(&Lab) -> Result<()> + Send + Sync + 'static) -> Change {
    Box::new(change)
}

/// A field of the site.
pub(crate) fn field(lab: &Lab, path: &str) -> Result<Value> {
    let site = lab.look(|site| serde_json::to_value(site))?;
    site.pointer(path).cloned().with_context(|| format!("there is no {path}"))
}

/// A field of an instance.
pub(crate) fn on(node: &str, rest: &str) -> String {
    format!("/nodes/{node}/instances/MSSQLSERVER/{rest}")
}

/// A field of the primary's SSISDB.
pub(crate) fn content(rest: &str) -> String {
    on("SQL01", &format!("databases/SSISDB/content/{rest}"))
}

/// A field of the availability group.
pub(crate) fn group(rest: &str) -> String {
    format!("/groups/SSISDB_AG/{rest}")
}

/// A field of the clustered role.
pub(crate) fn role(rest: &str) -> String {
    format!("/cluster/groups/ssis-master/{rest}")
}

/// Path of the master's certificate on a node.
pub(crate) fn master_certificate(lab: &Lab, node: &str) -> Result<String> {
    let thumbprint = field(lab, "/nodes/SQL01/bindings/8391/thumbprint")?;
    Ok(format!("/nodes/{node}/certificates/root/{}", thumbprint.as_str().context("no text")?))
}

/// Thumbprint of a worker's certificate.
pub(crate) fn worker_thumbprint(lab: &Lab, worker: &str) -> Result<String> {
    let own = field(lab, &format!("/nodes/{worker}/certificates/my"))?;
    own.as_object().and_then(|own| own.keys().next().cloned()).context("no certificate")
}

/// Path of a worker's row in the catalog.
pub(crate) fn worker_row(lab: &Lab, worker: &str) -> Result<String> {
    let path = content("catalog/workerAgents");
    let rows = field(lab, &path)?;
    let found = rows.as_object().and_then(|rows| rows.iter().find(|(_, row)| row["machine"] == worker));
    Ok(format!("{path}/{}", found.context("no row")?.0))
}

/// Sets the object permissions of a user.
pub(crate) fn edit_grants(node: &'static str, user: &str, grants: Value) -> Change {
    set(on(node, &format!("{user}/grants")), grants)
}
