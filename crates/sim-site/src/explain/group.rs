//! Why a replica has no role, or is not connected to the primary.

use crate::logon;
use crate::network::{self, NoConnection};
use crate::state::{Endpoint, EndpointState, Instance, ServiceProgram, Site};
use scaleout_model::names::{AccountName, GroupName, LoginName, ReplicaName};
use scaleout_model::node::NodeState;

/// Why a replica can't have a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthRefusal {
    /// The instance does not run.
    InstanceDown,
    /// The running instance has Always On off.
    HadrOff,
    /// Its node is not up in the cluster, or the cluster has no quorum.
    NoCluster,
    /// Neither `NT SERVICE\ClusSvc` nor SYSTEM is a login with ALTER ANY AVAILABILITY GROUP and VIEW SERVER STATE.
    ClusterLoginMissing,
}

impl HealthRefusal {
    /// One sentence.
    pub fn text(self) -> String {
        match self {
            Self::InstanceDown => "the instance does not run",
            Self::HadrOff => "Always On is off in the running instance",
            Self::NoCluster => "the node is not up in a cluster with quorum",
            Self::ClusterLoginMissing => {
                "the cluster service has no login with the rights to look after the replica"
            }
        }
        .to_owned()
    }
}

/// Why a replica can't have a role; `None`: it can.
pub fn health_refusal(site: &Site, replica: &ReplicaName) -> Option<HealthRefusal> {
    let Some((_, instance)) = site.instance(replica).filter(|_| site.instance_runs(replica)) else {
        return Some(HealthRefusal::InstanceDown);
    };
    if !instance.hadr_in_use {
        return Some(HealthRefusal::HadrOff);
    }
    let up = site.cluster.as_ref().is_some_and(|cluster| {
        cluster.has_quorum()
            && matches!(cluster.node_state(&replica.machine()), Some(NodeState::Up | NodeState::Paused))
    });
    if !up {
        return Some(HealthRefusal::NoCluster);
    }
    let looked_after =
        [r"NT SERVICE\ClusSvc", r"NT AUTHORITY\SYSTEM"].iter().any(|name| cluster_login(instance, name));
    (!looked_after).then_some(HealthRefusal::ClusterLoginMissing)
}

fn cluster_login(instance: &Instance, name: &str) -> bool {
    let name = LoginName::new(name);
    instance.logins.get(&name).is_some_and(|login| {
        !login.disabled
            && (login.is_sysadmin()
                || (instance.granted(&name, "ALTER ANY AVAILABILITY GROUP", None)
                    && instance.granted(&name, "VIEW SERVER STATE", None)))
    })
}

/// Why a secondary is not connected to the primary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EndpointRefusal {
    /// An instance has no endpoint for database mirroring, or it is not started.
    NotStarted(ReplicaName),
    /// The endpoint URL is none, or its port is not the endpoint's.
    UrlWrong(String),
    /// The network.
    Unreachable(NoConnection),
    /// The account of the secondary's service can't prove itself over the network (no domain account).
    AccountNotDomain(AccountName),
    /// The account may not connect to the endpoint.
    ConnectNotGranted(AccountName),
    /// The endpoints ask for authentication that differs.
    AuthenticationDiffers,
}

impl EndpointRefusal {
    /// One sentence.
    pub fn text(&self) -> String {
        match self {
            Self::NotStarted(replica) => {
                format!("no endpoint for database mirroring is started on {replica}")
            }
            Self::UrlWrong(url) => format!("the endpoint URL {url} does not lead to the endpoint"),
            Self::Unreachable(cause) => format!("the endpoint can't be reached: {}", cause.text()),
            Self::AccountNotDomain(account) => format!("{account} is no domain account"),
            Self::ConnectNotGranted(account) => format!("{account} may not connect to the endpoint"),
            Self::AuthenticationDiffers => "the endpoints ask for different authentication".to_owned(),
        }
    }
}

