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
        case("the worker is uninstalled", vec![
            unset("/nodes/ETL01/features/ScaleOutWorker150"),
            unset(format!("/nodes/ETL01/services/{SERVICE}")),
        ]),
        case("the worker's service has another account", vec![
            set(service("account"), r"CORP\svc-ssis-master"),
            set(service("password"), json!({"secret": "svc-ssis-master of the demo site"})),
        ]),
        case("the worker's certificate is deleted", vec![own(|lab, path| lab.unset(path))]),
        case("the worker's certificate lost its key", vec![own(|lab, path| lab.set(&format!("{path}/key"), Value::Null))]),
        case("the worker's account may not read the key", vec![
            own(|lab, path| lab.set(&format!("{path}/keyReaders"), json!([]))),
        ]),
        case("the master's certificate is not in the worker's Root", vec![with(|lab| {
            lab.unset(&master_certificate(lab, "ETL01")?)
        })]),
        case("the worker's certificate is not in Root of one master node", vec![with(|lab| {
            let thumbprint = worker_thumbprint(lab, "ETL01")?;
            lab.unset(&format!("/nodes/SQL02/certificates/root/{thumbprint}"))
        })]),
        case("the worker's service is stopped", vec![
            happens("ETL01", NodeEffect::StopService { service: SERVICE.into() }),
        ]),
        case("the worker's service does not start at boot", vec![set(service("startType"), "manual")]),
        case("the worker is disabled", vec![with(|lab| {
            let row = worker_row(lab, "ETL01")?;
            lab.set(&format!("{row}/enabled"), false.into())
        })]),
        case("the worker's row is deleted", vec![with(|lab| lab.unset(&worker_row(lab, "ETL01")?))]),
    ]
}

fn settings() -> Vec<Case> {
    let edited = |name: &'static str, key: &'static str, value: Value| case(name, vec![edit("ETL01", key, value)]);
    vec![
        edited("MasterEndpoint is edited", "MasterEndpoint", json!("https://ssis-master.corp.example:8392")),
        edited("MasterHttpsCertThumbprint is edited", "MasterHttpsCertThumbprint", json!("00")),
        edited("WorkerHttpsCertThumbprint is edited", "WorkerHttpsCertThumbprint", json!("00")),
        edited("MaxTaskCount is edited", "MaxTaskCount", json!(1)),
        edited("AgentHeartbeatInterval is edited", "AgentHeartbeatInterval", json!("00:01:00")),
        edited("TaskHeartbeatInterval is edited", "TaskHeartbeatInterval", json!("00:01:00")),
        edited("TaskRequestMaxCPU is edited", "TaskRequestMaxCPU", json!(90)),
        edited("TaskRequestMinMemory is edited", "TaskRequestMinMemory", json!(1)),
        case("the worker's settings are touched", vec![with(|lab| {
            let now = lab.look(|site| site.now_ms);
            lab.set("/nodes/ETL01/features/ScaleOutWorker150/settings/modifiedMs", now.into())
        })]),
    ]
}
