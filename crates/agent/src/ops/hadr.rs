//! Switches Always On on and restarts the instance.

use super::services::{agent_service, engine_service, lookup, start_and_wait, stop_and_wait};
use super::{OpContext, OpError, OpResult};
use scaleout_model::names::InstanceName;
use scaleout_model::node::{ServiceState, StartType};
use scaleout_model::outcome::{Class, Outcome};

/// Idempotent: does nothing when it is on and the instance runs with it. SQL Server Agent depends on the
/// engine: it is stopped first and started again if it ran or starts automatically (so also after a crash
/// between the two). After a crash behind the engine's start it is the step of SQL Server Agent that starts it.
pub(super) async fn enable(cx: &OpContext<'_>, instance: &InstanceName) -> OpResult {
    let missing = || OpError::failed(Class::Prerequisite, format!("there is no instance {instance} here"));
    let hadr = cx.read().hadr(instance).await?.ok_or_else(missing)?;
    if hadr.enabled && hadr.in_effect {
        return Ok(Outcome::NoChange(None));
    }
    if !hadr.enabled {
        cx.progress("switching Always On on");
        cx.write()?.set_hadr(instance, true).await?;
    }
    let (engine, agent) = (engine_service(instance), agent_service(instance));
    let agent_before = cx.read().service(&agent).await?;
    let agent_runs = agent_before.as_ref().is_some_and(|service| service.state != ServiceState::Stopped);
    if agent_runs {
        stop_and_wait(cx, &agent).await?;
    }
    if lookup(cx, &engine).await?.state != ServiceState::Stopped {
        stop_and_wait(cx, &engine).await?;
    }
    start_and_wait(cx, &engine).await?;
    if agent_runs || agent_before.is_some_and(|service| service.start_type == StartType::Automatic) {
        start_and_wait(cx, &agent).await?;
    }
    let hadr = cx.read().hadr(instance).await?.ok_or_else(missing)?;
    if !(hadr.enabled && hadr.in_effect) {
        return Err(OpError::not_read_back("Always On"));
    }
    Ok(Outcome::Done(None))
}
