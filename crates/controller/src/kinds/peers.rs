//! Addresses and credentials of a site's peers, from coordinates and Secrets.

use crate::context::Context;
use k8s_openapi::api::core::v1::Secret;
use kube::Resource as _;
use kube::runtime::reflector::ObjectRef;
use scaleout_api::coordinates::{GroupCoordinates, NodeCoordinates};
use scaleout_api::group::SqlEncryption as SpecEncryption;
use scaleout_api::{SiteObject, SsisdbAvailabilityGroup};
use scaleout_execution::ports::{NodeTarget, SqlCredential, SqlEncryption, SqlTarget};
use scaleout_model::desired::GroupView;
use scaleout_model::fence::Kind;
use scaleout_model::names::{DnsName, GroupName, LoginName, NodeName, ReplicaName};
use scaleout_model::secret::SecretBytes;
use scaleout_planning::deletion::Presence;
use scaleout_planning::validate::parse_agent;
use std::sync::Arc;

/// An agent, if its endpoint can be read (validation says so otherwise).
pub fn agent(node: &str, endpoint: &str) -> Option<NodeTarget> {
    let address = parse_agent(endpoint).ok()?;
    Some(NodeTarget { node: NodeName::new(node), host: address.host, port: address.port })
}

/// Agents of nodes.
pub fn agents<'a>(nodes: impl Iterator<Item = &'a NodeCoordinates>) -> Vec<NodeTarget> {
    nodes.filter_map(|node| agent(&node.node, &node.agent)).collect()
}

/// Adds targets that are not there yet.
pub fn merge(into: &mut Vec<NodeTarget>, more: Vec<NodeTarget>) {
    for target in more {
        if !into.iter().any(|known| known.node == target.node) {
            into.push(target);
        }
    }
}

/// Logins and CA as Secrets hold them.
#[derive(Clone, Default)]
pub struct SqlSecrets {
    ca: Option<Vec<u8>>,
    operator: Option<SqlCredential>,
    observer: Option<SqlCredential>,
}

impl SqlSecrets {
    /// Reads the three Secrets; one that is missing is `None`.
    pub async fn read(
        context: &Context,
        namespace: &str,
        ca: &str,
        operator: Option<&str>,
        observer: Option<&str>,
    ) -> Result<Self, kube::Error> {
        let ca = context.secrets.get(namespace, ca).await?;
        let ca = ca.and_then(|secret| secret.data?.get("ca.crt").map(|bytes| bytes.0.clone()));
        let operator = Self::login(context, namespace, operator).await?;
        let observer = Self::login(context, namespace, observer).await?;
        Ok(Self { ca, observer: observer.or_else(|| operator.clone()), operator })
    }

    async fn login(
        context: &Context,
        namespace: &str,
        name: Option<&str>,
    ) -> Result<Option<SqlCredential>, kube::Error> {
        let Some(name) = name else { return Ok(None) };
        Ok(context.secrets.get(namespace, name).await?.and_then(|secret| credential(&secret)))
    }

    /// The target of one instance.
    pub fn target(
        &self,
        replica: &str,
        host: &str,
        port: i32,
        encryption: SpecEncryption,
    ) -> Option<SqlTarget> {
        Some(SqlTarget {
            replica: ReplicaName::new(replica),
            host: DnsName::new(host),
            port: u16::try_from(port).ok()?,
            encryption: match encryption {
                SpecEncryption::Mandatory => SqlEncryption::Mandatory,
                SpecEncryption::Strict => SqlEncryption::Strict,
            },
            ca_pem: self.ca.clone(),
            observer: self.observer.clone(),
            operator: self.operator.clone(),
        })
    }
}

fn credential(secret: &Secret) -> Option<SqlCredential> {
    let data = secret.data.as_ref()?;
    let login = std::str::from_utf8(&data.get("username")?.0).ok()?;
    Some(SqlCredential {
        login: LoginName::new(login),
        password: SecretBytes::new(data.get("password")?.0.as_slice()),
    })
}

/// The group behind a master or worker: its peers and its view.
#[derive(Clone)]
pub struct GroupPeers {
    /// The view.
    pub view: GroupView,
    /// The failover cluster that it names.
    pub cluster: Option<String>,
    /// First label of its listener.
    pub listener_label: Option<String>,
    /// Agents of its replicas.
    pub nodes: Vec<NodeTarget>,
    /// Its instances.
    pub instances: Vec<SqlTarget>,
    /// `Kind name`, and whether it is there.
    pub presence: (String, Presence),
    /// Its uid, if it is there.
    pub uid: Option<String>,
    /// Secrets that it names and that are missing, or lack their keys.
    pub missing: MissingSecrets,
}

