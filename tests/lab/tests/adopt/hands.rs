//! What people did to a site, by JSON pointers into it.

use anyhow::{Context as _, Result, ensure};
use scaleout_lab::Lab;
use scaleout_model::names::{GroupName, NodeName, ReplicaName, RoleName};
use scaleout_sim_site::Effect;
use scaleout_sim_site::effect::{ClusterEffect, ControlEffect};
use serde::Deserialize;
use serde_json::Value;

/// One change.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Hand {
    /// A field gets a value.
    Set { path: String, value: Value },
    /// A key is taken away.
    Unset { path: String },
    /// What is at one key is at another.
    Move { path: String, to: String },
    /// What is at one key is at another as well.
    Copy { path: String, to: String },
    /// A planned failover of a group.
    FailOver { group: GroupName, to: ReplicaName },
    /// A role is moved.
    MoveRole { role: RoleName, to: NodeName },
    /// A service is restarted.
    Restart { node: NodeName, service: String },
    /// Every occurrence of a text in a field.
    Replace { path: String, old: String, new: String },
}

impl Hand {
    pub(crate) fn work(&self, lab: &Lab) -> Result<()> {
        match self {
            Self::Set { path, value } => lab.set(path, value.clone()),
            Self::Unset { path } => lab.unset(path),
            Self::Copy { path, to } => lab.set(to, found(lab, path)?),
            Self::Move { path, to } => {
                let value = found(lab, path)?;
                lab.unset(path)?;
                lab.set(to, value)
            }
            Self::FailOver { group, to } => lab
                .by_hand(&Effect::Control(ControlEffect::FailOver { group: group.clone(), to: to.clone() })),
            Self::Restart { node, service } => {
                let (node, service) = (node.clone(), service.clone());
                lab.by_hand(&Effect::Control(ControlEffect::RestartService { node, service }))
            }
            Self::MoveRole { role, to } => {
                let moved = ClusterEffect::MoveGroup { group: role.clone(), to: to.clone() };
                lab.by_hand(&Effect::Cluster(to.clone(), moved))
            }
            Self::Replace { path, old, new } => {
                let text = found(lab, path)?.to_string();
                ensure!(text.contains(old), "{path} does not contain {old}");
                lab.set(path, serde_json::from_str(&text.replace(old, new))?)
            }
        }
    }
}

fn found(lab: &Lab, path: &str) -> Result<Value> {
    let site = lab.look(|site| serde_json::to_value(site))?;
    site.pointer(path).cloned().with_context(|| format!("the site has no {path}"))
}
