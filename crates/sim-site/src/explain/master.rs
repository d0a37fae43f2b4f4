//! Why a master does not reach its catalog, and what its endpoint answers.

use crate::catalog;
use crate::logon;
use crate::network::{self, NoConnection};
use crate::settings::{MasterSettings, master_settings};
use crate::state::{DatabaseState, Service, ServiceProgram, Site, StoredCert};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::defaults::CATALOG_DATABASE;
use scaleout_model::names::{NodeName, ReplicaName};
use scaleout_model::node::Store;

/// Why a running master does not reach SSISDB.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MasterRefusal {
    /// Its settings file, as it was at its start, can't be read.
    SettingsUnreadable,
    /// `SqlServerName` leads nowhere.
    SqlServerUnreachable(String, NoConnection),
    /// Its account has no usable login there (18456).
    LoginMissing(ReplicaName),
    /// SSISDB is not there, or not accessible on that replica (4060, 976).
    CatalogInaccessible(ReplicaName),
    /// The account's user is missing in SSISDB or not `ssis_admin`.
    NotCatalogAdmin(ReplicaName),
}

impl MasterRefusal {
    /// One sentence.
    pub fn text(&self) -> String {
        match self {
            Self::SettingsUnreadable => "the settings file can't be read".to_owned(),
            Self::SqlServerUnreachable(server, cause) => format!("SqlServerName {server}: {}", cause.text()),
            Self::LoginMissing(replica) => format!("the service account has no usable login on {replica}"),
            Self::CatalogInaccessible(replica) => format!("SSISDB is not accessible on {replica}"),
            Self::NotCatalogAdmin(replica) => format!("the service account is not ssis_admin on {replica}"),
        }
    }
}

/// The replica on which a master on `node` writes to the catalog.
pub fn catalog_of_master(
    site: &Site,
    node: &NodeName,
    service: &Service,
) -> Result<ReplicaName, MasterRefusal> {
    let settings = service
        .loaded_settings
        .as_ref()
        .and_then(|bytes| master_settings(bytes.as_slice()))
        .ok_or(MasterRefusal::SettingsUnreadable)?;
    let replica = network::connect_sql(site, node, &settings.sql_server)
        .map_err(|cause| MasterRefusal::SqlServerUnreachable(settings.sql_server.clone(), cause))?;
    let account = service.running_as.as_ref().unwrap_or(&service.account);
    let (_, instance) =
        site.instance(&replica).ok_or_else(|| MasterRefusal::LoginMissing(replica.clone()))?;
    // A virtual account is itself on its own machine, and the machine's account elsewhere.
    let local = !logon::is_local(account) || replica.machine() == *node;
    let login = site
        .account_sid(node, account)
        .filter(|_| local)
        .and_then(|sid| instance.login_of_sid(&sid))
        .map(|(_, login)| login)
        .filter(|login| !login.disabled)
        .ok_or_else(|| MasterRefusal::LoginMissing(replica.clone()))?;
    let database = instance
        .database(CATALOG_DATABASE)
        .filter(|database| database.state == DatabaseState::Online && database.catalog().is_some())
        .filter(|database| catalog::is_primary_copy(site, &replica, database))
        .ok_or_else(|| MasterRefusal::CatalogInaccessible(replica.clone()))?;
    if catalog::is_catalog_admin(database, login) {
        Ok(replica)
    } else {
        Err(MasterRefusal::NotCatalogAdmin(replica))
    }
}

/// The master that runs on a machine and listens on a port, with its settings.
pub fn running_master<'a>(
    site: &'a Site,
    node: &NodeName,
    port: u16,
) -> Option<(&'a Service, MasterSettings)> {
    let machine = site.nodes.get(node).filter(|machine| machine.up)?;
    machine.services.values().find_map(|service| {
        if !service.runs() || !matches!(service.program, ServiceProgram::ScaleOutMaster(_)) {
            return None;
        }
        let settings = master_settings(service.loaded_settings.as_ref()?.as_slice())?;
        (settings.port == port).then_some((service, settings))
    })
}

/// Why HTTP.sys gives no TLS answer on a port where a master listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsRefusal {
    /// The port has no binding.
    NoBinding,
    /// The bound certificate is not in its store.
    NoCertificate,
    /// It has no private key here.
    NoPrivateKey,
    /// The service's account may not read the key.
    KeyNotReadable,
}

impl TlsRefusal {
    /// One sentence.
    pub fn text(self) -> &'static str {
        match self {
            Self::NoBinding => "no certificate is bound to the port",
            Self::NoCertificate => "the bound certificate is not in its store",
            Self::NoPrivateKey => "the bound certificate has no private key here",
            Self::KeyNotReadable => "the service's account may not read the private key",
        }
    }
}

/// What happens to a TLS client at an address and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndpointAnswer {
    /// No TCP connection.
    NoConnection(NoConnection),
    /// TCP, but the handshake is broken off.
    Reset(TlsRefusal),
    /// This certificate is presented.
    Presents {
        /// The machine.
        node: NodeName,
        /// Certificate.
        thumbprint: Thumbprint,
        /// Certificate and key.
        certificate: Box<StoredCert>,
    },
}

/// What happens to a TLS client from a machine (`None`: from outside) at an address and port.
pub fn answer_endpoint(site: &Site, from: Option<&NodeName>, address: &str, port: u16) -> EndpointAnswer {
    let node = match network::reach(site, from, address, port) {
        Ok(node) => node,
        Err(cause) => return EndpointAnswer::NoConnection(cause),
    };
    let Some((service, _)) = running_master(site, node, port) else {
        return EndpointAnswer::NoConnection(NoConnection::Refused);
    };
    match bound_certificate(site, node, port, service) {
        Ok((thumbprint, stored)) => {
            EndpointAnswer::Presents { node: node.clone(), thumbprint, certificate: Box::new(stored.clone()) }
        }
        Err(refusal) => EndpointAnswer::Reset(refusal),
    }
}

fn bound_certificate<'a>(
    site: &'a Site,
    node: &NodeName,
    port: u16,
    service: &Service,
) -> Result<(Thumbprint, &'a StoredCert), TlsRefusal> {
    let machine = site.nodes.get(node).ok_or(TlsRefusal::NoBinding)?;
    let binding = machine.bindings.get(&port).ok_or(TlsRefusal::NoBinding)?;
    let store = match binding.store {
        Store::Root => &machine.certificates.root,
        Store::My => &machine.certificates.my,
    };
    let stored = store.get(&binding.thumbprint).ok_or(TlsRefusal::NoCertificate)?;
    if stored.key.is_none() {
        return Err(TlsRefusal::NoPrivateKey);
    }
    let account = service.running_as.as_ref().unwrap_or(&service.account);
    if can_read_key(stored, account) {
        Ok((binding.thumbprint, stored))
    } else {
        Err(TlsRefusal::KeyNotReadable)
    }
}

/// Whether an account may read a certificate's private key; SYSTEM always may.
pub(crate) fn can_read_key(stored: &StoredCert, account: &scaleout_model::names::AccountName) -> bool {
    let system = ["LocalSystem", r"NT AUTHORITY\SYSTEM"]
        .iter()
        .any(|name| name.eq_ignore_ascii_case(account.as_str()));
    system || stored.key_readers.contains(account)
}
