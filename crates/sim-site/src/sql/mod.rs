//! What SQL statements do to the site, by area. Pure; refused by error number ([ERRS], domain §1.6 and §4.3).

pub mod access;
mod catalog;
mod database;
mod endpoint;
mod group;
mod group_database;
mod job;
mod key;
mod listener;
mod login;
mod permission;
mod replica;
mod replica_join;
pub mod rights;
mod scale_out;
mod server;
mod user;

pub use catalog::{CatalogChange, WorkerProperty};
pub use database::{DatabaseChange, DatabaseSetting};
pub use endpoint::{EndpointChange, EndpointOptions};
pub use group::{GroupChange, GroupSetting};
pub use job::{JobChange, JobOptions};
pub use key::{KeyChange, try_password};
pub use listener::ListenerOptions;
pub use login::{LoginChange, LoginSource, NewPassword};
pub use permission::{Grant, PermissionChange};
pub use replica::{ReplicaChange, ReplicaOptions};
pub use server::{OPTIONS, ServerChange, option_of};
pub use user::UserChange;

use crate::effect::{Refused, Reply};
use crate::state::{Instance, Site};
use scaleout_model::names::ReplicaName;

/// A refusal by error number.
pub(crate) fn refuse<T>(number: i64, message: impl Into<String>) -> Result<T, Refused> {
    Err(Refused::new(number, message))
}

/// The instance, which is there: `apply` has looked.
pub(crate) fn instance_mut<'a>(site: &'a mut Site, name: &ReplicaName) -> Result<&'a mut Instance, Refused> {
    site.instance_mut(name).ok_or_else(|| Refused::new(17142, format!("there is no instance {name}")))
}

/// The instance, to read.
pub(crate) fn instance_of<'a>(site: &'a Site, name: &ReplicaName) -> Result<&'a Instance, Refused> {
    site.instance(name)
        .map(|(_, instance)| instance)
        .ok_or_else(|| Refused::new(17142, format!("there is no instance {name}")))
}

/// `Done` or `Unchanged`.
pub(crate) fn changed(yes: bool) -> Reply {
    if yes { Reply::Done } else { Reply::Unchanged }
}

/// 15151: missing, or no permission.
pub(crate) fn missing<T>(verb: &str, kind: &str, name: &str) -> Result<T, Refused> {
    let text = format!(
        "Cannot {verb} the {kind} '{name}', because it does not exist or you do not have permission."
    );
    refuse(15_151, text)
}
