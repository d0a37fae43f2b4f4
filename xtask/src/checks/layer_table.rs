//! Which workspace crate may depend on which: the one place where the direction of dependencies is written down.

/// A crate (package name without `scaleout-`) and the workspace crates that it may name, as any kind of dependency.
pub(super) struct Layer {
    pub(super) name: &'static str,
    pub(super) may: &'static [&'static str],
}

/// From the bottom up; a crate that is not here may not exist.
pub(super) const LAYERS: &[Layer] = &[
    Layer { name: "model", may: &[] },
    Layer { name: "certificates", may: &["model"] },
    Layer { name: "api", may: &["model"] },
    Layer { name: "planning", may: &["model", "api"] },
    Layer { name: "agent-api", may: &["model"] },
    Layer { name: "execution", may: &["model", "planning"] },
    Layer { name: "sql", may: &["model", "execution"] },
    Layer { name: "agent-client", may: &["model", "certificates", "agent-api", "execution"] },
    Layer { name: "winsys", may: &["model"] },
    Layer { name: "wine-clusapi", may: &[] },
    Layer { name: "agent", may: &["model", "certificates", "agent-api", "winsys"] },
    Layer {
        name: "controller",
        may: &["model", "certificates", "api", "planning", "agent-api", "execution", "sql", "agent-client"],
    },
    Layer { name: "sim-site", may: &["model", "execution"] },
    Layer { name: "sim-tds", may: &["model", "sim-site"] },
    Layer { name: "sim", may: &["model", "certificates", "agent-api", "agent", "sim-site", "sim-tds"] },
    // Writes generated files (CRDs, the wire contract's schema, the reference of steps).
    Layer { name: "xtask", may: &["model", "api", "planning", "agent-api"] },
    Layer {
        name: "tests",
        may: &[
            "model",
            "certificates",
            "api",
            "planning",
            "agent-api",
            "execution",
            "sql",
            "agent-client",
            "agent",
            "controller",
            "sim-site",
            "sim-tds",
            "sim",
            "xtask",
        ],
    },
    Layer {
        name: "lab",
        may: &[
            "model",
            "certificates",
            "api",
            "planning",
            "agent-api",
            "execution",
            "sql",
            "agent",
            "controller",
            "sim-site",
            "sim-tds",
            "sim",
            "xtask",
            "tests",
        ],
    },
];

/// What is installed at a site; neither reaches a crate of [`SIMULATION`], by whatever way.
pub(super) const DAEMONS: [&str; 2] = ["controller", "agent"];
/// What stands in for Windows and SQL Server.
pub(super) const SIMULATION: [&str; 4] = ["sim-site", "sim-tds", "sim", "wine-clusapi"];

/// Crates from elsewhere that only some may name: one knows T-SQL, one knows Win32, few know Kubernetes.
pub(super) const RESERVED: &[(&str, &[&str])] = &[
    ("tiberius", &["sql", "sim-tds", "tests"]),
    ("kube", &["api", "controller", "xtask", "tests", "lab"]),
    ("windows", &["winsys"]),
    ("windows-service", &["winsys"]),
];

/// Crates without IO, clock and async, and what would bring these in.
pub(super) const PURE: [&str; 3] = ["model", "planning", "sim-site"];
/// What a crate of [`PURE`] may not name outside its tests.
pub(super) const IMPURE: &[&str] = &[
    "tokio",
    "tokio-util",
    "kube",
    "axum",
    "hyper",
    "reqwest",
    "tiberius",
    "rusqlite",
    "rand",
    "rustls",
    "tracing-subscriber",
];
