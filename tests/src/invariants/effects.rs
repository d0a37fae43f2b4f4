//! What must never be done to a site, whoever asks for it: seen in the list of effects.

use super::Violation;
use serde_json::Value;

/// Kinds that end or endanger what others rely on; no reconcile has a reason for one.
const NEVER: [&str; 8] = [
    "DropDatabase",
    "DropGroup",
    "RegenerateMasterKey",
    "DisableScaleOut",
    "DeleteWorkerAgent",
    "RemoveDatabase",
    "LeaveGroup",
    "Startup",
];

/// Nevers among the effects (`ctl effects --json`) of a site that was empty at first. What was done by hand does not
/// count.
pub fn check_effects(effects: &[Value]) -> Vec<Violation> {
    let ours: Vec<&Value> = effects.iter().filter(|effect| effect["origin"] != "control").collect();
    let kind = |effect: &Value| effect["kind"].as_str().unwrap_or_default().to_owned();
    let mut messages: Vec<String> = Vec::new();
    messages
        .extend(ours.iter().filter(|effect| NEVER.contains(&kind(effect).as_str())).map(ToString::to_string));
    let restored =
        |effect: &&&Value| effect["detail"].as_str().is_some_and(|detail| detail.contains("replace: true"));
    messages.extend(ours.iter().filter(restored).map(|effect| format!("replaces a database: {effect}")));
    let forced = |effect: &&&Value| {
        // A planned failover is the switchover's; nobody asked for one.
        ["FailOver", "MoveGroup", "EvictNode"].contains(&kind(effect).as_str())
    };
    messages.extend(ours.iter().filter(forced).map(|effect| format!("moves the site: {effect}")));
    let count = |wanted: &str| ours.iter().filter(|effect| kind(effect) == wanted).count();
    if count("EnableScaleOut") > 1 {
        messages.push(format!("Scale Out was enabled {} times", count("EnableScaleOut")));
    }
    // The key as it was shipped protects nothing: it is dropped once after the one restore.
    if count("DropMasterKey") > count("RestoreDatabase") {
        messages.push("a master key that was not just restored was dropped".to_owned());
    }
    messages.into_iter().map(|message| Violation { invariant: "Never", message }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn effect(kind: &str, detail: &str) -> Value {
        json!({"number": 1, "origin": {"agent": {"node": "a", "owner": ""}}, "kind": kind, "target": "a", "detail": detail})
    }

    #[test]
    fn each_never_is_seen_and_the_rest_is_not() {
        let set_up = ["RestoreDatabase", "DropMasterKey", "CreateMasterKey", "EnableScaleOut"];
        let set_up: Vec<Value> = set_up.iter().map(|kind| effect(kind, "{ replace: false }")).collect();
        assert_eq!(check_effects(&set_up), []);
        let more = ["EnableScaleOut", "DropMasterKey", "FailOver", "MoveGroup"];
        for kind in NEVER.iter().chain(&more) {
            let mut all = set_up.clone();
            all.push(effect(kind, ""));
            assert_eq!(check_effects(&all).len(), 1, "{kind}");
        }
        assert_eq!(check_effects(&[effect("RestoreDatabase", "{ replace: true }")]).len(), 1);
    }

    #[test]
    fn what_is_done_by_hand_does_not_count() {
        let mut by_hand = effect("FailOver", "");
        by_hand["origin"] = "control".into();
        assert_eq!(check_effects(&[by_hand]), []);
    }
}
