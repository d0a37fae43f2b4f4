//! Sites that nobody wrote: from a seed come a site for the simulator, the objects that ask for it, and the names of
//! the certificates that are to lie in Secrets.
//!
//! One seed gives one site of each [`Variant`]; the two share no name and no port, and share none with the demo.

mod draft;
mod objects;
mod random;
mod site;
#[cfg(test)]
mod tests;

use draft::Draft;
use random::Random;
use serde_json::Value;

/// The seed where none is given.
pub const DEFAULT_SEED: u64 = 2017;

/// What a site is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variant {
    /// SQL Server 2017: named instances, settings as XML, three replicas (one asynchronous) on three nodes that are the
    /// master's as well, certificates from Secrets, ports that are open in the firewall from the start.
    Named2017,
    /// SQL Server 2022: default instances that listen on another port, settings as JSON, two replicas with automatic
    /// failover, generated certificates, one worker on a node of the master; the objects write names in another case.
    Default2022,
}

/// A site and what is asked of it.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The simulator's site file.
    pub site: Value,
    /// One group, one master, workers.
    pub objects: Vec<Value>,
    /// Certificates that the objects name by Secret.
    pub certificates: Vec<CertificateSecret>,
}

/// A `kubernetes.io/tls` Secret to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateSecret {
    /// Name of the Secret.
    pub secret: String,
    /// Names in the certificate, the full one first.
    pub names: Vec<String>,
}

/// The site of a variant for a seed; the same each time.
pub fn generate(seed: u64, variant: Variant) -> Generated {
    let mut random = Random::new(seed);
    let named = Draft::draw(&mut random, Variant::Named2017);
    let default = Draft::draw(&mut random, Variant::Default2022);
    let draft = match variant {
        Variant::Named2017 => named,
        Variant::Default2022 => default,
    };
    Generated {
        site: site::build(&draft),
        objects: objects::build(&draft),
        certificates: objects::build_certificates(&draft),
    }
}
