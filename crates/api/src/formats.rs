//! Schemas of the text formats: length and pattern of names, hosts, addresses and thumbprints.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::limits;

/// One DNS label of 1–63 letters, digits and inner hyphens.
pub const LABEL: &str = "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$";
/// A DNS name whose last label has a letter, so that it is no IPv4 address.
pub const HOST: &str =
    "^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)*[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$";
/// `https://HOST:PORT` with a port of 1–65535 and nothing after it.
const AGENT_URL: &str = "^https://([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)*[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\
:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])$";
/// The name of a Kubernetes object.
const OBJECT: &str = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// `MACHINE` or `MACHINE\INSTANCE`, as `@@SERVERNAME` says it.
const INSTANCE: &str = "^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\\\[A-Za-z_][A-Za-z0-9_$#]{0,15})?$";
/// A name that SQL Server or the failover cluster takes: no control character, no blank at either end.
const PRINTABLE: &str = "^[^\\s\\x00-\\x1f]([^\\x00-\\x1f]*[^\\s\\x00-\\x1f])?$";
/// `DOMAIN\name`.
const ACCOUNT: &str = "^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\\\\[^\"/\\\\\\[\\]:;|=,+*?<>@\\s]+$";
/// A directory on a drive or a share.
const DIRECTORY: &str = "^([A-Za-z]:\\\\|\\\\\\\\[^\\\\<>\"|?*:]+\\\\)[^<>\"|?*:\\x00-\\x1f]*$";
/// A key of the agent's table of installation media.
const MEDIA: &str = "^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$";
/// A dotted IPv4 subnet mask.
const MASK: &str = "^(255|254|252|248|240|224|192|128|0)(\\.(255|254|252|248|240|224|192|128|0)){3}$";
/// A dotted IPv4 address.
const IPV4: &str =
    "^(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}$";
/// A SHA-1 thumbprint in hex.
const THUMBPRINT: &str = "^[0-9A-Fa-f]{40}$";

fn pattern(pattern: &str, max: usize) -> Schema {
    json_schema!({"type": "string", "minLength": 1, "maxLength": max, "pattern": pattern})
}

/// One DNS label: a computer name, a listener's or a client access point's name.
pub fn label(_: &mut SchemaGenerator) -> Schema {
    pattern(LABEL, 63)
}

/// A DNS name, not an address, without a trailing dot.
pub fn host(_: &mut SchemaGenerator) -> Schema {
    pattern(HOST, 253)
}

/// The address of a node agent.
pub fn agent_url(_: &mut SchemaGenerator) -> Schema {
    pattern(AGENT_URL, 267)
}

/// The name of a Kubernetes object in the same namespace.
pub fn object_name(_: &mut SchemaGenerator) -> Schema {
    pattern(OBJECT, 253)
}

/// A SQL Server instance.
pub fn instance(_: &mut SchemaGenerator) -> Schema {
    pattern(INSTANCE, 80)
}

/// A name of 1–128 printable characters, as availability groups, endpoints and clustered roles have it.
pub fn printable(_: &mut SchemaGenerator) -> Schema {
    pattern(PRINTABLE, 128)
}

/// A domain account.
pub fn account(_: &mut SchemaGenerator) -> Schema {
    pattern(ACCOUNT, 256)
}

/// A Windows directory as a SQL Server instance sees it.
pub fn directory(_: &mut SchemaGenerator) -> Schema {
    pattern(DIRECTORY, 200)
}

/// A key of the agent's table of installation media.
pub fn media(_: &mut SchemaGenerator) -> Schema {
    pattern(MEDIA, 63)
}

/// A dotted IPv4 address without leading zeros, so that one address has one text.
pub fn ipv4(_: &mut SchemaGenerator) -> Schema {
    pattern(IPV4, 15)
}

/// An IPv4 subnet mask.
pub fn mask(_: &mut SchemaGenerator) -> Schema {
    pattern(MASK, 15)
}

/// A SHA-1 thumbprint of 40 hex digits.
pub fn thumbprint(_: &mut SchemaGenerator) -> Schema {
    pattern(THUMBPRINT, 40)
}

/// A list of thumbprints in status, a set.
pub fn thumbprints(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array", "items": thumbprint(generator),
        "maxItems": limits::THUMBPRINTS, "x-kubernetes-list-type": "set"
    })
}

/// A set of node names that is not empty.
pub fn node_names(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array", "items": label(generator),
        "minItems": 1, "maxItems": limits::NODES, "x-kubernetes-list-type": "set"
    })
}

/// Free text of status with an upper bound.
pub fn text<const MAX: usize>(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "maxLength": MAX})
}

/// A time of status that keeps its fraction: RFC 3339, UTC.
pub fn time(_: &mut SchemaGenerator) -> Schema {
    json_schema!({"type": "string", "format": "date-time", "maxLength": 40})
}
