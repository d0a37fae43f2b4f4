//! The closed set of ops that an agent carries out. No path, command line, registry key or URL crosses the wire.

use super::{ClaimRole, Feature, StartType, Store};
use crate::certificate::Thumbprint;
use crate::names::{AccountName, DnsName, InstanceName, MediaKey, NodeName, RoleName};
use crate::version::SqlVersion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A service that ops may name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum ServiceRef {
    /// The Scale Out Master of a version.
    Master(SqlVersion),
    /// The Scale Out Worker of a version.
    Worker(SqlVersion),
    /// SQL Server Agent of an instance.
    SqlAgent(InstanceName),
}

/// One primitive effect on a node. `S` is how secrets are held: by reference in a plan
/// ([`crate::secret::SecretHandle`]), as bytes on the wire ([`crate::secret::SecretBytes`]).
///
/// Every op looks before it acts and ends only after reading its effect back, so each may be repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "op", deny_unknown_fields)]
pub enum NodeOp<S> {
    /// Switches Always On on through SQL Server's WMI provider and restarts the instance. Idempotent: does
    /// nothing when it is on and the instance runs with it.
    #[serde(rename_all = "camelCase")]
    EnableHadr {
        /// The instance.
        instance: InstanceName,
    },
    /// Runs setup unattended for one feature; long. Service on demand, under its virtual account: the account
    /// is set by another op. Idempotent: does nothing when the feature is installed.
    #[serde(rename_all = "camelCase")]
    InstallFeature {
        /// Master or worker.
        feature: Feature,
        /// Version of the media; another one is refused.
        version: SqlVersion,
        /// Key in the agent's table of media.
        media: MediaKey,
        /// Port of the master's endpoint (`/ISMASTERSVCPORT`), or of the endpoint that a worker calls.
        port: u16,
        /// Existing certificate in Root for the master (`/ISMASTERSVCTHUMBPRINT`).
        thumbprint: Option<Thumbprint>,
        /// Host of the master endpoint for a worker (`/ISWORKERSVCMASTER`).
        master_host: Option<DnsName>,
    },
    /// Sets account, password and logon right of a Scale Out service. Idempotent: the account is compared and
    /// the password proved by a logon first.
    #[serde(rename_all = "camelCase")]
    SetServiceAccount {
        /// The service.
        service: ServiceRef,
        /// The account.
        account: AccountName,
        /// Its password; `None` for a group managed account.
        password: Option<S>,
    },
    /// Sets start type, and takes away the service control manager's recovery actions where asked.
    #[serde(rename_all = "camelCase")]
    ConfigureService {
        /// The service.
        service: ServiceRef,
        /// Start type.
        start_type: StartType,
        /// Whether recovery actions are removed (a clustered service has none).
        clear_recovery_actions: bool,
    },
    /// Starts a service that the cluster does not own.
    #[serde(rename_all = "camelCase")]
    StartService {
        /// The service.
        service: ServiceRef,
    },
    /// Stops a service that the cluster does not own.
    #[serde(rename_all = "camelCase")]
    StopService {
        /// The service.
        service: ServiceRef,
    },
    /// Restarts a service that the cluster does not own, if it was started before `not_before_unix_ms`.
    #[serde(rename_all = "camelCase")]
    RestartService {
        /// The service.
        service: ServiceRef,
        /// By the node's clock; a start at or after this is left alone, so that a repeat does nothing.
        not_before_unix_ms: i64,
    },
    /// Imports certificate and private key. Refuses a certificate authority. Idempotent by thumbprint.
    #[serde(rename_all = "camelCase")]
    ImportKeyPair {
        /// The store.
        store: Store,
        /// Thumbprint of the certificate; another one is refused.
        thumbprint: Thumbprint,
        /// Certificate, PEM.
        pem: String,
        /// Private key, PEM (PKCS#8).
        key: S,
    },
    /// Imports a public certificate. Refuses a certificate authority. Idempotent by thumbprint.
    #[serde(rename_all = "camelCase")]
    ImportCertificate {
        /// The store.
        store: Store,
        /// Thumbprint of the certificate; another one is refused.
        thumbprint: Thumbprint,
        /// Certificate, PEM.
        pem: String,
    },
    /// Removes a certificate that this owner placed. Idempotent.
    #[serde(rename_all = "camelCase")]
    RemoveCertificate {
        /// The store.
        store: Store,
        /// Which.
        thumbprint: Thumbprint,
    },
    /// Makes a self-signed leaf (RSA, no CA) with its key in `My`; the key never leaves the node. Does nothing
    /// if one with these names, a key and more than a month to live, placed for this owner, is there.
    #[serde(rename_all = "camelCase")]
    GenerateCertificate {
        /// Common names and DNS names: computer name, FQDN.
        names: Vec<DnsName>,
    },
    /// Grants an account to read a certificate's private key.
    #[serde(rename_all = "camelCase")]
    GrantKeyRead {
        /// The store.
        store: Store,
        /// Which.
        thumbprint: Thumbprint,
        /// To whom.
        account: AccountName,
    },
    /// Binds a certificate in Root to a port in HTTP.sys.
    #[serde(rename_all = "camelCase")]
    BindCertificate {
        /// Port on 0.0.0.0.
        port: u16,
        /// Which.
        thumbprint: Thumbprint,
        /// What is bound now, by the facts that this was decided from; something else: Conflict.
        expected: Option<Thumbprint>,
    },
    /// Reserves the master's URL on a port for an account.
    #[serde(rename_all = "camelCase")]
    ReserveUrl {
        /// Port.
        port: u16,
        /// For whom.
        account: AccountName,
    },
    /// Takes a certificate's binding off a port (teardown only). Idempotent: no binding is done.
    #[serde(rename_all = "camelCase")]
    UnbindCertificate {
        /// Port on 0.0.0.0.
        port: u16,
        /// What is bound there by the facts that this was decided from; something else: Conflict.
        expected: Thumbprint,
    },
    /// Takes an account's reservation of the master's URL away (teardown only). Idempotent: none is done.
    #[serde(rename_all = "camelCase")]
    ReleaseUrl {
        /// Port.
        port: u16,
        /// Whose reservation it is by the facts that this was decided from; another's: Conflict.
        account: AccountName,
    },
    /// Changes values of a settings file, keeping all else; atomic, with a backup.
    #[serde(rename_all = "camelCase")]
    WriteSettings {
        /// Master or worker.
        feature: Feature,
        /// Version of the feature.
        version: SqlVersion,
        /// Digest of the file from which this was decided; another one: Conflict.
        expected_digest: String,
        /// New values by key.
        values: BTreeMap<String, String>,
    },
    /// Creates, enables or corrects one inbound TCP rule of our group.
    #[serde(rename_all = "camelCase")]
    EnsureFirewallRule {
        /// Rule name.
        name: String,
        /// Port.
        port: u16,
    },
    /// Removes one rule of our group (teardown only). Idempotent: none is done.
    #[serde(rename_all = "camelCase")]
    RemoveFirewallRule {
        /// Rule name.
        name: String,
    },
    /// Creates or corrects the clustered role of the Scale Out Master; does not bring it online.
    EnsureRole(RoleSpec),
    /// Brings the role online on its present owner.
    #[serde(rename_all = "camelCase")]
    OnlineRole {
        /// The role.
        role: RoleName,
    },
    /// Takes the role offline (teardown only).
    #[serde(rename_all = "camelCase")]
    OfflineRole {
        /// The role.
        role: RoleName,
    },
    /// Takes the role's Generic Service offline and online again through the cluster, if the service was
    /// started before `not_before_unix_ms`.
    #[serde(rename_all = "camelCase")]
    RestartRoleService {
        /// The role.
        role: RoleName,
        /// The owner from which this was decided; another one: Conflict.
        expected_owner: NodeName,
        /// By the owner's clock; a start at or after this is left alone.
        not_before_unix_ms: i64,
    },
    /// Deletes the role (teardown only).
    #[serde(rename_all = "camelCase")]
    DeleteRole {
        /// The role.
        role: RoleName,
    },
    /// Releases this owner's claim on a role of the node (the agent's own state, no effect on the site).
    #[serde(rename_all = "camelCase")]
    ReleaseClaim {
        /// The node's role.
        role: ClaimRole,
    },
}

