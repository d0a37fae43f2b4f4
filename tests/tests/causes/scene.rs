//! The names of the converged site and the paths of its fields, read from its dump.

use crate::outside::{Login, Outside};
use anyhow::{Context as _, Result};
use scaleout_model::certificate::Thumbprint;
use serde_json::{Map, Value};

/// Login of the workers' logs.
pub(crate) const LOG_LOGIN: &str = "##MS_SSISLogDBWorkerAgentLogin##";
/// The job that notices failovers.
pub(crate) const MONITOR_JOB: &str = "SSIS Failover Monitor Job";
const MASTER_SERVICE: &str = "SSISScaleOutMaster150";
const WORKER_SERVICE: &str = "SSISScaleOutWorker150";
/// Port of the master's endpoint.
pub(crate) const PORT: u16 = 8391;

/// The site as it is before a cause.
#[derive(Clone, Debug)]
pub(crate) struct Scene {
    pub(crate) dump: Value,
    /// The availability group and the clustered role.
    pub(crate) group: String,
    pub(crate) role: String,
    pub(crate) primary: String,
    pub(crate) secondary: String,
    pub(crate) owner: String,
    pub(crate) standby: String,
    /// Machines of the workers; causes are on the first.
    pub(crate) workers: Vec<String>,
    pub(crate) operator: Login,
    pub(crate) observer: Login,
    /// The log connection string, as `internal.get_log_dbconnection` tells it.
    pub(crate) log_string: String,
}

impl Scene {
    pub(crate) fn look(outside: &Outside<'_>, group: &str, role: &str) -> Result<Self> {
        let dump = outside.sim.dump()?;
        let text = |pointer: &str| {
            let found = dump.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
            found.with_context(|| format!("no {pointer} in the dump"))
        };
        let primary = text(&format!("/groups/{group}/primary"))?;
        let owner = text(&format!("/cluster/groups/{role}/owner"))?;
        let others = |pointer: &str, than: &str| {
            keys(dump.pointer(pointer)).into_iter().find(|key| key != than).context("only one of two")
        };
        let secondary = others(&format!("/groups/{group}/replicas"), &primary)?;
        let standby = others("/cluster/nodes", &owner)?;
        let of_worker = |node: &String| dump.pointer(&service(node, WORKER_SERVICE)).is_some();
        let workers = keys(dump.get("nodes")).into_iter().filter(of_worker).collect();
        let (operator, observer) = (outside.login("operator")?, outside.login("observer")?);
        let get = "DECLARE @s nvarchar(max); EXEC SSISDB.internal.get_log_dbconnection @connection_string = @s OUTPUT; SELECT @s;";
        let log_string = outside.value(&primary, &operator, get)?;
        let (group, role) = (group.to_owned(), role.to_owned());
        Ok(Self {
            dump,
            group,
            role,
            primary,
            secondary,
            owner,
            standby,
            workers,
            operator,
            observer,
            log_string,
        })
    }

    /// The worker that causes are on.
    pub(crate) fn worker(&self) -> &str {
        self.workers.first().map_or("", String::as_str)
    }

    /// A worker that no cause of a single worker touches.
    pub(crate) fn other_worker(&self) -> &str {
        self.workers.get(1).map_or("", String::as_str)
    }

    pub(crate) fn get(&self, pointer: &str) -> Option<&Value> {
        self.dump.pointer(pointer)
    }

    pub(crate) fn keys(&self, pointer: &str) -> Vec<String> {
        keys(self.get(pointer))
    }

    /// An instance's field.
    pub(crate) fn instance(node: &str, rest: &str) -> String {
        format!("/nodes/{node}/instances/MSSQLSERVER/{rest}")
    }

    /// A field of the primary's SSISDB.
    pub(crate) fn content(&self, rest: &str) -> String {
        Self::instance(&self.primary, &format!("databases/SSISDB/content/{rest}"))
    }

    pub(crate) fn master_service(node: &str) -> String {
        service(node, MASTER_SERVICE)
    }

    /// Path and bytes of a settings file with one value changed.
    pub(crate) fn edit_settings(&self, node: &str, key: &str, value: &str) -> Result<(String, Value)> {
        let path = self.settings_path(node);
        let mut settings = self.settings(node)?;
        settings.insert(key.to_owned(), value.into());
        Ok((path, Value::String(serde_json::to_string_pretty(&settings)?)))
    }

    fn settings_path(&self, node: &str) -> String {
        let feature = if self.workers.iter().any(|worker| worker == node) { "Worker" } else { "Master" };
        format!("/nodes/{node}/features/ScaleOut{feature}150/settings/bytes")
    }

    pub(crate) fn settings(&self, node: &str) -> Result<Map<String, Value>> {
        let text = self.get(&self.settings_path(node)).and_then(Value::as_str);
        serde_json::from_str(text.context("no settings file")?).context("the settings file is no JSON")
    }

    fn setting(&self, node: &str, key: &str) -> Result<String> {
        let found = self.settings(node)?.get(key).and_then(Value::as_str).map(str::to_owned);
        found.with_context(|| format!("no {key} on {node}"))
    }

    pub(crate) fn agent_id(&self, worker: &str) -> Result<String> {
        Ok(self.setting(worker, "AgentId")?.to_lowercase())
    }

    /// A certificate of a store: the worker's own, or the master's.
    pub(crate) fn certificate(&self, node: &str, store: &str, thumbprint: &str) -> String {
        let wanted = thumbprint.parse::<Thumbprint>().ok();
        let path = format!("/nodes/{node}/certificates/{store}");
        let key = self.keys(&path).into_iter().find(|key| key.parse::<Thumbprint>().ok() == wanted);
        format!("{path}/{}", key.unwrap_or_default())
    }

    pub(crate) fn master_thumbprint(&self) -> Result<String> {
        self.setting(&self.owner, "SSLCertThumbprint")
    }

    pub(crate) fn worker_thumbprint(&self, worker: &str) -> Result<String> {
        self.setting(worker, "WorkerHttpsCertThumbprint")
    }
}

/// Verb and arguments that restart a Scale Out service.
pub(crate) fn service_name(worker: bool) -> &'static str {
    if worker { WORKER_SERVICE } else { MASTER_SERVICE }
}

fn service(node: &str, service: &str) -> String {
    format!("/nodes/{node}/services/{service}")
}

fn keys(map: Option<&Value>) -> Vec<String> {
    map.and_then(Value::as_object).map(|map| map.keys().cloned().collect()).unwrap_or_default()
}

/// A key as a JSON pointer has it.
pub(crate) fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
