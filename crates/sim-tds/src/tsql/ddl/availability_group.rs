//! Availability groups: statements as data ("CREATE AVAILABILITY GROUP" and "ALTER AVAILABILITY GROUP").

use crate::tsql::cursor::Words;

/// Declares a closed set of grammar words.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[expect(missing_docs, reason = "each variant is the word of the grammar that its name spells")]
        pub enum $name { $($variant),+ }
        impl Words for $name {
            const WORDS: &'static [(&'static str, Self)] = &[$(($word, Self::$variant)),+];
        }
        impl $name {
            /// The word as T-SQL writes it.
            pub fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}
pub(crate) use words;

words!(
    /// `AUTOMATED_BACKUP_PREFERENCE`
    BackupPreference { SecondaryOnly = "SECONDARY_ONLY", Secondary = "SECONDARY", Primary = "PRIMARY", None = "NONE" }
);
words!(
    /// `DTC_SUPPORT`
    DtcSupport { PerDatabase = "PER_DB", None = "NONE" }
);
words!(
    /// `CLUSTER_TYPE`
    ClusterType { Wsfc = "WSFC", External = "EXTERNAL", None = "NONE" }
);
words!(
    /// `AVAILABILITY_MODE`
    AvailabilityMode {
        Synchronous = "SYNCHRONOUS_COMMIT",
        Asynchronous = "ASYNCHRONOUS_COMMIT",
        ConfigurationOnly = "CONFIGURATION_ONLY",
    }
);
words!(
    /// `FAILOVER_MODE`
    FailoverMode { Automatic = "AUTOMATIC", Manual = "MANUAL", External = "EXTERNAL" }
);
words!(
    /// `SEEDING_MODE`
    SeedingMode { Automatic = "AUTOMATIC", Manual = "MANUAL" }
);
words!(
    /// `SECONDARY_ROLE (ALLOW_CONNECTIONS = …)`
    SecondaryConnections { No = "NO", ReadOnly = "READ_ONLY", All = "ALL" }
);
words!(
    /// `PRIMARY_ROLE (ALLOW_CONNECTIONS = …)`
    PrimaryConnections { ReadWrite = "READ_WRITE", All = "ALL" }
);

/// Options of the group; None where not given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each field is the option that its name spells")]
pub struct GroupOptions {
    pub automated_backup_preference: Option<BackupPreference>,
    /// 1 to 5.
    pub failure_condition_level: Option<u8>,
    /// Milliseconds, from 15000.
    pub health_check_timeout: Option<u32>,
    pub db_failover: Option<bool>,
    pub dtc_support: Option<DtcSupport>,
    pub basic: Option<()>,
    pub contained: Option<()>,
    pub required_synchronized_secondaries_to_commit: Option<u8>,
    pub cluster_type: Option<ClusterType>,
    /// Seconds.
    pub write_lease_validity: Option<u32>,
    pub cluster_connection_options: Option<String>,
}

/// `READ_ONLY_ROUTING_LIST`: sets of replica names in order; replicas of one set share the load.
pub type RoutingList = Vec<Vec<String>>;

/// Options of a replica; None where not given.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each field is the option that its name spells")]
pub struct ReplicaOptions {
    pub endpoint_url: Option<String>,
    pub availability_mode: Option<AvailabilityMode>,
    pub failover_mode: Option<FailoverMode>,
    pub seeding_mode: Option<SeedingMode>,
    /// 0 to 100.
    pub backup_priority: Option<u8>,
    pub secondary_allow_connections: Option<SecondaryConnections>,
    pub read_only_routing_url: Option<RoutingUrl>,
    pub primary_allow_connections: Option<PrimaryConnections>,
    /// Empty for `NONE`.
    pub read_only_routing_list: Option<RoutingList>,
    pub read_write_routing_url: Option<RoutingUrl>,
    /// Seconds, from 0.
    pub session_timeout: Option<u32>,
}

/// A routing URL or `NONE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoutingUrl {
    /// `NONE`
    None,
    /// `'TCP://host:port'`
    Url(String),
}

/// `REPLICA ON 'instance' WITH (…)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaSpec {
    /// The instance's name (`@@SERVERNAME`).
    pub instance: String,
    /// Its options.
    pub options: ReplicaOptions,
}

/// An address of a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenerIp {
    /// `('a.b.c.d', 'mask')`
    V4 {
        /// Address.
        address: String,
        /// Subnet mask.
        mask: String,
    },
    /// `('v6')`
    V6 {
        /// Address.
        address: String,
    },
}

/// How a listener gets its addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenerAddresses {
    /// `WITH IP (…)`
    Static(Vec<ListenerIp>),
    /// `WITH DHCP [ON ('net', 'mask')]`
    Dhcp(Option<(String, String)>),
}

/// `LISTENER 'dns' (…)`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerSpec {
    /// DNS host name.
    pub dns_name: String,
    /// Addresses.
    pub addresses: ListenerAddresses,
    /// Port, 1433 when not given.
    pub port: Option<u16>,
}

/// `CREATE AVAILABILITY GROUP`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreateAvailabilityGroup {
    /// Name of the group.
    pub name: String,
    /// Options.
    pub options: GroupOptions,
    /// Databases; may be empty.
    pub databases: Vec<String>,
    /// At least one.
    pub replicas: Vec<ReplicaSpec>,
    /// Listener.
    pub listener: Option<ListenerSpec>,
}

/// What `MODIFY LISTENER` changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListenerChange {
    /// `ADD IP (…)`
    AddIp(ListenerIp),
    /// `PORT = n`
    Port(u16),
    /// `REMOVE IP ('address')`
    RemoveIp(String),
}

/// What `ALTER AVAILABILITY GROUP` does.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is the clause that its name spells")]
pub enum GroupAction {
    Set(GroupOptions),
    AddDatabase(Vec<String>),
    RemoveDatabase(Vec<String>),
    AddReplica(Vec<ReplicaSpec>),
    ModifyReplica(ReplicaSpec),
    RemoveReplica(Vec<String>),
    Join { cluster_type: Option<ClusterType> },
    GrantCreateAnyDatabase,
    DenyCreateAnyDatabase,
    Failover,
    ForceFailoverAllowDataLoss,
    AddListener(ListenerSpec),
    ModifyListener { dns_name: String, change: ListenerChange },
    RestartListener { dns_name: String },
    RemoveListener { dns_name: String },
    Offline,
}
