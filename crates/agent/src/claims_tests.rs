//! Tests of claims and placements.

use super::*;
use scaleout_model::fence::{Epoch, Owner};

fn fence(kind: Kind, namespace: &str, name: &str) -> Fence {
    Fence {
        epoch: Epoch { lineage: "l".into(), number: 1, holder: "a".into() },
        owner: Owner {
            kind,
            namespace: namespace.into(),
            name: name.into(),
            uid: format!("uid of {name}"),
            generation: 1,
        },
    }
}

fn trust() -> NodeOp<String> {
    NodeOp::ImportCertificate { store: Store::Root, thumbprint: thumbprint(), pem: String::new() }
}

fn thumbprint() -> Thumbprint {
    Thumbprint::from_bytes([7; 20])
}

fn firewall() -> NodeOp<String> {
    NodeOp::EnsureFirewallRule { name: "SSIS Scale Out".into(), port: 1 }
}

fn claims(folder: &tempfile::TempDir) -> Claims {
    Claims::open(&StateDir::open(folder.path()).unwrap()).unwrap()
}

#[test]
fn a_role_of_the_node_has_one_holder() {
    let folder = tempfile::tempdir().unwrap();
    let claims = claims(&folder);
    let (first, second) = (fence(Kind::ScaleOutMaster, "etl", "a"), fence(Kind::ScaleOutMaster, "etl", "b"));
    assert_eq!(claims.standing(&first, &firewall()), Standing::Free);
    claims.take(&first).unwrap().unwrap();
    assert_eq!(claims.standing(&first, &firewall()), Standing::Holds);
    let holder = "etl/ScaleOutMaster/a".to_owned();
    assert_eq!(claims.standing(&second, &firewall()), Standing::Other(holder.clone()));
    assert_eq!(claims.take(&second).unwrap(), Err(holder));
    let worker = fence(Kind::ScaleOutWorker, "etl", "w");
    assert_eq!(claims.standing(&worker, &firewall()), Standing::Free);
}

#[test]
fn a_re_created_object_takes_its_claim_over_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    claims(&folder).take(&fence(Kind::ScaleOutMaster, "etl", "a")).unwrap().unwrap();
    let mut again = fence(Kind::ScaleOutMaster, "etl", "a");
    again.owner.uid = "another uid".into();
    assert_eq!(claims(&folder).standing(&again, &firewall()), Standing::Holds);
}

#[test]
fn only_the_holder_releases() {
    let folder = tempfile::tempdir().unwrap();
    let claims = claims(&folder);
    claims.take(&fence(Kind::ScaleOutMaster, "etl", "a")).unwrap().unwrap();
    let other = fence(Kind::ScaleOutMaster, "etl", "b");
    assert!(!claims.release(&other, ClaimRole::MasterNode).unwrap());
    assert!(claims.release(&fence(Kind::ScaleOutMaster, "etl", "a"), ClaimRole::MasterNode).unwrap());
    assert_eq!(claims.standing(&other, &firewall()), Standing::Free);
}

#[test]
fn a_worker_places_trust_beside_a_master_of_its_namespace_only() {
    let folder = tempfile::tempdir().unwrap();
    let claims = claims(&folder);
    let worker = fence(Kind::ScaleOutWorker, "etl", "w");
    assert_eq!(claims.standing(&worker, &trust()), Standing::FreeOnWorker);
    claims.take(&fence(Kind::ScaleOutMaster, "etl", "m")).unwrap().unwrap();
    assert_eq!(claims.standing(&worker, &trust()), Standing::Beside);
    assert_eq!(claims.standing(&worker, &firewall()), Standing::Free);
    let stranger = fence(Kind::ScaleOutWorker, "other", "w");
    assert_eq!(claims.standing(&stranger, &trust()), Standing::FreeOnWorker);
    // Another worker's own node is a master node too: trust goes beside both.
    claims.take(&fence(Kind::ScaleOutWorker, "etl", "v")).unwrap().unwrap();
    assert_eq!(claims.standing(&worker, &trust()), Standing::Beside);
    assert_eq!(claims.standing(&stranger, &trust()), Standing::Other("etl/ScaleOutWorker/v".into()));
}

#[test]
fn a_placement_is_removed_by_its_owner_or_the_master() {
    let folder = tempfile::tempdir().unwrap();
    let claims = claims(&folder);
    let (worker, master) = (fence(Kind::ScaleOutWorker, "etl", "w"), fence(Kind::ScaleOutMaster, "etl", "m"));
    claims.place(&worker, Store::Root, thumbprint()).unwrap();
    let placed = claims.placed_for(Store::Root, thumbprint()).unwrap();
    assert!(claims.may_remove(&worker, &placed));
    assert!(!claims.may_remove(&fence(Kind::ScaleOutWorker, "etl", "v"), &placed));
    assert!(!claims.may_remove(&master, &placed), "a master without the claim");
    claims.take(&master).unwrap().unwrap();
    assert!(claims.may_remove(&master, &placed));
    claims.displace(Store::Root, thumbprint()).unwrap();
    assert_eq!(claims.placed_for(Store::Root, thumbprint()), None);
}
