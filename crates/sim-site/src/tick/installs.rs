//! Set-ups that end.

use crate::apply::finish_install;
use crate::state::Site;

/// Finishes set-ups that are due.
pub(super) fn settle(site: &mut Site) {
    let now = site.now_ms;
    for (name, node) in &mut site.nodes {
        let due: Vec<_> = node.installs.iter().filter(|install| install.ends_ms <= now).cloned().collect();
        node.installs.retain(|install| install.ends_ms > now);
        for install in due {
            finish_install(name, node, &install, now);
        }
    }
}
