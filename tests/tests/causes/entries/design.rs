//! #29 to #51: mistakes in the design of a highly available site, and hands that reach in.

use super::{Entry, edit, set, unset};
use crate::certificates::{self, Made};
use crate::outside::{Outside, TlsAnswer};
use crate::plan::{Plan, Step};
use crate::probes::{
    endpoint, is_silent, last_execution_is, logs_nothing, master_is_silent, only_worker_is_silent, property,
    service_runs, workers_are_silent,
};
use crate::scene::{LOG_LOGIN, PORT, Scene};
use anyhow::{Context as _, Result};
use serde_json::{Value, json};

pub(super) static ENTRIES: &[Entry] = &[
    Entry::by(
        &[29],
        "the owner's certificate names the listener, not the role; one worker trusts and pins it",
        "the endpoint presents it, and that worker goes silent as well",
        wrong_name,
    ),
    Entry::by(
        &[30],
        "another certificate on the standby node; then the role moves",
        "SSLCERT_THUMBPRINT and the endpoint's certificate change, all workers go silent",
        other_certificate,
    ),
    Entry::by(
        &[31],
        "somebody runs catalog.enable_scaleout again",
        "CLUSTER_LOGDB_SERVER names one instance, and the log login has another SID on each replica",
        enabled_again,
    ),
    Entry::by(
        &[32],
        "the log login of the secondary has another SID; then a failover",
        "a package succeeds and leaves no message",
        |scene| {
            let sid = Scene::instance(&scene.secondary, &format!("logins/{LOG_LOGIN}/sid"));
            let plan = Plan::new([set(sid, "00112233445566778899AABBCCDDEEFF")], logs_nothing);
            let (to, back) = (scene.secondary.clone(), scene.primary.clone());
            Ok(plan.then([Step::FailOver(to)]).after([Step::FailOver(back)]))
        },
    ),
    Entry::by(
        &[33, 46],
        "the Master feature is not on the primary's host, and somebody runs catalog.enable_scaleout",
        "27261, and yet CLUSTER_LOGDB_SERVER names that instance and packages leave no message",
        |scene| {
            let feature = format!("/nodes/{}/features/ScaleOutMaster150", scene.primary);
            let plan = Plan::new([unset(feature)], |outside, scene| {
                Ok(names_instance(outside, scene)? && logs_nothing(outside, scene)?)
            });
            let enable = Step::Sql(scene.operator.clone(), ENABLE.to_owned(), 27_261);
            Ok(plan.then([enable]).after(log_string_again(scene)))
        },
    ),
    Entry::by(&[34], "the caller of catalog.enable_scaleout is no sysadmin", "27260", |scene| {
        let login = &scene.operator.0;
        let roles = Scene::instance(&scene.primary, &format!("logins/{login}/roles"));
        let enable = Step::Sql(scene.operator.clone(), ENABLE.to_owned(), 27_260);
        Ok(Plan { cause: vec![set(roles, json!([]))], ..Plan::default() }.then([enable]))
    }),
    Entry::by(
        &[35],
        "the role names the service of an older version; then it moves",
        "no TCP connection to the endpoint",
        |scene| {
            let plan = Plan::new([old_service(scene)?], |outside, scene| {
                Ok(endpoint(outside, scene)? == TlsAnswer::NoConnection)
            });
            Ok(plan.then([to_standby(scene)]).after([to_owner(scene)]))
        },
    ),
    Entry::by(
        &[37],
        "the row MASTER_ADDRESS is missing; catalog.update_master_address succeeds",
        "the address is not there when it is read back",
        |scene| {
            let row = scene.content("catalog/masterProperties/MASTER_ADDRESS");
            let text = "EXEC SSISDB.catalog.update_master_address @MasterAddress = N'https://ssis-master.corp.example:8391';";
            let plan = Plan::new([unset(row)], |outside, scene| {
                let query = "SELECT COUNT(*) FROM SSISDB.catalog.master_properties WHERE property_name = N'MASTER_ADDRESS'";
                Ok(outside.value(&scene.primary, &scene.observer, query)? == "0")
            });
            Ok(plan.then([Step::Sql(scene.operator.clone(), text.to_owned(), 0)]))
        },
    ),
    Entry::by(
        &[38],
        "a worker's certificate is not in Root of the standby node; then the role moves",
        "that worker alone goes silent",
        |scene| {
            let path = scene.certificate(&scene.standby, "root", &scene.worker_thumbprint(scene.worker())?);
            let plan = Plan::new([unset(path)], only_worker_is_silent);
            Ok(plan.then([to_standby(scene)]).after([to_owner(scene)]))
        },
    ),
    Entry::by(&[44], "the caller of catalog.create_execution is a SQL login", "27123", |scene| {
        let text = "DECLARE @e bigint; EXEC SSISDB.catalog.create_execution @folder_name = N'f', @project_name = N'p', \
                        @package_name = N'x.dtsx', @execution_id = @e OUTPUT;";
        Ok(Plan::default().then([Step::Sql(scene.operator.clone(), text.to_owned(), 27_123)]))
    }),
    Entry::not(
        &[45],
        "27259 from catalog.enable_worker_agent",
        "how many workers each edition allows is not published, so the limit is not simulated",
    ),
    Entry::by(&[47], "a session of the log login is open when the login is dropped", "15434", |scene| {
        let drop = format!("DROP LOGIN [{LOG_LOGIN}];");
        Ok(Plan::default().then([Step::SqlWhileLogged(scene.operator.clone(), drop, 15_434)]))
    }),
    Entry::by(
        &[48],
        "a worker that runs a package is cut off from the master for longer than the lease",
        "the execution ended unexpectedly (6)",
        |scene| {
            let worker = scene.worker().to_owned();
            let cut = set("/cutLinks", json!([[worker, scene.owner]]));
            Ok(lost_task(scene, Plan::new([cut], |outside, scene| last_execution_is(outside, scene, "6"))))
        },
    ),
    Entry::by(
        &[49],
        "a tool starts the master's service on the standby node",
        "both agents say that the service runs, and MACHINE_NAME goes to and fro",
        |scene| Ok(two_masters(scene)),
    ),
    Entry::by(
        &[50],
        "the login of the master's account is missing on the primary",
        "LAST_ONLINE_TIME in catalog.master_properties stands still",
        |scene| Ok(Plan::new([unset(master_login(scene)?)], master_is_silent)),
    ),
    Entry::by(
        &[51],
        "a worker that runs a package is disabled",
        "the execution ended unexpectedly (6)",
        |scene| {
            let id = scene.agent_id(scene.worker())?;
            let path = scene.content(&format!("catalog/workerAgents/{id}/enabled"));
            let symptom = |outside: &Outside<'_>, scene: &Scene| last_execution_is(outside, scene, "6");
            Ok(lost_task(scene, Plan::new([set(path, false)], symptom)))
        },
    ),
];

