//! Jobs of pipelines.

mod change;
mod ended;
mod list;
mod queue;

pub use change::{acknowledge, erase, set_environment_url, set_script};
pub use ended::{Ended, ended};
pub use list::{Among, Filter, count, list, of_runner};
pub use queue::{Waiting, claimed, claimed_in, due, overdue, waiting, waiting_one};

use crate::many::{ids, params};
use crate::{Dialect, LockTable, Result, Row, Tx, deployments, directory, environments, protections};
use countersign_domain::access::Place;
use countersign_domain::environment::{Tier, tiers};
use countersign_domain::gate::Gate;
use countersign_domain::ids::{EnvironmentId, JobId, PipelineId, ProjectId, ResourceGroupId, RunnerId, UserId};
use countersign_domain::job::{EnvironmentAction, FailureReason, Status, When};
use countersign_domain::time::{Date, Timestamp};

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id, unique over all projects.
    pub id: JobId,
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// The pipeline it belongs to.
    pub pipeline_id: PipelineId,
    /// Its name.
    pub name: String,
    /// The name of its stage.
    pub stage: String,
    /// The position of its stage.
    pub stage_index: i64,
    /// Its status.
    pub status: Status,
    /// When it runs.
    pub when: When,
    /// Whether its failure, or its waiting to be played, does not count.
    pub allow_failure: bool,
    /// Who started it: the pipeline's creator, or who played or retried it.
    pub user_id: Option<UserId>,
    /// The environment it names.
    pub environment_id: Option<EnvironmentId>,
    /// What it does with its environment.
    pub environment_action: Option<EnvironmentAction>,
    /// Where the environment can be seen, expanded.
    pub environment_url: Option<String>,
    /// The tier it asks for.
    pub asked_tier: Option<Tier>,
    /// Whether whoever started it may not store that tier.
    pub tier_refused: bool,
    /// The tags a runner must have, as a JSON list.
    pub tags: String,
    /// What it runs, as JSON: scripts and variables.
    pub script: String,
    /// What its configuration says of how it is treated, as JSON.
    pub options: String,
    /// The names of the jobs it waits for, as a JSON list; `None` if it waits for the earlier stages.
    pub needs: Option<String>,
    /// How long it waits once its turn has come, in seconds.
    pub start_in: Option<i64>,
    /// Until when it waits.
    pub scheduled_at: Option<Timestamp>,
    /// How long it may run, in seconds; `None` if its project says so.
    pub timeout: Option<i64>,
    /// The group of jobs of which only one runs at a time.
    pub resource_group_id: Option<ResourceGroupId>,
    /// Why it failed.
    pub failure_reason: Option<FailureReason>,
    /// Whether another job was made of it.
    pub retried: bool,
    /// Whether a person started it.
    pub played: bool,
    /// The runner that has or had it.
    pub runner_id: Option<RunnerId>,
    /// The hash of its token, while a runner has it.
    pub token_hash: Option<Vec<u8>>,
    /// How often it was handed out.
    pub attempt: i64,
    /// Whether it reached a protected environment when it was handed out: then it is never handed out again.
    pub gated: bool,
    /// What its script ended with.
    pub exit_code: Option<i64>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it began to wait for a runner.
    pub queued_at: Option<Timestamp>,
    /// When it was handed to a runner.
    pub started_at: Option<Timestamp>,
    /// When the runner took it up.
    pub acknowledged_at: Option<Timestamp>,
    /// When the runner was last heard of.
    pub contacted_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When its log was erased.
    pub erased_at: Option<Timestamp>,
}

/// A new job.
#[derive(Debug, Clone)]
pub struct NewJob<'a> {
    /// The project it belongs to.
    pub project_id: ProjectId,
    /// The pipeline it belongs to.
    pub pipeline_id: PipelineId,
    /// Its name.
    pub name: &'a str,
    /// The name of its stage.
    pub stage: &'a str,
    /// The position of its stage.
    pub stage_index: i64,
    /// Its status to begin with.
    pub status: Status,
    /// Why it failed, if it did before it began.
    pub failure_reason: Option<FailureReason>,
    /// When it runs.
    pub when: When,
    /// Whether its failure, or its waiting to be played, does not count.
    pub allow_failure: bool,
    /// Who starts it.
    pub user_id: Option<UserId>,
    /// The environment it names.
    pub environment_id: Option<EnvironmentId>,
    /// What it does with its environment.
    pub environment_action: Option<EnvironmentAction>,
    /// Where the environment can be seen, expanded.
    pub environment_url: Option<&'a str>,
    /// The tier it asks for.
    pub asked_tier: Option<Tier>,
    /// Whether whoever starts it may not store that tier.
    pub tier_refused: bool,
    /// The tags a runner must have, as a JSON list.
    pub tags: &'a str,
    /// What it runs, as JSON: scripts and variables.
    pub script: &'a str,
    /// What its configuration says of how it is treated, as JSON.
    pub options: &'a str,
    /// The names of the jobs it waits for, as a JSON list; `None` if it waits for the earlier stages.
    pub needs: Option<&'a str>,
    /// How long it waits once its turn has come, in seconds.
    pub start_in: Option<i64>,
    /// How long it may run, in seconds; `None` if its project says so.
    pub timeout: Option<i64>,
    /// The group of jobs of which only one runs at a time.
    pub resource_group_id: Option<ResourceGroupId>,
}

