//! Real health, not "the service runs": the endpoint answers with the decided certificate, and the master's heartbeat in the
//! catalog is fresh and from the role's owner (three intervals of 30 s).

use crate::step::step;
use crate::steps::view::{Judged, for_site, need};
use scaleout_model::defaults::MASTER_STALE_SECONDS;
use scaleout_model::desired::DesiredMaster;
use scaleout_model::fact::Fact;
use scaleout_model::observed::{EndpointProbe, Observed};
use scaleout_model::reason::Reason;
use scaleout_model::verdict::{Finding, Target};

/// The endpoint answers.
pub mod endpoint {
    use super::{DesiredMaster, Finding, Observed, for_site, judge_endpoint, step};

    step!(EndpointReachable for DesiredMaster, area "EndpointReachable", after [super::super::online::ID]);

    fn assess(_desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
        for_site(judge_endpoint(observed))
    }
}

/// The heartbeat is fresh.
pub mod heartbeat {
    use super::{DesiredMaster, Finding, Observed, for_site, judge_heartbeat, step};

    step!(HeartbeatFresh for DesiredMaster, area "HeartbeatFresh", after [super::super::online::ID]);

    fn assess(_desired: &DesiredMaster, observed: &Observed) -> Vec<Finding> {
        for_site(judge_heartbeat(observed))
    }
}

fn judge_endpoint(observed: &Observed) -> Judged {
    let target = Target::Site;
    match &observed.endpoint {
        Fact::Known(EndpointProbe::Verified) => Ok(Finding::converged(target)),
        Fact::Known(EndpointProbe::Failed(why)) => {
            Err(Finding::waiting(target, why.reason, why.message.clone()))
        }
        Fact::Absent => {
            Err(Finding::waiting(target, Reason::MasterEndpointUnreachable, "the endpoint has no address"))
        }
        Fact::Unknown(cause) => {
            Err(Finding::waiting(target, Reason::MasterEndpointUnreachable, cause.message.clone()))
        }
    }
}

fn judge_heartbeat(observed: &Observed) -> Judged {
    let target = Target::Site;
    let catalog = need(&target, observed.catalog.as_ref(), "the catalog")?;
    match catalog.master_age_seconds {
        Fact::Known(age) if age <= MASTER_STALE_SECONDS => Ok(Finding::converged(target)),
        Fact::Known(_) => {
            let message = format!("no heartbeat for more than {MASTER_STALE_SECONDS} seconds");
            Err(Finding::waiting(target, Reason::MasterHeartbeatStale, message))
        }
        Fact::Absent => Err(Finding::waiting(
            target,
            Reason::MasterSsisdbUnreachable,
            "the master has not reached SSISDB yet",
        )),
        Fact::Unknown(ref cause) => Err(crate::steps::view::unreadable(&target, cause)),
    }
}
