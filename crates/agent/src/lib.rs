//! The node agent: router, ledger, claims, fence and audit over a portable [`host::Host`].

pub mod host;
