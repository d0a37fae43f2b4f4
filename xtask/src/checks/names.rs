//! The product knows no site: no name, address or port of a sample or of a test's site is written in its code.
//!
//! Ports that Microsoft documents as defaults are constants of one file, which is exempt.

use super::names_tokens::{Names, collect};
use super::source::{self, Token};
use crate::terminal::say;
use crate::workspace;
use anyhow::{Context, Result};
use std::path::Path;

const SITES: [&str; 2] = ["deploy/samples", "tests/sites"];
const PRODUCT: [&str; 9] =
    ["model", "api", "planning", "agent-api", "execution", "sql", "agent-client", "agent", "controller"];
/// Documented defaults; and Windows' error codes, some of which are also numbers of ports.
const EXEMPT: [&str; 2] = ["crates/model/src/defaults.rs", "crates/agent/src/codes.rs"];

/// Literals of the product's code that name something of a site.
pub(super) fn check() -> Result<Vec<String>> {
    let files = workspace::files()?;
    let mut names = Names::default();
    let yaml = |file: &&std::path::PathBuf| file.extension().is_some_and(|end| end == "yaml" || end == "yml");
    let sites = files.iter().filter(yaml).filter(|file| SITES.iter().any(|folder| file.starts_with(folder)));
    for file in sites {
        collect(&workspace::read(file)?, &mut names).with_context(|| format!("{}", file.display()))?;
    }
    say(&format!("{} names and {} ports of samples and sites", names.words.len(), names.ports.len()));

    let mut problems = Vec::new();
    for file in files.iter().filter(|file| is_product(file)) {
        for (line, token) in source::read(file)?.tokens {
            if let Some(found) = found(&token, &names) {
                problems.push(format!("{}:{line}: {found} belongs to a site", file.display()));
            }
        }
    }
    Ok(problems)
}

fn is_product(file: &Path) -> bool {
    file.extension().is_some_and(|end| end == "rs")
        && !workspace::is_test_file(file)
        && !EXEMPT.iter().any(|exempt| file == Path::new(exempt))
        && PRODUCT.iter().any(|name| file.starts_with(format!("crates/{name}/src")))
}

fn found(token: &Token, names: &Names) -> Option<String> {
    match token {
        Token::Number(number) => names.ports.contains(number).then(|| number.to_string()),
        Token::Text(text) => {
            let text = text.to_lowercase();
            let port = |port: &&u64| has_word(&text, &port.to_string());
            let words = names.words.iter().filter(|word| has_word(&text, word));
            let word = words.max_by_key(|word| word.len()).cloned();
            word.or_else(|| names.ports.iter().find(port).map(ToString::to_string))
        }
        Token::Word(_) | Token::Attribute(_) => None,
    }
}

/// Whether `word` stands in `text` and is not part of a longer word.
fn has_word(text: &str, word: &str) -> bool {
    let inside = |char: char| char.is_alphanumeric() || char == '_' || char == '-';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(inside) && !after.is_some_and(inside)
    })
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
