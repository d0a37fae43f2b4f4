//! Effects of SQL statements: one primitive change each, on one instance.

use crate::effect::{Refused, Reply};
use crate::sql::{
    CatalogChange, DatabaseChange, EndpointChange, GroupChange, JobChange, KeyChange, LoginChange,
    PermissionChange, ReplicaChange, ServerChange, UserChange,
};
use crate::state::Site;
use scaleout_model::names::ReplicaName;

/// One primitive change that a SQL statement makes on an instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlEffect {
    /// The instance on which the statement runs, by its own name.
    pub instance: ReplicaName,
    /// What it changes.
    pub change: SqlChange,
}

/// What a statement changes, by area.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SqlChange {
    /// Logins and server roles.
    Login(LoginChange),
    /// Permissions on the server and on endpoints.
    Permission(PermissionChange),
    /// Options, trusted assemblies, procedures of `master`, credentials.
    Server(ServerChange),
    /// The endpoint for database mirroring.
    Endpoint(EndpointChange),
    /// Availability groups, their options, databases and listener.
    Group(GroupChange),
    /// Replicas of an availability group, and a database on one.
    Replica(ReplicaChange),
    /// Databases as a whole.
    Database(DatabaseChange),
    /// Master keys.
    Key(KeyChange),
    /// Users, roles and object permissions in a database.
    User(UserChange),
    /// Agent jobs.
    Job(JobChange),
    /// Rows of the SSIS catalog.
    Catalog(CatalogChange),
}

impl SqlEffect {
    /// An effect.
    pub fn new(instance: ReplicaName, change: SqlChange) -> Self {
        Self { instance, change }
    }

    /// Kind: the inner variant's name.
    pub fn kind(&self) -> String {
        self.debug().chars().take_while(char::is_ascii_alphanumeric).collect()
    }

    /// The instance, by its own name.
    pub fn target(&self) -> String {
        self.instance.to_string()
    }

    /// What it names; secrets are hidden by their own `Debug`.
    pub fn detail(&self) -> String {
        self.debug().trim_start_matches(|c: char| c.is_ascii_alphanumeric()).trim().to_owned()
    }

    fn debug(&self) -> String {
        match &self.change {
            SqlChange::Login(change) => format!("{change:?}"),
            SqlChange::Permission(change) => format!("{change:?}"),
            SqlChange::Server(change) => format!("{change:?}"),
            SqlChange::Endpoint(change) => format!("{change:?}"),
            SqlChange::Group(change) => format!("{change:?}"),
            SqlChange::Replica(change) => format!("{change:?}"),
            SqlChange::Database(change) => format!("{change:?}"),
            SqlChange::Key(change) => format!("{change:?}"),
            SqlChange::User(change) => format!("{change:?}"),
            SqlChange::Job(change) => format!("{change:?}"),
            SqlChange::Catalog(change) => format!("{change:?}"),
        }
    }
}

/// Carries out an effect; refused by the error number of the statement. Rights are the caller's matter
/// ([`crate::sql::rights`]), roles and states are looked at here.
pub(crate) fn apply(site: &mut Site, effect: &SqlEffect) -> Result<Reply, Refused> {
    let instance = &effect.instance;
    if !site.instance_runs(instance) {
        return Err(Refused::new(17142, format!("SQL Server {instance} does not run")));
    }
    match &effect.change {
        SqlChange::Login(change) => change.apply(site, instance),
        SqlChange::Permission(change) => change.apply(site, instance),
        SqlChange::Server(change) => change.apply(site, instance),
        SqlChange::Endpoint(change) => change.apply(site, instance),
        SqlChange::Group(change) => change.apply(site, instance),
        SqlChange::Replica(change) => change.apply(site, instance),
        SqlChange::Database(change) => change.apply(site, instance),
        SqlChange::Key(change) => change.apply(site, instance),
        SqlChange::User(change) => change.apply(site, instance),
        SqlChange::Job(change) => change.apply(site, instance),
        SqlChange::Catalog(change) => change.apply(site, instance),
    }
}
