//! Rules in CEL that more than one kind uses: `(expression, message)`.

/// A rule: CEL expression and the message of its refusal.
pub type RuleText = (&'static str, &'static str);

/// `failoverCluster` is needed before anything is written to a site.
pub const CLUSTER_IN_ENFORCE: RuleText =
    ("self.mode != 'Enforce' || has(self.failoverCluster)", "failoverCluster is required in mode Enforce");
/// Taking the cluster's name away would let another one in.
pub const CLUSTER_STAYS: RuleText =
    ("!has(oldSelf.failoverCluster) || has(self.failoverCluster)", "failoverCluster cannot be removed");
/// Node names of a list differ, without case.
pub const NODES_DIFFER: RuleText = (
    "self.all(a, self.exists_one(b, a.name.lowerAscii() == b.name.lowerAscii()))",
    "node names must differ (case is ignored)",
);
/// Agent endpoints of a list of nodes differ, without case.
pub const AGENTS_DIFFER: RuleText = (
    "self.all(a, self.exists_one(b, a.agent.endpoint.lowerAscii() == b.agent.endpoint.lowerAscii()))",
    "agent endpoints must differ (case is ignored)",
);
