//! All drifts of the tables, for the properties that hold over each of them.

use super::{
    Row, group_access, group_catalog, group_members, master_catalog, master_nodes, master_role, teardown,
    teardown_group, teardown_master, worker,
};
use crate::steps::{group, master, worker as worker_steps};
use scaleout_model::desired::{DesiredGroup, DesiredMaster, DesiredWorker};

/// The rows of all tables.
pub(super) struct Drifts {
    /// Of the group.
    pub(super) group: Vec<Row<DesiredGroup>>,
    /// Of the master.
    pub(super) master: Vec<Row<DesiredMaster>>,
    /// Of the worker.
    pub(super) worker: Vec<Row<DesiredWorker>>,
    /// Of the worker's teardown.
    pub(super) teardown: Vec<Row<worker_steps::teardown::Teardown>>,
    /// Of the master's teardown.
    pub(super) master_teardown: Vec<Row<master::teardown::Teardown>>,
    /// Of the group's teardown.
    pub(super) group_teardown: Vec<Row<group::teardown::Teardown>>,
}

/// All rows.
pub(super) fn drifts() -> Drifts {
    Drifts {
        group: [group_access::ROWS, group_catalog::ROWS, group_members::ROWS].concat(),
        master: [master_catalog::ROWS, master_nodes::ROWS, master_role::ROWS].concat(),
        worker: worker::ROWS.to_vec(),
        teardown: teardown::ROWS.to_vec(),
        master_teardown: teardown_master::ROWS.to_vec(),
        group_teardown: teardown_group::ROWS.to_vec(),
    }
}

/// Every step that can act or refuse does so in some row: a new step needs a row.
#[test]
fn every_step_has_a_row() {
    fn missing<D>(kind: &super::Kind<D>, rows: &[Row<D>]) -> Vec<String> {
        let named =
            |id: &str| rows.iter().any(|(_, _, lines, _)| lines.iter().any(|line| line.starts_with(id)));
        (kind.chain)().iter().map(|step| format!("{} ", step.id())).filter(|id| !named(id)).collect()
    }
    let drifts = drifts();
    let mut all = missing(&super::GROUP, &drifts.group);
    all.extend(missing(&super::MASTER, &drifts.master));
    all.extend(missing(&super::WORKER, &drifts.worker));
    all.extend(missing(&super::TEARDOWN, &drifts.teardown));
    all.extend(missing(&super::MASTER_TEARDOWN, &drifts.master_teardown));
    all.extend(missing(&super::GROUP_TEARDOWN, &drifts.group_teardown));
    assert_eq!(all, Vec::<String>::new());
}
