//! Certificates of the site's own authorities: one for the agents and the controller, one for the instances.

use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use scaleout_certificates::{Authority, KeyAndCertificate, LeafRequest, PairError};
use scaleout_model::names::{DnsName, ReplicaName};
use scaleout_sim_site::Site;
use scaleout_sim_tds::wire::{ServerTls, WireError};
use std::collections::BTreeSet;

/// The one DNS name in the controller's certificate.
pub const CONTROLLER: &str = "scaleout-controller";
/// Certificates hold from a day ago to this many days from now.
const LIFE_DAYS: i64 = 90;
const DAY_S: i64 = 86_400;

/// Why a certificate can't be made or used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// It can't be made.
    #[error("a certificate can't be made")]
    Make(#[from] PairError),
    /// TLS does not take it.
    #[error("a certificate can't be used for TLS")]
    Tls(#[from] WireError),
}

/// Both authorities.
pub struct Identities {
    agents: Authority,
    sql: Authority,
    now_s: i64,
}

impl Identities {
    /// New authorities; `now_s`: unix seconds.
    pub fn new(now_s: i64) -> Result<Self, IdentityError> {
        Ok(Self {
            agents: Authority::new("Agents of the simulated site")?,
            sql: Authority::new("SQL Server of the simulated site")?,
            now_s,
        })
    }

    /// CA of the agents and the controller, PEM.
    pub fn agents_ca(&self) -> &str {
        self.agents.pem()
    }

    /// CA of the instances, PEM.
    pub fn sql_ca(&self) -> &str {
        self.sql.pem()
    }

    /// The controller's certificate and key.
    pub fn controller(&self) -> Result<KeyAndCertificate, IdentityError> {
        self.agent(vec![CONTROLLER.to_owned()])
    }

    /// Certificate and key of an agent, or of the controller.
    pub fn agent(&self, names: Vec<String>) -> Result<KeyAndCertificate, IdentityError> {
        Ok(self.agents.issue(&self.leaf(names))?)
    }

    /// TLS of an instance whose certificate holds these names.
    pub fn instance(&self, names: &BTreeSet<DnsName>) -> Result<ServerTls, IdentityError> {
        let pair = self.sql.issue(&self.leaf(names.iter().map(ToString::to_string).collect()))?;
        let key = PrivateKeyDer::from_pem_slice(pair.key_pem.as_bytes()).map_err(|_| PairError::NoKey)?;
        Ok(ServerTls::new(pair.certificate_chain()?, key)?)
    }

    fn leaf(&self, names: Vec<String>) -> LeafRequest {
        LeafRequest { names, not_before: self.now_s - DAY_S, not_after: self.now_s + LIFE_DAYS * DAY_S }
    }
}

/// Names in an instance's certificate: those that the site gives it and their short forms. One that holds the
/// machine's own name holds those of the listeners of its groups as well.
pub fn instance_names(site: &Site, replica: &ReplicaName) -> BTreeSet<DnsName> {
    let Some((_, instance)) = site.instance(replica) else { return BTreeSet::new() };
    let mut names: BTreeSet<DnsName> = instance.certificate_names.iter().cloned().collect();
    if names.contains(&site.fqdn(replica.machine().as_str())) {
        let groups = site.groups.values().filter(|group| group.replicas.contains_key(replica));
        let listeners = groups.filter_map(|group| group.listener.as_ref());
        names.extend(listeners.map(|listener| site.fqdn(listener.dns_name.as_str())));
    }
    let suffix = format!(".{}", site.domain.dns_suffix);
    let short = |name: &DnsName| name.as_str().strip_suffix(&suffix).map(DnsName::new);
    let shorts: Vec<DnsName> = names.iter().filter_map(short).collect();
    names.extend(shorts);
    names
}
