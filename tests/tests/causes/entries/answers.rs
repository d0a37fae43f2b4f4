//! Causes that are set while the controller runs.

use super::{edit, set, unset};
use crate::answers::{Answer, Expected};
use crate::certificates;
use crate::plan::{Change, Step};
use crate::scene::{LOG_LOGIN, MONITOR_JOB, PORT, Scene, escaped};
use Expected::{Mends, Says};
use serde_json::{Value, json};

/// In rounds of causes that do not meet. The site must be right again soon after each but the last: refused passwords included.
pub(crate) static ROUNDS: &[&[Answer]] = &[FIRST, SECOND, THIRD, RESTARTED, TOLD];

const FIRST: &[Answer] = &[
    Answer::new(&[29], "a certificate of another name is bound on the owner", Mends("AddBinding"), |scene| {
        super::design::bind(scene, &scene.owner, &certificates::own(&["ssisdb-lsnr.corp.example"])?)
    }),
    Answer::new(&[32], "the log login of the secondary has another SID", Mends("CreateLogin"), |scene| {
        let sid = Scene::instance(&scene.secondary, &format!("logins/{LOG_LOGIN}/sid"));
        Ok(vec![set(sid, "00112233445566778899AABBCCDDEEFF")])
    }),
    Answer::new(
        &[38],
        "a worker's certificate is not in Root of the standby node",
        Mends("AddCertificate"),
        |scene| {
            let thumbprint = scene.worker_thumbprint(scene.worker())?;
            Ok(vec![unset(scene.certificate(&scene.standby, "root", &thumbprint))])
        },
    ),
    Answer::new(&[], "the listener has another port", Mends("SetListenerPort"), |scene| {
        Ok(vec![set(format!("/groups/{}/listener/port", scene.group), 1434)])
    }),
    Answer::new(
        &[3, 13],
        "MasterEndpoint of a worker is edited by hand",
        Mends("ReplaceSettings"),
        |scene| {
            Ok(vec![edit(scene, scene.worker(), "MasterEndpoint", "https://ssis-master.corp.example:8392")?])
        },
    ),
    Answer::new(&[], "the failover monitor job is disabled on the primary", Mends("UpdateJob"), |scene| {
        Ok(vec![set(Scene::instance(&scene.primary, &format!("jobs/{MONITOR_JOB}/enabled")), false)])
    }),
    Answer::new(
        &[49],
        "the master's service starts by itself on the standby node",
        Mends("SetStartType"),
        |scene| Ok(vec![set(format!("{}/startType", Scene::master_service(&scene.standby)), "automatic")]),
    ),
];

const SECOND: &[Answer] = &[
    Answer::new(
        &[7],
        "no certificate is bound to the master's port on the owner",
        Mends("AddBinding"),
        |scene| Ok(vec![unset(format!("/nodes/{}/bindings/{PORT}", scene.owner))]),
    ),
    Answer::new(&[10], "the log login is disabled on the primary", Mends("EnableLogin"), |scene| {
        Ok(vec![set(Scene::instance(&scene.primary, &format!("logins/{LOG_LOGIN}/disabled")), true)])
    }),
    Answer::new(
        &[4],
        "the master's certificate is not in Root of a worker",
        Mends("AddCertificate"),
        |scene| Ok(vec![unset(scene.certificate(scene.worker(), "root", &scene.master_thumbprint()?))]),
    ),
    Answer::new(
        &[1],
        "SqlServerName of the standby node is edited by hand",
        Mends("ReplaceSettings"),
        |scene| Ok(vec![edit(scene, &scene.standby, "SqlServerName", "nowhere.corp.example,1433")?]),
    ),
    Answer::new(
        &[21],
        "the secondary is not registered in internal.alwayson_support_state",
        Mends("AddReplicaInfo"),
        |scene| {
            let row = format!("catalog/alwaysonSupportState/{}", escaped(&scene.secondary));
            Ok(vec![unset(scene.content(&row))])
        },
    ),
    Answer::new(
        &[41],
        "the primary's copy of SSISDB belongs to another login",
        Mends("SetDatabaseOwner"),
        |scene| Ok(vec![set(scene.content("").replace("/content/", "/owner"), "01")]),
    ),
    Answer::new(&[37], "MASTER_ADDRESS is another", Mends("UpdateMasterAddress"), |scene| {
        let row = scene.content("catalog/masterProperties/MASTER_ADDRESS");
        Ok(vec![set(row, "https://other.corp.example:8391")])
    }),
    Answer::new(&[9, 17], "a worker is disabled", Mends("EnableWorkerAgent"), |scene| {
        let id = scene.agent_id(scene.other_worker())?;
        Ok(vec![set(scene.content(&format!("catalog/workerAgents/{id}/enabled")), false)])
    }),
];

