//! The checks over the source: each answers the problems that it found, as lines for people.

mod attributes;
mod cargo;
mod docs;
mod layer_table;
mod layers;
mod machine_paths;
mod names;
mod names_tokens;
mod size;
mod source;
mod unsafe_code;

use anyhow::Result;

/// One check.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it demands.
    pub about: &'static str,
    /// Answers one line per problem; an error if the check itself could not be made.
    pub run: fn() -> Result<Vec<String>>,
}

/// All checks, cheap ones first.
pub const ALL: &[Check] = &[
    Check { name: "fmt", about: "cargo fmt changes nothing", run: cargo::formatting },
    Check { name: "layers", about: "crates depend on each other only as the table says", run: layers::check },
    Check { name: "size", about: "no production file is too long", run: size::check },
    Check {
        name: "attributes",
        about: "lints are lifted by expect only; how often is printed",
        run: attributes::check,
    },
    Check {
        name: "unsafe",
        about: "unsafe code in the named crates only; all inherit the lints",
        run: unsafe_code::check,
    },
    Check { name: "paths", about: "no path of one machine", run: machine_paths::check },
    Check { name: "docs", about: "each source file says what it is", run: docs::check },
    Check {
        name: "names",
        about: "no name, address or port of a sample in the product's code",
        run: names::check,
    },
    Check { name: "crds", about: "crds/ is what crates/api generates", run: cargo::crds },
    Check {
        name: "reference",
        about: "generated documents are what the source says; the runbook has an entry per reason",
        run: cargo::reference,
    },
    Check { name: "clippy", about: "clippy has nothing to say", run: cargo::clippy },
];
