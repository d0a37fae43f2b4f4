//! Why a worker does not register, by the documented errors of its log (TROUB, domain §9).

use super::master::can_read_key;
use super::{EndpointAnswer, MasterRefusal, TlsRefusal, answer_endpoint, catalog_of_master, running_master};
use crate::network::{self, NoConnection};
use crate::settings::{WorkerSettings, worker_settings};
use crate::state::{Node, Service, Site, StoredCert};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::names::{NodeName, ReplicaName};

/// `ClientAuthTrustMode` with which Schannel does not mind certificates that are not self-signed in Root.
const EXCLUSIVE_ROOT_TRUST: u32 = 2;
/// The AgentId that is refused (27101).
const RESERVED_ID: &str = "11111111-1111-1111-1111-111111111111";

/// Why a running worker does not register.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkerRefusal {
    /// Its settings file, as it was at its start, can't be read.
    SettingsUnreadable,
    /// `MasterEndpoint` is no `https://host:port`.
    EndpointMalformed(String),
    /// EndpointNotFoundException: name, address, port, firewall, or no master behind it (#3).
    EndpointNotFound(NoConnection),
    /// CommunicationException … HTTP.SYS: binding, certificate or key on the owner (#7).
    TlsBindingWrong(TlsRefusal),
    /// The certificate does not name the endpoint's host (#4).
    NameMismatch,
    /// The certificate's dates exclude today (#4).
    Expired,
    /// The pinned thumbprint is another (#4).
    ThumbprintMismatch,
    /// The master's certificate is not in the worker's Root (#4).
    MasterUntrusted,
    /// The worker's certificate is not in its store (#5).
    OwnCertificateMissing,
    /// The worker's account can't read the certificate's private key (#5).
    PrivateKeyAccess,
    /// 403: the worker's certificate is not in the owner's Root (#6).
    Forbidden,
    /// 403: the owner's Root holds a certificate that is not self-signed (#6, §5.4).
    ForbiddenByRootStore,
    /// The master does not reach SSISDB.
    MasterWithoutCatalog(MasterRefusal),
    /// The AgentId is none, or refused (27101).
    AgentIdRefused(String),
}

impl WorkerRefusal {
    /// One sentence, in the words of the worker's log where they are documented.
    pub fn text(&self) -> String {
        match self {
            Self::SettingsUnreadable => "the settings file can't be read".to_owned(),
            Self::EndpointMalformed(text) => {
                format!("MasterEndpoint {text:?} is no https URL with host and port")
            }
            Self::EndpointNotFound(cause) => {
                format!("EndpointNotFoundException: there was no endpoint listening: {}", cause.text())
            }
            Self::TlsBindingWrong(refusal) => {
                format!(
                    "CommunicationException: an error occurred while making the HTTP request: {}",
                    refusal.text()
                )
            }
            Self::NameMismatch => "the remote certificate is invalid: it does not name the host".to_owned(),
            Self::Expired => "the remote certificate is invalid: it is out of its dates".to_owned(),
            Self::ThumbprintMismatch => {
                "the remote certificate is invalid: its thumbprint is another".to_owned()
            }
            Self::MasterUntrusted => {
                "could not establish trust relationship for the SSL/TLS secure channel".to_owned()
            }
            Self::OwnCertificateMissing => {
                "could not establish secure channel: the worker's certificate is not in its store".to_owned()
            }
            Self::PrivateKeyAccess => {
                "the request was aborted: could not create SSL/TLS secure channel".to_owned()
            }
            Self::Forbidden => {
                "403: the HTTP request was forbidden with client authentication scheme 'Anonymous'".to_owned()
            }
            Self::ForbiddenByRootStore => {
                "403: the master node's Root holds a certificate that is not self-signed".to_owned()
            }
            Self::MasterWithoutCatalog(refusal) => {
                format!("the master does not reach SSISDB: {}", refusal.text())
            }
            Self::AgentIdRefused(id) => format!("the AgentId {id:?} is refused"),
        }
    }
}

/// What a registered worker is connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Node of the master.
    pub owner: NodeName,
    /// Replica on which the master writes.
    pub catalog: ReplicaName,
    /// The worker's settings in force.
    pub settings: WorkerSettings,
}

