//! What people have to mend: said, and nothing is written.

use crate::case::{Case, case, content, control, group, happens, on, set, unset};
use scaleout_sim_site::effect::{ControlEffect, NodeEffect};
use serde_json::{Value, json};

const GROUP: &str = "ssisdb";
const MASTER: &str = "ssis-master";

/// The cases.
pub(crate) fn cases() -> Vec<Case> {
    [of_group(), of_others()].into_iter().flatten().collect()
}

fn of_group() -> Vec<Case> {
    vec![
        case("a replica's agent does not run", vec![set("/nodes/SQL02/agentUp", false)])
            .seen(&[
                "AgentsReachable",
                "CertificateImported",
                "ClusterHealthy",
                "EndpointAccess",
                "GroupFirewall",
                "InstancePrerequisites",
                "MasterAccount",
                "MasterFirewall",
                "MasterInstalled",
                "MasterKeyAccess",
                "MasterNodesReady",
                "MasterSettings",
                "ServiceOnDemand",
                "SqlAgentRunning",
                "TlsBinding",
                "UrlReservation",
                "WorkerTrusted",
            ])
            .told(GROUP, "AgentsReachable", "AgentUnreachable"),
        case("quorum was forced", vec![set("/cluster/forcedQuorum", true)])
            .seen(&["ClusterHealthy", "MasterNodesReady"])
            .told(GROUP, "ClusterHealthy", "QuorumNotNormal"),
        case(
            "an instance's collation is another",
            vec![set(on("SQL02", "collation"), "Latin1_General_BIN2")],
        )
        .seen(&["InstancesSuitable"])
        .told(GROUP, "InstancesReady", "CollationDiffers"),
        case(
            "the operator's login has another SID on the secondary",
            vec![set(on("SQL02", "logins/scaleout_operator/sid"), "00112233445566778899AABBCCDDEEFF")],
        )
        .seen(&["OperatorLogins"])
        .told(GROUP, "InstancesReady", "LoginSidDiffers"),
        case(
            "the operator is no sysadmin on the secondary",
            vec![set(on("SQL02", "logins/scaleout_operator/roles"), json!([]))],
        )
        .seen(&["OperatorLogins"])
        .told(GROUP, "InstancesReady", "OperatorLoginMissing"),
        case(
            "Integration Services is uninstalled",
            vec![unset("/nodes/SQL02/features/IntegrationServices150")],
        )
        .seen(&["InstancePrerequisites"])
        .told(GROUP, "InstancesReady", "SsisFeatureMissingOnReplica"),
        case(
            "the endpoint has no partner role",
            vec![set(on("SQL02", "endpoints/hadr_endpoint/role"), "WITNESS")],
        )
        .seen(&["MirroringEndpoint"])
        .told(GROUP, "InstancesReady", "EndpointUnsuitable"),
        case(
            "the endpoint encrypts with RC4",
            vec![set(on("SQL02", "endpoints/hadr_endpoint/encryption"), "RC4")],
        )
        .seen(&["MirroringEndpoint"])
        .told(GROUP, "InstancesReady", "EndpointUnsuitable"),
        case("the endpoint has another port", vec![set(on("SQL02", "endpoints/hadr_endpoint/port"), 5023)])
            .seen(&["CatalogSynchronized", "GroupFirewall"])
            .effects(&["SetFirewallRule SQL02"])
            .told(GROUP, "GroupReady", "ReplicaNotConnected"),
        case(
            "a replica's endpoint URL is another",
            vec![set(group("replicas/SQL02/endpointUrl"), "TCP://sql02.corp.example:5023")],
        )
        .seen(&["CatalogSynchronized"])
        .told(GROUP, "GroupReady", "ReplicaNotConnected"),
        case("SSISDB is offline on the primary", vec![set(on("SQL01", "databases/SSISDB/state"), "offline")])
            .seen(&["CatalogExists", "CatalogObserver"])
            .told(GROUP, "CatalogReady", "CatalogUnavailable"),
        case(
            "SSISDB is out of the group, the copy is still there",
            vec![
                unset(group("databases/SSISDB")),
                set(on("SQL01", "databases/SSISDB/group"), Value::Null),
                set(on("SQL02", "databases/SSISDB/group"), Value::Null),
            ],
        )
        .seen(&["CatalogInGroup", "SeedingGranted"])
        .told(GROUP, "GroupReady", "StraySsisdbOnSecondary"),
        case(
            "SSISDB is out of the group and single-user",
            vec![
                unset(group("databases/SSISDB")),
                unset(on("SQL02", "databases/SSISDB")),
                set(on("SQL01", "databases/SSISDB/group"), Value::Null),
                set(on("SQL01", "databases/SSISDB/multiUser"), false),
            ],
        )
        .seen(&["CatalogInGroup", "RecoveryFull"])
        .told(GROUP, "CatalogReady", "CatalogUnsuitable"),
        case(
            "the secondary's copy belongs to another login",
            vec![set(on("SQL02", "databases/SSISDB/owner"), "01")],
        )
        .seen(&["CatalogOwner"])
        .warned("CatalogOwnerDrift"),
        case("the listener has another name", vec![set(group("listener/dnsName"), "other-lsnr")])
            .seen(&["Listener"])
            .told(GROUP, "ListenerReady", "ListenerConflict"),
        case(
            "data movement is suspended",
            vec![set(group("replicas/SQL02/databases/SSISDB/suspended"), "SUSPEND_FROM_USER")],
        )
        .seen(&["CatalogSynchronized"])
        .told(GROUP, "GroupReady", "DataMovementSuspended"),
    ]
}

