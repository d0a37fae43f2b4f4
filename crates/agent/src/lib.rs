//! The node agent: router, ledger, claims, fence and audit over a portable host trait.
