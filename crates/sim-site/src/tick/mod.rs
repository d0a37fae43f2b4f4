//! Consequences: what follows from the site as it is configured, at its present time.

mod dns;
pub(crate) mod groups;
mod installs;
mod jobs;
mod masters;
mod membership;
pub(crate) mod roles;
pub(crate) mod seeding;
pub(crate) mod services;
mod tasks;
mod workers;

use crate::state::Site;

/// Lets everything happen that is due. Doing it again at the same time changes nothing.
pub(crate) fn settle(site: &mut Site) {
    membership::settle(site);
    installs::settle(site);
    services::settle(site);
    groups::settle(site);
    seeding::settle(site);
    groups::carry_contents(site);
    groups::own_cluster_groups(site);
    roles::settle(site);
    services::settle(site);
    dns::settle(site);
    masters::settle(site);
    workers::settle(site);
    tasks::settle(site);
    jobs::settle(site);
}
