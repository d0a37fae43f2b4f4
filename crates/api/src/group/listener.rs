//! The listener of the availability group.

use kube::KubeSchema;
use scaleout_model::defaults;
use serde::{Deserialize, Serialize};

use crate::account::Empty;

/// The listener's name, port and addresses.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = (
    "[has(self.staticAddresses), has(self.dhcp), has(self.unmanaged)].filter(m, m).size() == 1",
    "listener needs exactly one of staticAddresses, dhcp and unmanaged"
))]
pub struct Listener {
    /// First label of the listener's DNS name, 1–63 characters. The suffix is the nodes' own. A new name
    /// over 15 characters must differ from others in the first 15.
    #[schemars(schema_with = "crate::formats::label")]
    pub dns_name: String,
    /// TCP port of the listener. Default: 1433.
    #[serde(default = "listener_port")]
    #[schemars(range(min = 1, max = 65535))]
    pub port: i32,
    /// The listener's static addresses, one per subnet of the replicas. Addresses of the site that are not
    /// here are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Vec<StaticAddress>", length(min = 1, max = crate::limits::ADDRESSES),
        extend("x-kubernetes-list-type" = "map", "x-kubernetes-list-map-keys" = ["ip"]))]
    pub static_addresses: Option<Vec<StaticAddress>>,
    /// The listener gets its address by DHCP, on the network that SQL Server chooses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dhcp: Option<Empty>,
    /// An administrator made the listener; its addresses are left as found and a missing listener is reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unmanaged: Option<Empty>,
}

fn listener_port() -> i32 {
    i32::from(defaults::SQL_PORT)
}

/// A static address of a listener.
#[derive(Clone, Debug, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StaticAddress {
    /// IPv4 address.
    #[schemars(schema_with = "crate::formats::ipv4")]
    pub ip: String,
    /// Subnet mask, dotted (`255.255.255.0`).
    #[schemars(schema_with = "crate::formats::mask")]
    pub subnet_mask: String,
}
