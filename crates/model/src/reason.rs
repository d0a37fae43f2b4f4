//! Every reason of a condition, with the sentence that tells what to do. The one table.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! reasons {
    ($($name:ident: $advice:literal,)*) => {
        /// Reason of a condition: CamelCase, as in `status.conditions[].reason`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Reason {
            $(#[doc = $advice] $name,)*
        }

        impl Reason {
            /// All reasons, in the table's order.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The reason as it stands in a condition.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// What it means and what to do.
            pub fn advice(self) -> &'static str {
                match self { $(Self::$name => $advice,)* }
            }
        }
    };
}

reasons! {
    AgentUnreachable: "An agent does not answer. Check that its service runs, its name resolves and its port is open.",
    AgentIdentityRefused: "The agent's certificate does not verify. Check its SAN and the CA in the agent client Secret.",
    AgentRefusedController: "The agent refused the controller's certificate. Check the controller identity in its configuration.",
    NamespaceNotAllowed: "The agent does not serve this namespace. Add it to the agent's configuration.",
    OwnedByAnother: "The node belongs to another Kubernetes or object. An administrator can reset the claim on the node.",
    ClaimedByOther: "Another object has claimed this node or group. Delete one of the two.",
    EpochWentBack: "The lease's epoch is lower than one that an agent has seen. Acknowledge it by the documented annotation on the Lease.",
    NodeNameDiffers: "The agent at this endpoint is on another computer than spec says. Correct the endpoint or the name.",
    FailoverClusterDiffers: "The node is in another failover cluster than spec says, or spec names none. Correct failoverCluster.name.",
    FailoverClusterMissing: "The node is in no failover cluster. Form the cluster first; the operator checks it and never forms it.",
    ClusterNodeDown: "A node of the cluster is not up.",
    QuorumNotNormal: "Quorum is forced or unknown; only observed until an administrator has restored it.",
    PendingReboot: "Windows waits for a restart on this node.",
    InstanceUnreachable: "SQL Server does not answer. Check the instance, its name and port.",
    CredentialRefused: "A login, account or certificate was refused. Correct the Secret; it is not tried again before it changes or 15 minutes have passed.",
    OperatorLoginMissing: "The operator's login cannot log in to a replica. Run the documented script there.",
    ObserverLacksRights: "The observer's login may not see what is needed. Run the documented script on this replica.",
    LoginSidDiffers: "The operator's login has another SID on this replica. Re-create it with the same SID everywhere.",
    ReplicaNameDiffers: "The instance's own name is not the replica's name in spec. Correct spec.",
    UnsupportedVersion: "This SQL Server version is not supported.",
    VersionDiffers: "Versions differ between replicas, or from spec.",
    TooManyReplicas: "More synchronous or automatic replicas than this version of SQL Server allows. Make some asynchronous or manual.",
    EditionTooLow: "This edition cannot host the availability group.",
    CollationDiffers: "Server collations of the replicas differ.",
    MixedModeOff: "SQL authentication is off. Switch mixed mode on and restart the instance.",
    ServiceAccountNotDomain: "The instance does not run under a domain account. Give it one; certificate endpoints are adopted, never made.",
    SsisFeatureMissingOnReplica: "Integration Services is not installed with this instance. Install it.",
    DisruptionNotAllowed: "This needs a restart, a move or a set-up beside running databases. Set disruption to Allow.",
    DisruptionInFlight: "Another disruptive operation is under way on this site.",
    TasksRunning: "Scale Out tasks run; waiting for quiet.",
    EndpointUnsuitable: "The database mirroring endpoint cannot serve the group as it is. Correct it by hand.",
    CatalogMissing: "SSISDB does not exist and spec does not allow to create it.",
    CatalogPasswordUnknown: "The Secret's password does not open SSISDB's master key. Correct the Secret.",
    StraySsisdbOnSecondary: "More than one replica has its own SSISDB. Decide which is right and drop the other by hand.",
    CatalogUnavailable: "SSISDB cannot be used on the primary.",
    CatalogUnsuitable: "SSISDB cannot join a group as it is.",
    LogChainMissing: "SSISDB has no log chain and spec names no directory for the initial backup.",
    LogBackupOverdue: "SSISDB's log is not backed up, so it grows on every replica. Schedule log backups on one of them.",
    GroupLeftover: "Left-overs of an availability group are in the way. Remove them by hand.",
    GroupOnOtherCluster: "A role of this name exists in the cluster and is none of ours.",
    NoPrimary: "No replica says that it is the primary, and not all answer.",
    JoinRollbackFailed: "Joining failed and could not be rolled back (41159). Look at the replica; the operator never drops a group.",
    ReplicaNotConnected: "The replica is not connected to the primary. Check endpoints, CONNECT grants, names and the firewall.",
    Seeding: "SSISDB is being seeded.",
    NotSynchronized: "SSISDB is not synchronized on this replica yet.",
    DataMovementSuspended: "Data movement is suspended on this replica. Resume it when its cause is mended.",
    ListenerConflict: "The listener cannot be created as spec describes it.",
    ComputerObjectDenied: "The cluster may not create the computer object (19471). Grant the cluster name object the right in its OU, or pre-stage the object.",
    FailoverBeforeSupport: "Automatic failover is on before Always On support is proved on all replicas.",
    FailoverTargetWithoutMasterFeature: "A replica that can become primary is no node of the master.",
    CatalogOwnerDrift: "SSISDB has another owner on this replica; corrected when it is primary next.",
    DatabaseMasterKeyClosed: "SSISDB's master key does not open on the primary (15581).",
    ScaleOutNotDefault: "Executions do not run in Scale Out by default. An administrator can change DEFAULT_EXECUTION_MODE with a Windows login.",
    SecretRequired: "A Secret is missing, or lacks its key.",
    ReferenceNotReady: "A referenced object does not report yet what is needed.",
    InvalidSpec: "The spec cannot be used.",
    NameConflict: "Listener and client access point may not have one name.",
    ShortNameTaken: "The first 15 characters of a new network name are taken in the cluster. Choose a name that differs there.",
    CertificateMissing: "The certificate is not on this node.",
    CertificateNameMissing: "The certificate does not hold the role's DNS name.",
    CertificateIsAuthority: "A certificate authority is offered as a leaf. Give a leaf certificate.",
    CertificateNotSelfSigned: "A leaf that is not self-signed in Root breaks client certificates unless ClientAuthTrustMode is 2. Set it, or give a self-signed leaf.",
    CertificateExpired: "The certificate has expired, or is not valid yet.",
    CertificateUnreadable: "Certificate and key in the Secret cannot be used.",
    InstallationRunning: "Set-up runs.",
    InstallationNotAllowed: "The feature is missing and spec does not allow to install it.",
    MediaMissing: "The agent's configuration does not name this media key.",
    MasterFeatureMissingOnPrimary: "Scale Out can only be enabled on a primary whose host has the Master feature (27261).",
    SettingsFileUnreadable: "A settings file is neither JSON nor XML. Correct it by hand.",
    RestartPending: "A setting was changed and the service runs with the old one.",
    ServiceNotRunning: "The service does not run.",
    LogonRefused: "The service's account or password was refused.",
    MultipleMastersRunning: "More than one Master service runs.",
    ScaleOutNotEnabled: "Scale Out is not enabled in the catalog.",
    LogLoginMissing: "The log login is missing on a replica.",
    LogLoginSidMismatch: "The log login has another SID than its user in SSISDB.",
    LogDatabaseDrift: "The log connection string is not what it should be.",
    RoleConflict: "The clustered role cannot be as spec describes it.",
    RoleOffline: "The clustered role is not online.",
    RolePending: "The clustered role is moving or coming online.",
    NoClusterNetwork: "No cluster network holds this address.",
    MasterEndpointUnreachable: "The master endpoint does not answer.",
    MasterCertificateThumbprintMismatch: "The master endpoint answers with another certificate.",
    MasterSsisdbUnreachable: "The master does not reach SSISDB: its heartbeat is stale or missing.",
    MasterHeartbeatStale: "The master's heartbeat is stale.",
    WorkerNotRegistered: "The worker has not registered with the catalog yet.",
    WorkerHeartbeatStale: "The worker's heartbeat is stale.",
    WorkerEditionLimit: "The edition allows no more enabled workers (27259).",
    WorkerDraining: "Waiting until no task runs on the worker.",
    MasterCertificateUntrusted: "The worker does not trust the master's certificate yet.",
    InUse: "Other objects that name this one come first in deletion.",
    CredentialsGone: "A Teardown needs a Secret or an object that is gone. Bring it back, or set deletionPolicy to Retain.",
    HostUnreachable: "A host that is to be taken down has not answered for long. Mend it, or give it up by the documented annotation.",
    HostGivenUp: "A host was given up by annotation; what is on it stays there.",
    StepPending: "An earlier step has work to do.",
    NotObserved: "It was not looked at yet.",
    DriftObserved: "The site differs from spec, and mode is Observe.",
    Suspended: "Writes are suspended.",
    Converging: "Work is under way.",
    Converged: "The site matches spec.",
    OperationFailed: "An operation failed; it is tried again.",
    OperationRefused: "An operation was refused; a human must act.",
    StaleView: "What a decision was based on has changed; looked at again.",
    Unmanaged: "Found on the site, not named by spec; left alone.",
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
