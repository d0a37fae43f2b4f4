//! Reads the site: all agents and instances side by side, then the catalog where it can be read.

use crate::ports::{LoginState, NodePort, NodeTarget, Refusals, SqlPort, SqlTarget};
use crate::recent::Recent;
use futures::future::join_all;
use scaleout_model::fact::{CauseKind, Fact};
use scaleout_model::names::{GroupName, NodeName, ReplicaName};
use scaleout_model::node::NodeFacts;
use scaleout_model::observed::Observed;
use scaleout_model::sql::{CatalogFacts, Evidence, InstanceFacts};
use std::collections::BTreeMap;
use std::time::Duration;

/// The peers of one object's site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Agents.
    pub nodes: Vec<NodeTarget>,
    /// Instances.
    pub instances: Vec<SqlTarget>,
    /// The availability group.
    pub group: GroupName,
}

/// The ports that reading needs.
#[derive(Clone, Copy)]
pub struct Readers<'a> {
    /// Agents.
    pub nodes: &'a dyn NodePort,
    /// Instances.
    pub sql: &'a dyn SqlPort,
    /// What was read a moment ago.
    pub recent: &'a Recent,
    /// Age up to which that is good enough; zero: all is read anew.
    pub not_older: Duration,
}

/// Observes the whole site once, but for the master endpoint: which certificate to pin is decided after it. Never fails: what could not be read is an unknown fact.
pub async fn observe(
    readers: Readers<'_>,
    site: &Site,
    evidence: Vec<Evidence>,
    now_unix_ms: i64,
) -> Observed {
    let nodes = join_all(site.nodes.iter().map(|target| observe_node(readers, target)));
    let instances =
        join_all(site.instances.iter().map(|target| observe_instance(readers, target, &site.group)));
    let (nodes, instances) = futures::join!(nodes, instances);
    let nodes = nodes.into_iter().collect::<BTreeMap<_, _>>();
    let instances = site.instances.iter().zip(instances);
    let instances =
        join_all(instances.map(|(target, read)| explain_refusal(readers, site, target, &nodes, read)));
    let mut observed = Observed {
        instances: instances.await.into_iter().collect::<BTreeMap<_, _>>(),
        nodes,
        catalog: Fact::unknown(CauseKind::NotObserved, "the catalog was not asked"),
        endpoint: Fact::unknown(CauseKind::NotObserved, "the master's certificate is not decided yet"),
        evidence,
        waits: BTreeMap::new(),
        now_unix_ms,
    };
    observed.catalog = observe_catalog(readers, site, &observed).await;
    observed
}

async fn observe_node(readers: Readers<'_>, target: &NodeTarget) -> (NodeName, Fact<NodeFacts>) {
    let read = read_node(readers, target);
    (target.node.clone(), readers.recent.node(target, readers.not_older, read).await)
}

async fn read_node(readers: Readers<'_>, target: &NodeTarget) -> Fact<NodeFacts> {
    match readers.nodes.facts(target).await {
        Ok(facts) if facts.computer_name == target.node => Fact::Known(facts),
        Ok(facts) => Fact::unknown(
            CauseKind::WrongPeer,
            format!(
                "the agent at {} is on computer {}, not {}",
                target.host, facts.computer_name, target.node
            ),
        ),
        Err(cause) => Fact::Unknown(cause),
    }
}

async fn observe_instance(
    readers: Readers<'_>,
    target: &SqlTarget,
    group: &GroupName,
) -> (ReplicaName, Fact<InstanceFacts>) {
    let read = read_instance(readers, target, group);
    (target.replica.clone(), readers.recent.instance((target, group), readers.not_older, read).await)
}

async fn read_instance(readers: Readers<'_>, target: &SqlTarget, group: &GroupName) -> Fact<InstanceFacts> {
    match readers.sql.observe(target, group).await {
        Ok(facts) if facts.server_name == target.replica => Fact::Known(facts),
        Ok(facts) => Fact::unknown(
            CauseKind::WrongPeer,
            format!(
                "the instance at {} calls itself {}, not {}",
                target.host, facts.server_name, target.replica
            ),
        ),
        Err(cause) => Fact::Unknown(cause),
    }
}

/// A refused login, in the light of what the instance's agent says: SQL logins can't log in at all, or the password may be
/// tried again at once, since the instance was restarted.
async fn explain_refusal(
    readers: Readers<'_>,
    site: &Site,
    target: &SqlTarget,
    nodes: &BTreeMap<NodeName, Fact<NodeFacts>>,
    (replica, read): (ReplicaName, Fact<InstanceFacts>),
) -> (ReplicaName, Fact<InstanceFacts>) {
    let engine = nodes.get(&replica.machine()).and_then(|node| {
        node.known()?.engines.known()?.iter().find(|engine| engine.instance == replica.instance())
    });
    let Some(engine) = engine else { return (replica, read) };
    let state = LoginState { mode: engine.login_mode, started_unix_ms: engine.started_unix_ms };
    let refusals = readers.sql.note_logins(target, state);
    let Some(cause) = read.cause().filter(|cause| cause.kind == CauseKind::CredentialRefused) else {
        return (replica, read);
    };
    let why = match refusals {
        Refusals::Stand => return (replica, read),
        Refusals::Lapse => return observe_instance(readers, target, &site.group).await,
        Refusals::WindowsOnly => "accepts Windows logins only",
        Refusals::AwaitRestart => {
            "accepts Windows logins only: the switch to mixed mode waits for the restart"
        }
    };
    let message = format!("{replica} {why} ({})", cause.message);
    (replica, Fact::unknown(CauseKind::MixedModeOff, message))
}

/// The catalog is read on the primary; before there is a group, on the one instance that has SSISDB.
async fn observe_catalog(readers: Readers<'_>, site: &Site, observed: &Observed) -> Fact<CatalogFacts> {
    let holder = match observed.primary() {
        Fact::Known(primary) => Fact::Known(primary.clone()),
        Fact::Unknown(cause) => Fact::Unknown(cause),
        Fact::Absent => sole_holder(observed),
    };
    match holder {
        Fact::Known(replica) => match site.instances.iter().find(|target| target.replica == replica) {
            Some(target) => {
                let read = readers.sql.observe_catalog(target);
                readers.recent.catalog(target, readers.not_older, read).await
            }
            None => Fact::unknown(CauseKind::NotObserved, format!("replica {replica} is not in spec")),
        },
        Fact::Absent => Fact::Absent,
        Fact::Unknown(cause) => Fact::Unknown(cause),
    }
}

fn sole_holder(observed: &Observed) -> Fact<ReplicaName> {
    let mut holders = Vec::new();
    for (replica, facts) in &observed.instances {
        match facts.as_ref().and_then(|facts| facts.catalog_database.as_ref()) {
            Fact::Known(_) => holders.push(replica.clone()),
            Fact::Absent => {}
            Fact::Unknown(cause) => return Fact::Unknown(cause),
        }
    }
    match holders.as_slice() {
        [] => Fact::Absent,
        [one] => Fact::Known(one.clone()),
        _ => Fact::unknown(CauseKind::Garbled, "more than one instance has an SSISDB of its own"),
    }
}

#[cfg(test)]
#[path = "observe_tests.rs"]
mod tests;
