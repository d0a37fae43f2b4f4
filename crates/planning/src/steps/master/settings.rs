//! `MasterSettings.config` on every node: port, thumbprint, the listener as SqlServerName, and what else spec names (guide
//! step 5). The file is local to its node. Format and unknown keys are kept; a file that changed since is a Conflict.

use super::view::{
    for_nodes, log_server, need_listener, need_served_thumbprint, need_settings, need_version,
};
use crate::step::{on_node, step};
use crate::steps::view::Judged;
use scaleout_model::certificate::Thumbprint;
use scaleout_model::desired::DesiredMaster;
use scaleout_model::names::NodeName;
use scaleout_model::node::{Feature, NodeOp, SettingsFacts};
use scaleout_model::observed::Observed;
use scaleout_model::settings::keys::{documented, is_same_key};
use scaleout_model::verdict::{Drift, Finding, Target};
use scaleout_model::version::SqlVersion;
use std::collections::BTreeMap;

step!(MasterSettings for DesiredMaster, area "SettingsApplied", after [
    super::installation::ID,
    super::certificate_import::ID,
]);

fn assess(desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
    for_nodes(desired, |node| judge(desired, observed, node))
}

fn judge(desired: &DesiredMaster, observed: &Observed, node: &NodeName) -> Judged {
    let target = Target::Node(node.clone());
    let version = need_version(desired, observed, &target)?;
    let file = need_settings(observed, node, Feature::ScaleOutMaster, version)?;
    let listener = need_listener(&target, &desired.group)?;
    let thumbprint = need_served_thumbprint(&target, desired)?;
    let mut wanted = desired.settings.clone();
    wanted.insert("PortNumber".into(), desired.port.to_string());
    wanted.insert("SSLCertThumbprint".into(), thumbprint.to_string());
    wanted.insert("SqlServerName".into(), log_server(listener));
    Ok(judge_file(node, file, wanted, version))
}

/// Compares a settings file by meaning, and writes only what differs. A key is found by either documented spelling; one with
/// two spellings that the file lacks is left out: which one the product reads is not known.
pub fn judge_file(
    node: &NodeName,
    file: &SettingsFacts,
    wanted: BTreeMap<String, String>,
    version: SqlVersion,
) -> Finding {
    let target = Target::Node(node.clone());
    let values: BTreeMap<String, String> =
        wanted.into_iter().filter(|(key, value)| differs(find(file, key), key, value)).collect();
    if values.is_empty() {
        return Finding::converged(target);
    }
    let drifts: Vec<Drift> = values
        .iter()
        .map(|(key, value)| {
            let seen = find(file, key).map_or("missing", String::as_str);
            Drift::between(key, seen, value)
        })
        .collect();
    let op = NodeOp::WriteSettings {
        feature: file.feature,
        version,
        expected_digest: file.digest.clone(),
        values,
    };
    let first = drifts.first().cloned().unwrap_or_else(|| Drift::missing("settings"));
    let mut finding = Finding::act(target, first, on_node(node, op));
    finding.drift = drifts;
    finding
}

fn find<'a>(file: &'a SettingsFacts, key: &str) -> Option<&'a String> {
    file.values.iter().find(|(name, _)| is_same_key(name, key)).map(|(_, value)| value)
}

fn differs(seen: Option<&String>, key: &str, wanted: &str) -> bool {
    match seen {
        Some(seen) => !means(seen, wanted),
        None => documented(key).is_none_or(|known| known.older_spelling.is_none()),
    }
}

/// Whether a value in a file means `wanted`: names and thumbprints compare without case and blanks.
fn means(seen: &str, wanted: &str) -> bool {
    match (seen.parse::<Thumbprint>(), wanted.parse::<Thumbprint>()) {
        (Ok(seen), Ok(wanted)) => seen == wanted,
        _ => seen.trim().eq_ignore_ascii_case(wanted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scaleout_model::node::SettingsFormat;
    use scaleout_model::verdict::Verdict;

    fn judged(in_file: &[(&str, &str)], wanted: &[(&str, &str)]) -> Verdict {
        let map = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let file = SettingsFacts {
            feature: Feature::ScaleOutWorker,
            version: SqlVersion::V2019,
            digest: String::new(),
            format: Some(SettingsFormat::Json),
            values: map(in_file),
            modified_unix_ms: 0,
        };
        judge_file(&NodeName::new("ETL07"), &file, map(wanted), SqlVersion::V2019).verdict
    }

    #[test]
    fn a_key_is_found_by_either_spelling_and_never_guessed() {
        let wanted = [("LeaseInterval", "00:01:00")];
        assert_eq!(judged(&[("LeaseInternval", "00:01:00")], &wanted), Verdict::Converged);
        assert_eq!(judged(&[("leaseinterval", "00:01:00")], &wanted), Verdict::Converged);
        assert!(matches!(judged(&[("LeaseInternval", "00:02:00")], &wanted), Verdict::Act(_)));
        assert_eq!(judged(&[("MaxTaskCount", "10")], &wanted), Verdict::Converged);
        assert!(matches!(judged(&[], &[("MaxTaskCount", "10")]), Verdict::Act(_)));
    }
}
