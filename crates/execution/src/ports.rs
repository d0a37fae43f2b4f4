//! The ports: what observation and execution need of node agents, SQL Server and Kubernetes.
//!
//! Every call has a deadline of its own inside the adapter; none may hang. A fault of a read is a
//! [`Cause`], so that it becomes an unknown fact; a fault of a write is an [`Outcome`].

use async_trait::async_trait;
use futures::stream::BoxStream;
use scaleout_model::certificate::Thumbprint;
use scaleout_model::fact::{Cause, Fact};
use scaleout_model::fence::{Epoch, Fence};
use scaleout_model::names::{DnsName, GroupName, LoginName, NodeName, ReplicaName};
use scaleout_model::node::{LoginMode, NodeFacts, NodeOp};
use scaleout_model::observed::EndpointProbe;
use scaleout_model::outcome::{Outcome, Refusal};
use scaleout_model::secret::{SecretBytes, SecretHandle};
use scaleout_model::sql::{CatalogFacts, InstanceFacts, SqlOp};

/// Where a node's agent listens. Its certificate must hold exactly `host`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeTarget {
    /// The node's name in spec; the agent must report it as its computer name.
    pub node: NodeName,
    /// Host of the agent's endpoint.
    pub host: DnsName,
    /// Port of the agent's endpoint.
    pub port: u16,
}

/// A change that an agent pushed; a hint to observe again, never a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeEvent {
    /// The node whose agent sent it.
    pub node: NodeName,
    /// What changed, for the log.
    pub what: String,
}

/// Answer to a raised epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EpochAnswer {
    /// The agent keeps this epoch as its highest.
    Accepted,
    /// The agent has seen a higher one, or the same number of another holder.
    Behind(Epoch),
    /// The agent serves another lineage.
    OtherLineage,
}

/// The agents of a site's nodes.
#[async_trait]
pub trait NodePort: Send + Sync {
    /// All facts of a node.
    async fn facts(&self, target: &NodeTarget) -> Result<NodeFacts, Cause>;

    /// Carries out one op; a running equal op is joined.
    async fn execute(&self, target: &NodeTarget, fence: &Fence, op: NodeOp<SecretBytes>) -> Outcome;

    /// Raises the agent's epoch, or learns that it is behind.
    async fn raise_epoch(&self, target: &NodeTarget, epoch: &Epoch) -> Result<EpochAnswer, Cause>;

    /// Changes as the agent pushes them; reconnects by itself, and yields one event after each connect.
    fn events(&self, target: &NodeTarget) -> BoxStream<'static, NodeEvent>;
}

/// A login with its password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlCredential {
    /// The login.
    pub login: LoginName,
    /// Its password.
    pub password: SecretBytes,
}

/// How the connection is encrypted; the certificate is verified in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlEncryption {
    /// TDS 7.x, encryption required.
    Mandatory,
    /// TDS 8.
    Strict,
}

/// An instance and how to log in to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlTarget {
    /// The replica.
    pub replica: ReplicaName,
    /// Host of its SQL endpoint; its certificate must hold it.
    pub host: DnsName,
    /// Port of its SQL endpoint.
    pub port: u16,
    /// Encryption.
    pub encryption: SqlEncryption,
    /// CA bundle, PEM; `None`: the Secret is missing and every call answers `CredentialRefused`.
    pub ca_pem: Option<Vec<u8>>,
    /// For reads.
    pub observer: Option<SqlCredential>,
    /// For writes.
    pub operator: Option<SqlCredential>,
}

/// What an instance's agent knows of logging in to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginState {
    /// Authentication mode from the registry.
    pub mode: LoginMode,
    /// When the instance was started last.
    pub started_unix_ms: Option<i64>,
}

/// What a [`LoginState`] means for passwords that were refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusals {
    /// It is what it was; they stay refused.
    Stand,
    /// The instance was restarted, or its mode was changed: they may be tried again.
    Lapse,
    /// Windows authentication only: no SQL login can log in.
    WindowsOnly,
    /// Mixed mode was switched on after the instance's last start: no SQL login can log in before the next.
    AwaitRestart,
}

/// Asked after login and before the first write: is our epoch still the highest at that node's agent?
#[async_trait]
pub trait WriteGuard: Send + Sync {
    /// `Ok` to go on.
    async fn confirm(&self) -> Result<(), GuardRefusal>;
}

/// Why a write may not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GuardRefusal {
    /// The fence refused.
    Refused(Refusal),
    /// The agent did not answer, so nothing may be written to its instance.
    Unanswered(Cause),
}

/// The master endpoint as it is probed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointTarget {
    /// Host: client access point and suffix.
    pub host: DnsName,
    /// Port.
    pub port: u16,
    /// The decided certificate; it is pinned.
    pub thumbprint: Thumbprint,
}

/// The master endpoint, by a TLS handshake.
#[async_trait]
pub trait EndpointPort: Send + Sync {
    /// Connects and verifies by pin, dates and the role's name.
    async fn probe(&self, target: &EndpointTarget) -> Fact<EndpointProbe>;
}

/// Secrets and generated keys, kept by Kubernetes.
#[async_trait]
pub trait SecretPort: Send + Sync {
    /// Bytes of a secret that a plan names; an error if it is no longer that version.
    async fn read(&self, namespace: &str, handle: &SecretHandle) -> Result<SecretBytes, Cause>;

    /// Makes key and certificate for an object and keeps them in a Secret of the controller's own namespace;
    /// does nothing if that Secret is there.
    async fn generate_certificate(&self, fence: &Fence, names: &[DnsName]) -> Outcome;
}

/// SQL Server instances.
#[async_trait]
pub trait SqlPort: Send + Sync {
    /// Facts of an instance, with the observer's login. `group`: the availability group to look at.
    async fn observe(&self, target: &SqlTarget, group: &GroupName) -> Result<InstanceFacts, Cause>;

    /// The catalog, where SSISDB can be read; Absent: there is no SSISDB on this instance.
    async fn observe_catalog(&self, target: &SqlTarget) -> Fact<CatalogFacts>;

    /// Takes note of what the instance's agent says, and answers what that means for passwords that were refused there.
    fn note_logins(&self, target: &SqlTarget, state: LoginState) -> Refusals;

    /// Carries out one op with the operator's login on a connection whose `program_name` carries the epoch.
    async fn execute(
        &self,
        target: &SqlTarget,
        fence: &Fence,
        guard: &dyn WriteGuard,
        op: SqlOp<SecretBytes>,
    ) -> Outcome;

    /// Ends all sessions of this lineage with a lower number, or the same number and another holder, and
    /// waits until none is left.
    async fn depose(&self, target: &SqlTarget, epoch: &Epoch) -> Result<(), Cause>;
}
