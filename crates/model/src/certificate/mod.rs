//! Public certificates: their thumbprint and their names. No private key is ever here.

mod public;
mod thumbprint;

pub use public::{CertificateError, KeyAlgorithm, PublicCertificate};
pub use thumbprint::{Thumbprint, ThumbprintError};
