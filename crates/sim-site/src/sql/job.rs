//! Jobs of SQL Server Agent in msdb (sp_add_job, sp_update_job, sp_add_jobstep, sp_add_jobschedule, sp_add_jobserver).

use super::{changed, instance_mut, refuse};
use crate::effect::{Refused, Reply};
use crate::state::{Instance, Job, JobStep, Schedule, Sid, Site};
use scaleout_model::names::ReplicaName;
use std::collections::BTreeMap;

/// Options of `sp_update_job`; `None` where not given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobOptions {
    /// `@new_name`.
    pub new_name: Option<String>,
    /// `@enabled`.
    pub enabled: Option<bool>,
    /// `@description`.
    pub description: Option<String>,
    /// SID of `@owner_login_name`.
    pub owner: Option<Sid>,
}

/// A change of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the arguments of each procedure")]
pub enum JobChange {
    /// `sp_add_job`.
    AddJob { job: String, enabled: bool, description: String, owner: Sid },
    /// `sp_update_job`.
    UpdateJob { job: String, options: JobOptions },
    /// `sp_delete_job`.
    DeleteJob { job: String },
    /// `sp_add_jobstep`; at a place from 1, or at the end.
    AddJobStep { job: String, place: Option<usize>, step: JobStep },
    /// `sp_delete_jobstep`; 0 = all.
    DeleteJobStep { job: String, place: usize },
    /// `sp_add_jobschedule`; the id is given by the server.
    AddJobSchedule { job: String, schedule: String, settings: Schedule },
    /// `sp_detach_schedule`.
    DetachSchedule { job: String, schedule: String },
    /// `sp_add_jobserver`.
    AddJobServer { job: String },
}

impl JobChange {
    pub(crate) fn apply(&self, site: &mut Site, instance: &ReplicaName) -> Result<Reply, Refused> {
        match self {
            Self::AddJob { job, enabled, description, owner } => {
                add(site, instance, job, *enabled, description, owner)
            }
            Self::UpdateJob { job, options } => update(site, instance, job, options),
            Self::DeleteJob { job } => {
                let own = instance_mut(site, instance)?;
                let key = find(own, job)?;
                own.jobs.remove(&key);
                Ok(Reply::Done)
            }
            Self::AddJobStep { job, place, step } => add_step(job_mut(site, instance, job)?, *place, step),
            Self::DeleteJobStep { job, place } => delete_step(job_mut(site, instance, job)?, *place),
            Self::AddJobSchedule { job, schedule, settings } => {
                let own = instance_mut(site, instance)?;
                let id = own.take_id();
                let job = job_mut(site, instance, job)?;
                if job.schedules.contains_key(schedule) {
                    return exists("@name", schedule);
                }
                job.schedules.insert(schedule.clone(), Schedule { id, ..settings.clone() });
                Ok(Reply::Done)
            }
            Self::DetachSchedule { job, schedule } => {
                match job_mut(site, instance, job)?.schedules.remove(schedule) {
                    Some(_) => Ok(Reply::Done),
                    None => refuse(
                        14_374,
                        format!("The specified schedule name '{schedule}' is not associated with the job."),
                    ),
                }
            }
            Self::AddJobServer { job } => {
                let name = job.clone();
                let job = job_mut(site, instance, job)?;
                if std::mem::replace(&mut job.local_server, true) {
                    return refuse(
                        14_269,
                        format!("Job '{name}' is already targeted at server '{instance}'."),
                    );
                }
                Ok(Reply::Done)
            }
        }
    }
}

fn add_step(job: &mut Job, place: Option<usize>, step: &JobStep) -> Result<Reply, Refused> {
    let count = job.steps.len();
    let index = place.unwrap_or(count + 1).saturating_sub(1);
    if index > count {
        let text = format!("The specified '@step_id' is invalid (valid values are 1..{}).", count + 1);
        return refuse(14_266, text);
    }
    if job.steps.iter().any(|own| own.name.eq_ignore_ascii_case(&step.name)) {
        return exists("@step_name", &step.name);
    }
    job.steps.insert(index, step.clone());
    Ok(Reply::Done)
}

fn delete_step(job: &mut Job, place: usize) -> Result<Reply, Refused> {
    if place > job.steps.len() {
        return refuse(14_266, "The specified '@step_id' is invalid.");
    }
    match place.checked_sub(1) {
        None => job.steps.clear(),
        Some(index) => _ = job.steps.remove(index),
    }
    Ok(Reply::Done)
}

fn exists<T>(parameter: &str, name: &str) -> Result<T, Refused> {
    refuse(14_261, format!("The specified {parameter} ('{name}') already exists."))
}

fn find(own: &Instance, job: &str) -> Result<String, Refused> {
    match own.jobs.keys().find(|key| key.eq_ignore_ascii_case(job)) {
        Some(key) => Ok(key.clone()),
        None => refuse(14_262, format!("The specified @job_name ('{job}') does not exist.")),
    }
}

fn job_mut<'a>(site: &'a mut Site, instance: &ReplicaName, job: &str) -> Result<&'a mut Job, Refused> {
    let own = instance_mut(site, instance)?;
    let key = find(own, job)?;
    own.jobs.get_mut(&key).ok_or_else(|| Refused::new(14_262, format!("there is no job {job}")))
}

fn add(
    site: &mut Site,
    instance: &ReplicaName,
    name: &str,
    enabled: bool,
    description: &str,
    owner: &Sid,
) -> Result<Reply, Refused> {
    let (now, id) = (site.now_ms, site.new_guid());
    let own = instance_mut(site, instance)?;
    if find(own, name).is_ok() {
        return exists("@name", name);
    }
    let job = Job {
        id,
        enabled,
        owner: owner.clone(),
        description: description.to_owned(),
        local_server: false,
        steps: Vec::new(),
        schedules: BTreeMap::new(),
        last_run_ms: None,
        last_error: 0,
        created_ms: now,
    };
    own.jobs.insert(name.to_owned(), job);
    Ok(Reply::Done)
}

fn update(
    site: &mut Site,
    instance: &ReplicaName,
    name: &str,
    options: &JobOptions,
) -> Result<Reply, Refused> {
    let own = instance_mut(site, instance)?;
    let key = find(own, name)?;
    if let Some(new) = options.new_name.as_ref().filter(|new| !new.eq_ignore_ascii_case(&key)) {
        if find(own, new).is_ok() {
            return exists("@new_name", new);
        }
        if let Some(job) = own.jobs.remove(&key) {
            own.jobs.insert(new.clone(), job);
        }
        return Ok(Reply::Done);
    }
    let job = job_mut(site, instance, name)?;
    let before = job.clone();
    job.enabled = options.enabled.unwrap_or(job.enabled);
    job.description = options.description.clone().unwrap_or_else(|| job.description.clone());
    job.owner = options.owner.clone().unwrap_or_else(|| job.owner.clone());
    Ok(changed(*job != before))
}
