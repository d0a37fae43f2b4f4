//! Why a worker's execution log is not written to SSISDB (domain §4.4, §9 #10).

use crate::catalog;
use crate::logon;
use crate::network::{self, NoConnection};
use crate::state::{Catalog, DatabaseState, Instance, Login, LoginKind, ServiceProgram, Site};
use scaleout_model::defaults::CATALOG_DATABASE;
use scaleout_model::names::{LoginName, NodeName, ReplicaName};
use std::collections::BTreeMap;

/// Role of the log login's user.
const WORKER_ROLE: &str = "ssis_cluster_worker";

/// Why a log row is not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogRefusal {
    /// The catalog has no log connection string.
    NoConnectionString,
    /// Its `Data Source` leads nowhere.
    ServerUnreachable(String, NoConnection),
    /// The instance allows Windows authentication only.
    WindowsOnly(ReplicaName),
    /// 18456: no such login, disabled, or another password.
    LoginRefused(ReplicaName),
    /// SSISDB can't be written on that replica.
    CatalogInaccessible(ReplicaName),
    /// 4060: no user in SSISDB has the login's SID, or it is no worker's.
    NoUser(ReplicaName),
}

impl LogRefusal {
    /// One sentence; holds no secret.
    pub fn text(&self) -> String {
        match self {
            Self::NoConnectionString => "the catalog has no log connection string".to_owned(),
            Self::ServerUnreachable(server, cause) => format!("Data Source {server}: {}", cause.text()),
            Self::WindowsOnly(replica) => format!("{replica} allows Windows authentication only"),
            Self::LoginRefused(replica) => format!("{replica} refuses the log login"),
            Self::CatalogInaccessible(replica) => format!("SSISDB can't be written on {replica}"),
            Self::NoUser(replica) => format!("no worker's user has the log login's SID on {replica}"),
        }
    }
}

/// Where a worker on a machine writes its log, by the log string of `catalog`; or why it can't.
pub fn log_refusal(site: &Site, node: &NodeName, catalog: &Catalog) -> Result<ReplicaName, LogRefusal> {
    let text = catalog.log_connection_string.as_ref().ok_or(LogRefusal::NoConnectionString)?;
    let parts = connection_string(text.expose());
    let get = |key: &str| parts.get(key).map(String::as_str).unwrap_or_default();
    let server = get("data source");
    let replica = network::connect_sql(site, node, server)
        .map_err(|cause| LogRefusal::ServerUnreachable(server.to_owned(), cause))?;
    let Some((_, instance)) = site.instance(&replica) else { return Err(LogRefusal::LoginRefused(replica)) };
    if instance.windows_only_in_use && !asks_for_windows(&parts) {
        return Err(LogRefusal::WindowsOnly(replica));
    }
    let login = if asks_for_windows(&parts) {
        worker_login(site, node, instance)
    } else {
        instance.logins.get(&LoginName::new(get("user id"))).filter(
            |login| matches!(&login.kind, LoginKind::Sql(password) if password.accepts(get("password"))),
        )
    };
    let Some(login) = login.filter(|login| !login.disabled) else {
        return Err(LogRefusal::LoginRefused(replica));
    };
    let database = instance
        .database(CATALOG_DATABASE)
        .filter(|db| db.state == DatabaseState::Online && catalog::is_primary_copy(site, &replica, db));
    let Some(database) = database else { return Err(LogRefusal::CatalogInaccessible(replica)) };
    let may = login.is_sysadmin() || catalog::has_role(database, login, WORKER_ROLE);
    if may { Ok(replica) } else { Err(LogRefusal::NoUser(replica)) }
}

/// Whether a connection string asks for Windows authentication.
fn asks_for_windows(parts: &BTreeMap<String, String>) -> bool {
    let values = ["integrated security", "trusted_connection"].iter().filter_map(|key| parts.get(*key));
    values.into_iter().any(|value| ["sspi", "true", "yes"].contains(&value.to_lowercase().as_str()))
}

/// The login of the account that the worker on a machine runs as (LOGACC: Windows authentication is the worker's own).
fn worker_login<'a>(site: &Site, node: &NodeName, instance: &'a Instance) -> Option<&'a Login> {
    let services = &site.nodes.get(node)?.services;
    let worker = services.values().find(|s| matches!(s.program, ServiceProgram::ScaleOutWorker(_)))?;
    let account = worker.running_as.as_ref().unwrap_or(&worker.account);
    let sid = site.account_sid(node, account).filter(|_| !logon::is_local(account))?;
    instance.login_of_sid(&sid).map(|(_, login)| login)
}

/// Keywords, lower-case, and values of an ADO.NET connection string; a value may be in single or double quotes,
/// in which the quote is doubled.
pub(crate) fn connection_string(text: &str) -> BTreeMap<String, String> {
    let mut parts = BTreeMap::new();
    let mut rest = text;
    while let Some((key, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let (value, next) = if let Some(quote @ ('\'' | '"')) = after.chars().next() {
            quoted(after, quote)
        } else {
            let (value, next) = after.split_once(';').unwrap_or((after, ""));
            (value.trim().to_owned(), next)
        };
        parts.insert(key.trim().trim_start_matches(';').trim().to_lowercase(), value);
        rest = next;
    }
    parts
}

fn quoted(text: &str, quote: char) -> (String, &str) {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((index, character)) = characters.next() {
        if character != quote {
            value.push(character);
        } else if characters.peek().is_some_and(|(_, next)| *next == quote) {
            value.push(quote);
            characters.next();
        } else {
            let after = text.get(index + character.len_utf8()..).unwrap_or_default();
            return (value, after.split_once(';').map_or("", |(_, next)| next));
        }
    }
    (value, "")
}
