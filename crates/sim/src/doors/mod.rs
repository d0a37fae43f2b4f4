//! The site's sockets, kept as the site is: opened when a process listens, closed with its connections when it ends.

mod agent;
mod master;
mod running;
mod wanted;

use crate::addresses::Addresses;
use crate::folder::{FolderError, HOSTS, OutFolder};
use crate::identities::{Identities, IdentityError, instance_names};
use crate::site_handle::SiteHandle;
use agent::RunningAgent;
use futures::future::join_all;
use running::Running;
use scaleout_agent::state::StateError;
use scaleout_model::names::{DnsName, ReplicaName};
use scaleout_sim_site::Site;
use scaleout_sim_tds::server::SqlDoor;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use wanted::{Place, Wanted, wanted};

/// Until a door that did not open is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Why a door does not open.
#[derive(Debug, thiserror::Error)]
pub enum DoorError {
    /// The address can't be listened on.
    #[error("{0} can't be listened on")]
    Bind(SocketAddr, #[source] io::Error),
    /// The loopback network is full.
    #[error("no loopback address is left for {0}")]
    NoAddress(String),
    /// No runtime for an agent.
    #[error("an agent's runtime can't be made")]
    Runtime(#[source] io::Error),
    /// Files of an agent.
    #[error("an agent's files can't be written")]
    Files(#[source] io::Error),
    /// Its certificate.
    #[error("its certificate can't be made")]
    Identity(#[from] IdentityError),
    /// TLS of an agent.
    #[error("an agent does not take its TLS material")]
    Tls(#[from] scaleout_agent::identity::IdentityError),
    /// State of an agent.
    #[error("an agent can't open its state")]
    State(#[from] StateError),
    /// The hosts file.
    #[error("the hosts file can't be written")]
    Hosts(#[from] FolderError),
    /// The task that opened it ended.
    #[error("the door's task ended")]
    Ended,
}

enum Door {
    Agent(RunningAgent),
    Running(Running),
}

impl Door {
    async fn close(self) {
        match self {
            Self::Agent(agent) => agent.close().await,
            Self::Running(running) => running.close().await,
        }
    }
}

/// All doors of a site.
pub struct Doors {
    site: SiteHandle,
    addresses: Arc<Addresses>,
    identities: Arc<Identities>,
    folder: Arc<OutFolder>,
    namespaces: Vec<String>,
    sql: Arc<SqlDoor>,
    certificates: Certificates,
    open: BTreeMap<Place, (Wanted, Door)>,
    hosts: String,
}

impl Doors {
    /// None is open yet. `namespaces`: what the agents serve.
    pub fn new(
        site: SiteHandle,
        addresses: Arc<Addresses>,
        identities: Arc<Identities>,
        folder: Arc<OutFolder>,
        namespaces: Vec<String>,
    ) -> Result<Self, DoorError> {
        let certificates = site.read(|sim| certificates(&sim.site));
        let tls = |(replica, names): (&ReplicaName, _)| Ok((replica.clone(), identities.instance(names)?));
        let tls = certificates.iter().map(tls).collect::<Result<_, IdentityError>>()?;
        let sql = SqlDoor::new(site.shared(), tls);
        let (open, hosts) = (BTreeMap::new(), String::new());
        Ok(Self { site, addresses, identities, folder, namespaces, sql, certificates, open, hosts })
    }

    /// Makes the doors and the hosts file as the site is now. What fails is left; the first failure is told.
    pub async fn renew(&mut self) -> Result<(), DoorError> {
        let (wanted, certificates, hosts) = self
            .site
            .read(|sim| (wanted(&sim.site), certificates(&sim.site), self.addresses.hosts(&sim.site)));
        self.renew_certificates(certificates)?;
        let gone: Vec<Place> = self
            .open
            .iter()
            .filter(|(place, (what, _))| wanted.get(*place) != Some(what))
            .map(|(place, _)| place.clone())
            .collect();
        let mut closing = Vec::new();
        for place in gone {
            if let Some((what, door)) = self.open.remove(&place) {
                tracing::info!(address = %place.0, port = place.1, ?what, "closes");
                closing.push(door.close());
            }
        }
        join_all(closing).await;
        let mut result = Ok(());
        for (place, what) in wanted {
            if self.open.contains_key(&place) {
                continue;
            }
            match self.open_door(&place, &what).await {
                Ok((listen, door)) => {
                    tracing::info!(address = %place.0, port = place.1, %listen, ?what, "opens");
                    self.open.insert(place, (what, door));
                }
                Err(error) => result = result.and(Err(error)),
            }
        }
        if hosts != self.hosts {
            self.folder.write(HOSTS, &hosts)?;
            self.hosts = hosts;
        }
        result
    }

    /// Instances get certificates with other names when their names become others.
    fn renew_certificates(&mut self, certificates: Certificates) -> Result<(), IdentityError> {
        for (replica, names) in &certificates {
            if self.certificates.get(replica) != Some(names) {
                tracing::info!(%replica, ?names, "another certificate");
                self.sql.set_tls(replica, self.identities.instance(names)?);
            }
        }
        self.certificates = certificates;
        Ok(())
    }

    async fn open_door(
        &self,
        (address, port): &Place,
        what: &Wanted,
    ) -> Result<(SocketAddr, Door), DoorError> {
        let loopback =
            self.addresses.loopback(address).ok_or_else(|| DoorError::NoAddress(address.clone()))?;
        let listen = SocketAddr::from((loopback, *port));
        let door = match what {
            Wanted::Agent { node } => {
                let config = agent::build_config(
                    &self.site,
                    node,
                    listen,
                    &self.namespaces,
                    &self.folder,
                    &self.identities,
                )?;
                Door::Agent(RunningAgent::open(config, self.site.clone(), node.clone()).await?)
            }
            Wanted::Instance { .. } => {
                let (sql, socket) = (self.sql.clone(), bind(listen).await?);
                let never = CancellationToken::new();
                Door::Running(Running::open(sql.serve(socket, address.clone(), *port, never)))
            }
            Wanted::Master { .. } => {
                let (site, socket) = (self.site.clone(), bind(listen).await?);
                Door::Running(Running::open(master::listen(socket, site, address.clone(), *port)))
            }
        };
        Ok((listen, door))
    }

    /// Follows the site until `stop`, then closes all.
    pub async fn follow(mut self, stop: CancellationToken) {
        let mut revisions = self.site.revisions();
        // What changed since the last renewal is not waited for.
        revisions.mark_changed();
        let mut failed = false;
        loop {
            let changed = async {
                let retry = async {
                    if failed {
                        tokio::time::sleep(RETRY).await;
                    } else {
                        std::future::pending::<()>().await;
                    }
                };
                tokio::select! {
                    changed = revisions.changed() => changed.is_ok(),
                    () = retry => true,
                }
            };
            if stop.run_until_cancelled(changed).await != Some(true) {
                break;
            }
            let renewed = self.renew().await;
            failed = renewed.is_err();
            if let Err(error) = renewed {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(%error, cause, "not all doors could be opened; tried again");
            }
        }
        let all = std::mem::take(&mut self.open).into_values();
        join_all(all.map(|(_, door)| door.close())).await;
    }
}

/// Names in the certificate of each instance.
type Certificates = BTreeMap<ReplicaName, BTreeSet<DnsName>>;

fn certificates(site: &Site) -> Certificates {
    let names = site.instance_names().into_iter();
    names.map(|replica| (replica.clone(), instance_names(site, &replica))).collect()
}

async fn bind(listen: SocketAddr) -> Result<TcpListener, DoorError> {
    TcpListener::bind(listen).await.map_err(|e| DoorError::Bind(listen, e))
}
