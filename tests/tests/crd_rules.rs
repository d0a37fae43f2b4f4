//! Each file of `crd-rules/` is accepted by the real API server, or refused with the message that its first line tells.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "test code outside of test functions")]

use std::fs;
use std::path::{Path, PathBuf};
use xtask::controlplane::Kubectl;
use xtask::rig::Cluster;
use xtask::workspace;

const NAMESPACE: &str = "{apiVersion: v1, kind: Namespace, metadata: {name: ssis}}";
const DRY_RUN: [&str; 5] = ["apply", "--dry-run=server", "--validate=strict", "-f", "-"];

/// One file: its documents and what is expected of the last one.
struct Rule {
    name: String,
    /// Part of the refusal; `None`: accepted.
    refusal: Option<String>,
    /// Applied before, for a rule over an update.
    before: Option<String>,
    document: String,
}

impl Rule {
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut lines = text.lines();
        let expected =
            lines.next().unwrap().strip_prefix("# expect: ").expect("the first line expects").trim();
        let update = lines.next().is_some_and(|line| line.starts_with("# update:"));
        let (before, document) = match text.split_once("\n---\n") {
            Some((before, document)) => (Some(before.to_owned()), document.to_owned()),
            None => (None, text.clone()),
        };
        assert_eq!(update, before.is_some(), "{name}: two documents are an update, and only they");
        Self { name, refusal: (expected != "accepted").then(|| expected.to_owned()), before, document }
    }

    /// What is wrong, if anything.
    fn problem(&self, kubectl: &Kubectl) -> Option<String> {
        if let Some(before) = &self.before
            && let Err(error) = kubectl.run_with_input(["apply", "--validate=strict", "-f", "-"], before)
        {
            return Some(format!("{}: the first document is refused: {error:#}", self.name));
        }
        let answer = kubectl.run_with_input(DRY_RUN, &self.document);
        if let Some(before) = &self.before {
            kubectl.run_with_input(["delete", "-f", "-"], before).unwrap();
        }
        match (&self.refusal, answer) {
            (None, Ok(_)) => None,
            (None, Err(error)) => Some(format!("{}: refused: {error:#}", self.name)),
            (Some(_), Ok(_)) => Some(format!("{}: accepted", self.name)),
            (Some(part), Err(error)) => {
                let text = format!("{error:#}");
                (!text.contains(part)).then(|| format!("{}: {text}", self.name))
            }
        }
    }
}

fn rules() -> Vec<Rule> {
    let folder = workspace::root().join("tests/crd-rules");
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    paths.sort();
    paths.iter().map(|path| Rule::read(path)).collect()
}

#[test]
fn each_rule_of_the_crds_refuses_what_it_should_and_no_more() {
    let cluster = Cluster::start(None).unwrap();
    cluster.kubectl().run_with_input(["apply", "-f", "-"], NAMESPACE).unwrap();
    cluster.apply_folder(&workspace::root().join("crds")).unwrap();
    cluster.wait_for_crds().unwrap();
    let rules = rules();
    let problems: Vec<String> = rules.iter().filter_map(|rule| rule.problem(cluster.kubectl())).collect();
    assert!(problems.is_empty(), "{} of {}:\n{}", problems.len(), rules.len(), problems.join("\n"));
    let accepted = rules.iter().filter(|rule| rule.refusal.is_none()).count();
    println!("{accepted} objects accepted, {} refused", rules.len() - accepted);
    assert!(accepted > 0 && accepted < rules.len());
}
