//! Tables over the three chains, on the sites of `fixture`.

mod chains;
mod conditions;
mod convergence;
mod deletion;
mod drift;
pub(crate) mod fixture;
mod group_access;
mod group_catalog;
mod group_members;
mod master_catalog;
mod master_nodes;
mod master_role;
mod outcomes;
mod status_samples;
mod teardown;
mod teardown_group;
mod teardown_master;
mod unknowns;
mod worker;

use crate::lint::lint;
use crate::plan::{Plan, plan};
use crate::step::Step;
use scaleout_model::desired::Policy;
use scaleout_model::observed::Observed;
use scaleout_model::reason::Reason;
use scaleout_model::verdict::Verdict;

/// A kind's chain, desired state and policy.
pub(crate) struct Kind<D: 'static> {
    /// The chain.
    pub(crate) chain: fn() -> Vec<&'static dyn Step<D>>,
    /// Its condition types, from the one table.
    pub(crate) areas: &'static [&'static str],
    /// The desired state of the fixtures.
    pub(crate) desired: fn() -> D,
    /// Its policy.
    pub(crate) policy: fn(&D) -> &Policy,
}

impl<D> Kind<D> {
    /// The plan, which must pass its lint.
    pub(crate) fn plan(&self, desired: &D, observed: &Observed) -> Plan {
        let policy = (self.policy)(desired);
        let plan = plan(&(self.chain)(), policy, desired, observed);
        assert_eq!(lint(&plan, policy, observed), Ok(()));
        plan
    }
}

/// The group.
pub(crate) const GROUP: Kind<scaleout_model::desired::DesiredGroup> = Kind {
    chain: crate::steps::group::chain,
    areas: scaleout_api::conditions::GROUP,
    desired: crate::tests::fixture::desired_group,
    policy: |desired| &desired.policy,
};
/// The master.
pub(crate) const MASTER: Kind<scaleout_model::desired::DesiredMaster> = Kind {
    chain: crate::steps::master::chain,
    areas: scaleout_api::conditions::MASTER,
    desired: crate::tests::fixture::desired_master,
    policy: |desired| &desired.policy,
};
/// The worker.
pub(crate) const WORKER: Kind<scaleout_model::desired::DesiredWorker> = Kind {
    chain: crate::steps::worker::chain,
    areas: scaleout_api::conditions::WORKER,
    desired: crate::tests::fixture::desired_worker,
    policy: |desired| &desired.policy,
};
/// The worker's teardown.
pub(crate) const TEARDOWN: Kind<crate::steps::worker::teardown::Teardown> = Kind {
    chain: crate::steps::worker::teardown::chain,
    areas: scaleout_api::conditions::WORKER,
    desired: crate::tests::fixture::teardown,
    policy: |desired| &desired.worker.policy,
};

/// The master's teardown.
pub(crate) const MASTER_TEARDOWN: Kind<crate::steps::master::teardown::Teardown> = Kind {
    chain: crate::steps::master::teardown::chain,
    areas: scaleout_api::conditions::MASTER,
    desired: crate::tests::fixture::master_teardown,
    policy: |desired| &desired.master.policy,
};
/// The group's teardown.
pub(crate) const GROUP_TEARDOWN: Kind<crate::steps::group::teardown::Teardown> = Kind {
    chain: crate::steps::group::teardown::chain,
    areas: scaleout_api::conditions::GROUP,
    desired: crate::tests::fixture::group_teardown,
    policy: |desired| &desired.group.policy,
};

/// What a plan asks for, one line for each entry; waits for another step are left out.
pub(crate) fn lines(plan: &Plan) -> Vec<String> {
    let line = |entry: &crate::plan::Entry| {
        let (step, target) = (entry.step, &entry.target);
        match &entry.verdict {
            Verdict::Converged => None,
            Verdict::Waiting(why) if why.reason == Reason::StepPending => None,
            Verdict::Act(op) => Some(format!("{step} {target}: {}", op.name())),
            Verdict::Waiting(why) => Some(format!("{step} {target}: Waiting {}", why.reason)),
            Verdict::Blocked(why) => Some(format!("{step} {target}: Blocked {}", why.reason)),
            Verdict::Warned(why) => Some(format!("{step} {target}: Warned {}", why.reason)),
            Verdict::Unmanaged(_) => Some(format!("{step} {target}: Unmanaged")),
        }
    };
    plan.entries.iter().filter_map(line).collect()
}

/// One row of a table: what is changed of desired state and converged site, all that the plan then says, and a part of
/// its ops' text.
pub(crate) type Row<D> = (&'static str, fn(&mut D, &mut Observed), &'static [&'static str], &'static str);

/// A change of the observed site.
pub(crate) type Change = fn(&mut Observed);

/// Runs a table over the converged site.
pub(crate) fn check<D>(kind: &Kind<D>, rows: &[Row<D>]) {
    let mut failures = Vec::new();
    for (name, change, expected, detail) in rows {
        let (mut desired, mut observed) = ((kind.desired)(), crate::tests::fixture::converged());
        change(&mut desired, &mut observed);
        let plan = kind.plan(&desired, &observed);
        let seen = lines(&plan);
        if seen != *expected {
            failures.push(format!("{name}:\n  expected {expected:#?}\n  seen {seen:#?}"));
        }
        let ops: Vec<String> = plan.ops().map(|(_, op)| format!("{op:?}")).collect();
        if !ops.join("\n").contains(detail) {
            failures.push(format!("{name}: {detail} is not in {ops:#?}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
