//! #1 to #17: Scale Out itself.

use super::{Entry, edit, set, unset};
use crate::outside::TlsAnswer;
use crate::plan::{Change, Plan, Step};
use crate::probes::{
    endpoint, is_silent, logs_nothing, master_is_silent, only_worker_is_silent, primary, service_runs,
    settings_wait,
};
use crate::scene::{LOG_LOGIN, PORT, Scene, escaped};
use anyhow::{Result, bail};
use serde_json::json;

pub(super) static ENTRIES: &[Entry] = &[
    Entry::by(
        &[1],
        "SqlServerName in MasterSettings.config names nothing; the master is restarted",
        "LAST_ONLINE_TIME in catalog.master_properties stands still",
        |scene| wrong_server(scene, "nowhere.corp.example,1433"),
    ),
    Entry::by(
        &[2],
        "AgentId is the one that is refused (27101); the worker is restarted",
        "the service runs, the worker's LastOnlineTime stands still",
        |scene| {
            let worker = scene.worker().to_owned();
            let refused = edit(scene, &worker, "AgentId", "11111111-1111-1111-1111-111111111111")?;
            let restart = [Step::RestartWorker(worker.clone())];
            let plan = Plan::new([refused], move |outside, scene| {
                Ok(service_runs(outside, &worker)? && only_worker_is_silent(outside, scene)?)
            });
            Ok(plan.then(restart.clone()).after(restart))
        },
    ),
    Entry::by(
        &[3],
        "the firewall rule of the master's port is off on the owner",
        "no TCP connection to the endpoint",
        |scene| Ok(Plan::new(closed_firewall(scene)?, no_connection)),
    ),
    Entry::by(
        &[3],
        "MasterEndpoint of a worker has another port; the worker is restarted",
        "that worker alone goes silent",
        |scene| worker_edit(scene, "MasterEndpoint", "https://ssis-master.corp.example:8392"),
    ),
    Entry::by(
        &[4],
        "the master's certificate is not in Root of a worker",
        "that worker alone goes silent",
        |scene| {
            let path = scene.certificate(scene.worker(), "root", &scene.master_thumbprint()?);
            Ok(Plan::new([unset(path)], only_worker_is_silent))
        },
    ),
    Entry::by(
        &[4],
        "MasterHttpsCertThumbprint of a worker is another; the worker is restarted",
        "that worker alone goes silent",
        |scene| worker_edit(scene, "MasterHttpsCertThumbprint", "ABABABABABABABABABABABABABABABABABABABAB"),
    ),
    Entry::by(
        &[5],
        "no account may read the private key of a worker's certificate",
        "that worker alone goes silent",
        |scene| {
            let path = scene.certificate(scene.worker(), "my", &scene.worker_thumbprint(scene.worker())?);
            Ok(Plan::new([set(format!("{path}/keyReaders"), json!([]))], only_worker_is_silent))
        },
    ),
    Entry::by(
        &[6],
        "a worker's certificate is not in Root of the owner",
        "that worker alone goes silent (403)",
        |scene| {
            let path = scene.certificate(&scene.owner, "root", &scene.worker_thumbprint(scene.worker())?);
            Ok(Plan::new([unset(path)], only_worker_is_silent))
        },
    ),
    Entry::by(
        &[6],
        "a certificate that is not self-signed is in Root of the owner",
        "all workers go silent (403), the endpoint still presents its certificate",
        |scene| {
            let (thumbprint, certificate) = crate::certificates::issued()?;
            let path = format!("/nodes/{}/certificates/root/{thumbprint}", scene.owner);
            Ok(Plan::new([set(path, certificate)], |outside, scene| {
                let silent = crate::probes::workers_are_silent(outside, scene)?;
                Ok(silent && matches!(endpoint(outside, scene)?, TlsAnswer::Presents(_)))
            }))
        },
    ),
    Entry::by(
        &[7],
        "no certificate is bound to the master's port on the owner",
        "a TCP connection, and no TLS handshake",
        |scene| {
            let path = format!("/nodes/{}/bindings/{PORT}", scene.owner);
            Ok(Plan::new([unset(path)], |outside, scene| Ok(endpoint(outside, scene)? == TlsAnswer::Broken)))
        },
    ),
    Entry::not(
        &[8],
        "Scale Out Manager can't open the certificate store",
        "there is no Scale Out Manager: its users' desktops are not part of the site",
    ),
    Entry::by(&[9], "all workers are disabled", "no package starts on a worker (27252)", |scene| {
        let path = |worker: &String| -> Result<Change> {
            let id = scene.agent_id(worker)?;
            Ok(set(scene.content(&format!("catalog/workerAgents/{id}/enabled")), false))
        };
        let cause = scene.workers.iter().map(path).collect::<Result<Vec<_>>>()?;
        Ok(Plan::new(cause, |outside, scene| match outside.sim.ctl(["task", "start", scene.worker()]) {
            Ok(_) => outside.sim.ctl(["task", "end", scene.worker()]).map(|_| false),
            Err(error) if error.to_string().contains("27252") => Ok(true),
            Err(error) => Err(error),
        }))
    }),
    Entry::by(
        &[10],
        "the log login is disabled on the primary",
        "a package succeeds and leaves no message",
        |scene| {
            let path = Scene::instance(&scene.primary, &format!("logins/{LOG_LOGIN}/disabled"));
            Ok(Plan::new([set(path, true)], logs_nothing))
        },
    ),
    Entry::by(
        &[10],
        "Windows authentication only on a replica; its instance is restarted",
        "SQL logins are refused there (18456)",
        |scene| {
            let path = Scene::instance(&scene.secondary, "windowsOnly");
            let restart = [Step::RestartEngine(scene.secondary.clone())];
            let plan = Plan::new([set(path, true)], |outside, scene| {
                Ok(outside.error(&scene.secondary, &scene.observer, "SELECT 1")? == 18_456)
            });
            Ok(plan.then(restart.clone()).after(restart))
        },
    ),
    Entry::not(
        &[11],
        "the messages of a package are too thin",
        "logging levels of packages are not simulated",
    ),
    Entry::by(
        &[12],
        "the log connection string asks for Windows authentication, and the worker's account has no login",
        "a package succeeds and leaves no message",
        |scene| {
            let path = scene.content("catalog/logConnectionString");
            let server = scene.log_string.split(';').next().unwrap_or_default();
            let text = format!("{server};Initial Catalog=SSISDB;Integrated Security=SSPI;");
            let change = |text: &str| Step::Change(set(path.clone(), json!({ "secret": text })));
            let plan = Plan::new([], logs_nothing);
            Ok(plan.then([change(&text)]).after([change(&scene.log_string)]))
        },
    ),
    Entry::by(
        &[13],
        "MasterEndpoint of a worker is changed, and the worker is not restarted",
        "the worker goes on as before; its file is younger than its process",
        |scene| {
            let worker = scene.worker().to_owned();
            let cause = edit(scene, &worker, "MasterEndpoint", "https://ssis-master.corp.example:8392")?;
            let restart = [Step::RestartWorker(worker.clone())];
            let plan = Plan::new([cause], move |outside, scene| {
                Ok(settings_wait(outside, &worker)? && !is_silent(outside, scene, &worker)?)
            });
            Ok(plan.after(restart))
        },
    ),
    Entry::not(
        &[14],
        "a worker stays offline after the firewall was opened, until it is restarted",
        "simulated workers try again by themselves; one walk-through alone says that real ones do not",
    ),
    Entry::not(
        &[15],
        "Scale Out Manager can't install a worker's certificate on a clustered master",
        "there is no Scale Out Manager; what follows from it is entry 38",
    ),
    Entry::by(
        &[16],
        "SqlServerName names an instance that the owner does not have; the master is restarted",
        "LAST_ONLINE_TIME in catalog.master_properties stands still",
        |scene| wrong_server(scene, &format!(r"{}\OTHER", scene.owner)),
    ),
    Entry::by(
        &[17],
        "a worker comes with an AgentId that the catalog does not know",
        "a row of catalog.worker_agents with IsEnabled = 0",
        |scene| {
            new_identity(
                scene,
                |id| {
                    format!(
                        "SELECT COUNT(*) FROM SSISDB.catalog.worker_agents WHERE IsEnabled = 0 AND WorkerAgentId = '{id}'"
                    )
                },
                "1",
            )
        },
    ),
    Entry::by(
        &[36],
        "a worker is installed again and has a new AgentId",
        "two rows of one MachineName in catalog.worker_agents, the old one goes stale",
        |scene| {
            let machine = scene.worker().to_owned();
            let query = move |_: &str| {
                format!("SELECT COUNT(*) FROM SSISDB.catalog.worker_agents WHERE MachineName = N'{machine}'")
            };
            new_identity(scene, query, "2")
        },
    ),
];

