//! Metrics of the agent, as OpenMetrics text. No label holds a name of the site.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::registry::Registry;
use scaleout_model::outcome::Outcome;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OpLabels {
    op: &'static str,
    outcome: &'static str,
}

/// The agent's counters.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    ops: Family<OpLabels, Counter>,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("scaleout_agent");
        let ops = Family::<OpLabels, Counter>::default();
        registry.register("ops", "Ops that were answered, by name and outcome", ops.clone());
        Self { registry, ops }
    }
}

impl Metrics {
    /// Counts an answered op.
    pub fn count_op(&self, op: &'static str, outcome: &Outcome) {
        let outcome = match outcome {
            Outcome::Done(_) => "done",
            Outcome::NoChange(_) => "no_change",
            Outcome::NotYet(_) => "not_yet",
            Outcome::Conflict(_) => "conflict",
            Outcome::Refused(_) => "refused",
            Outcome::Failed(_) => "failed",
        };
        self.ops.get_or_create(&OpLabels { op, outcome }).inc();
    }

    /// All metrics as text.
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a String cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}
