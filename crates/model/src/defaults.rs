//! The documented default ports and names; the only place where they are written.

/// Port of the Scale Out Master's endpoint (MasterSettings.config, `PortNumber`).
pub const MASTER_PORT: u16 = 8391;
/// Port of a default SQL Server instance and of a listener made without one.
pub const SQL_PORT: u16 = 1433;
/// Port of the node agent.
pub const AGENT_PORT: u16 = 8443;
/// Port of a database mirroring endpoint that we create.
pub const ENDPOINT_PORT: u16 = 5022;
/// Name of a default SQL Server instance.
pub const DEFAULT_INSTANCE: &str = "MSSQLSERVER";
/// Name of the database mirroring endpoint that we create.
pub const ENDPOINT_NAME: &str = "hadr_endpoint";
/// The SSIS catalog's database; its name cannot be changed.
pub const CATALOG_DATABASE: &str = "SSISDB";
/// The login with which workers write execution logs (created by `catalog.enable_scaleout`).
pub const LOG_LOGIN: &str = "##MS_SSISLogDBWorkerAgentLogin##";
/// The disabled login that owns the catalog's Agent jobs.
pub const CLEANUP_LOGIN: &str = "##MS_SSISServerCleanupJobLogin##";
/// The Agent job that runs `catalog.startup` after a failover.
pub const FAILOVER_JOB: &str = "SSIS Failover Monitor Job";
/// The Agent job that trims the catalog.
pub const MAINTENANCE_JOB: &str = "SSIS Server Maintenance Job";
/// The master's heartbeat is stale after this many seconds (three intervals of 30 s).
pub const MASTER_STALE_SECONDS: i64 = 90;
/// A worker's heartbeat is stale after this many seconds (three intervals of 60 s).
pub const WORKER_STALE_SECONDS: i64 = 180;
/// A log backup of SSISDB is overdue after this many seconds (a day).
pub const LOG_BACKUP_OVERDUE_SECONDS: i64 = 86_400;
/// Group and names of our firewall rules begin with this.
pub const FIREWALL_GROUP: &str = "SSIS Scale Out";
