//! One op of a plan: what, and at which peer.

use crate::names::{NodeName, ReplicaName};
use crate::node::NodeOp;
use crate::secret::SecretHandle;
use crate::sql::SqlOp;
use std::fmt;

/// An op with its place. Holds no choice and no secret byte, so it may be logged, stored and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// An op of a node's agent.
    Node {
        /// The node.
        node: NodeName,
        /// The op.
        op: NodeOp<SecretHandle>,
    },
    /// An op on an instance.
    Sql {
        /// The replica whose own endpoint is used.
        replica: ReplicaName,
        /// The op.
        op: SqlOp<SecretHandle>,
    },
    /// The controller makes key and certificate and keeps them in a Secret of its own namespace, before any
    /// node gets them.
    GenerateCertificate {
        /// Common names and DNS names of the certificate.
        names: Vec<crate::names::DnsName>,
    },
}

impl Op {
    /// The op's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Node { op, .. } => op.name(),
            Self::Sql { op, .. } => op.name(),
            Self::GenerateCertificate { .. } => "GenerateCertificate",
        }
    }

    /// Whether it takes an instance or the online master away for a while.
    pub fn is_disruptive(&self) -> bool {
        matches!(self, Self::Node { op, .. } if op.is_disruptive())
    }

    /// Whether it takes something away that was there.
    pub fn is_destructive(&self) -> bool {
        match self {
            Self::Node { op, .. } => op.is_destructive(),
            Self::Sql { op, .. } => op.is_destructive(),
            Self::GenerateCertificate { .. } => false,
        }
    }

    /// Ops of one lane are carried out in order; lanes run side by side.
    pub fn lane(&self) -> String {
        match self {
            Self::Node { node, .. } => format!("node {node}"),
            Self::Sql { replica, .. } => format!("sql {replica}"),
            Self::GenerateCertificate { .. } => "controller".to_owned(),
        }
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node { node, op } => write!(f, "{} on node {node}", op.name()),
            Self::Sql { replica, op } => write!(f, "{} on replica {replica}", op.name()),
            Self::GenerateCertificate { .. } => f.write_str("GenerateCertificate"),
        }
    }
}
