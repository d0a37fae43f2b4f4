//! Makes a site fail over and measures how soon status says so.

use crate::rig::{Object, Rig};
use crate::wait;
use anyhow::{Context, Result, bail};
use std::fmt;
use std::time::{Duration, Instant};

const FOLLOWED: Duration = Duration::from_mins(1);

/// What moves: its kind in `status.failovers`, and where status says who has it.
#[derive(Clone, Copy)]
struct Mover {
    kind: &'static str,
    owner: &'static str,
}

const GROUP: Mover = Mover { kind: "AvailabilityGroup", owner: "/status/outputs/primaryReplica" };
const ROLE: Mover = Mover { kind: "Role", owner: "/status/ownerNode" };

/// What fails over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The availability group, planned, to the next replica.
    Group,
    /// The master role, to the next node.
    Role,
    /// The availability group, because the node of its primary loses power.
    NodeLoss,
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
    /// The node that is without power now.
    pub lost: Option<String>,
}

impl fmt::Display for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, from, to, after, .. } = self;
        write!(f, "{kind} went from {from} to {to}; status followed after {:.2} s", after.as_secs_f64())
    }
}

impl Turn {
    /// Makes it and waits until status follows.
    pub fn make(self, rig: &Rig) -> Result<Followed> {
        match self {
            Self::Group => fail_over_group(rig),
            Self::Role => move_role(rig),
            Self::NodeLoss => lose_node(rig),
        }
    }
}

impl Followed {
    /// Brings back what was lost.
    pub fn restore(&self, rig: &Rig) -> Result<()> {
        self.lost.as_ref().map_or(Ok(()), |node| rig.sim.ctl(["start-node", node]).map(drop))
    }
}

/// The entry after the one whose name is `present`, going round.
fn next(object: &Object, list: &str, present: &str) -> Result<serde_json::Value> {
    let entries = object.list(list);
    let named = |entry: &&serde_json::Value| word(entry, "name").eq_ignore_ascii_case(present);
    let at = entries.iter().position(|entry| named(&entry));
    let at = at.with_context(|| format!("{present:?} is not in spec of {}", object.name()))?;
    entries.get((at + 1) % entries.len()).cloned().context("an empty list")
}

fn word(value: &serde_json::Value, key: &str) -> String {
    value.get(key).and_then(serde_json::Value::as_str).unwrap_or_default().to_owned()
}

fn fail_over_group(rig: &Rig) -> Result<Followed> {
    let object = fresh(rig, &rig.declared.group)?;
    let from = object.text(GROUP.owner).to_owned();
    let target = next(&object, "/spec/replicas", &from)?;
    let to = word(&target, "name");
    rig.sim.ctl(["failover", object.text("/spec/availabilityGroup/name"), &word(&target, "instance")])?;
    if from == to {
        bail!("{} has nowhere to go", object.name());
    }
    follow(rig, &object, GROUP, from, Some(&to))
}

fn lose_node(rig: &Rig) -> Result<Followed> {
    let object = fresh(rig, &rig.declared.group)?;
    let from = object.text(GROUP.owner).to_owned();
    let replica = object
        .list("/spec/replicas")
        .iter()
        .find(|replica| word(replica, "name").eq_ignore_ascii_case(&from));
    let host = replica.and_then(|replica| replica.pointer("/hosts/0"));
    let node = word(host.context("no host of the primary")?, "node");
    rig.sim.ctl(["stop-node", &node])?;
    let followed = follow(rig, &object, GROUP, from, None)?;
    Ok(Followed { lost: Some(node), ..followed })
}

fn move_role(rig: &Rig) -> Result<Followed> {
    let object = fresh(rig, &rig.declared.master)?;
    let from = object.text(ROLE.owner).to_owned();
    let to = word(&next(&object, "/spec/nodes", &from)?, "name");
    rig.sim.ctl(["move-role", object.text("/spec/clusteredRole/name"), &to])?;
    if from == to {
        bail!("{} has nowhere to go", object.name());
    }
    follow(rig, &object, ROLE, from, Some(&to))
}

/// The object as it is now.
fn fresh(rig: &Rig, declared: &Object) -> Result<Object> {
    let same = |object: &Object| object.kind() == declared.kind() && object.name() == declared.name();
    rig.objects()?.into_iter().find(same).with_context(|| format!("{} is gone", declared.name()))
}

/// Waits until the owner in status and the last entry of `status.failovers` say where it went: to `to`, if that is known.
fn follow(rig: &Rig, object: &Object, mover: Mover, from: String, to: Option<&str>) -> Result<Followed> {
    let started = Instant::now();
    let where_to = to.unwrap_or("another");
    let what = format!("status of {} says that {} went from {from} to {where_to}", object.name(), mover.kind);
    // Spec may write names in another case than the site has them.
    let same = str::eq_ignore_ascii_case;
    let to = wait::until(&what, FOLLOWED, || {
        let now = fresh(rig, object)?;
        let owner = now.text(mover.owner);
        let mut failovers = now.list("/status/failovers").iter();
        let last = failovers.rfind(|entry| word(entry, "kind") == mover.kind);
        let told =
            last.is_some_and(|last| same(&word(last, "from"), &from) && same(&word(last, "to"), owner));
        let arrived = to.map_or(!same(owner, &from), |to| same(owner, to));
        Ok((told && arrived).then(|| owner.to_owned()))
    })?;
    Ok(Followed { kind: mover.kind, from, to, after: started.elapsed(), lost: None })
}
