//! Keys and certificates: make, read, verify by pin. The process-wide rustls provider is the caller's to install.

pub mod authority;
pub mod leaf;
pub mod legacy;
pub mod pair;
pub mod pinned;

pub use authority::Authority;
pub use leaf::{LeafRequest, generate_leaf};
pub use legacy::generate_legacy_leaf;
pub use pair::{KeyAndCertificate, PairError};
pub use pinned::{PinFailure, PinnedVerifier};
