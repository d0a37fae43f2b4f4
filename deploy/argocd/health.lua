-- Generated from crates/api and crates/model by `cargo xtask docs`; do not edit.
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

local ready = byType["Ready"]
if obj.metadata.deletionTimestamp ~= nil then
  if isTrue("Stalled") then
    return health("Degraded", byType["Stalled"], "a human is needed before it can be deleted")
  end
  return health("Progressing", ready, "being deleted")
end
if isTrue("Suspended") then
  return health("Suspended", byType["Suspended"], "suspended")
end
if isTrue("Stalled") then
  return health("Degraded", byType["Stalled"], "a human is needed")
end
if isTrue("Ready") then
  return health("Healthy", nil, "the site matches the spec")
end
-- Mode Observe: nothing will change it but people.
if ready ~= nil and ready.reason == "DriftObserved" and ready.observedGeneration == generation then
  return health("Degraded", ready, "the site differs from the spec")
end
return health("Progressing", ready, "not observed yet")