/// The clustered role of the Scale Out Master as it shall be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleSpec {
    /// Name of the group.
    pub name: RoleName,
    /// Key name of the service.
    pub service_name: String,
    /// `DnsName` of the client access point: one label.
    pub client_access_point: DnsName,
    /// Its addresses; more than one are joined by OR.
    pub addresses: Vec<RoleAddress>,
    /// Nodes that may own it: those with the master installed. Others are taken out when it is created, and left where it
    /// was found.
    pub possible_owners: Vec<NodeName>,
    /// Preferred owners, in order; `None` = leave as found.
    pub preferred_owners: Option<Vec<NodeName>>,
}

/// An address of the client access point.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleAddress {
    /// IPv4 address.
    pub ip: String,
    /// IPv4 mask of the cluster network that contains it.
    pub mask: String,
    /// Name of that cluster network.
    pub network: String,
}

impl<S> NodeOp<S> {
    /// The op's name: metric label, audit entry and plan text.
    pub fn name(&self) -> &'static str {
        match self {
            Self::EnableHadr { .. } => "EnableHadr",
            Self::InstallFeature { .. } => "InstallFeature",
            Self::SetServiceAccount { .. } => "SetServiceAccount",
            Self::ConfigureService { .. } => "ConfigureService",
            Self::StartService { .. } => "StartService",
            Self::StopService { .. } => "StopService",
            Self::RestartService { .. } => "RestartService",
            Self::ImportKeyPair { .. } => "ImportKeyPair",
            Self::ImportCertificate { .. } => "ImportCertificate",
            Self::RemoveCertificate { .. } => "RemoveCertificate",
            Self::GenerateCertificate { .. } => "GenerateCertificate",
            Self::GrantKeyRead { .. } => "GrantKeyRead",
            Self::BindCertificate { .. } => "BindCertificate",
            Self::ReserveUrl { .. } => "ReserveUrl",
            Self::UnbindCertificate { .. } => "UnbindCertificate",
            Self::ReleaseUrl { .. } => "ReleaseUrl",
            Self::WriteSettings { .. } => "WriteSettings",
            Self::EnsureFirewallRule { .. } => "EnsureFirewallRule",
            Self::RemoveFirewallRule { .. } => "RemoveFirewallRule",
            Self::EnsureRole(_) => "EnsureRole",
            Self::OnlineRole { .. } => "OnlineRole",
            Self::OfflineRole { .. } => "OfflineRole",
            Self::RestartRoleService { .. } => "RestartRoleService",
            Self::DeleteRole { .. } => "DeleteRole",
            Self::ReleaseClaim { .. } => "ReleaseClaim",
        }
    }

    /// Whether it takes an instance or the online master away for a while. (A set-up counts as disruptive
    /// only on a node whose instance already has a replica: that is the planner's knowledge. What a teardown
    /// takes away for good waits for no slot: nobody is to be served by it any more.)
    pub fn is_disruptive(&self) -> bool {
        matches!(self, Self::EnableHadr { .. } | Self::RestartRoleService { .. })
    }

    /// Whether it takes something away that was there.
    pub fn is_destructive(&self) -> bool {
        matches!(
            self,
            Self::RemoveCertificate { .. }
                | Self::UnbindCertificate { .. }
                | Self::ReleaseUrl { .. }
                | Self::RemoveFirewallRule { .. }
                | Self::OfflineRole { .. }
                | Self::DeleteRole { .. }
                | Self::StopService { .. }
        )
    }

    /// Replaces each secret by what `resolve` makes of it.
    pub fn resolve_secrets<T, E>(self, mut resolve: impl FnMut(S) -> Result<T, E>) -> Result<NodeOp<T>, E> {
        Ok(match self {
            Self::EnableHadr { instance } => NodeOp::EnableHadr { instance },
            Self::InstallFeature { feature, version, media, port, thumbprint, master_host } => {
                NodeOp::InstallFeature { feature, version, media, port, thumbprint, master_host }
            }
            Self::SetServiceAccount { service, account, password } => NodeOp::SetServiceAccount {
                service,
                account,
                password: password.map(&mut resolve).transpose()?,
            },
            Self::ConfigureService { service, start_type, clear_recovery_actions } => {
                NodeOp::ConfigureService { service, start_type, clear_recovery_actions }
            }
            Self::StartService { service } => NodeOp::StartService { service },
            Self::StopService { service } => NodeOp::StopService { service },
            Self::RestartService { service, not_before_unix_ms } => {
                NodeOp::RestartService { service, not_before_unix_ms }
            }
            Self::ImportKeyPair { store, thumbprint, pem, key } => {
                NodeOp::ImportKeyPair { store, thumbprint, pem, key: resolve(key)? }
            }
            Self::ImportCertificate { store, thumbprint, pem } => {
                NodeOp::ImportCertificate { store, thumbprint, pem }
            }
            Self::RemoveCertificate { store, thumbprint } => NodeOp::RemoveCertificate { store, thumbprint },
            Self::GenerateCertificate { names } => NodeOp::GenerateCertificate { names },
            Self::GrantKeyRead { store, thumbprint, account } => {
                NodeOp::GrantKeyRead { store, thumbprint, account }
            }
            Self::BindCertificate { port, thumbprint, expected } => {
                NodeOp::BindCertificate { port, thumbprint, expected }
            }
            Self::ReserveUrl { port, account } => NodeOp::ReserveUrl { port, account },
            Self::UnbindCertificate { port, expected } => NodeOp::UnbindCertificate { port, expected },
            Self::ReleaseUrl { port, account } => NodeOp::ReleaseUrl { port, account },
            Self::WriteSettings { feature, version, expected_digest, values } => {
                NodeOp::WriteSettings { feature, version, expected_digest, values }
            }
            Self::EnsureFirewallRule { name, port } => NodeOp::EnsureFirewallRule { name, port },
            Self::RemoveFirewallRule { name } => NodeOp::RemoveFirewallRule { name },
            Self::EnsureRole(spec) => NodeOp::EnsureRole(spec),
            Self::OnlineRole { role } => NodeOp::OnlineRole { role },
            Self::OfflineRole { role } => NodeOp::OfflineRole { role },
            Self::RestartRoleService { role, expected_owner, not_before_unix_ms } => {
                NodeOp::RestartRoleService { role, expected_owner, not_before_unix_ms }
            }
            Self::DeleteRole { role } => NodeOp::DeleteRole { role },
            Self::ReleaseClaim { role } => NodeOp::ReleaseClaim { role },
        })
    }
}
