//! The only place that writes to the terminal.

use std::io::{self, Write};

/// Writes one line to stdout and flushes it; a closed stdout is no error.
pub fn say(line: &str) {
    let mut out = io::stdout().lock();
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}

/// Writes one line to stderr; for notes from code that tests use as a library.
pub fn note(line: &str) {
    drop(writeln!(io::stderr().lock(), "{line}"));
}
