//! Ways to break each invariant by hand, on the dump of a site that holds them all.

mod change;

use crate::intent::Intent;
use change::Change;
use serde_json::{Value, json};

/// One thing changed in a dump.
#[derive(Clone, Copy, Debug)]
pub struct Breach {
    /// The invariant that it breaks.
    pub invariant: &'static str,
    /// What is changed.
    pub name: &'static str,
    change: fn(&mut Change<'_>) -> Option<()>,
}

impl Breach {
    /// The dump with the change; `None` if there is nothing to change.
    pub fn apply(&self, dump: &Value, intent: &Intent) -> Option<Value> {
        let mut broken = dump.clone();
        (self.change)(&mut Change { dump: &mut broken, intent })?;
        (broken != *dump).then_some(broken)
    }
}

macro_rules! breaches {
    ($($invariant:literal $name:literal $change:expr;)*) => {
        /// All breaches.
        pub const ALL: &[Breach] = &[$(Breach { invariant: $invariant, name: $name, change: $change },)*];
    };
}

breaches! {
    "I1" "host of the master address" |c| c.property("MASTER_ADDRESS", |text| text.replace("://", "://other-"));
    "I1" "host of a worker's endpoint" |c| c.worker_setting("://", "://other-");
    "I1" "name of the client access point" |c| c.access_point("other");
    "I1" "a certificate without the role's name" |c| c.bind_the_worker();
    "I2" "port of the master address" |c| c.property("MASTER_ADDRESS", |text| format!("{text}1"));
    "I2" "port in the catalog" |c| c.property("MASTER_SERVICE_PORT", |_| "1".to_owned());
    "I2" "port in a node's settings" |c| c.master_file("PortNumber", "Other");
    "I2" "no binding on a node" |c| c.node(0)?.get_mut("bindings").map(clear);
    "I3" "thumbprint that is bound" |c| c.bind("0000000000000000000000000000000000000000");
    "I3" "thumbprint in a node's settings" |c| c.master_file("SSLCertThumbprint", "Other");
    "I3" "thumbprint in the catalog" |c| c.property("SSLCERT_THUMBPRINT", |_| "00".repeat(20));
    "I3" "thumbprint that a worker pins" |c| c.worker_setting("MasterHttpsCertThumbprint", "Other");
    "I3" "no private key on a node" |c| c.bound_certificate("key", Value::Null);
    "I3" "nobody reads the key on a node" |c| c.bound_certificate("keyReaders", json!([]));
    "I3" "a worker without the master's certificate" |c| c.worker()?.pointer_mut("/certificates/root").map(clear);
    "I4" "log server in a node's settings" |c| c.master_file("SqlServerName", "Other");
    "I4" "log server in the catalog" |c| c.property("CLUSTER_LOGDB_SERVER", |text| format!("{text}1"));
    "I4" "log server in the log string" |c| c.catalog()?.pointer_mut("/logConnectionString/data source")
        .map(|server| *server = "sql,1".into());
    "I5" "SID of the log login" |c| c.log_login().map(|login| login["sid"] = "00".into());
    "I5" "password of the log login" |c| c.log_login()?.pointer_mut("/kind/sql/text/text").map(|text| *text = "x".into());
    "I5" "log login disabled" |c| c.log_login().map(|login| login["disabled"] = true.into());
    "I5" "no log login" |c| c.instance(1)?.get_mut("logins")?.as_object_mut()?.retain_not("LogDBWorkerAgent");
    "I5" "Windows authentication only" |c| c.instance(1).map(|instance| instance["windowsOnlyInUse"] = true.into());
    "I6" "password of the master key" |c| c.catalog()?.pointer_mut("/masterKey/password").map(|text| *text = "x".into());
    "I6" "no credential on a replica" |c| c.instance(1)?.get_mut("credentials").map(clear);
    "I7" "a replica that is not registered" |c| c.catalog()?.get_mut("alwaysonSupportState").map(clear);
    "I7" "no failover job" |c| c.instance(1)?.get_mut("jobs")?.as_object_mut()?.retain_not("Failover");
    "I7" "maintenance job disabled" |c| c.instance(1)?.pointer_mut("/jobs/SSIS Server Maintenance Job/enabled")
        .map(|enabled| *enabled = false.into());
    "I7" "procedure that does not run at start-up" |c| c.instance(1)?
        .pointer_mut("/databases/master/content/procedures/dbo.sp_ssis_startup/atStartup")
        .map(|startup| *startup = false.into());
    "I7" "CLR off" |c| c.instance(1)?.pointer_mut("/configuration/clr enabled/inUse").map(|value| *value = 0.into());
    "I7" "assembly not trusted" |c| c.instance(1)?.get_mut("trustedAssemblies").map(clear);
    "I7" "SQL Server Agent stopped" |c| c.service(1, "sqlAgent").map(|service| service["state"] = "stopped".into());
    "I8" "another account of the service" |c| c.service(1, "scaleOutMaster")
        .map(|service| service["account"] = r"OTHER\account".into());
    "I8" "the account without a login" |c| c.drop_login_of_master_account();
    "I8" "nobody is ssis_admin" |c| c.users()?.values_mut().try_for_each(|user| user.get_mut("roles").map(|r| *r = json!([])));
    "I8" "another owner of SSISDB" |c| c.instance(1)?.pointer_mut("/databases/SSISDB/owner").map(|sid| *sid = "01".into());
    "I8" "owner of SSISDB without a login" |c| c.drop_login_of_owner();
    "I8" "a second master" |c| c.all_masters("running");
    "I8" "no master" |c| c.all_masters("stopped");
    "I8" "role not online" |c| c.role()?.get_mut("resources")?.as_object_mut()?.values_mut().next()
        .map(|resource| resource["state"] = "failed".into());
    "I9" "a worker that a node does not trust" |c| c.distrust_workers();
    "I9" "a worker without its own key" |c| c.worker()?.pointer_mut("/certificates/my").map(clear);
    "I9" "a worker that is not registered" |c| c.catalog()?.get_mut("workerAgents").map(clear);
    "I9" "a worker disabled" |c| c.row().map(|row| row["enabled"] = false.into());
    "I9" "a worker that is silent" |c| c.row().map(|row| row["lastOnlineMs"] = 0.into());
    "Never" "quorum forced" |c| c.dump.pointer_mut("/cluster/forcedQuorum").map(|forced| *forced = true.into());
}

fn clear(value: &mut Value) {
    *value = json!({});
}

/// Maps that lose entries.
trait RetainNot {
    /// Removes the entries whose key contains `part`.
    fn retain_not(&mut self, part: &str) -> Option<()>;
}

impl RetainNot for serde_json::Map<String, Value> {
    fn retain_not(&mut self, part: &str) -> Option<()> {
        self.retain(|key, _| !key.contains(part));
        Some(())
    }
}