fn of_others() -> Vec<Case> {
    let service = "SSISScaleOutMaster150".to_owned();
    vec![
        case("a second master runs on the standby node", vec![
            happens("SQL02", NodeEffect::StartService { service }),
        ]).seen(&["SingleMaster"])
        .told(MASTER, "RoleOnline", "MultipleMastersRunning"),
        case("Scale Out is disabled in the catalog", vec![
            set(content("catalog/masterProperties/IS_SCALEOUT_ENABLED"), "FALSE"),
        ]).seen(&["ScaleOutEnabled"])
        .told(MASTER, "LoggingReady", "ScaleOutNotEnabled"),
        case("the role names another service", vec![
            set("/cluster/groups/ssis-master/resources/ssis-master Scale Out Master/kind/genericService/serviceName", "Spooler"),
        ]).seen(&["ClusteredRole"])
        .told(MASTER, "RoleOnline", "RoleConflict"),
        case("no client network leads to the role's address", vec![
            set("/cluster/networks/Cluster Network 1/clientAccess", false),
        ]).seen(&["ClusteredRole"])
        .told(MASTER, "RoleOnline", "NoClusterNetwork"),
        case("Scale Out's row is deleted from the catalog", vec![
            unset(content("catalog/masterProperties/IS_SCALEOUT_ENABLED")),
        ]).seen(&["ScaleOutEnabled"])
        .told(MASTER, "LoggingReady", "ScaleOutNotEnabled"),
        case("the log login's user in SSISDB is dropped", vec![
            unset(content("users/##MS_SSISLogDBWorkerAgentUser##")),
        ]).seen(&["LogDatabase", "LogLoginEqual"])
        .told(MASTER, "LoggingReady", "ScaleOutNotEnabled"),
        case("the log login's user lost its role", vec![
            set(content("users/##MS_SSISLogDBWorkerAgentUser##/roles"), json!([])),
        ]).seen(&["LogDatabase", "LogLoginEqual"])
        .told(MASTER, "LoggingReady", "ScaleOutNotEnabled"),
        case("the endpoint asks for certificates", vec![
            set(on("SQL02", "endpoints/hadr_endpoint/authentication"), "CERTIFICATE"),
        ]).seen(&["CatalogSynchronized"])
        .told(GROUP, "GroupReady", "ReplicaNotConnected"),
        case("DNS leads the role's name elsewhere", vec![
            set("/domain/dns/ssis-master.corp.example/addresses", json!(["10.0.0.99"])),
        ]).seen(&["EndpointReachable"])
        .told(MASTER, "EndpointReachable", "MasterEndpointUnreachable"),
        case("a worker is cut off from the owner", vec![set("/cutLinks", json!([["ETL01", "SQL01"]]))]).seen(&["WorkerHeartbeat"])
            .told("etl01", "HeartbeatFresh", "WorkerHeartbeatStale"),
        case("a worker's agent does not run", vec![set("/nodes/ETL01/agentUp", false)]).seen(&["MasterTrusted", "WorkerAccount", "WorkerAgent", "WorkerCertificate", "WorkerInstalled", "WorkerKeyAccess", "WorkerRegistered", "WorkerRunning", "WorkerSettings", "WorkerTrusted"])
            .told("etl01", "AgentReachable", "AgentUnreachable"),
        case("a port of the endpoint is closed", vec![
            set("/nodes/SQL01/firewall/rules/SSIS Scale Out master/enabled", false),
            control(ControlEffect::RestartService { node: "ETL02".into(), service: "SSISScaleOutWorker150".into() }),
        ]).seen(&["MasterFirewall"]).effects(&["SetFirewallRule SQL01"]),
    ]
}