/// Which of a group's Secrets are missing, or lack their keys.
#[derive(Clone, Debug, Default)]
pub struct MissingSecrets {
    /// That of the CA.
    pub ca: Option<String>,
    /// That of the login that reads; the operator's stands in for it.
    pub reader: Option<String>,
    /// That of the login that writes.
    pub writer: Option<String>,
}

impl MissingSecrets {
    fn of(secrets: &SqlSecrets, coordinates: &GroupCoordinates) -> Self {
        let missing = |held: bool, name: Option<&String>| name.filter(|_| !held).cloned();
        let writer = coordinates.operator_secret.as_ref();
        Self {
            ca: missing(secrets.ca.is_some(), Some(&coordinates.sql_ca_secret)),
            reader: missing(secrets.observer.is_some(), coordinates.observer_secret.as_ref().or(writer)),
            writer: missing(secrets.operator.is_some(), writer),
        }
    }

    /// Those without which nothing can be read.
    pub fn for_reading(&self) -> Vec<String> {
        [&self.ca, &self.reader].into_iter().flatten().cloned().collect()
    }

    /// Those without which nothing can be read or written.
    pub fn for_writing(&self) -> Vec<String> {
        [&self.ca, &self.reader, &self.writer].into_iter().flatten().cloned().collect()
    }
}

impl GroupPeers {
    /// Reads a group by reference. One that is missing, invalid or not observed yet gives an unsettled view without
    /// peers, so that steps which need nothing of it go on.
    pub async fn read(context: &Context, namespace: &str, name: &str) -> Result<Self, kube::Error> {
        let reference = ObjectRef::<SsisdbAvailabilityGroup>::new(name).within(namespace);
        let group = context.stores.groups.get(&reference);
        let coordinates = group.as_ref().and_then(|group| GroupCoordinates::try_from(group.as_ref()).ok());
        match (group, coordinates) {
            (Some(group), Some(coordinates)) => Self::of(context, namespace, &group, coordinates).await,
            (group, _) => Ok(Self::unsettled(name, group.as_deref())),
        }
    }

    fn unsettled(name: &str, group: Option<&SsisdbAvailabilityGroup>) -> Self {
        let presence = if group.is_some() { Presence::Unsettled } else { Presence::Missing };
        Self {
            presence: (described(name), presence),
            uid: group.and_then(|group| group.meta().uid.clone()),
            missing: MissingSecrets::default(),
            view: GroupView {
                group: GroupName::new(""),
                replicas: Vec::new(),
                listener: None,
                operator: LoginName::new(""),
                settled: false,
            },
            cluster: None,
            listener_label: None,
            nodes: Vec::new(),
            instances: Vec::new(),
        }
    }

    async fn of(
        context: &Context,
        namespace: &str,
        group: &Arc<SsisdbAvailabilityGroup>,
        coordinates: GroupCoordinates,
    ) -> Result<Self, kube::Error> {
        let secrets = SqlSecrets::read(
            context,
            namespace,
            &coordinates.sql_ca_secret,
            coordinates.operator_secret.as_deref(),
            coordinates.observer_secret.as_deref(),
        )
        .await?;
        let outputs = group.status.as_ref().and_then(|status| status.outputs.as_ref());
        let listener = outputs.and_then(|outputs| {
            let port = u16::try_from(outputs.listener_port?).ok()?;
            Some((DnsName::new(outputs.listener_host.clone()?), port))
        });
        let replicas = coordinates.replicas.iter().filter_map(|replica| {
            let host = replica.hosts.first()?;
            Some((ReplicaName::new(replica.instance.as_str()), NodeName::new(host.node.as_str())))
        });
        let instance = |replica: &scaleout_api::coordinates::ReplicaCoordinates| {
            secrets.target(&replica.instance, &replica.sql_host, replica.sql_port, coordinates.sql_encryption)
        };
        Ok(Self {
            presence: (described(&coordinates.name), Presence::Settled),
            uid: group.meta().uid.clone(),
            missing: MissingSecrets::of(&secrets, &coordinates),
            view: GroupView {
                group: GroupName::new(coordinates.availability_group.as_str()),
                replicas: replicas.collect(),
                listener,
                operator: secrets
                    .operator
                    .as_ref()
                    .map_or_else(|| LoginName::new(""), |login| login.login.clone()),
                settled: group.is_observed(),
            },
            cluster: coordinates.failover_cluster.clone(),
            listener_label: Some(coordinates.listener_dns_name.clone()),
            nodes: agents(coordinates.replicas.iter().flat_map(|replica| replica.hosts.iter())),
            instances: coordinates.replicas.iter().filter_map(instance).collect(),
        })
    }
}

fn described(group: &str) -> String {
    format!("{} {group}", Kind::SsisdbAvailabilityGroup.as_str())
}
