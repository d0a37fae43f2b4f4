//! A lint is lifted only by `#[expect(…, reason = …)]`, which complains when it is needed no more.

use super::source::{self, Token};
use crate::terminal::say;
use crate::workspace;
use anyhow::Result;

/// Each `allow`; prints how many `expect`s there are in production files.
pub(super) fn check() -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let mut expected = 0;
    for file in workspace::rust_files()? {
        for (line, token) in source::read(&file)?.tokens {
            let Token::Attribute(text) = token else { continue };
            if text.starts_with("allow(") || text.contains(",allow(") {
                problems.push(format!("{}:{line}: #[{text}] instead of expect", file.display()));
            }
            let lifts = text.starts_with("expect(") || text.contains(",expect(");
            expected += usize::from(lifts && !workspace::is_test_file(&file));
        }
    }
    say(&format!("{expected} lints lifted by #[expect(…)] in production files"));
    Ok(problems)
}
