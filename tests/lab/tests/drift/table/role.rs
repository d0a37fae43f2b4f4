//! The master's clustered role.

use crate::case::{Case, case, role, set, unset, with};
use scaleout_sim_site::Effect;
use scaleout_sim_site::effect::ClusterEffect;
use serde_json::json;

/// The cases.
pub(crate) fn cases() -> Vec<Case> {
    let service = |rest: &str| role(&format!("resources/ssis-master Scale Out Master/{rest}"));
    let address = |rest: &str| role(&format!("resources/ssis-master IP Address 10.0.0.50{rest}"));
    let cluster = |effect: fn() -> ClusterEffect| {
        with(move |lab| lab.by_hand(&Effect::Cluster("SQL01".into(), effect())))
    };
    vec![
        case(
            "the role runs the service of an older version",
            vec![set(service("kind/genericService/serviceName"), "SSISScaleOutMaster140")],
        )
        .seen(&["ClusteredRole"])
        .effects(&["SetProperties cluster"]),
        case("a node is no possible owner", vec![set(service("possibleOwners"), json!(["SQL01"]))])
            .seen(&["ClusteredRole"])
            .effects(&["AddPossibleOwner cluster"]),
        case("the preferred owners are others", vec![set(role("preferredOwners"), json!(["SQL02"]))])
            .seen(&["ClusteredRole"])
            .effects(&["SetPreferredOwners cluster"]),
        case("the role has another address", vec![set(address("/kind/ipAddress/address"), "10.0.0.51")])
            .seen(&["ClusteredRole"])
            .effects(&["SetProperties cluster"]),
        case(
            "the client access point is another",
            vec![set(role("resources/ssis-master/kind/networkName/dnsName"), "ssis-other")],
        )
        .seen(&["ClusteredRole"])
        .effects(&["SetProperties cluster"]),
        case(
            "the role is offline",
            vec![cluster(|| ClusterEffect::OfflineGroup { group: "ssis-master".into() })],
        )
        .seen(&["RoleOnline"])
        .effects(&["OnlineGroup cluster"]),
        case(
            "the role's service resource is deleted",
            vec![unset(role("resources/ssis-master Scale Out Master"))],
        )
        .seen(&["ClusteredRole"])
        .effects(&[
            "CreateResource cluster",
            "SetProperties cluster",
            "SetDependencies cluster",
            "OnlineGroup cluster",
        ]),
        case(
            "the role's address resource is deleted",
            vec![with(|lab| {
                lab.set(&role("resources/ssis-master/dependsOn"), json!([]))?;
                lab.unset(&role("resources/ssis-master IP Address 10.0.0.50"))
            })],
        )
        .seen(&["ClusteredRole"])
        .effects(&["CreateResource cluster", "SetProperties cluster", "OnlineGroup cluster"])
        .leaves(&["/cluster/groups/ssis-master/resources/*/dependsOn"]),
        case(
            "the role's name resource is deleted",
            vec![with(|lab| {
                lab.set(&role("resources/ssis-master Scale Out Master/dependsOn"), json!([]))?;
                lab.unset(&role("resources/ssis-master"))
            })],
        )
        .seen(&["ClusteredRole"])
        .effects(&[
            "CreateResource cluster",
            "SetProperties cluster",
            "SetDependencies cluster",
            "OnlineGroup cluster",
        ])
        .leaves(&["/cluster/groups/ssis-master/resources/*/dependsOn"]),
        case(
            "the role is destroyed",
            vec![
                cluster(|| ClusterEffect::OfflineGroup { group: "ssis-master".into() }),
                with(|lab| lab.unset("/cluster/groups/ssis-master")),
            ],
        )
        .seen(&["ClusteredRole"])
        .effects(&[
            "CreateGroup cluster",
            "CreateResource cluster",
            "SetProperties cluster",
            "CreateResource cluster",
            "SetProperties cluster",
            "CreateResource cluster",
            "SetProperties cluster",
            "SetDependencies cluster",
            "SetDependencies cluster",
            "SetPreferredOwners cluster",
            "OnlineGroup cluster",
        ]),
    ]
}
