//! Databases, endpoints, keys, backup and restore: statements as data.

use super::SecretText;
use super::availability_group::words;
use crate::tsql::cursor::Words;

/// `ALTER DATABASE … SET HADR …`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HadrAction {
    /// `AVAILABILITY GROUP = ag`
    Join(String),
    /// `OFF`
    Off,
    /// `SUSPEND`
    Suspend,
    /// `RESUME`
    Resume,
}

words!(
    /// `RECOVERY`
    RecoveryModel { Full = "FULL", BulkLogged = "BULK_LOGGED", Simple = "SIMPLE" }
);
words!(
    /// User access.
    UserAccess { Single = "SINGLE_USER", Restricted = "RESTRICTED_USER", Multi = "MULTI_USER" }
);
words!(
    /// Database state.
    DatabaseState { Online = "ONLINE", Offline = "OFFLINE", Emergency = "EMERGENCY" }
);
words!(
    /// Options that are `ON` or `OFF`.
    Switch {
        AutoClose = "AUTO_CLOSE",
        AutoShrink = "AUTO_SHRINK",
        AutoCreateStatistics = "AUTO_CREATE_STATISTICS",
        AutoUpdateStatistics = "AUTO_UPDATE_STATISTICS",
        Trustworthy = "TRUSTWORTHY",
        DatabaseChaining = "DB_CHAINING",
        ReadCommittedSnapshot = "READ_COMMITTED_SNAPSHOT",
        AllowSnapshotIsolation = "ALLOW_SNAPSHOT_ISOLATION",
        QuotedIdentifier = "QUOTED_IDENTIFIER",
    }
);

/// One option of `ALTER DATABASE … SET`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DatabaseOption {
    /// `RECOVERY …`
    Recovery(RecoveryModel),
    /// `SINGLE_USER`, …
    Access(UserAccess),
    /// `ONLINE`, …
    State(DatabaseState),
    /// `READ_ONLY` (true) or `READ_WRITE`
    ReadOnly(bool),
    /// `… ON|OFF`
    Switch(Switch, bool),
    /// `COMPATIBILITY_LEVEL = n`
    CompatibilityLevel(u8),
}

/// What happens to transactions that stand in the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Termination {
    /// `WITH ROLLBACK IMMEDIATE`
    RollbackImmediate,
    /// `WITH ROLLBACK AFTER n [SECONDS]`
    RollbackAfterSeconds(u32),
    /// `WITH NO_WAIT`
    NoWait,
}

words!(
    /// State of an endpoint.
    EndpointState { Started = "STARTED", Stopped = "STOPPED", Disabled = "DISABLED" }
);
words!(
    /// Role of a database mirroring endpoint.
    EndpointRole { Witness = "WITNESS", Partner = "PARTNER", All = "ALL" }
);
words!(
    /// Protocol of Windows authentication.
    WindowsProtocol { Ntlm = "NTLM", Kerberos = "KERBEROS", Negotiate = "NEGOTIATE" }
);
words!(
    /// Encryption of a database mirroring endpoint.
    EndpointEncryption { Disabled = "DISABLED", Supported = "SUPPORTED", Required = "REQUIRED" }
);
words!(
    /// Algorithms, the preferred one first.
    EndpointAlgorithm { AesRc4 = "AES RC4", Rc4Aes = "RC4 AES", Aes = "AES", Rc4 = "RC4" }
);

/// Authentication of a database mirroring endpoint; the order is the order in which the methods are tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EndpointAuthentication {
    /// `WINDOWS …`
    Windows(WindowsProtocol),
    /// `CERTIFICATE c`
    Certificate(String),
    /// `WINDOWS … CERTIFICATE c`
    WindowsThenCertificate(WindowsProtocol, String),
    /// `CERTIFICATE c WINDOWS …`
    CertificateThenWindows(String, WindowsProtocol),
}

/// `CREATE ENDPOINT` or `ALTER ENDPOINT` for database mirroring; None where not given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Endpoint {
    /// Name.
    pub name: String,
    /// `AUTHORIZATION`
    pub owner: Option<String>,
    /// `STATE`
    pub state: Option<EndpointState>,
    /// `LISTENER_PORT`
    pub port: Option<u16>,
    /// `LISTENER_IP`; `Some(None)` for `ALL`.
    pub ip: Option<Option<String>>,
    /// `AUTHENTICATION`
    pub authentication: Option<EndpointAuthentication>,
    /// `ENCRYPTION`
    pub encryption: Option<(EndpointEncryption, Option<EndpointAlgorithm>)>,
    /// `ROLE`
    pub role: Option<EndpointRole>,
}

/// Statements on the database master key of the current database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MasterKeyAction {
    /// `CREATE MASTER KEY [ENCRYPTION BY PASSWORD = '…']`
    Create(Option<SecretText>),
    /// `ALTER MASTER KEY [FORCE] REGENERATE WITH ENCRYPTION BY PASSWORD = '…'`
    Regenerate {
        /// `FORCE`
        force: bool,
        /// New password.
        password: SecretText,
    },
    /// `ALTER MASTER KEY ADD ENCRYPTION BY …`
    AddEncryption(KeyProtector),
    /// `ALTER MASTER KEY DROP ENCRYPTION BY …`
    DropEncryption(KeyProtector),
    /// `DROP MASTER KEY`
    Drop,
    /// `OPEN MASTER KEY DECRYPTION BY PASSWORD = '…'`
    Open(SecretText),
    /// `CLOSE MASTER KEY`
    Close,
    /// `BACKUP MASTER KEY TO FILE = '…' ENCRYPTION BY PASSWORD = '…'`
    Backup {
        /// Path.
        file: String,
        /// Password of the file.
        password: SecretText,
    },
}

/// What protects a database master key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyProtector {
    /// `SERVICE MASTER KEY`
    ServiceMasterKey,
    /// `PASSWORD = '…'`
    Password(SecretText),
}

/// Options after `WITH` of BACKUP and RESTORE that are a word alone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each field is the option that its name spells")]
#[expect(clippy::struct_excessive_bools, reason = "the grammar's independent switches")]
pub struct MediaOptions {
    pub copy_only: bool,
    pub init: bool,
    pub format: bool,
    pub compression: bool,
    pub checksum: bool,
    pub skip: bool,
    pub replace: bool,
    pub no_recovery: bool,
    pub recovery: bool,
    /// `STATS [= n]`
    pub stats: bool,
    /// `NAME`
    pub name: Option<String>,
    /// `DESCRIPTION`
    pub description: Option<String>,
    /// `FILE = n`
    pub file: Option<u32>,
    /// `MOVE 'logical' TO 'path'`
    pub moves: Vec<(String, String)>,
}

/// `BACKUP DATABASE|LOG`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// `BACKUP LOG`
    pub log: bool,
    /// Database.
    pub database: String,
    /// `TO DISK` paths; `NUL` throws the backup away.
    pub disks: Vec<String>,
    /// Options.
    pub options: MediaOptions,
}

/// `RESTORE DATABASE|LOG`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restore {
    /// `RESTORE LOG`
    pub log: bool,
    /// Database.
    pub database: String,
    /// `FROM DISK` paths; empty for `RESTORE DATABASE x WITH RECOVERY`.
    pub disks: Vec<String>,
    /// Options.
    pub options: MediaOptions,
}