macro_rules! select {
    ($tail:expr) => {
        concat!(
            "SELECT id, project_id, pipeline_id, name, stage, stage_index, status, run_when, allow_failure, user_id, \
             environment_id, environment_action, environment_url, asked_tier, tier_refused, tags, script, \
             failure_reason, retried, played, runner_id, token_hash, attempt, exit_code, created_at, updated_at, \
             queued_at, started_at, acknowledged_at, contacted_at, finished_at, gated, \
             erased_at, options, needs, start_in, scheduled_at, timeout, resource_group_id FROM jobs ",
            $tail
        )
    };
}
use select;

/// The job with that id.
pub fn get(tx: &mut Tx<'_>, id: JobId) -> Result<Option<Job>> {
    tx.query_opt(select!("WHERE id = $1"), &[id.into()], job)
}

/// Locks the pipeline and the deployment of a job, and loads it as it is then. (Locks are taken in the order policy,
/// pipeline, deployment everywhere.)
pub fn for_decision(tx: &mut Tx<'_>, id: JobId) -> Result<Option<Job>> {
    let Some(found) = get(tx, id)? else { return Ok(None) };
    if tx.dialect() == Dialect::Sqlite {
        // The one writer: nobody changes it meanwhile.
        return Ok(Some(found));
    }
    tx.lock_row(LockTable::Pipelines, found.pipeline_id.0)?;
    if let Some(deployment) = deployments::of_job(tx, id)? {
        tx.lock_row(LockTable::Deployments, deployment.id.0)?;
    }
    get(tx, id)
}

/// The jobs with those ids (at most [`crate::many::MOST`]).
pub fn many(tx: &mut Tx<'_>, ids: &[i64]) -> Result<Vec<Job>> {
    tx.query(select!(concat!("WHERE id IN (", ids!(), ") ORDER BY id")), &params(ids), job)
}

/// The job with that token, while a runner has it or shortly after.
pub fn by_token(tx: &mut Tx<'_>, hash: Vec<u8>) -> Result<Option<Job>> {
    tx.query_opt(select!("WHERE token_hash = $1"), &[hash.into()], job)
}

/// The jobs of a pipeline by stage, then in order of the file; with `retried`, also those that were retried.
pub fn of_pipeline(tx: &mut Tx<'_>, pipeline: PipelineId, retried: bool) -> Result<Vec<Job>> {
    let sql = select!("WHERE pipeline_id = $1 AND (retried = $2 OR retried = $3) ORDER BY stage_index, id");
    tx.query(sql, &[pipeline.into(), false.into(), retried.into()], job)
}

/// The job that was made of one that was tried again.
pub fn successor(tx: &mut Tx<'_>, of: &Job) -> Result<Option<JobId>> {
    tx.query_opt(
        "SELECT id FROM jobs WHERE pipeline_id = $1 AND name = $2 AND id > $3 ORDER BY id LIMIT 1",
        &[of.pipeline_id.into(), of.name.as_str().into(), of.id.into()],
        |row| row.get(0),
    )
}

/// How many jobs of that name in a pipeline were tried again.
pub fn retried(tx: &mut Tx<'_>, pipeline: PipelineId, name: &str) -> Result<i64> {
    let sql = "SELECT count(*) FROM jobs WHERE pipeline_id = $1 AND name = $2 AND retried = $3";
    tx.query_one(sql, &[pipeline.into(), name.into(), true.into()], |row| row.get(0))
}

/// The newest thousand jobs of a commit, of one branch or tag if it is named, newest first; with `retried`, also those
/// that were retried.
pub fn of_commit(
    tx: &mut Tx<'_>,
    project: ProjectId,
    sha: &str,
    ref_name: Option<&str>,
    retried: bool,
) -> Result<Vec<Job>> {
    let sql = select!(
        "WHERE pipeline_id IN (SELECT p.id FROM pipelines p WHERE p.project_id = $1 AND p.sha = $2
           AND (CAST($3 AS TEXT) IS NULL OR p.ref = $3)) AND (retried = $4 OR retried = $5) ORDER BY id DESC LIMIT 1000"
    );
    tx.query(sql, &[project.into(), sha.into(), ref_name.into(), false.into(), retried.into()], job)
}

