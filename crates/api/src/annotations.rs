//! The one table of annotations, labels and finalizers that we read or write.

/// Annotation on any of our objects: a changed value asks for a pass now (any text, for example a time).
pub const RECONCILE_REQUESTED_AT: &str = "scaleout.ssis.dev/reconcile-requested-at";
/// Finalizer on every object that took part in a pass: deletion goes through the teardown chain.
pub const FINALIZER: &str = "scaleout.ssis.dev/site";
/// Annotation on the leader's Lease: its value is the epoch that an administrator acknowledges after
/// `EpochWentBack`.
pub const ACKNOWLEDGE_EPOCH: &str = "scaleout.ssis.dev/acknowledge-epoch";
/// Annotation on an object in deletion with `deletionPolicy: Teardown`: hosts to go on without, by their names in spec,
/// separated by commas. Only a host whose agent does not answer is passed over; what is on it stays there.
pub const GIVE_UP_HOSTS: &str = "scaleout.ssis.dev/give-up-hosts";
/// Label on a Secret of ours: the kind of the object that it belongs to.
pub const OWNER_KIND: &str = "scaleout.ssis.dev/owner-kind";
/// Label on a Secret of ours: the namespace of the object that it belongs to.
pub const OWNER_NAMESPACE: &str = "scaleout.ssis.dev/owner-namespace";
/// Label on a Secret of ours: the name of the object that it belongs to.
pub const OWNER_NAME: &str = "scaleout.ssis.dev/owner-name";
/// Label on a Secret of ours: the uid of the object that it belongs to.
pub const OWNER_UID: &str = "scaleout.ssis.dev/owner-uid";
