//! All that is to be told of one job, and what the reader may do with it.

use crate::authorize::{self, Ref};
use crate::{Failure, Result, Tx, artifacts, cancel_job, erase_job, mark, on_job, pipelines, play, reassess, retry};
use countersign_domain::access::{Action, Actor, Place};
use countersign_domain::approval::Summary;
use countersign_domain::deployment::Status as DeploymentStatus;
use countersign_domain::ids::JobId;
use countersign_domain::job::{Act, time_limit};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::artifacts::Artifact;
use countersign_store::commits::{self, Commit};
use countersign_store::deployments::{self, Deployment};
use countersign_store::directory::{self, People};
use countersign_store::environments::{self, Environment};
use countersign_store::jobs::{self, Job};
use countersign_store::pipelines::Pipeline;
use countersign_store::projects::Project;
use countersign_store::runners::{self, Runner};
use countersign_store::users::{self, User};
use std::sync::Arc;

/// Whether somebody may do each of the things that are done with jobs.
pub type Acts = Vec<(Act, Result<(), Refusal>)>;

/// All that is to be told of a job.
#[derive(Debug, Clone)]
pub struct JobDossier {
    /// Its project.
    pub project: Project,
    /// The job.
    pub job: Job,
    /// Its pipeline.
    pub pipeline: Pipeline,
    /// Whether all of it may be shown; otherwise only what a deploy entry lets the reader see.
    pub whole: bool,
    /// Whether the reader may read its log.
    pub with_log: bool,
    /// The archive of files that it left, for those who may read its log.
    pub archive: Option<Artifact>,
    /// Who started it.
    pub by: Option<User>,
    /// What it runs for, if that is known.
    pub commit: Option<Arc<Commit>>,
    /// The environment it names.
    pub environment: Option<Environment>,
    /// The deployment it makes, as it stands now.
    pub deployment: Option<Deployment>,
    /// What approvals that waits for; none if it does not wait.
    pub waits: Option<Summary>,
    /// The runner that has or had it, for those who see all of the job.
    pub runner: Option<Runner>,
    /// How long it may run, in seconds.
    pub time_limit: i64,
    /// The job that was made of it, if it was tried again.
    pub successor: Option<JobId>,
    acts: Acts,
}

impl JobDossier {
    /// As [`offered`], for this job. `has_log` says whether there is a log.
    pub fn acts(&self, has_log: bool) -> impl Iterator<Item = (Act, Option<&Refusal>)> {
        offered(&self.acts, &self.job, has_log && self.with_log)
    }

    /// A short text that changes when something does that is told here, but for the log.
    pub fn mark(&self) -> String {
        let job = &self.job;
        let own = (job.status, job.failure_reason, job.exit_code, job.retried, job.user_id, job.runner_id);
        let times = (job.queued_at, job.started_at, job.finished_at, job.erased_at);
        let deployment = self.deployment.as_ref().map(|d| (d.id, d.status));
        let waits = self.waits.as_ref().map(Summary::reasons);
        mark::of(&(own, times, deployment, waits, self.with_log, self.successor, &self.acts))
    }
}

/// All that is to be told of a job.
///
/// # Errors
/// There is none, or none that the actor may see.
pub fn job_dossier(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: JobId, now: Timestamp) -> Result<JobDossier> {
    let (project, job, whole) = pipelines::show_job(tx, actor, at, id, now)?;
    let gone = || Refusal::NotFound(Missing::Row);
    let pipeline = countersign_store::pipelines::find(tx, job.pipeline_id)?.ok_or_else(gone)?;
    let with_log = reads_logs(tx, actor, at, now)?;
    let archive = if with_log { artifacts::archive(tx, id, now)? } else { None };
    let (deployment, waits) = deployment(tx, actor, &job, now)?;
    let environment = match job.environment_id {
        Some(id) => environments::get(tx, project.id, id)?,
        None => None,
    };
    let runner = match job.runner_id {
        Some(id) => runners::get(tx, id)?,
        None => None,
    };
    let by = match job.user_id {
        Some(id) => users::record(tx, id)?,
        None => None,
    };
    let successor = if job.retried { jobs::successor(tx, &job)? } else { None };
    Ok(JobDossier {
        commit: commits::get(tx, project.id, &pipeline.sha)?,
        time_limit: time_limit(job.timeout, project.build_timeout, runner.as_ref().and_then(|r| r.maximum_timeout)),
        runner: runner.filter(|_| whole),
        acts: acts(tx, actor, at, id, now)?,
        project,
        job,
        pipeline,
        whole,
        with_log,
        archive,
        by,
        environment,
        deployment,
        waits,
        successor,
    })
}

/// What is done with a job that stands so, with the reason why the reader may not where they may not. `has_log` says
/// whether there is a log that they may know of.
pub fn offered<'a>(
    acts: &'a Acts,
    job: &Job,
    has_log: bool,
) -> impl Iterator<Item = (Act, Option<&'a Refusal>)> + use<'a> {
    let (status, retried) = (job.status, job.retried);
    let applying = acts.iter().filter(move |(act, _)| act.applies(status, retried, has_log));
    applying.map(|(act, may)| (*act, may.as_ref().err()))
}

/// Whether the actor may read the logs of a project.
///
/// # Errors
/// The store's.
pub fn reads_logs(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<bool> {
    match authorize::project(tx, actor, at, Action::ReadLogs, now) {
        Ok(_) => Ok(true),
        Err(Failure::Refused(_)) => Ok(false),
        Err(other) => Err(other),
    }
}

/// The deployment of a job as it stands now, and the approvals it waits for if it does.
fn deployment(
    tx: &mut Tx<'_>,
    actor: &Actor,
    job: &Job,
    now: Timestamp,
) -> Result<(Option<Deployment>, Option<Summary>)> {
    let Some(found) = deployments::of_job(tx, job.id)? else { return Ok((None, None)) };
    if !found.status.is_pending() {
        return Ok((Some(found), None));
    }
    let people = directory::load(tx, now.date(), Place::Project(job.project_id), People::One(actor.user()))?;
    let mut case = deployments::for_reading(tx, found, people)?;
    case.deployment.status = reassess::status_now(&case);
    let blocked = case.deployment.status == DeploymentStatus::Blocked;
    let waits = blocked.then(|| Summary::of(&case.gate));
    Ok((Some(case.deployment), waits))
}

/// Whether the actor may do each of the things that are done with jobs, this one having a log.
///
/// # Errors
/// They may not know of it; the store's.
pub fn acts(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: JobId, now: Timestamp) -> Result<Acts> {
    let found = on_job::look(tx, actor, at, id, now)?;
    let may = |act: Act| match (&found, act) {
        (Err(denied), _) => Err(denied.why.clone()),
        (Ok(on), Act::Play) => play::allowed(on, &[]),
        (Ok(on), Act::Retry) => retry::allowed(on),
        (Ok(on), Act::Cancel) => cancel_job::allowed(on),
        (Ok(on), Act::Erase) => erase_job::allowed(on, true),
    };
    Ok(Act::ALL.into_iter().map(|act| (act, may(act))).collect())
}