/// Why `from` is not connected to `to`, which is primary; `None`: it is.
pub fn endpoint_refusal(
    site: &Site,
    group: &GroupName,
    from: &ReplicaName,
    to: &ReplicaName,
) -> Option<EndpointRefusal> {
    connect(site, group, from, to).err()
}

fn started<'a>(site: &'a Site, replica: &ReplicaName) -> Result<(&'a String, &'a Endpoint), EndpointRefusal> {
    site.instance(replica)
        .and_then(|(_, instance)| instance.endpoints.iter().next())
        .filter(|(_, endpoint)| endpoint.state == EndpointState::Started)
        .ok_or_else(|| EndpointRefusal::NotStarted(replica.clone()))
}

fn connect(
    site: &Site,
    group: &GroupName,
    from: &ReplicaName,
    to: &ReplicaName,
) -> Result<(), EndpointRefusal> {
    let (_, own) = started(site, from)?;
    let (name, endpoint) = started(site, to)?;
    let configured = |replica: &ReplicaName| site.groups.get(group).and_then(|g| g.replicas.get(replica));
    let url = configured(to).map(|replica| replica.endpoint_url.clone()).unwrap_or_default();
    let own_url = configured(from).map(|replica| replica.endpoint_url.clone()).unwrap_or_default();
    lead(site, from, &url, to, endpoint)?;
    lead(site, to, &own_url, from, own)?;
    let by_certificate = |e: &Endpoint| e.authentication.to_uppercase().starts_with("CERTIFICATE");
    if by_certificate(own) != by_certificate(endpoint) {
        return Err(EndpointRefusal::AuthenticationDiffers);
    }
    if by_certificate(endpoint) {
        return Ok(());
    }
    authorize(site, from, to, name)
}

/// Whether a URL `TCP://host:port` leads to a replica's endpoint.
fn lead(
    site: &Site,
    from: &ReplicaName,
    url: &str,
    to: &ReplicaName,
    endpoint: &Endpoint,
) -> Result<(), EndpointRefusal> {
    let wrong = || EndpointRefusal::UrlWrong(url.to_owned());
    let rest = url.get(..6).filter(|scheme| scheme.eq_ignore_ascii_case("tcp://")).and_then(|_| url.get(6..));
    let (host, port) = rest.and_then(|rest| rest.rsplit_once(':')).ok_or_else(wrong)?;
    let port: u16 = port.parse().map_err(|_| wrong())?;
    let (node, _) =
        network::connect(site, Some(&from.machine()), host, port).map_err(EndpointRefusal::Unreachable)?;
    if *node == to.machine() && port == endpoint.port { Ok(()) } else { Err(wrong()) }
}

/// CONNECT on the endpoint; the same account on both sides and sysadmin have it implicitly.
fn authorize(
    site: &Site,
    from: &ReplicaName,
    to: &ReplicaName,
    endpoint: &str,
) -> Result<(), EndpointRefusal> {
    let account_of = |replica: &ReplicaName| {
        let node = site.nodes.get(&replica.machine())?;
        node.service_of(&ServiceProgram::Engine(replica.instance()))
            .and_then(|(_, service)| service.running_as.clone())
    };
    let (Some(account), Some(other)) = (account_of(from), account_of(to)) else {
        return Err(EndpointRefusal::NotStarted(from.clone()));
    };
    if logon::is_local(&account) {
        return Err(EndpointRefusal::AccountNotDomain(account));
    }
    if account == other {
        return Ok(());
    }
    let refused = || EndpointRefusal::ConnectNotGranted(account.clone());
    let sid = site.account_sid(&from.machine(), &account).ok_or_else(refused)?;
    let (_, instance) = site.instance(to).ok_or_else(refused)?;
    let (name, login) = instance.login_of_sid(&sid).ok_or_else(refused)?;
    let may = !login.disabled && (login.is_sysadmin() || instance.granted(name, "CONNECT", Some(endpoint)));
    if may { Ok(()) } else { Err(refused()) }
}