pub(super) fn closed_firewall(scene: &Scene) -> Result<Vec<Change>> {
    let rules = format!("/nodes/{}/firewall/rules", scene.owner);
    let of_port = |key: &String| scene.get(&format!("{rules}/{}/port", escaped(key))) == Some(&json!(PORT));
    let keys = scene.keys(&rules).into_iter().filter(of_port);
    let off: Vec<_> = keys.map(|key| set(format!("{rules}/{}/enabled", escaped(&key)), false)).collect();
    if off.is_empty() {
        bail!("no rule of the port");
    }
    Ok(off)
}

fn no_connection(outside: &crate::outside::Outside<'_>, scene: &Scene) -> Result<bool> {
    Ok(endpoint(outside, scene)? == TlsAnswer::NoConnection)
}

fn wrong_server(scene: &Scene, server: &str) -> Result<Plan> {
    let restart = [Step::RestartMaster(scene.owner.clone())];
    let cause = edit(scene, &scene.owner, "SqlServerName", server)?;
    Ok(Plan::new([cause], master_is_silent).then(restart.clone()).after(restart))
}

fn worker_edit(scene: &Scene, key: &str, value: &str) -> Result<Plan> {
    let restart = [Step::RestartWorker(scene.worker().to_owned())];
    let cause = edit(scene, scene.worker(), key, value)?;
    Ok(Plan::new([cause], only_worker_is_silent).then(restart.clone()).after(restart))
}

/// A worker under another AgentId; `count` of rows is the symptom. The stray row goes in the end.
fn new_identity(scene: &Scene, query: impl Fn(&str) -> String, count: &'static str) -> Result<Plan> {
    let id = "7c1f4d5e-0a3b-4c2d-9e8f-112233445566";
    let worker = scene.worker().to_owned();
    let cause = edit(scene, &worker, "AgentId", id)?;
    let restart = Step::RestartWorker(worker.clone());
    let stray = unset(scene.content(&format!("catalog/workerAgents/{id}")));
    let query = query(id);
    let plan = Plan::new([cause], move |outside, scene| {
        let host = primary(outside, scene)?;
        let there = outside.value(&host, &scene.operator, &query)? == count;
        Ok(there && is_silent(outside, scene, &worker)?)
    });
    Ok(plan.then([restart.clone()]).after([restart, Step::Change(stray)]))
}
