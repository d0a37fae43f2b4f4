//! Carrying out effects: one exhaustive match.

mod cluster;
mod node;
mod setup;

pub(crate) use node::restart_instance;
pub(crate) use setup::finish as finish_install;

use crate::control;
use crate::effect::{Effect, Refused, Reply};
use crate::sql_effect;
use crate::state::Site;

/// Carries out one effect; its consequences are `tick`'s.
pub(crate) fn apply(site: &mut Site, effect: &Effect) -> Result<Reply, Refused> {
    match effect {
        Effect::Node(node, effect) => node::apply(site, node, effect),
        Effect::Cluster(node, effect) => cluster::apply(site, node, effect),
        Effect::Sql(effect) => sql_effect::apply(site, effect),
        Effect::Set(pointer, value) => control::set(site, pointer, value),
        Effect::Unset(pointer) => control::unset(site, pointer),
        Effect::Control(effect) => control::apply(site, effect),
    }
}

/// Writes `value` where it differs.
fn put<T: PartialEq>(slot: &mut T, value: T) -> Reply {
    if *slot == value {
        return Reply::Unchanged;
    }
    *slot = value;
    Reply::Done
}

/// `Done` or `Unchanged`.
fn changed(yes: bool) -> Reply {
    if yes { Reply::Done } else { Reply::Unchanged }
}
