//! Metrics of the controller; labels come from closed sets only, never from objects' names.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use std::sync::Mutex;

/// Kind of the object.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct KindLabel {
    /// The kind.
    pub kind: &'static str,
}

/// An op and what it came to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct OpLabels {
    /// The op.
    pub op: &'static str,
    /// What it came to.
    pub outcome: &'static str,
}

/// All metrics.
#[derive(Debug)]
pub struct Metrics {
    registry: Mutex<Registry>,
    /// Passes.
    pub passes: Family<KindLabel, Counter>,
    /// Passes that failed before a status was written.
    pub errors: Family<KindLabel, Counter>,
    /// Ops carried out.
    pub ops: Family<OpLabels, Counter>,
    /// Status writes.
    pub status_writes: Family<KindLabel, Counter>,
    /// Seconds of a pass.
    pub seconds: Family<KindLabel, Histogram, fn() -> Histogram>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("scaleout");
        let passes = Family::default();
        let errors = Family::default();
        let ops = Family::default();
        let status_writes = Family::default();
        let seconds: Family<KindLabel, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(exponential_buckets(0.01, 2.0, 14)));
        registry.register("passes", "Passes of the loop", Family::clone(&passes));
        registry.register("errors", "Passes that failed", Family::clone(&errors));
        registry.register("ops", "Operations carried out", Family::clone(&ops));
        registry.register("status_writes", "Writes of status", Family::clone(&status_writes));
        registry.register("pass_seconds", "Duration of passes", Family::clone(&seconds));
        Self { registry: Mutex::new(registry), passes, errors, ops, status_writes, seconds }
    }
}

impl Metrics {
    /// The metrics as OpenMetrics text.
    pub fn encode(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        if let Ok(registry) = self.registry.lock() {
            prometheus_client::encoding::text::encode(&mut text, &registry)?;
        }
        Ok(text)
    }
}