const THIRD: &[Answer] = &[
    Answer::new(
        &[5],
        "no account may read the private key of a worker's certificate",
        Mends("GrantKeyRead"),
        |scene| {
            let path = scene.certificate(scene.worker(), "my", &scene.worker_thumbprint(scene.worker())?);
            Ok(vec![set(format!("{path}/keyReaders"), json!([]))])
        },
    ),
    Answer::new(
        &[3],
        "the firewall rule of the master's port is off on the owner",
        Mends("SetFirewallRule"),
        super::scale_out::closed_firewall,
    ),
    Answer::new(&[31, 46], "CLUSTER_LOGDB_SERVER is one instance", Mends("UpdateLogDatabase"), |scene| {
        let row = scene.content("catalog/masterProperties/CLUSTER_LOGDB_SERVER");
        Ok(vec![set(row, scene.primary.as_str())])
    }),
    Answer {
        mended: Some(has_own_credential),
        ..Answer::new(
            &[18, 42],
            "no credential of the secondary is for SSISDB's family",
            Mends("AddKeyCredential"),
            super::always_on::foreign_credential,
        )
    },
    Answer::new(
        &[50],
        "the login of the master's account is disabled on the primary",
        Mends("EnableLogin"),
        |scene| {
            let login = super::design::master_login(scene)?;
            Ok(vec![set(format!("{login}/disabled"), true)])
        },
    ),
    Answer::new(
        &[20],
        "the role ssis_failover_monitoring_agent may execute nothing",
        Mends("SetObjectPermission"),
        |scene| Ok(vec![set(scene.content("roleGrants/ssis_failover_monitoring_agent"), json!([]))]),
    ),
    Answer::new(&[35], "the role names the service of an older version", Mends("SetProperties"), |scene| {
        Ok(vec![super::design::old_service(scene)?])
    }),
];

const TOLD: &[Answer] = &[Answer::new(
    &[10],
    "Windows authentication only, from the secondary's next start on",
    Says("MixedModeOff"),
    |scene| Ok(windows_only(scene)),
)];

const RESTARTED: &[Answer] = &[Answer {
    then: Some(|scene| Step::RestartEngine(scene.secondary.clone())),
    ..Answer::new(
        &[10],
        "Windows authentication only on the secondary; its instance is restarted",
        Says("MixedModeOff"),
        |scene| Ok(windows_only(scene)),
    )
}];

fn windows_only(scene: &Scene) -> Vec<Change> {
    vec![set(Scene::instance(&scene.secondary, "windowsOnly"), true)]
}

/// The foreign credential may stay; one for the family must be there.
fn has_own_credential(scene: &Scene, dump: &Value) -> bool {
    let family = scene.get(&Scene::instance(&scene.primary, "databases/SSISDB/familyGuid"));
    let credentials = dump.pointer(&Scene::instance(&scene.secondary, "credentials"));
    let all = credentials.and_then(Value::as_object).into_iter().flatten();
    family.is_some() && all.into_iter().any(|(_, credential)| credential.get("familyGuid") == family)
}
