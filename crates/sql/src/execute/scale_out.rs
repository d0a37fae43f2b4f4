//! Scale Out, the master's address and account, and the workers.

use super::phase::{Phase, Procedure, change};
use crate::batch::{Batch, Database};
use crate::statements::{scale_out, users, workers};
use scaleout_model::sql::SqlPlace;

/// `EnableScaleOut`.
pub(super) fn enable() -> Procedure {
    change(SqlPlace::Primary, Database::Catalog, scale_out::look_at_enabled(), scale_out::enable())
}

/// `UpdateMasterAddress`.
pub(super) fn update_master_address(address: &str) -> Procedure {
    let (look, act) = (scale_out::look_at_master_address(address), scale_out::update_master_address(address));
    change(SqlPlace::Primary, Database::Catalog, look, act)
}

/// `GrantCatalogAdmin`.
pub(super) fn grant_admin(account: &str) -> Procedure {
    let look = Batch::read(Database::Catalog, users::look_at_admin(account));
    let account = account.to_owned();
    Procedure::one(Phase::from_look(SqlPlace::Primary, look, move |seen| {
        let user = seen.text_or_null("user_name")?;
        Ok(vec![Batch::change(Database::Catalog, users::grant_admin(&account, user))])
    }))
}

/// `EnableWorker`.
pub(super) fn enable_worker(agent_id: &str) -> Procedure {
    change(
        SqlPlace::Primary,
        Database::Catalog,
        workers::look_at_enabled(agent_id),
        workers::enable(agent_id),
    )
}

/// `DisableWorker`. If a task slipped in the worker is enabled again, and the second look says that tasks run.
pub(super) fn disable_worker(agent_id: &str, regardless: bool) -> Procedure {
    let look = workers::look_at_disabled(agent_id, regardless);
    change(SqlPlace::Primary, Database::Catalog, look, workers::disable(agent_id, regardless))
}
