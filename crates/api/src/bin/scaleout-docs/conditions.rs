//! The reference of conditions, reasons, events, annotations, finalizers and labels.

use scaleout_api::conditions::{
    ANNOUNCED, FAILED_OVER, GROUP_TABLE, MASTER_TABLE, RETAINED, SUMMARY_TABLE, TORN_DOWN, WORKER_TABLE,
};
use scaleout_model::fence::Kind;
use scaleout_model::reason::Reason;
use std::fmt::Write;

/// The table of marks, read as text so that none is forgotten.
const MARKS: &str = include_str!("../../annotations.rs");

/// `docs/reference/conditions.md`.
pub(crate) fn render() -> String {
    let mut text = format!(
        "<!-- {} -->\n\n# Conditions, reasons, events and marks\n\n\
         All condition types of a kind are in `status.conditions` from the first pass on, each with `observedGeneration`.\n\
         What to do about a reason is in the [runbook](../runbook.md).\n\n## Summary, for every kind\n\n",
        super::ORIGIN
    );
    text += &table(SUMMARY_TABLE);
    let kinds = [
        (Kind::SsisdbAvailabilityGroup, GROUP_TABLE),
        (Kind::ScaleOutMaster, MASTER_TABLE),
        (Kind::ScaleOutWorker, WORKER_TABLE),
    ];
    for (kind, areas) in kinds {
        text = format!("{text}\n## Areas of {}\n\n{}", kind.as_str(), table(areas));
    }
    text += "\n## Reasons\n\n| reason | what it means and what to do |\n|---|---|\n";
    for reason in Reason::ALL {
        // Writing into a String cannot fail.
        let _ = writeln!(
            text,
            "| [{reason}](../runbook.md#{}) | {} |",
            reason.as_str().to_lowercase(),
            reason.advice()
        );
    }
    text += "\n## Events\n\n| type | reason | when |\n|---|---|---|\n";
    for type_ in ANNOUNCED {
        let (good, bad) = if type_ == "Stalled" { ("False", "True") } else { ("True", "False") };
        let _ = writeln!(text, "| Normal | the condition's | {type_} becomes {good} |");
        let _ = writeln!(
            text,
            "| Warning | the condition's | {type_} becomes {bad} or Unknown, except on the first pass |"
        );
    }
    let text = text.replace("Stalled becomes True or Unknown", "Stalled becomes True");
    format!(
        "{text}| Normal | {FAILED_OVER} | a failover of the group or a move of the role was seen |\n\
         | Warning | HostGivenUp | a host was passed over in a Teardown, by annotation |\n\
         | Normal | {RETAINED} | a deletion with Retain ended: what was left (Warning if a claim may still be held) |\n\
         | Normal | {TORN_DOWN} | a deletion with Teardown ended: what was left (Warning if a claim may still be held) |\n\n\
         ## Annotations, finalizers and labels\n\n| name | meaning |\n|---|---|\n{}",
        marks()
    )
}

fn table(rows: &[(&str, &str)]) -> String {
    rows.iter().fold("| type | True means |\n|---|---|\n".to_owned(), |text, (type_, means)| {
        format!("{text}| {type_} | {means} |\n")
    })
}

/// One row for each constant with its doc comment.
fn marks() -> String {
    let (mut rows, mut about) = (String::new(), Vec::new());
    for line in MARKS.lines() {
        if let Some(doc) = line.strip_prefix("///") {
            about.push(doc.trim());
        } else if let Some((_, value)) =
            line.strip_prefix("pub const ").and_then(|rest| rest.split_once(" = \""))
        {
            rows = format!("{rows}| `{}` | {} |\n", value.trim_end_matches("\";"), about.join(" "));
            about.clear();
        }
    }
    rows
}
