//! Argo CD's health script, from the names of the summary conditions.

use scaleout_api::conditions::{READY, STALLED, SUSPENDED};
use scaleout_model::reason::Reason;

/// `deploy/argocd/health.lua`.
pub(crate) fn render() -> String {
    let text = TEMPLATE
        .replace("ORIGIN", super::ORIGIN)
        .replace("DRIFT_OBSERVED", Reason::DriftObserved.as_str())
        .replace("READY", READY)
        .replace("STALLED", STALLED);
    text.replace("SUSPENDED", SUSPENDED)
}

const TEMPLATE: &str = r#"-- ORIGIN
-- Health of all three kinds for Argo CD: one text for the keys
-- resource.customizations.health.scaleout.ssis.dev_SsisdbAvailabilityGroup, …_ScaleOutMaster, …_ScaleOutWorker
-- of the ConfigMap argocd-cm.
local generation = obj.metadata.generation
local byType = {}
if obj.status ~= nil and obj.status.conditions ~= nil then
  for _, condition in ipairs(obj.status.conditions) do
    byType[condition.type] = condition
  end
end

-- Whether a condition is True and speaks of the object as it is now.
local function isTrue(name)
  local condition = byType[name]
  return condition ~= nil and condition.status == "True" and condition.observedGeneration == generation
end

local function health(status, condition, fallback)
  local message = fallback
  if condition ~= nil and condition.message ~= nil and condition.message ~= "" then
    message = condition.reason .. ": " .. condition.message
  end
  return { status = status, message = message }
end

local ready = byType["READY"]
if obj.metadata.deletionTimestamp ~= nil then
  if isTrue("STALLED") then
    return health("Degraded", byType["STALLED"], "a human is needed before it can be deleted")
  end
  return health("Progressing", ready, "being deleted")
end
if isTrue("SUSPENDED") then
  return health("Suspended", byType["SUSPENDED"], "suspended")
end
if isTrue("STALLED") then
  return health("Degraded", byType["STALLED"], "a human is needed")
end
if isTrue("READY") then
  return health("Healthy", nil, "the site matches the spec")
end
-- Mode Observe: nothing will change it but people.
if ready ~= nil and ready.reason == "DRIFT_OBSERVED" and ready.observedGeneration == generation then
  return health("Degraded", ready, "the site differs from the spec")
end
return health("Progressing", ready, "not observed yet")
"#;
