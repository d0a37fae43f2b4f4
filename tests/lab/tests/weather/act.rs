//! What happens to a site, to calls and to Kubernetes, and its end.

use anyhow::{Context as _, Result};
use scaleout_lab::{Lab, Weather};
use scaleout_sim_site::effect::{ClusterEffect, ControlEffect};
use scaleout_sim_site::faults::Fault;
use scaleout_sim_site::{Effect, SimSite};
use serde_json::Value;
use std::time::Duration;
use tokio::time::sleep;

/// One thing that happens.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    /// Calls of a machine's agent meet this.
    Node(&'static str, Weather),
    /// Logins and statements on an instance meet this.
    Instance(&'static str, Weather),
    /// The next host calls of a machine's agent meet this.
    NodeFault(&'static str, Fault, usize),
    /// The next statements on an instance that change something meet this.
    InstanceFault(&'static str, Fault, usize),
    /// A machine loses its power.
    PowerOff(&'static str),
    /// An instance stops.
    Stopped(&'static str, &'static str),
    /// An instance lost sight of all others and has not noticed.
    CutOff(&'static str),
    /// A field of the site: JSON pointer and JSON. Its end: the value that it had.
    Set(&'static str, &'static str),
    /// The group fails over. No end.
    FailOver(&'static str),
    /// The group fails over, and the failover takes this long (ms).
    SlowFailOver(&'static str, i64),
    /// The role moves. No end.
    MoveRole(&'static str),
    /// A wrong field that stays, for the controller to mend.
    Drift(&'static str, &'static str),
    /// Requests with this method and this in their path get this status code.
    Api(u16, &'static str, &'static str),
    /// Every so-many-th such request does.
    ApiAtTimes(u16, &'static str, &'static str, usize),
}

/// Lets it happen; answers what ends it.
pub(crate) fn begin(lab: &Lab, act: &Act) -> Result<Option<End>> {
    let end = match act.clone() {
        Act::Node(node, weather) => {
            lab.sky.over_node(node, Some(weather));
            End::Node(node)
        }
        Act::Instance(replica, weather) => {
            lab.sky.over_instance(replica, Some(weather));
            End::Instance(replica)
        }
        Act::NodeFault(node, fault, count) => {
            lab.site.update(|sim| sim.faults.add_node(node.into(), fault, count));
            End::AgentFaults(node)
        }
        Act::InstanceFault(replica, fault, count) => {
            lab.site.update(|sim| sim.faults.add_instance(replica.into(), fault, count));
            End::Faults
        }
        Act::PowerOff(node) => {
            lab.by_hand(&Effect::Control(ControlEffect::StopNode { node: node.into() }))?;
            End::PowerOn(node)
        }
        Act::Stopped(node, service) => {
            let stop = scaleout_sim_site::effect::NodeEffect::StopService { service: service.to_owned() };
            lab.by_hand(&Effect::Node(node.into(), stop))?;
            End::Start(node, service)
        }
        Act::CutOff(replica) => {
            let now = lab.site.read(SimSite::clone);
            lab.sky.cut_off(replica, Some(&now));
            End::Back(replica)
        }
        Act::Set(path, value) => set(lab, path, value)?,
        Act::Drift(path, value) => {
            lab.set(path, serde_json::from_str(value)?)?;
            return Ok(None);
        }
        Act::FailOver(to) => {
            fail_over(lab, to)?;
            return Ok(None);
        }
        Act::SlowFailOver(to, ms) => slow_fail_over(lab, to, ms)?,
        Act::MoveRole(to) => {
            let moved = ClusterEffect::MoveGroup { group: "ssis-master".into(), to: to.into() };
            lab.by_hand(&Effect::Cluster(to.into(), moved))?;
            return Ok(None);
        }
        Act::Api(code, method, part) => {
            intercept(lab, code, method, part, 1);
            End::Api
        }
        Act::ApiAtTimes(code, method, part, every) => {
            intercept(lab, code, method, part, every);
            End::Api
        }
    };
    Ok(Some(end))
}

fn set(lab: &Lab, path: &'static str, value: &str) -> Result<End> {
    let site = lab.look(|site| serde_json::to_value(site))?;
    let old = site.pointer(path).cloned().with_context(|| format!("the site has no {path}"))?;
    lab.set(path, serde_json::from_str(value)?)?;
    Ok(End::Set(path, old))
}

fn slow_fail_over(lab: &Lab, to: &str, ms: i64) -> Result<End> {
    let usual = lab.look(|site| site.latencies.failover_ms);
    lab.set("/latencies/failoverMs", ms.into())?;
    fail_over(lab, to)?;
    lab.set("/latencies/failoverMs", usual.into())?;
    Ok(End::FailedOver)
}

fn fail_over(lab: &Lab, to: &str) -> Result<()> {
    lab.by_hand(&Effect::Control(ControlEffect::FailOver { group: "SSISDB_AG".into(), to: to.into() }))
}

fn intercept(lab: &Lab, code: u16, method: &'static str, part: &'static str, every: usize) {
    let count = std::sync::atomic::AtomicUsize::new(0);
    lab.api.intercept(Some(Box::new(move |request| {
        let meant = request.method == method && request.path.contains(part);
        let number = || count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        (meant && number() % every == 0).then_some(code)
    })));
}

/// How something ends.
#[derive(Clone, Debug)]
pub(crate) enum End {
    Node(&'static str),
    Instance(&'static str),
    Faults,
    AgentFaults(&'static str),
    PowerOn(&'static str),
    Start(&'static str, &'static str),
    Back(&'static str),
    Set(&'static str, Value),
    FailedOver,
    Api,
}

/// Ends it.
pub(crate) async fn end(lab: &Lab, end: End) -> Result<()> {
    match end {
        End::Node(node) => lab.sky.over_node(node, None),
        End::Instance(replica) => lab.sky.over_instance(replica, None),
        End::Faults => lab.site.update(|sim| sim.faults = Default::default()),
        End::AgentFaults(node) => {
            // A call that never returns holds its op until the agent's service is restarted.
            lab.site.update(|sim| sim.faults = Default::default());
            lab.set(&format!("/nodes/{node}/agentUp"), false.into())?;
            sleep(Duration::from_secs(1)).await;
            lab.set(&format!("/nodes/{node}/agentUp"), true.into())?;
        }
        End::PowerOn(node) => {
            lab.by_hand(&Effect::Control(ControlEffect::StartNode { node: node.into() }))?;
        }
        End::Start(node, service) => {
            let start = scaleout_sim_site::effect::NodeEffect::StartService { service: service.to_owned() };
            lab.by_hand(&Effect::Node(node.into(), start))?;
        }
        End::Back(replica) => lab.sky.cut_off(replica, None),
        End::Set(path, value) => lab.set(path, value)?,
        End::FailedOver => lab.set("/groups/SSISDB_AG/failingOverUntilMs", Value::Null)?,
        End::Api => lab.api.intercept(None),
    }
    Ok(())
}
