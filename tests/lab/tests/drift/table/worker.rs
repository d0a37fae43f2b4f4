//! Workers: certificate, trust, settings, service, row in the catalog.

use crate::case::{
    Case, Change, case, edit, happens, master_certificate, set, unset, with, worker_row, worker_thumbprint,
};
use scaleout_lab::Lab;
use scaleout_sim_site::effect::NodeEffect;
use serde_json::{Value, json};

const SERVICE: &str = "SSISScaleOutWorker150";

/// The cases.
pub(crate) fn cases() -> Vec<Case> {
    [machine(), settings()].into_iter().flatten().collect()
}

fn own(change: fn(&Lab, &str) -> anyhow::Result<()>) -> Change {
    with(move |lab| {
        let thumbprint = worker_thumbprint(lab, "ETL01")?;
        change(lab, &format!("/nodes/ETL01/certificates/my/{thumbprint}"))
    })
}

fn machine() -> Vec<Case> {
    let service = |field: &str| format!("/nodes/ETL01/services/{SERVICE}/{field}");
    vec![
        case(
            "the worker is uninstalled",
            vec![
                unset("/nodes/ETL01/features/ScaleOutWorker150"),
                unset(format!("/nodes/ETL01/services/{SERVICE}")),
            ],
        )
        .seen(&["WorkerCertificate", "WorkerInstalled"])
        .effects(&[
            "StartInstall ETL01",
            "SetServiceAccount ETL01",
            "ReplaceSettings ETL01",
            "GrantKeyRead ETL01",
            "SetStartType ETL01",
            "StartService ETL01",
            "AddCertificate SQL01",
            "EnableWorkerAgent SQL01",
            "AddCertificate SQL02",
        ])
        .leaves(&[
            "/nodes/*/certificates/*/*",
            "/nodes/ETL01/**/WorkerHttpsCertThumbprint",
            "/nodes/ETL01/**/AgentId",
            "/nodes/*/instances/*/databases/SSISDB/content/catalog/workerAgents/*",
        ])
        .leaves(&[
            "/nodes/*/certificates/*/*",
            "/nodes/ETL01/**/WorkerHttpsCertThumbprint",
            "/nodes/ETL01/**/AgentId",
            "/nodes/*/instances/*/databases/SSISDB/content/catalog/workerAgents/*",
        ]),
        case(
            "the worker's service has another account",
            vec![
                set(service("account"), r"CORP\svc-ssis-master"),
                set(service("password"), json!({"secret": "svc-ssis-master of the demo site"})),
            ],
        )
        .seen(&["WorkerAccount"])
        .effects(&["SetServiceAccount ETL01"]),
        case("the worker's certificate is deleted", vec![own(scaleout_lab::Lab::unset)])
            .seen(&["WorkerCertificate"])
            .effects(&[
                "AddCertificate ETL01",
                "GrantKeyRead ETL01",
                "ReplaceSettings ETL01",
                "StopService ETL01",
                "StartService ETL01",
                "AddCertificate SQL01",
                "AddCertificate SQL02",
            ])
            .leaves(&["/nodes/*/certificates/*/*", "/nodes/ETL01/**/WorkerHttpsCertThumbprint"]),
        case(
            "the worker's certificate lost its key",
            vec![own(|lab, path| lab.set(&format!("{path}/key"), Value::Null))],
        )
        .seen(&["WorkerCertificate"])
        .effects(&[
            "AddCertificate ETL01",
            "GrantKeyRead ETL01",
            "ReplaceSettings ETL01",
            "StopService ETL01",
            "StartService ETL01",
            "AddCertificate SQL01",
            "AddCertificate SQL02",
        ])
        .leaves(&[
            "/nodes/*/certificates/*/*",
            "/nodes/ETL01/**/WorkerHttpsCertThumbprint",
            "/nodes/ETL01/certificates/my/*/key",
        ])
        .leaves(&[
            "/nodes/*/certificates/*/*",
            "/nodes/ETL01/**/WorkerHttpsCertThumbprint",
            "/nodes/ETL01/certificates/my/*/key",
        ]),
        case(
            "the worker's account may not read the key",
            vec![own(|lab, path| lab.set(&format!("{path}/keyReaders"), json!([])))],
        )
        .seen(&["WorkerKeyAccess"])
        .effects(&["GrantKeyRead ETL01"])
        .leaves(&["/nodes/*/certificates/*/*/keyReaders"]),
        case(
            "the master's certificate is not in the worker's Root",
            vec![with(|lab| lab.unset(&master_certificate(lab, "ETL01")?))],
        )
        .seen(&["MasterTrusted"])
        .effects(&["AddCertificate ETL01"]),
        case(
            "the worker's certificate is not in Root of one master node",
            vec![with(|lab| {
                let thumbprint = worker_thumbprint(lab, "ETL01")?;
                lab.unset(&format!("/nodes/SQL02/certificates/root/{thumbprint}"))
            })],
        )
        .seen(&["WorkerTrusted"])
        .effects(&["AddCertificate SQL02"]),
        case(
            "the worker's service is stopped",
            vec![happens("ETL01", NodeEffect::StopService { service: SERVICE.into() })],
        )
        .seen(&["WorkerRunning"])
        .effects(&["StartService ETL01"]),
        case("the worker's service does not start at boot", vec![set(service("startType"), "manual")])
            .seen(&["WorkerRunning"])
            .effects(&["SetStartType ETL01"]),
        case(
            "the worker is disabled",
            vec![with(|lab| {
                let row = worker_row(lab, "ETL01")?;
                lab.set(&format!("{row}/enabled"), false.into())
            })],
        )
        .seen(&["WorkerEnabled"])
        .effects(&["EnableWorkerAgent SQL01"]),
        case("the worker's row is deleted", vec![with(|lab| lab.unset(&worker_row(lab, "ETL01")?))])
            .seen(&["WorkerEnabled"])
            .effects(&["EnableWorkerAgent SQL01"]),
    ]
}

