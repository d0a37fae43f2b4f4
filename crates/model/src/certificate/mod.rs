//! Public certificates: their thumbprint and their names. No private key is ever here.

mod thumbprint;

pub use thumbprint::{Thumbprint, ThumbprintError};
