//! Logins and the endpoint.

use super::phase::{Phase, Procedure, change};
use crate::batch::{Batch, Database};
use crate::deadline::Deadline;
use crate::statements::{endpoint, logins};
use rand::Rng as _;
use rand::distr::Alphanumeric;
use scaleout_model::outcome::Failure;
use scaleout_model::sql::SqlPlace;

/// Letters and digits of a password that nobody ever uses.
const RANDOM_PASSWORD: usize = 48;

fn create_login(login: &str) -> Phase {
    let look = Batch::read(Database::Master, logins::look_at_login(login));
    let act = Batch::change(Database::Master, logins::create_windows_login(login));
    Phase::new(SqlPlace::Replica, look, vec![act])
}

/// `CreateWindowsLogin`.
pub(super) fn create_windows_login(account: &str) -> Procedure {
    Procedure::one(create_login(account))
}

/// `EnableLogin`.
pub(super) fn enable_login(login: &str) -> Procedure {
    let (look, act) = (logins::look_at_enabled(login), logins::enable_login(login));
    change(SqlPlace::Replica, Database::Master, look, act)
}

/// `GrantClusterService`: the login first, then its rights.
pub(super) fn grant_cluster_service() -> Procedure {
    let look = Batch::read(Database::Master, logins::look_at_cluster_service());
    let act = Batch::change(Database::Master, logins::grant_cluster_service());
    let grant = Phase::new(SqlPlace::Replica, look, vec![act]);
    Procedure { phases: vec![create_login(logins::CLUSTER_SERVICE), grant], proof: None }
}

/// `CreateEndpoint`.
pub(super) fn create_endpoint(name: &str, port: u16) -> Procedure {
    let look = Batch::read(Database::Master, endpoint::look_at_endpoint(name, port));
    let act = Batch::new(Database::Master, Deadline::Group, endpoint::create_endpoint(name, port));
    Procedure::one(Phase::new(SqlPlace::Replica, look, vec![act]))
}

/// `StartEndpoint`.
pub(super) fn start_endpoint(name: &str) -> Procedure {
    let (look, act) = (endpoint::look_at_started(name), endpoint::start_endpoint(name));
    change(SqlPlace::Replica, Database::Master, look, act)
}

/// `GrantEndpointConnect`.
pub(super) fn grant_connect(name: &str, account: &str) -> Procedure {
    let (look, act) = (endpoint::look_at_connect(name, account), endpoint::grant_connect(name, account));
    change(SqlPlace::Replica, Database::Master, look, act)
}

/// `CreateCleanupLogin`: created if absent, disabled and given its right in any case.
pub(super) fn create_cleanup_login(sid: Option<&str>) -> Result<Procedure, Failure> {
    let sid = sid.map(super::hex).transpose()?;
    let look = Batch::read(Database::Master, logins::look_at_cleanup_login(sid.as_deref()));
    let phase = Phase::from_look(SqlPlace::Replica, look, move |seen| {
        let mut acts = Vec::new();
        if !seen.flag("present")? {
            let random: String =
                rand::rng().sample_iter(Alphanumeric).take(RANDOM_PASSWORD).map(char::from).collect();
            let create = logins::create_cleanup_login(&random, sid.as_deref());
            acts.push(Batch::change(Database::Master, create).with_secret());
        }
        acts.extend(logins::settle_cleanup_login().map(|text| Batch::change(Database::Master, text)));
        Ok(acts)
    });
    Ok(Procedure::one(phase))
}
