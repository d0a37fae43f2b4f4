//! Makes a site fail over and measures how soon status says so.

use crate::rig::{Object, Rig};
use crate::wait;
use anyhow::{Context, Result, bail};
use std::fmt;
use std::time::{Duration, Instant};

const FOLLOWED: Duration = Duration::from_mins(1);

/// What fails over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The availability group, planned, to the next replica.
    Group,
    /// The master role, to the next node.
    Role,
}

/// A failover that status followed.
#[derive(Clone, Debug)]
pub struct Followed {
    /// What moved.
    pub kind: &'static str,
    /// Who had it.
    pub from: String,
    /// Who has it.
    pub to: String,
    /// From the command's end until status said so.
    pub after: Duration,
}

impl fmt::Display for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, from, to, after } = self;
        write!(f, "{kind} went from {from} to {to}; status followed after {:.2} s", after.as_secs_f64())
    }
}

impl Turn {
    /// Makes it and waits until status follows.
    pub fn make(self, rig: &Rig) -> Result<Followed> {
        match self {
            Self::Group => fail_over_group(rig),
            Self::Role => move_role(rig),
        }
    }
}

/// The entry after the one whose name is `present`, going round.
fn next(object: &Object, list: &str, present: &str) -> Result<serde_json::Value> {
    let entries = object.list(list);
    let named = |entry: &&serde_json::Value| entry["name"].as_str() == Some(present);
    let at = entries.iter().position(|entry| named(&entry));
    let at = at.with_context(|| format!("{present:?} is not in spec of {}", object.name()))?;
    entries.get((at + 1) % entries.len()).cloned().context("an empty list")
}

fn word(value: &serde_json::Value, key: &str) -> String {
    value.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

fn fail_over_group(rig: &Rig) -> Result<Followed> {
    let object = fresh(rig, &rig.declared.group)?;
    let from = object.text("/status/outputs/primaryReplica").to_owned();
    let target = next(&object, "/spec/replicas", &from)?;
    let to = word(&target, "name");
    rig.sim.ctl(["failover", object.text("/spec/availabilityGroup/name"), &word(&target, "instance")])?;
    follow(rig, &object, "AvailabilityGroup", from, to, "/status/outputs/primaryReplica")
}

fn move_role(rig: &Rig) -> Result<Followed> {
    let object = fresh(rig, &rig.declared.master)?;
    let from = object.text("/status/ownerNode").to_owned();
    let to = word(&next(&object, "/spec/nodes", &from)?, "name");
    rig.sim.ctl(["move-role", object.text("/spec/clusteredRole/name"), &to])?;
    follow(rig, &object, "Role", from, to, "/status/ownerNode")
}

/// The object as it is now.
fn fresh(rig: &Rig, declared: &Object) -> Result<Object> {
    let same = |object: &Object| object.kind() == declared.kind() && object.name() == declared.name();
    rig.objects()?.into_iter().find(same).with_context(|| format!("{} is gone", declared.name()))
}

/// Waits until a field of status and the last entry of `status.failovers` say where it went.
fn follow(
    rig: &Rig,
    object: &Object,
    kind: &'static str,
    from: String,
    to: String,
    field: &str,
) -> Result<Followed> {
    if from == to {
        bail!("{} has nowhere to go", object.name());
    }
    let started = Instant::now();
    let what = format!("status of {} says that {kind} went from {from} to {to}", object.name());
    wait::until(&what, FOLLOWED, || {
        let now = fresh(rig, object)?;
        let last = now.list("/status/failovers").iter().rfind(|entry| word(entry, "kind") == kind).cloned();
        let told = last.is_some_and(|last| word(&last, "from") == from && word(&last, "to") == to);
        Ok((told && now.text(field) == to).then_some(()))
    })?;
    Ok(Followed { kind, from, to, after: started.elapsed() })
}