const ENABLE: &str = "EXEC SSISDB.catalog.enable_scaleout;";

fn to_standby(scene: &Scene) -> Step {
    Step::MoveRole(scene.standby.clone())
}

fn to_owner(scene: &Scene) -> Step {
    Step::MoveRole(scene.owner.clone())
}

pub(super) fn old_service(scene: &Scene) -> Result<crate::plan::Change> {
    let resources = format!("/cluster/groups/{}/resources", scene.role);
    let kind = |name: &String| format!("{resources}/{name}/kind/genericService/serviceName");
    let paths: Vec<_> = scene.keys(&resources).iter().map(kind).collect();
    let path = paths.into_iter().find(|path| scene.get(path).is_some()).context("no service")?;
    Ok(set(path, "SSISScaleOutMaster140"))
}

/// The login of the master's account on the primary.
pub(super) fn master_login(scene: &Scene) -> Result<String> {
    let logins = Scene::instance(&scene.primary, "logins");
    let own = |name: &String| name.to_lowercase().contains("svc-ssis-master");
    let login = scene.keys(&logins).into_iter().find(own).context("no login of the master")?;
    Ok(format!("{logins}/{login}"))
}

fn lost_task(scene: &Scene, plan: Plan) -> Plan {
    let (start, end) = (Step::StartTask(scene.worker().to_owned()), Step::EndTask(scene.worker().to_owned()));
    plan.before([start.clone()]).then([Step::LeaseEnds]).after([start, end])
}

fn names_instance(outside: &Outside<'_>, scene: &Scene) -> Result<bool> {
    Ok(property(outside, scene, "CLUSTER_LOGDB_SERVER")?.eq_ignore_ascii_case(&scene.primary))
}

/// The log string and its server as they were.
fn log_string_again(scene: &Scene) -> [Step; 2] {
    let server = "catalog/masterProperties/CLUSTER_LOGDB_SERVER";
    let old = scene.get(&scene.content(server)).cloned().unwrap_or_default();
    let text: Value = json!({ "secret": scene.log_string });
    [
        Step::Change(set(scene.content(server), old)),
        Step::Change(set(scene.content("catalog/logConnectionString"), text)),
    ]
}

