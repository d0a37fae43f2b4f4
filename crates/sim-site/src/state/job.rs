//! Jobs of SQL Server Agent (msdb).

use super::Sid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// An Agent job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Job {
    /// `job_id`, lower-case.
    pub id: String,
    /// Whether it is enabled.
    pub enabled: bool,
    /// SID of its owner.
    pub owner: Sid,
    /// Description.
    pub description: String,
    /// Whether a server was assigned (`sp_add_jobserver`); else it never runs.
    pub local_server: bool,
    /// Steps in order.
    pub steps: Vec<JobStep>,
    /// Schedules by name.
    pub schedules: BTreeMap<String, Schedule>,
    /// Last run, unix ms.
    pub last_run_ms: Option<i64>,
    /// Error number of the last run; 0 = success.
    pub last_error: i32,
    /// `date_created`, unix ms.
    pub created_ms: i64,
}

/// A step of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JobStep {
    /// Name.
    pub name: String,
    /// Database.
    pub database: String,
    /// T-SQL.
    pub command: String,
    /// `on_success_action`.
    pub on_success: i32,
    /// `on_fail_action`.
    pub on_fail: i32,
    /// `retry_attempts`.
    pub retry_attempts: i32,
    /// `retry_interval`, minutes.
    pub retry_interval: i32,
}

/// A schedule of a job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schedule {
    /// `schedule_id`.
    pub id: i32,
    /// Whether it is enabled.
    pub enabled: bool,
    /// `freq_type` (4 = daily).
    pub freq_type: i32,
    /// `freq_interval`.
    pub freq_interval: i32,
    /// `freq_subday_type` (4 = minutes).
    pub freq_subday_type: i32,
    /// `freq_subday_interval`.
    pub freq_subday_interval: i32,
    /// `active_start_time`, HHMMSS.
    pub active_start_time: i32,
}
