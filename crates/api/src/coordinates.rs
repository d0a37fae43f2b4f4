//! Coordinates: what one kind may read of another kind's spec.
//!
//! Only an object that was observed at its generation and was found valid gives coordinates. They stay valid
//! while it is being deleted: deleting raises the generation, and the first visit after it observes that.

use scaleout_model::reason::Reason;

use crate::convergence::Convergence;
use crate::group::SqlEncryption;
use crate::kinds::SiteObject;
use crate::master::ClientAccessPoint;
use crate::{ScaleOutMaster, SsisdbAvailabilityGroup};

/// Why an object gives no coordinates now.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoordinatesUnavailable {
    /// The object was never observed, or not since it changed.
    #[error("generation {current} of {name} is not observed yet")]
    NotObserved {
        /// Name of the object.
        name: String,
        /// Its generation.
        current: i64,
    },
    /// The object's spec was found invalid.
    #[error("{name} is invalid: {message}")]
    Invalid {
        /// Name of the object.
        name: String,
        /// The message of its condition.
        message: String,
    },
}

/// Where a node's agent is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCoordinates {
    /// Computer name.
    pub node: String,
    /// `https://HOST:PORT` of the agent.
    pub agent: String,
}

/// Where a replica is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplicaCoordinates {
    /// Name of the replica in spec.
    pub name: String,
    /// `MACHINE` or `MACHINE\INSTANCE`.
    pub instance: String,
    /// Its hosts and their agents.
    pub hosts: Vec<NodeCoordinates>,
    /// DNS name of the instance.
    pub sql_host: String,
    /// TCP port of the instance.
    pub sql_port: i32,
}

/// What a master, and through it a worker, reads of a group's spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCoordinates {
    /// Name of the SsisdbAvailabilityGroup.
    pub name: String,
    /// The failover cluster that the group names.
    pub failover_cluster: Option<String>,
    /// Name of the availability group.
    pub availability_group: String,
    /// First label of the listener's DNS name as spec has it.
    pub listener_dns_name: String,
    /// The replicas in the order of spec.
    pub replicas: Vec<ReplicaCoordinates>,
    /// Secret of the login that writes.
    pub operator_secret: Option<String>,
    /// Secret of the login that reads.
    pub observer_secret: Option<String>,
    /// Encryption of the connections.
    pub sql_encryption: SqlEncryption,
    /// Secret of the CAs that signed the instances' certificates.
    pub sql_ca_secret: String,
}

/// What a worker reads of a master's spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterCoordinates {
    /// Name of the ScaleOutMaster.
    pub name: String,
    /// Name of the SsisdbAvailabilityGroup that it runs on.
    pub availability_group_ref: String,
    /// The nodes that can own the role, in the order of spec.
    pub nodes: Vec<NodeCoordinates>,
    /// Network name and suffix of the master's endpoint.
    pub client_access_point: ClientAccessPoint,
    /// TCP port of the master's endpoint.
    pub endpoint_port: i32,
}

impl TryFrom<&SsisdbAvailabilityGroup> for GroupCoordinates {
    type Error = CoordinatesUnavailable;

    fn try_from(group: &SsisdbAvailabilityGroup) -> Result<Self, Self::Error> {
        let name = check(group)?;
        let spec = &group.spec;
        let secret = |reference: &Option<crate::references::SecretRef>| {
            reference.as_ref().map(|reference| reference.name.clone())
        };
        Ok(Self {
            name,
            failover_cluster: spec.failover_cluster.as_ref().map(|cluster| cluster.name.clone()),
            availability_group: spec.availability_group.name.clone(),
            listener_dns_name: spec.listener.dns_name.clone(),
            replicas: spec.replicas.iter().map(ReplicaCoordinates::from).collect(),
            operator_secret: secret(&spec.sql_authentication.operator_secret_ref),
            observer_secret: secret(&spec.sql_authentication.observer_secret_ref),
            sql_encryption: spec.sql_tls.encryption,
            sql_ca_secret: spec.sql_tls.ca_secret_ref.name.clone(),
        })
    }
}

impl TryFrom<&ScaleOutMaster> for MasterCoordinates {
    type Error = CoordinatesUnavailable;

    fn try_from(master: &ScaleOutMaster) -> Result<Self, Self::Error> {
        let name = check(master)?;
        let spec = &master.spec;
        Ok(Self {
            name,
            availability_group_ref: spec.availability_group_ref.name.clone(),
            nodes: spec
                .nodes
                .iter()
                .map(|node| NodeCoordinates { node: node.name.clone(), agent: node.agent.endpoint.clone() })
                .collect(),
            client_access_point: spec.clustered_role.client_access_point.clone(),
            endpoint_port: spec.endpoint.port,
        })
    }
}

impl From<&crate::group::Replica> for ReplicaCoordinates {
    fn from(replica: &crate::group::Replica) -> Self {
        Self {
            name: replica.name.clone(),
            instance: replica.instance.clone(),
            hosts: replica
                .hosts
                .iter()
                .map(|host| NodeCoordinates { node: host.node.clone(), agent: host.agent.endpoint.clone() })
                .collect(),
            sql_host: replica.sql.host.clone(),
            sql_port: replica.sql.port,
        }
    }
}

/// The object's name, if it is observed at its generation and not Stalled with InvalidSpec.
fn check(object: &impl SiteObject) -> Result<String, CoordinatesUnavailable> {
    let name = object.meta().name.clone().unwrap_or_default();
    let current = object.meta().generation.unwrap_or_default();
    if !object.is_observed() {
        return Err(CoordinatesUnavailable::NotObserved { name, current });
    }
    let invalid = object.convergence().and_then(|status: &Convergence| {
        let stalled = status.condition("Stalled")?;
        (stalled.status == "True" && stalled.reason == Reason::InvalidSpec.as_str()).then_some(stalled)
    });
    match invalid {
        Some(stalled) => Err(CoordinatesUnavailable::Invalid { name, message: stalled.message.clone() }),
        None => Ok(name),
    }
}