/// A certificate with its key on a master node, bound to its port and readable for the service.
pub(super) fn bind(scene: &Scene, node: &str, made: &Made) -> Result<Vec<crate::plan::Change>> {
    let old = scene.certificate(node, "root", &scene.master_thumbprint()?);
    let readers = scene.get(&format!("{old}/keyReaders")).cloned().unwrap_or_default();
    let mut stored = made.stored.clone();
    stored["keyReaders"] = readers;
    Ok(vec![
        set(format!("/nodes/{node}/certificates/root/{}", made.thumbprint), stored),
        set(format!("/nodes/{node}/bindings/{PORT}/thumbprint"), made.thumbprint.to_string()),
    ])
}

fn wrong_name(scene: &Scene) -> Result<Plan> {
    let made = certificates::own(&["ssisdb-lsnr.corp.example"])?;
    let worker = scene.worker().to_owned();
    let mut cause = bind(scene, &scene.owner, &made)?;
    cause.push(set(format!("/nodes/{worker}/certificates/root/{}", made.thumbprint), made.public()));
    cause.push(edit(scene, &worker, "MasterHttpsCertThumbprint", &made.thumbprint.to_string())?);
    let restart = [Step::RestartWorker(worker.clone())];
    let plan = Plan::new(cause, move |outside, scene| {
        let presents = endpoint(outside, scene)? == TlsAnswer::Presents(made.thumbprint);
        let told = outside.sim.ctl(["explain"])?.contains("does not name the host");
        Ok(presents && told && is_silent(outside, scene, &worker)?)
    });
    Ok(plan.then(restart.clone()).after(restart))
}

fn other_certificate(scene: &Scene) -> Result<Plan> {
    let made = certificates::own(&["ssis-master.corp.example"])?;
    let mut cause = bind(scene, &scene.standby, &made)?;
    cause.push(edit(scene, &scene.standby, "SSLCertThumbprint", &made.thumbprint.to_string())?);
    let plan = Plan::new(cause, move |outside, scene| {
        let told = property(outside, scene, "SSLCERT_THUMBPRINT")?.parse() == Ok(made.thumbprint);
        let presents = endpoint(outside, scene)? == TlsAnswer::Presents(made.thumbprint);
        Ok(told && presents && workers_are_silent(outside, scene)?)
    });
    Ok(plan.then([to_standby(scene)]).after([to_owner(scene)]))
}

/// The new SID is put back by hand in the end, and the password: no statement of anybody's knows the old one.
fn enabled_again(scene: &Scene) -> Result<Plan> {
    let sid = Scene::instance(&scene.primary, &format!("logins/{LOG_LOGIN}/sid"));
    let password = Scene::instance(&scene.primary, &format!("logins/{LOG_LOGIN}/kind/sql/text/text"));
    let old_sid = scene.get(&sid).cloned().context("no log login")?;
    let users = scene.content("users");
    let own = |user: &&String| scene.get(&format!("{users}/{user}/sid")) == Some(&old_sid);
    let user = scene.keys(&users).iter().find(own).cloned().context("no user of the log login")?;
    let old_password = scene.log_string.split('\'').nth(1).context("no password")?;
    let plan = Plan::new([], |outside, scene| {
        let query = format!(
            "SELECT CONVERT(nvarchar(100), sid, 1) FROM sys.server_principals WHERE name = N'{LOG_LOGIN}'"
        );
        let of = |host: &str| outside.value(host, &scene.observer, &query);
        Ok(names_instance(outside, scene)? && of(&scene.primary)? != of(&scene.secondary)?)
    });
    let back = [
        Step::Change(set(sid, old_sid.clone())),
        Step::Change(set(format!("{users}/{user}/sid"), old_sid)),
        Step::Change(set(password, json!({ "secret": old_password }))),
    ];
    let enable = Step::Sql(scene.operator.clone(), ENABLE.to_owned(), 0);
    Ok(plan.then([enable]).after(back).after(log_string_again(scene)))
}

fn two_masters(scene: &Scene) -> Plan {
    let service = Scene::master_service(&scene.standby);
    let stopped = ["startedMs", "loadedSettings", "runningAs", "lastHeartbeatMs"];
    let mut stop = vec![Step::Change(set(format!("{service}/state"), "stopped"))];
    stop.extend(stopped.map(|field| Step::Change(set(format!("{service}/{field}"), Value::Null))));
    let plan = Plan::new([], |outside, scene| {
        let both = service_runs(outside, &scene.owner)? && service_runs(outside, &scene.standby)?;
        Ok(both && property(outside, scene, "MACHINE_NAME")?.eq_ignore_ascii_case(&scene.standby))
    });
    plan.then([Step::RestartMaster(scene.standby.clone())]).after(stop)
}
