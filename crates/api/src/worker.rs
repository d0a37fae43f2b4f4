//! ScaleOutWorker: one Scale Out Worker on one machine.

use kube::{CustomResource, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::account::ServiceAccount;
use crate::certificate::Certificate;
use crate::installation::Installation;
use crate::node::WorkerNode;
use crate::policy::Policy;
use crate::quiet::Drain;
use crate::references::MasterRef;
use crate::worker_status::ScaleOutWorkerStatus;

/// What one Scale Out Worker should be.
#[derive(CustomResource, KubeSchema, Clone, Debug, PartialEq, Serialize, Deserialize)]
#[kube(
    group = "scaleout.ssis.dev",
    version = "v1alpha1",
    kind = "ScaleOutWorker",
    namespaced,
    status = "ScaleOutWorkerStatus",
    shortname = "sow",
    category = "ssis",
    derive = "PartialEq",
    doc = "One Integration Services Scale Out Worker on one machine.",
    selectable = ".spec.mode",
    selectable = ".spec.masterRef.name",
    selectable = ".spec.node.name",
    printcolumn(
        name = "Ready",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].status"#
    ),
    printcolumn(
        name = "Reason",
        type_ = "string",
        json_path = r#".status.conditions[?(@.type=="Ready")].reason"#
    ),
    printcolumn(name = "Master", type_ = "string", json_path = ".spec.masterRef.name"),
    printcolumn(name = "Mode", type_ = "string", json_path = ".spec.mode"),
    printcolumn(name = "Age", type_ = "date", json_path = ".metadata.creationTimestamp"),
    printcolumn(name = "Agent", type_ = "string", priority = 1, json_path = ".spec.node.agent.endpoint"),
    printcolumn(name = "Plan", type_ = "string", priority = 1, json_path = ".status.plan.digest")
)]
#[serde(rename_all = "camelCase")]
pub struct ScaleOutWorkerSpec {
    /// Mode, suspend, disruption and deletionPolicy.
    #[serde(flatten)]
    pub policy: Policy,
    /// The ScaleOutMaster that this worker works for.
    pub master_ref: MasterRef,
    /// The machine of the worker.
    pub node: WorkerNode,
    /// `Enabled`: the catalog gives tasks to this worker. `Disabled`: it does not; running tasks are waited
    /// for first (`drain`). Default: Enabled.
    #[serde(default)]
    pub desired_state: DesiredState,
    /// The account of the worker's service; packages run under it.
    pub service_account: ServiceAccount,
    /// The worker's certificate; every node of the master gets it into its trusted roots.
    pub certificate: Certificate,
    /// Installation of the Scale Out Worker feature on the machine. Default: {policy: Never}.
    #[serde(default)]
    pub installation: Installation,
    /// How long a Teardown, desiredState Disabled and a restart of the service wait for the worker's running
    /// tasks. Absent: for ever, with reason WorkerDraining, or TasksRunning before a restart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drain: Option<Drain>,
    /// Keys of WorkerSettings.config. Absent members are left as found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub settings: Option<WorkerSettings>,
}

/// Whether the catalog gives tasks to a worker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum DesiredState {
    /// It gets tasks.
    #[default]
    Enabled,
    /// It gets none.
    Disabled,
}

/// Keys of WorkerSettings.config; absent members are left as found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, KubeSchema, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkerSettings {
    /// Tasks that the worker holds at most (MaxTaskCount). Absent: left as found; set-up writes 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10_000))]
    pub max_task_count: Option<i32>,
    /// Seconds between the worker's heartbeats (AgentHeartbeatInterval). Absent: left as found; set-up writes
    /// 60.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 86_400))]
    pub agent_heartbeat_interval_seconds: Option<i32>,
    /// Seconds between reports of a task's state (TaskHeartbeatInterval). Absent: left as found; set-up writes
    /// 10.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 86_400))]
    pub task_heartbeat_interval_seconds: Option<i32>,
    /// Seconds without a good task heartbeat after which the worker ends the task (HeartbeatErrorTolerance).
    /// Changed only where the file already has the key. Absent: left as found; set-up writes 600.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 604_800))]
    pub heartbeat_error_tolerance_seconds: Option<i32>,
    /// Seconds of the lease of a held task (LeaseInterval). Changed only where the file already has the key.
    /// Absent: left as found; set-up writes 60.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 86_400))]
    pub lease_interval_seconds: Option<i32>,
    /// Percent of CPU use above which the worker asks for no task (TaskRequestMaxCPU). Absent: left as found;
    /// set-up writes 70.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub task_request_max_cpu_percent: Option<i32>,
    /// Megabytes of free memory below which the worker asks for no task (TaskRequestMinMemory). Absent: left
    /// as found; set-up writes 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 16_777_216))]
    pub task_request_min_memory_megabytes: Option<i32>,
}
