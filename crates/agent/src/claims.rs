//! Which object may write which role of this node, and which object a certificate was placed for.

use crate::state::{StateDir, StateError, StateFile};
use scaleout_model::certificate::Thumbprint;
use scaleout_model::fence::{Fence, Kind};
use scaleout_model::node::{Claim, ClaimRole, NodeOp, Store};
use serde::{Deserialize, Serialize};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A certificate that was put into a store for an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placement {
    /// The store.
    pub store: Store,
    /// The certificate.
    pub thumbprint: Thumbprint,
    /// For whom; its `role` is that of the object's kind.
    pub owner: Claim,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Kept {
    claims: Vec<Claim>,
    placements: Vec<Placement>,
}

/// Claims and placements, kept durably.
#[derive(Debug)]
pub struct Claims {
    file: StateFile<Kept>,
    kept: Mutex<Kept>,
}

/// Whether an op may run for its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The owner holds the claim, or the op needs none.
    Holds,
    /// The claim is free and this op would take it.
    Free,
    /// The op is the one that is accepted beside the claim of a master in the owner's namespace.
    Beside,
    /// As [`Standing::Free`], but for a certificate in Root: a worker places one on master nodes too, so that
    /// it takes the claim only on a machine that has the worker feature.
    FreeOnWorker,
    /// Another object holds the claim.
    Other(String),
}

/// The node's role that an object of this kind writes.
pub fn role_of(kind: Kind) -> ClaimRole {
    match kind {
        Kind::SsisdbAvailabilityGroup => ClaimRole::Replica,
        Kind::ScaleOutMaster => ClaimRole::MasterNode,
        Kind::ScaleOutWorker => ClaimRole::Worker,
    }
}

/// The claim that an owner has or would have. Not keyed by uid: a re-created object takes its own claim over.
pub fn claim_of(fence: &Fence) -> Claim {
    Claim {
        role: role_of(fence.owner.kind),
        lineage: fence.epoch.lineage.clone(),
        namespace: fence.owner.namespace.clone(),
        kind: fence.owner.kind,
        name: fence.owner.name.clone(),
    }
}

/// `namespace/kind/name`.
pub fn holder_text(claim: &Claim) -> String {
    format!("{}/{}/{}", claim.namespace, claim.kind.as_str(), claim.name)
}

fn is_root_trust<S>(op: &NodeOp<S>) -> bool {
    matches!(
        op,
        NodeOp::ImportCertificate { store: Store::Root, .. }
            | NodeOp::RemoveCertificate { store: Store::Root, .. }
    )
}

impl Claims {
    /// Loads what was kept.
    pub fn open(state: &StateDir) -> Result<Self, StateError> {
        let file = state.file::<Kept>("claims.json");
        let kept = Mutex::new(file.load()?.unwrap_or_default());
        Ok(Self { file, kept })
    }

    /// All claims.
    pub fn claims(&self) -> Vec<Claim> {
        self.lock().claims.clone()
    }

    /// How the owner of an op stands to the claim that the op needs.
    pub fn standing<S>(&self, fence: &Fence, op: &NodeOp<S>) -> Standing {
        if matches!(op, NodeOp::ReleaseClaim { .. }) {
            return Standing::Holds;
        }
        let wanted = claim_of(fence);
        let kept = self.lock();
        let is_trust = fence.owner.kind == Kind::ScaleOutWorker && is_root_trust(op);
        match kept.claims.iter().find(|claim| claim.role == wanted.role) {
            Some(held) if *held == wanted => Standing::Holds,
            Some(_) | None if is_trust && has_master_beside(&kept.claims, &wanted) => Standing::Beside,
            Some(held) => Standing::Other(holder_text(held)),
            None if is_trust => Standing::FreeOnWorker,
            None => Standing::Free,
        }
    }

    /// Takes the owner's claim if it is free. `Err(holder)`: it was taken meanwhile.
    pub fn take(&self, fence: &Fence) -> Result<Result<(), String>, StateError> {
        let wanted = claim_of(fence);
        self.change(|kept| match kept.claims.iter().find(|claim| claim.role == wanted.role) {
            Some(held) if *held == wanted => Ok(()),
            Some(held) => Err(holder_text(held)),
            None => {
                kept.claims.push(wanted);
                Ok(())
            }
        })
    }

    /// Gives the owner's claim on a role up. `false`: it had none.
    pub fn release(&self, fence: &Fence, role: ClaimRole) -> Result<bool, StateError> {
        let wanted = Claim { role, ..claim_of(fence) };
        self.change(|kept| {
            let before = kept.claims.len();
            kept.claims.retain(|claim| *claim != wanted);
            kept.claims.len() < before
        })
    }

    /// The object for which a certificate was placed.
    pub fn placed_for(&self, store: Store, thumbprint: Thumbprint) -> Option<Claim> {
        let kept = self.lock();
        let found = kept.placements.iter().find(|p| p.store == store && p.thumbprint == thumbprint);
        found.map(|placement| placement.owner.clone())
    }

    /// Records a placement before it is made.
    pub fn place(&self, fence: &Fence, store: Store, thumbprint: Thumbprint) -> Result<(), StateError> {
        self.change(|kept| {
            kept.placements.retain(|p| p.store != store || p.thumbprint != thumbprint);
            kept.placements.push(Placement { store, thumbprint, owner: claim_of(fence) });
        })
    }

    /// Forgets a placement after the certificate is gone.
    pub fn displace(&self, store: Store, thumbprint: Thumbprint) -> Result<(), StateError> {
        if self.placed_for(store, thumbprint).is_none() {
            return Ok(());
        }
        self.change(|kept| kept.placements.retain(|p| p.store != store || p.thumbprint != thumbprint))
    }

    /// Whether the owner may remove what was placed for `placed`: it is that owner, or it holds the master
    /// node and `placed` is a worker of its namespace.
    pub fn may_remove(&self, fence: &Fence, placed: &Claim) -> bool {
        let owner = claim_of(fence);
        owner == *placed
            || (placed.kind == Kind::ScaleOutWorker
                && owner.kind == Kind::ScaleOutMaster
                && owner.lineage == placed.lineage
                && owner.namespace == placed.namespace
                && self.lock().claims.contains(&owner))
    }

    fn change<R>(&self, edit: impl FnOnce(&mut Kept) -> R) -> Result<R, StateError> {
        let mut kept = self.lock();
        let mut fresh = kept.clone();
        let result = edit(&mut fresh);
        self.file.store(&fresh)?;
        *kept = fresh;
        Ok(result)
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn has_master_beside(claims: &[Claim], worker: &Claim) -> bool {
    claims.iter().any(|claim| {
        claim.role == ClaimRole::MasterNode
            && claim.lineage == worker.lineage
            && claim.namespace == worker.namespace
    })
}

#[cfg(test)]
#[path = "claims_tests.rs"]
mod tests;
