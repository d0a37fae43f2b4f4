//! The closed set of effects on SQL Server. Only `sql` turns them into T-SQL.

use super::{GroupOption, ListenerSpec, ReplicaOption, ReplicaSpec};
use crate::names::{AccountName, DnsName, GroupName, LoginName, ReplicaName};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where an op must run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlPlace {
    /// On the replica that it is addressed to, whatever its role.
    Replica,
    /// On the present primary; the batch re-checks it.
    Primary,
    /// On a secondary.
    Secondary,
}

/// One primitive effect on an instance. `S` is how secrets are held (see [`crate::node::NodeOp`]). Every op
/// looks before it acts and reads its effect back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", tag = "op")]
pub enum SqlOp<S> {
    /// `CREATE LOGIN … FROM WINDOWS`.
    #[serde(rename_all = "camelCase")]
    CreateWindowsLogin {
        /// The account.
        account: AccountName,
    },
    /// `ALTER LOGIN … ENABLE`.
    #[serde(rename_all = "camelCase")]
    EnableLogin {
        /// The account.
        account: AccountName,
    },
    /// Creates the login of the cluster service (`NT SERVICE\ClusSvc`) and grants CONNECT SQL, ALTER ANY
    /// AVAILABILITY GROUP and VIEW SERVER STATE.
    GrantClusterService,
    /// `CREATE ENDPOINT … FOR DATABASE_MIRRORING`, Windows authentication, AES required, started.
    #[serde(rename_all = "camelCase")]
    CreateEndpoint {
        /// Name.
        name: String,
        /// Port.
        port: u16,
    },
    /// `ALTER ENDPOINT … STATE = STARTED`.
    #[serde(rename_all = "camelCase")]
    StartEndpoint {
        /// Name.
        name: String,
    },
    /// `GRANT CONNECT ON ENDPOINT::… TO …`.
    #[serde(rename_all = "camelCase")]
    GrantEndpointConnect {
        /// Name.
        name: String,
        /// Another replica's service account.
        account: AccountName,
    },
    /// Creates SSISDB from the shipped backup where it is absent, never over an existing one; sets the master
    /// key's password. One batch per sub-step, each re-checked.
    #[serde(rename_all = "camelCase")]
    CreateCatalog {
        /// Password of the database master key.
        master_key: S,
    },
    /// Proves by OPEN MASTER KEY that the password opens SSISDB's master key (a read).
    #[serde(rename_all = "camelCase")]
    ProveMasterKey {
        /// Password of the database master key.
        master_key: S,
    },
    /// `ALTER DATABASE SSISDB SET RECOVERY FULL`.
    SetRecoveryFull,
    /// One full backup, only where no log chain exists.
    #[serde(rename_all = "camelCase")]
    BackupCatalog {
        /// Directory on the server.
        directory: String,
    },
    /// `CREATE AVAILABILITY GROUP` with the local replica only.
    #[serde(rename_all = "camelCase")]
    CreateGroup {
        /// Name.
        group: GroupName,
        /// Options other than SQL Server's defaults.
        options: Vec<GroupOption>,
        /// The local replica.
        replica: ReplicaSpec,
    },
    /// `ADD REPLICA ON`.
    #[serde(rename_all = "camelCase")]
    AddReplica {
        /// The group.
        group: GroupName,
        /// The replica.
        replica: ReplicaSpec,
    },
    /// `JOIN`, on the replica.
    #[serde(rename_all = "camelCase")]
    JoinReplica {
        /// The group.
        group: GroupName,
    },
    /// `GRANT CREATE ANY DATABASE`, on the replica, as the operator's login (which then owns the seeded copy).
    #[serde(rename_all = "camelCase")]
    GrantSeeding {
        /// The group.
        group: GroupName,
    },
    /// `ADD DATABASE [SSISDB]`.
    #[serde(rename_all = "camelCase")]
    AddCatalogToGroup {
        /// The group.
        group: GroupName,
    },
    /// `ALTER AUTHORIZATION ON DATABASE::SSISDB`, on the primary: the operator's login becomes the owner.
    OwnCatalog,
    /// `MODIFY REPLICA ON … WITH (one option)`.
    #[serde(rename_all = "camelCase")]
    ModifyReplica {
        /// The group.
        group: GroupName,
        /// The replica.
        replica: ReplicaName,
        /// The option.
        option: ReplicaOption,
    },
    /// `SET (one option)`.
    #[serde(rename_all = "camelCase")]
    SetGroupOption {
        /// The group.
        group: GroupName,
        /// The option.
        option: GroupOption,
    },
    /// `ADD LISTENER`.
    #[serde(rename_all = "camelCase")]
    CreateListener {
        /// The group.
        group: GroupName,
        /// The listener.
        listener: ListenerSpec,
    },
    /// `MODIFY LISTENER … (PORT = n)`.
    #[serde(rename_all = "camelCase")]
    SetListenerPort {
        /// The group.
        group: GroupName,
        /// The listener.
        dns_name: DnsName,
        /// Port.
        port: u16,
    },
    /// `MODIFY LISTENER … (ADD IP …)`.
    #[serde(rename_all = "camelCase")]
    AddListenerAddress {
        /// The group.
        group: GroupName,
        /// The listener.
        dns_name: DnsName,
        /// IPv4 address.
        ip: String,
        /// IPv4 mask.
        mask: String,
    },
    /// Stores the master key's password as a credential (`sp_control_dbmasterkey_password`); proved before.
    #[serde(rename_all = "camelCase")]
    AddMasterKeyCredential {
        /// Password of the database master key.
        master_key: S,
    },
    /// Takes a credential that is there, and no older than the instance's copy of SSISDB, for the one of this password,
    /// which was proved before (a read).
    #[serde(rename_all = "camelCase")]
    TakeMasterKeyCredential {
        /// Password of the database master key.
        master_key: S,
    },
    /// `clr enabled` = 1.
    EnableClr,
    /// `sys.sp_add_trusted_assembly` for the catalog's assembly.
    #[serde(rename_all = "camelCase")]
    TrustAssembly {
        /// SHA2_512 of the assembly's bytes, upper-case hex.
        hash: String,
    },
    /// Creates `master.dbo.sp_ssis_startup` and sets it to run at startup.
    EnsureStartupProcedure,
    /// Creates the disabled clean-up login with the SID that its user has in SSISDB.
    #[serde(rename_all = "camelCase")]
    CreateCleanupLogin {
        /// SID, upper-case hex; `None`: a new one.
        sid: Option<String>,
    },
    /// Creates the failover monitor job, or corrects it.
    EnsureFailoverJob,
    /// Creates the maintenance job, or corrects it.
    EnsureMaintenanceJob,
    /// Makes the clean-up user and its rights in SSISDB (primary).
    EnsureCleanupUser,
    /// `internal.add_replica_info`, state 1 for the primary, 2 for the others (primary).
    #[serde(rename_all = "camelCase")]
    RegisterReplica {
        /// `@@SERVERNAME` of the replica.
        replica: ReplicaName,
        /// 1 = the present primary, 2 = a secondary.
        state: u8,
    },
    /// Makes the observer's user in SSISDB with its rights (primary).
    #[serde(rename_all = "camelCase")]
    EnsureCatalogObserver {
        /// The observer's login.
        login: LoginName,
    },
    /// Makes the observer's user in msdb with its rights.
    #[serde(rename_all = "camelCase")]
    EnsureJobObserver {
        /// The observer's login.
        login: LoginName,
    },
    /// `catalog.enable_scaleout`, once, in a batch that re-checks IS_SCALEOUT_ENABLED (primary).
    EnableScaleOut,
    /// Sets the log login's password where a proof fails (primary).
    #[serde(rename_all = "camelCase")]
    SetLogLoginPassword {
        /// The password.
        password: S,
    },
    /// Creates the log login with the SID of its user in SSISDB, or replaces one with another SID.
    #[serde(rename_all = "camelCase")]
    CopyLogLogin {
        /// SID of its user in SSISDB, upper-case hex.
        sid: String,
        /// The password.
        password: S,
    },
    /// `catalog.update_logdb_info` where a proof fails (primary).
    #[serde(rename_all = "camelCase")]
    UpdateLogDatabase {
        /// `listener,port`.
        server: String,
        /// The log login's password.
        password: S,
    },
    /// Makes the user of an account in SSISDB and adds it to `ssis_admin` (primary).
    #[serde(rename_all = "camelCase")]
    GrantCatalogAdmin {
        /// The account.
        account: AccountName,
    },
    /// `catalog.update_master_address`, read back (primary).
    #[serde(rename_all = "camelCase")]
    UpdateMasterAddress {
        /// `https://host:port`.
        address: String,
    },
    /// `catalog.enable_worker_agent` (primary).
    #[serde(rename_all = "camelCase")]
    EnableWorker {
        /// WorkerAgentId.
        agent_id: String,
    },
    /// Disables a worker only while no task of its is in status 2 or 3, looks again, and enables it at once if
    /// one slipped in (then NotYet) (primary).
    #[serde(rename_all = "camelCase")]
    DisableWorker {
        /// WorkerAgentId.
        agent_id: String,
        /// Whether the drain's time is over, so that running tasks no longer hold it back.
        regardless: bool,
    },
}
