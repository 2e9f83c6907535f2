//! All that is to be told of one pipeline: its jobs by stage, what they deploy and what holds that, and what the reader
//! may do with it.

use super::may_run;
use crate::authorize::{self, OnProject, Ref};
use crate::on_job::{self, OnJob};
use crate::script::Given;
use crate::{Result, Tx, mark, or_refused, play, reassess, retry};
use countersign_domain::access::{Action, Actor, Place};
use countersign_domain::approval::Summary;
use countersign_domain::deployment::Status as DeploymentStatus;
use countersign_domain::ids::{JobId, PipelineId, UserId};
use countersign_domain::job::{Act, Status as JobStatus};
use countersign_domain::pipeline::cancels;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::commits::{self, Commit};
use countersign_store::deployments::{self, Deployment};
use countersign_store::directory::{self, People};
use countersign_store::jobs::{self, Job};
use countersign_store::pipelines::{self, Pipeline};
use countersign_store::projects::Project;
use countersign_store::users::{self, User};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All that is to be told of a pipeline.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// Its project.
    pub project: Project,
    /// The pipeline.
    pub pipeline: Pipeline,
    /// Who created it.
    pub by: Option<User>,
    /// What it runs for, if that is known.
    pub commit: Option<Arc<Commit>>,
    /// Its jobs by stage.
    pub stages: Vec<Stage>,
    /// Whether the reader may cancel it; none if there is nothing to cancel.
    pub cancel: Option<Result<(), Refusal>>,
    /// Whether the reader may try what failed again; none if nothing did.
    pub retry: Option<Result<(), Refusal>>,
    /// The names of the variables it was given, for those who may read these.
    pub variables: Vec<String>,
}

/// A stage of a pipeline.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its name.
    pub name: String,
    /// Its jobs in the order of the file, each after those that were made of it.
    pub jobs: Vec<InStage>,
}

/// A job of a stage.
#[derive(Debug, Clone)]
pub struct InStage {
    /// The job.
    pub job: Job,
    /// The deployment it makes.
    pub deployment: Option<Deployment>,
    /// What approvals that waits for; none if it does not wait.
    pub waits: Option<Summary>,
    /// Whether the reader may play it; none if it does not wait to be played.
    pub play: Option<Result<(), Refusal>>,
}

impl Dossier {
    /// A short text that changes when something does that is told here.
    pub fn mark(&self) -> String {
        let of = &self.pipeline;
        let jobs: Vec<_> = self.stages.iter().flat_map(|stage| &stage.jobs).map(InStage::state).collect();
        let own = (of.status, &of.name, of.started_at, of.finished_at);
        mark::of(&(own, jobs, &self.cancel, &self.retry))
    }
}

impl InStage {
    fn state(&self) -> impl std::fmt::Debug {
        let job = &self.job;
        let own = (job.id, job.status, job.retried, job.user_id, job.started_at, job.finished_at);
        let deployment = self.deployment.as_ref().map(|d| (d.id, d.status));
        (own, deployment, self.waits.as_ref().map(Summary::reasons), self.play.clone())
    }
}

