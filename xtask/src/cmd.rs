//! The subcommands, one file each.

pub(crate) mod check;
pub(crate) mod controlplane;
pub(crate) mod crds;
pub(crate) mod demo;
pub(crate) mod docs;
pub(crate) mod judges;
pub(crate) mod test;