fn settings() -> Vec<Case> {
    let edited =
        |name: &'static str, key: &'static str, value: Value| case(name, vec![edit("ETL01", key, value)]);
    vec![
        edited("MasterEndpoint is edited", "MasterEndpoint", json!("https://ssis-master.corp.example:8392"))
            .seen(&["WorkerRunning", "WorkerSettings"])
            .effects(&["ReplaceSettings ETL01", "StopService ETL01", "StartService ETL01"]),
        edited("MasterHttpsCertThumbprint is edited", "MasterHttpsCertThumbprint", json!("00"))
            .seen(&["WorkerRunning", "WorkerSettings"])
            .effects(&["ReplaceSettings ETL01", "StopService ETL01", "StartService ETL01"]),
        edited("WorkerHttpsCertThumbprint is edited", "WorkerHttpsCertThumbprint", json!("00"))
            .seen(&["WorkerCertificate", "WorkerRunning"])
            .effects(&[
                "AddCertificate ETL01",
                "GrantKeyRead ETL01",
                "ReplaceSettings ETL01",
                "StopService ETL01",
                "StartService ETL01",
                "AddCertificate SQL01",
                "AddCertificate SQL02",
            ])
            .leaves(&["/nodes/*/certificates/*/*", "/nodes/ETL01/**/WorkerHttpsCertThumbprint"]),
        edited("MaxTaskCount is edited", "MaxTaskCount", json!(1))
            .seen(&["WorkerRunning", "WorkerSettings"])
            .effects(&["ReplaceSettings ETL01", "StopService ETL01", "StartService ETL01"]),
        edited("AgentHeartbeatInterval is edited", "AgentHeartbeatInterval", json!("00:01:00"))
            .seen(&["WorkerRunning", "WorkerSettings"])
            .effects(&["ReplaceSettings ETL01", "StopService ETL01", "StartService ETL01"]),
        edited("TaskHeartbeatInterval is edited", "TaskHeartbeatInterval", json!("00:01:00"))
            .seen(&["WorkerRunning", "WorkerSettings"])
            .effects(&["ReplaceSettings ETL01", "StopService ETL01", "StartService ETL01"]),
        edited("TaskRequestMaxCPU is edited", "TaskRequestMaxCPU", json!(90))
            .seen(&["WorkerRunning", "WorkerSettings"])
            .effects(&["ReplaceSettings ETL01", "StopService ETL01", "StartService ETL01"]),
        edited("TaskRequestMinMemory is edited", "TaskRequestMinMemory", json!(1))
            .seen(&["WorkerRunning", "WorkerSettings"])
            .effects(&["ReplaceSettings ETL01", "StopService ETL01", "StartService ETL01"]),
        edited("HeartbeatErrorTollerance is edited", "HeartbeatErrorTollerance", json!("00:01:00"))
            .seen(&["WorkerRunning", "WorkerSettings"])
            .effects(&["ReplaceSettings ETL01", "StopService ETL01", "StartService ETL01"]),
        edited("LeaseInternval is edited", "LeaseInternval", json!("00:09:00"))
            .seen(&["WorkerRunning", "WorkerSettings"])
            .effects(&["ReplaceSettings ETL01", "StopService ETL01", "StartService ETL01"]),
        edited("AgentId is edited", "AgentId", json!("00000000-0000-4000-8000-000000000001"))
            .seen(&["WorkerRunning"])
            .effects(&["StopService ETL01", "StartService ETL01", "EnableWorkerAgent SQL01"])
            .leaves(&[
                "/nodes/ETL01/**/AgentId",
                "/nodes/*/instances/*/databases/SSISDB/content/catalog/workerAgents/*",
            ]),
        case("TaskRequestMaxCPU is deleted", vec![crate::case::cut("ETL01", "TaskRequestMaxCPU")])
            .seen(&["WorkerRunning", "WorkerSettings"])
            .effects(&["ReplaceSettings ETL01", "StopService ETL01", "StartService ETL01"]),
        case("TaskRequestMinMemory is deleted", vec![crate::case::cut("ETL01", "TaskRequestMinMemory")])
            .seen(&["WorkerRunning", "WorkerSettings"])
            .effects(&["ReplaceSettings ETL01", "StopService ETL01", "StartService ETL01"]),
        case(
            "the worker's settings are touched",
            vec![with(|lab| {
                let now = lab.look(|site| site.now_ms);
                lab.set("/nodes/ETL01/features/ScaleOutWorker150/settings/modifiedMs", now.into())
            })],
        )
        .seen(&["WorkerRunning"])
        .effects(&["StopService ETL01", "StartService ETL01"]),
    ]
}