/// All that is to be told of a pipeline.
///
/// # Errors
/// There is none, or the actor may not see it.
pub fn dossier(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: PipelineId, now: Timestamp) -> Result<Dossier> {
    let on = authorize::project(tx, actor, at, Action::ReadDeployments, now)?;
    let pipeline = pipelines::get(tx, on.project.id, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    let all = jobs::of_pipeline(tx, id, true)?;
    let runs = or_refused(may_run(tx, &on, &pipeline))?;
    let mut beheld = Vec::new();
    for job in all.iter().filter(|job| !job.retried) {
        let user = actor.user().unwrap_or(UserId(0));
        beheld.push(on_job::beheld(tx, &on, (&pipeline, job.clone()), user, now)?);
    }
    let (cancel, retry) = (may_cancel(&on, &beheld, &runs), may_retry(&beheld, &runs));
    let mut plays = BTreeMap::new();
    for job in beheld.iter().map(|of| &of.job).filter(|job| Act::Play.applies(job.status, job.retried, false)) {
        let may = match on_job::look(tx, actor, at, job.id, now)? {
            Ok(of) => play::allowed(&of, &[]),
            Err(denied) => Err(denied.why),
        };
        plays.insert(job.id, may);
    }
    let deployments = with_what_holds_them(tx, &on, actor, id, now)?;
    let jobs = all.into_iter().map(|job| {
        let (deployment, waits) = deployments.get(&job.id).cloned().unzip();
        InStage { play: plays.remove(&job.id), deployment, waits: waits.flatten(), job }
    });
    let stages = by_stage(jobs.collect());
    let own = actor.user().is_some() && actor.user() == pipeline.user_id;
    let reads_variables = on.standing.may_with_own(own, Action::ReadPipelineVariables).is_ok();
    let variables = if reads_variables { Given::read(&pipeline.variables)?.keys() } else { Vec::new() };
    let by = match pipeline.user_id {
        Some(user) => users::record(tx, user)?,
        None => None,
    };
    let commit = commits::get(tx, pipeline.project_id, &pipeline.sha)?;
    Ok(Dossier { project: on.project, pipeline, by, commit, stages, cancel, retry, variables })
}

/// Whether somebody may cancel a pipeline with these jobs; none if there is nothing to cancel.
fn may_cancel(on: &OnProject, jobs: &[OnJob], runs: &Result<(), Refusal>) -> Option<Result<(), Refusal>> {
    let guarded = |of: &OnJob| {
        let decided = of.deployment.as_ref().is_some_and(|d| d.summary.is_some());
        of.job.status == JobStatus::Manual && (of.gate.asks_approval() || decided)
    };
    jobs.iter().any(|of| cancels(of.job.status, guarded(of))).then(|| {
        runs.clone()?;
        on.project.settings.ci_restrict_pipeline_cancellation_role.check(on.standing.acting_level())
    })
}

/// Whether somebody may try what failed of these jobs again: any of it; none if nothing failed.
fn may_retry(jobs: &[OnJob], runs: &Result<(), Refusal>) -> Option<Result<(), Refusal>> {
    let failed = jobs.iter().filter(|of| matches!(of.job.status, JobStatus::Failed | JobStatus::Canceled));
    let each: Vec<Result<(), Refusal>> = failed.map(retry::allowed).collect();
    let first = each.first()?.clone();
    let any = each.iter().any(Result::is_ok);
    Some(runs.clone().and(if any { Ok(()) } else { first }))
}

/// The deployments of a pipeline by job, as they stand now, with the approvals that those wait for which do.
fn with_what_holds_them(
    tx: &mut Tx<'_>,
    on: &OnProject,
    actor: &Actor,
    id: PipelineId,
    now: Timestamp,
) -> Result<BTreeMap<JobId, (Deployment, Option<Summary>)>> {
    let people = directory::load(tx, now.date(), Place::Project(on.project.id), People::One(actor.user()))?;
    let mut found = BTreeMap::new();
    for deployment in deployments::all_of_pipeline(tx, id)? {
        let Some(job) = deployment.job_id else { continue };
        if !deployment.status.is_pending() {
            found.insert(job, (deployment, None));
            continue;
        }
        let mut case = deployments::for_reading(tx, deployment, people.clone())?;
        case.deployment.status = reassess::status_now(&case);
        let blocked = case.deployment.status == DeploymentStatus::Blocked;
        let waits = blocked.then(|| Summary::of(&case.gate));
        found.insert(job, (case.deployment, waits));
    }
    Ok(found)
}

/// Jobs by stage; where one was tried again, the latest comes first.
fn by_stage(jobs: Vec<InStage>) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for of in jobs {
        let same = |stage: &&mut Stage| stage.jobs.first().is_some_and(|j| j.job.stage_index == of.job.stage_index);
        match stages.last_mut().filter(same) {
            Some(stage) => stage.jobs.push(of),
            None => stages.push(Stage { name: of.job.stage.clone(), jobs: vec![of] }),
        }
    }
    for stage in &mut stages {
        let mut first: BTreeMap<String, usize> = BTreeMap::new();
        for (index, of) in stage.jobs.iter().enumerate() {
            first.entry(of.job.name.clone()).or_insert(index);
        }
        stage.jobs.sort_by_key(|of| (first.get(&of.job.name).copied(), std::cmp::Reverse(of.job.id)));
    }
    stages
}
