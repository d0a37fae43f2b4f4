//! `deploy/` and the samples are what a platform team can apply, and what `kubectl explain` tells is there.

use xtask::rig::{Cluster, NAMESPACE};
use xtask::workspace;

#[test]
fn deploy_and_samples_pass_a_dry_run_and_can_be_explained() {
    let cluster = Cluster::start(None).unwrap();
    let root = workspace::root();
    let deploy = root.join("deploy");
    for namespace in ["namespace.yaml", "samples/namespace.yaml"] {
        cluster.apply_file(&deploy.join(namespace)).unwrap();
    }
    cluster.apply_folder(&root.join("crds")).unwrap();
    cluster.wait_for_crds().unwrap();

    let kubectl = cluster.kubectl();
    let dry_run = |folder: &std::path::Path| {
        let folder = folder.to_string_lossy();
        kubectl.run(["apply", "--dry-run=server", "--validate=strict", "-k", &*folder]).unwrap()
    };
    let answer = dry_run(&deploy);
    assert!(answer.contains("deployment.apps/scaleout-controller created (server dry run)"), "{answer}");
    let answer = dry_run(&deploy.join("samples"));
    assert_eq!(answer.lines().count(), 5, "{answer}");

    for kind in ["ssisdbavailabilitygroup", "scaleoutmaster", "scaleoutworker"] {
        let explained = kubectl.run(["explain", &format!("{kind}.spec"), "--recursive"]).unwrap();
        assert!(explained.contains("disruption"), "{explained}");
    }
    let port = kubectl.run(["explain", "scaleoutmaster.spec.endpoint.port"]).unwrap();
    assert!(port.contains("DESCRIPTION:\n") && port.contains("8391"), "{port}");
    assert_eq!(kubectl.run(["get", "ssis", "-n", NAMESPACE, "-o", "name"]).unwrap(), "");
}
