//! The runbook has one entry for each reason, and each entry says what it means, how to look and what to do.

use scaleout_model::reason::Reason;
use std::collections::BTreeSet;

/// The runbook, relative to the root.
pub(crate) const FILE: &str = "docs/runbook.md";
const PARTS: [&str; 3] = ["**What it means.** ", "**How to look.** ", "**What to do.** "];

/// What is wrong with the runbook, one line each.
pub(crate) fn problems(text: &str) -> Vec<String> {
    let mut missing: BTreeSet<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    let mut problems = Vec::new();
    for entry in text.split("\n### ").skip(1) {
        let (heading, body) = entry.split_once('\n').unwrap_or((entry, ""));
        if !missing.remove(heading) {
            problems.push(format!("{FILE}: {heading} is no reason, or stands twice"));
        }
        let lacking = PARTS.iter().filter(|part| !body.contains(**part));
        problems.extend(lacking.map(|part| format!("{FILE}: {heading} lacks {}", part.trim())));
    }
    problems.extend(missing.iter().map(|reason| format!("{FILE}: {reason} has no entry")));
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_a_foreign_and_a_thin_entry_are_seen() {
        let entry =
            |name: &str| format!("\n### {name}\n\n{}\n", PARTS.map(|part| format!("{part}so")).join("\n"));
        let all: String = Reason::ALL.iter().map(|reason| entry(reason.as_str())).collect();
        assert_eq!(problems(&all), Vec::<String>::new());
        assert_eq!(problems(&(all.clone() + &entry("Elsewhere"))).len(), 1);
        assert_eq!(problems(&(all.clone() + &entry("Seeding"))).len(), 1);
        assert_eq!(problems(&all.replace(&entry("Seeding"), "")).len(), 1);
        assert_eq!(problems(&all.replacen(PARTS[1], "", 1)).len(), 1);
    }
}
