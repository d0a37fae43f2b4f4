//! The three custom resources of `scaleout.ssis.dev/v1alpha1`: spec, status, rules and coordinates.
//!
//! Plain data without a client. The API server enforces the rules in the schema (`crds/` is generated from
//! here); what needs other objects or facts of the site is judged by the controller.

#![expect(clippy::duplicated_attributes, reason = "print columns repeat `type_` and `priority`")]
#![expect(unreachable_pub, reason = "derive(KubeSchema) copies each public struct into a function body")]

pub mod account;
pub mod annotations;
pub mod certificate;
pub mod conditions;
pub mod convergence;
pub mod coordinates;
pub mod drop_null;
pub mod firewall;
pub mod formats;
pub mod group;
pub mod installation;
pub mod join_lines;
pub mod kinds;
pub mod limits;
pub mod master;
pub mod master_status;
pub mod node;
pub mod policy;
pub mod quiet;
pub mod references;
pub mod rules;
pub mod schema;
pub mod worker;
pub mod worker_status;

pub use account::ServiceAccount;
pub use certificate::Certificate;
pub use convergence::Convergence;
pub use group::{SsisdbAvailabilityGroup, SsisdbAvailabilityGroupSpec, SsisdbAvailabilityGroupStatus};
pub use kinds::SiteObject;
pub use master::{ScaleOutMaster, ScaleOutMasterSpec};
pub use master_status::ScaleOutMasterStatus;
pub use policy::{DeletionPolicy, Disruption, Mode, Policy};
pub use worker::{ScaleOutWorker, ScaleOutWorkerSpec};
pub use worker_status::ScaleOutWorkerStatus;

/// The API group of all kinds.
pub const GROUP: &str = "scaleout.ssis.dev";
/// The version that is served and stored.
pub const VERSION: &str = "v1alpha1";

#[cfg(test)]
mod tests;