/// The master to which a worker on `name` registers, or why it can't.
pub fn master_of_worker(
    site: &Site,
    name: &NodeName,
    service: &Service,
) -> Result<Registration, WorkerRefusal> {
    let settings = service
        .loaded_settings
        .as_ref()
        .and_then(|bytes| worker_settings(bytes.as_slice()))
        .ok_or(WorkerRefusal::SettingsUnreadable)?;
    let node = site.nodes.get(name).ok_or(WorkerRefusal::SettingsUnreadable)?;
    let (host, port) = host_and_port(&settings.endpoint)
        .ok_or_else(|| WorkerRefusal::EndpointMalformed(settings.endpoint.clone()))?;
    let (_, address) =
        network::connect(site, Some(name), host, port).map_err(WorkerRefusal::EndpointNotFound)?;
    let (owner, presented, certificate) = match answer_endpoint(site, Some(name), &address, port) {
        EndpointAnswer::NoConnection(cause) => return Err(WorkerRefusal::EndpointNotFound(cause)),
        EndpointAnswer::Reset(refusal) => return Err(WorkerRefusal::TlsBindingWrong(refusal)),
        EndpointAnswer::Presents { node, thumbprint, certificate } => (node, thumbprint, certificate),
    };
    accept_master(site, node, &settings, host, presented, &certificate)?;
    prove_worker(site, node, &settings, service, &owner)?;
    let (master, _) =
        running_master(site, &owner, port).ok_or(WorkerRefusal::EndpointNotFound(NoConnection::Refused))?;
    let catalog = catalog_of_master(site, &owner, master).map_err(WorkerRefusal::MasterWithoutCatalog)?;
    if settings.agent_id.len() != 36 || settings.agent_id == RESERVED_ID {
        return Err(WorkerRefusal::AgentIdRefused(settings.agent_id));
    }
    Ok(Registration { owner, catalog, settings })
}

fn host_and_port(endpoint: &str) -> Option<(&str, u16)> {
    let rest =
        endpoint.get(..8).filter(|s| s.eq_ignore_ascii_case("https://")).and_then(|_| endpoint.get(8..))?;
    let authority = rest.split('/').next()?;
    let (host, port) = authority.rsplit_once(':')?;
    (!host.is_empty()).then_some(host).zip(port.parse().ok())
}

/// The worker's look at the master's certificate.
fn accept_master(
    site: &Site,
    node: &Node,
    settings: &WorkerSettings,
    host: &str,
    presented: Thumbprint,
    certificate: &StoredCert,
) -> Result<(), WorkerRefusal> {
    let facts = certificate.facts().ok_or(WorkerRefusal::MasterUntrusted)?;
    let clock = node.clock_ms(site.now_ms);
    if !node.certificates.root.contains_key(&presented) {
        return Err(WorkerRefusal::MasterUntrusted);
    }
    if clock < facts.not_before_ms || clock > facts.not_after_ms {
        return Err(WorkerRefusal::Expired);
    }
    if !facts.names(host) {
        return Err(WorkerRefusal::NameMismatch);
    }
    if settings.master_thumbprint.parse::<Thumbprint>() == Ok(presented) {
        Ok(())
    } else {
        Err(WorkerRefusal::ThumbprintMismatch)
    }
}

/// The owner's look at the worker's certificate.
fn prove_worker(
    site: &Site,
    node: &Node,
    settings: &WorkerSettings,
    service: &Service,
    owner: &NodeName,
) -> Result<(), WorkerRefusal> {
    let thumbprint: Thumbprint =
        settings.worker_thumbprint.parse().map_err(|_| WorkerRefusal::OwnCertificateMissing)?;
    let store = if settings.store.eq_ignore_ascii_case("Root") {
        &node.certificates.root
    } else {
        &node.certificates.my
    };
    let own = store.get(&thumbprint).ok_or(WorkerRefusal::OwnCertificateMissing)?;
    let account = service.running_as.as_ref().unwrap_or(&service.account);
    if own.key.is_none() || !can_read_key(own, account) {
        return Err(WorkerRefusal::PrivateKeyAccess);
    }
    client_refusal(site, owner, thumbprint).map_or(Ok(()), Err)
}

/// Why a master on `owner` forbids a client with this certificate (403); `None`: it does not.
pub fn client_refusal(site: &Site, owner: &NodeName, client: Thumbprint) -> Option<WorkerRefusal> {
    let root = site.nodes.get(owner).map(|owner| (&owner.certificates.root, owner.client_auth_trust_mode));
    let Some((root, trust_mode)) = root.filter(|(root, _)| root.contains_key(&client)) else {
        return Some(WorkerRefusal::Forbidden);
    };
    let foreign = root.values().any(|c| c.facts().is_none_or(|facts| !facts.self_signed));
    (foreign && trust_mode != Some(EXCLUSIVE_ROOT_TRUST)).then_some(WorkerRefusal::ForbiddenByRootStore)
}
