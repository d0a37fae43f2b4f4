//! What the three kinds have in common, for loops that are written once.

use kube::Resource;

use crate::convergence::Convergence;
use crate::policy::Policy;
use crate::{ScaleOutMaster, ScaleOutWorker, SsisdbAvailabilityGroup};

/// One of our objects: policy in spec, convergence in status.
pub trait SiteObject: Resource<DynamicType = ()> {
    /// Mode, suspend, disruption and deletion policy.
    fn policy(&self) -> Policy;

    /// The common part of status, if there is a status.
    fn convergence(&self) -> Option<&Convergence>;

    /// Whether the status speaks of the object as it is now.
    fn is_observed(&self) -> bool {
        self.meta().generation.is_some()
            && self.convergence().and_then(|status| status.observed_generation) == self.meta().generation
    }

    /// Whether the object is being deleted.
    fn is_deleting(&self) -> bool {
        self.meta().deletion_timestamp.is_some()
    }
}

macro_rules! site_object {
    ($kind:ty) => {
        impl SiteObject for $kind {
            fn policy(&self) -> Policy {
                self.spec.policy
            }

            fn convergence(&self) -> Option<&Convergence> {
                self.status.as_ref().map(|status| &status.convergence)
            }
        }
    };
}

site_object!(SsisdbAvailabilityGroup);
site_object!(ScaleOutMaster);
site_object!(ScaleOutWorker);