/// Creates a job.
pub fn insert(tx: &mut Tx<'_>, new: &NewJob<'_>, now: Timestamp) -> Result<JobId> {
    let id = tx.insert(
        "INSERT INTO jobs (project_id, pipeline_id, name, stage, stage_index, status, run_when, allow_failure, user_id,
           environment_id, environment_action, environment_url, asked_tier, tier_refused, tags, script, failure_reason,
           retried, played, gated, attempt, created_at, updated_at, finished_at, options, needs, start_in, timeout,
           resource_group_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18, $18, 0, $19, $19, $20,
           $21, $22, $23, $24, $25)
         RETURNING id",
        &[
            new.project_id.into(),
            new.pipeline_id.into(),
            new.name.into(),
            new.stage.into(),
            new.stage_index.into(),
            new.status.as_str().into(),
            new.when.as_str().into(),
            new.allow_failure.into(),
            new.user_id.into(),
            new.environment_id.into(),
            new.environment_action.map(EnvironmentAction::as_str).into(),
            new.environment_url.into(),
            new.asked_tier.map(Tier::as_str).into(),
            new.tier_refused.into(),
            new.tags.into(),
            new.script.into(),
            new.failure_reason.map(FailureReason::as_str).into(),
            false.into(),
            now.into(),
            new.status.is_finished().then_some(now).into(),
            new.options.into(),
            new.needs.into(),
            new.start_in.into(),
            new.timeout.into(),
            new.resource_group_id.into(),
        ],
    )?;
    Ok(JobId(id))
}

/// Saves all that can change of a job.
pub fn save(tx: &mut Tx<'_>, of: &Job) -> Result<()> {
    tx.execute(
        "UPDATE jobs SET status = $2, allow_failure = $3, user_id = $4, failure_reason = $5, retried = $6, played = $7,
           runner_id = $8, token_hash = $9, attempt = $10, exit_code = $11, updated_at = $12, queued_at = $13,
           started_at = $14, acknowledged_at = $15, contacted_at = $16, finished_at = $17, gated = $18,
           scheduled_at = $19 WHERE id = $1",
        &[
            of.id.into(),
            of.status.as_str().into(),
            of.allow_failure.into(),
            of.user_id.into(),
            of.failure_reason.map(FailureReason::as_str).into(),
            of.retried.into(),
            of.played.into(),
            of.runner_id.into(),
            of.token_hash.clone().into(),
            of.attempt.into(),
            of.exit_code.into(),
            of.updated_at.into(),
            of.queued_at.into(),
            of.started_at.into(),
            of.acknowledged_at.into(),
            of.contacted_at.into(),
            of.finished_at.into(),
            of.gated.into(),
            of.scheduled_at.into(),
        ],
    )
    .map(drop)
}

/// Notes that the runner of a job was heard of.
pub fn touch(tx: &mut Tx<'_>, id: JobId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE jobs SET contacted_at = $2 WHERE id = $1", &[id.into(), now.into()]).map(drop)
}

/// The gate before a job without a deployment: the protections of the environment it names, if any. Should it be one that
/// deploys, its deployment having been deleted, it needs approval all the same.
pub fn gate(tx: &mut Tx<'_>, of: &Job, extra: Option<UserId>, today: Date) -> Result<Gate> {
    let place = Place::Project(of.project_id);
    let people: Vec<UserId> = of.user_id.into_iter().chain(extra.filter(|e| Some(*e) != of.user_id)).collect();
    let directory = directory::load(tx, today, place, directory::People::All(&people))?;
    let environment = match of.environment_id {
        Some(id) => environments::get(tx, of.project_id, id)?,
        None => None,
    };
    let protections = match environment {
        Some(at) => {
            let tiers = tiers(&at.name, Some(at.tier), of.asked_tier, of.tier_refused);
            protections::applicable(tx, of.project_id, &at.name, &tiers)?
        }
        None => Vec::new(),
    };
    let deploys = of.environment_action == Some(EnvironmentAction::Start);
    let (initiators, votes) = (Vec::new(), Vec::new());
    Ok(Gate { directory, project: of.project_id, protections, deploys, initiators, votes, forward: None })
}

fn job(row: &Row<'_>) -> Result<Job> {
    Ok(Job {
        id: row.get(0)?,
        project_id: row.get(1)?,
        pipeline_id: row.get(2)?,
        name: row.get(3)?,
        stage: row.get(4)?,
        stage_index: row.get(5)?,
        status: row.word(6, Status::parse)?,
        when: row.word(7, When::parse)?,
        allow_failure: row.get(8)?,
        user_id: row.get(9)?,
        environment_id: row.get(10)?,
        environment_action: row.word_opt(11, EnvironmentAction::parse)?,
        environment_url: row.get(12)?,
        asked_tier: row.word_opt(13, Tier::parse)?,
        tier_refused: row.get(14)?,
        tags: row.get(15)?,
        script: row.get(16)?,
        failure_reason: row.word_opt(17, |w| Some(FailureReason::parse(w)))?,
        retried: row.get(18)?,
        played: row.get(19)?,
        runner_id: row.get(20)?,
        token_hash: row.get(21)?,
        attempt: row.get(22)?,
        exit_code: row.get(23)?,
        created_at: row.get(24)?,
        updated_at: row.get(25)?,
        queued_at: row.get(26)?,
        started_at: row.get(27)?,
        acknowledged_at: row.get(28)?,
        contacted_at: row.get(29)?,
        finished_at: row.get(30)?,
        gated: row.get(31)?,
        erased_at: row.get(32)?,
        options: row.get(33)?,
        needs: row.get(34)?,
        start_in: row.get(35)?,
        scheduled_at: row.get(36)?,
        timeout: row.get(37)?,
        resource_group_id: row.get(38)?,
    })
}
