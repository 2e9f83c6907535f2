//! Deployments: rows, and everything that decides about one.

mod at;
mod inbox;
mod list;

pub use at::{current, unfinished};
pub use inbox::{Search, may_await, success_before, triggered};
pub use list::{Filter, Mark, Order, list, marks, these};

use crate::directory::{self, People};
use crate::reach::projects_in;
use crate::{Dialect, LockTable, Result, Row, Tx, approvals, jobs, projects, protections};
use countersign_domain::access::{Directory, Place};
use countersign_domain::approval::Summary;
use countersign_domain::deployment::{Forward, Shipment, Status};
use countersign_domain::environment::{Tier, tiers};
use countersign_domain::gate::Gate;
use countersign_domain::ids::{DeploymentId, EnvironmentId, JobId, PipelineId, ProjectId, UserId};
use countersign_domain::protection::{Principal, Protection};
use countersign_domain::time::{Date, Timestamp};
use std::collections::BTreeSet;

/// A deployment, with what is needed of its environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Deployment {
    /// Its id, unique over all projects.
    pub id: DeploymentId,
    /// Its number within the project.
    pub iid: i64,
    /// The project deployed.
    pub project_id: ProjectId,
    /// The environment deployed to.
    pub environment_id: EnvironmentId,
    /// The environment's name.
    pub environment_name: String,
    /// The environment's stored tier.
    pub environment_tier: Tier,
    /// The environment as replies show it beside its deployments.
    pub environment: EnvironmentShown,
    /// Its job; `None` for one that an outside tool makes.
    pub job_id: Option<JobId>,
    /// The pipeline of its job.
    pub pipeline_id: Option<PipelineId>,
    /// Who triggered it.
    pub user_id: Option<UserId>,
    /// On a retry, who created the pipeline: they may not vote either.
    pub pipeline_creator_id: Option<UserId>,
    /// The branch or tag.
    pub ref_name: String,
    /// Whether the ref is a tag.
    pub tag: bool,
    /// The commit.
    pub sha: String,
    /// Its status.
    pub status: Status,
    /// Whether nothing can follow any more: rejected, or ended while approval was missing.
    pub is_final: bool,
    /// Whether it happened without the approval it needed.
    pub unapproved: bool,
    /// The tier its job or request asked for.
    pub asked_tier: Option<Tier>,
    /// Whether whoever triggered it was not allowed to store that tier.
    pub tier_refused: bool,
    /// The rules as they stood when it was decided.
    pub summary: Option<Summary>,
    /// When it came into being.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was handed to a runner, or reported as running.
    pub claimed_at: Option<Timestamp>,
    /// When it ended, well or not.
    pub finished_at: Option<Timestamp>,
}

/// What replies show of an environment beside its deployments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentShown {
    /// Its name as it stands in addresses.
    pub slug: String,
    /// Where it can be seen.
    pub external_url: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A new deployment, `created`.
#[derive(Debug, Clone)]
pub struct NewDeployment<'a> {
    /// The project deployed.
    pub project_id: ProjectId,
    /// The environment deployed to.
    pub environment_id: EnvironmentId,
    /// Its job, if it has one.
    pub job_id: Option<JobId>,
    /// Who triggered it.
    pub user_id: Option<UserId>,
    /// On a retry, who created the pipeline.
    pub pipeline_creator_id: Option<UserId>,
    /// The branch or tag.
    pub ref_name: &'a str,
    /// Whether the ref is a tag.
    pub tag: bool,
    /// The commit.
    pub sha: &'a str,
    /// The tier asked for.
    pub asked_tier: Option<Tier>,
    /// Whether whoever triggered it may not store that tier.
    pub tier_refused: bool,
}

/// All that decides about one deployment.
#[derive(Debug, Clone)]
pub struct Case {
    /// The deployment.
    pub deployment: Deployment,
    /// Its job, if it has one.
    pub job: Option<jobs::Job>,
    /// The gate before it.
    pub gate: Gate,
}

macro_rules! joined {
    () => {
        " FROM deployments d JOIN environments e ON e.id = d.environment_id LEFT JOIN jobs j ON j.id = d.job_id "
    };
}
use joined;

macro_rules! select {
    ($tail:expr) => {
        concat!(
            "SELECT d.id, d.iid, d.project_id, d.environment_id, e.name, e.tier, d.job_id, j.pipeline_id, d.user_id, \
             d.pipeline_creator_id, d.ref, d.tag, d.sha, d.status, d.final, d.unapproved, d.asked_tier, \
             d.tier_refused, d.summary, d.created_at, d.updated_at, d.claimed_at, d.finished_at, \
             e.slug, e.external_url, e.created_at, e.updated_at",
            joined!(),
            $tail
        )
    };
}
use select;

/// The deployment with that id, in that project.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, id: DeploymentId) -> Result<Option<Deployment>> {
    tx.query_opt(select!("WHERE d.id = $1 AND d.project_id = $2"), &[id.into(), project.into()], read)
}

/// The deployment with that id.
pub fn find(tx: &mut Tx<'_>, id: DeploymentId) -> Result<Option<Deployment>> {
    tx.query_opt(select!("WHERE d.id = $1"), &[id.into()], read)
}

/// The deployment of that number in that project.
pub fn numbered(tx: &mut Tx<'_>, project: ProjectId, iid: i64) -> Result<Option<Deployment>> {
    tx.query_opt(select!("WHERE d.project_id = $1 AND d.iid = $2"), &[project.into(), iid.into()], read)
}

/// The deployment that a job makes.
pub fn of_job(tx: &mut Tx<'_>, job: JobId) -> Result<Option<Deployment>> {
    tx.query_opt(select!("WHERE d.job_id = $1"), &[job.into()], read)
}

/// Locks a deployment, and its pipeline before it, and loads all that decides about it. `extra` is one more person to
/// be judged. (Locks are taken in the order policy, pipeline, deployment everywhere.)
pub fn for_decision(tx: &mut Tx<'_>, id: DeploymentId, extra: Option<UserId>, today: Date) -> Result<Option<Case>> {
    let Some(found) = find(tx, id)? else { return Ok(None) };
    let Some(found) = locked(tx, found)? else { return Ok(None) };
    let directory = directory::load(tx, today, Place::Project(found.project_id), People::One(extra))?;
    for_reading(tx, found, directory).map(Some)
}

/// Locks a deployment, and its pipeline before it; as it is then.
pub fn locked(tx: &mut Tx<'_>, of: Deployment) -> Result<Option<Deployment>> {
    if let Some(pipeline) = of.pipeline_id {
        tx.lock_row(LockTable::Pipelines, pipeline.0)?;
    }
    tx.lock_row(LockTable::Deployments, of.id.0)?;
    match tx.dialect() {
        // The one writer: nobody changed it meanwhile.
        Dialect::Sqlite => Ok(Some(of)),
        Dialect::Postgres => find(tx, of.id),
    }
}

/// Loads all that decides about a deployment. `directory` is that of its project; everybody with a part in the
/// deployment is added.
pub fn for_reading(tx: &mut Tx<'_>, deployment: Deployment, directory: Directory) -> Result<Case> {
    let job = match deployment.job_id {
        Some(job) => jobs::get(tx, job)?,
        None => None,
    };
    let started_by = job.as_ref().and_then(|j| j.user_id);
    let gate = gate_in(tx, &deployment, started_by, directory)?;
    Ok(Case { deployment, job, gate })
}

/// The gate before a deployment. `people` are who started its job, if it has one, and whoever else is to be judged.
pub fn gate(tx: &mut Tx<'_>, of: &Deployment, people: &[UserId], today: Date) -> Result<Gate> {
    let directory = directory::load(tx, today, Place::Project(of.project_id), People::All(people))?;
    gate_in(tx, of, None, directory)
}

fn gate_in(tx: &mut Tx<'_>, of: &Deployment, started_by: Option<UserId>, mut directory: Directory) -> Result<Gate> {
    let tiers = tiers(&of.environment_name, Some(of.environment_tier), of.asked_tier, of.tier_refused);
    let protections = protections::applicable(tx, of.project_id, &of.environment_name, &tiers)?;
    let votes = approvals::standing(tx, of.id)?;
    let initiators: Vec<UserId> = of.user_id.into_iter().chain(of.pipeline_creator_id).collect();
    let people = initiators.iter().copied().chain(started_by).chain(votes.iter().map(|vote| vote.voter));
    let missing: BTreeSet<UserId> = people.filter(|user| !directory.people.contains_key(user)).collect();
    directory::add_people(tx, &mut directory, &missing.into_iter().collect::<Vec<_>>())?;
    add_named(tx, &mut directory, &protections)?;
    let forward = forward(tx, of)?;
    Ok(Gate { directory, project: of.project_id, protections, deploys: true, initiators, votes, forward })
}

/// What was deployed last where a deployment goes, and what its project makes of that.
fn forward(tx: &mut Tx<'_>, of: &Deployment) -> Result<Option<Forward>> {
    let Some(project) = projects::get(tx, of.project_id)? else { return Ok(None) };
    let enabled = project.settings.ci_forward_deployment_enabled;
    let rollback_allowed = project.settings.ci_forward_deployment_rollback_allowed;
    let latest = tx.query_opt(
        "SELECT id, sha FROM deployments WHERE environment_id = $1 AND status = 'success'
         ORDER BY finished_at DESC, id DESC LIMIT 1",
        &[of.environment_id.into()],
        |row| Ok(Shipment { id: row.get(0)?, sha: row.get(1)? }),
    )?;
    Ok(Some(Forward { own: Shipment { id: of.id, sha: of.sha.clone() }, latest, enabled, rollback_allowed }))
}

/// Whether the person whom a rule names could still fill it is shown, and decides whether an administrator may vote over it.
fn add_named(tx: &mut Tx<'_>, directory: &mut Directory, protections: &[Protection]) -> Result<()> {
    let named = protections.iter().flat_map(|p| &p.rules).filter_map(|rule| match rule.entry.principal {
        Principal::User(named) => Some(named),
        _ => None,
    });
    let missing: BTreeSet<UserId> = named.filter(|user| !directory.people.contains_key(user)).collect();
    directory::add_people(tx, directory, &missing.into_iter().collect::<Vec<_>>())
}

/// Creates a deployment under the project's next number.
pub fn insert(tx: &mut Tx<'_>, new: &NewDeployment<'_>, now: Timestamp) -> Result<DeploymentId> {
    let iid = tx.returning(
        "UPDATE projects SET deployments_created = deployments_created + 1 WHERE id = $1 RETURNING deployments_created",
        &[new.project_id.into()],
        |row| row.get::<i64>(0),
    )?;
    let id = tx.insert(
        "INSERT INTO deployments (iid, project_id, environment_id, job_id, user_id, pipeline_creator_id, ref, tag, sha,
           status, final, unapproved, asked_tier, tier_refused, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'created', $12, $12, $10, $11, $13, $13) RETURNING id",
        &[
            iid.first().copied().unwrap_or_default().into(),
            new.project_id.into(),
            new.environment_id.into(),
            new.job_id.into(),
            new.user_id.into(),
            new.pipeline_creator_id.into(),
            new.ref_name.into(),
            new.tag.into(),
            new.sha.into(),
            new.asked_tier.map(Tier::as_str).into(),
            new.tier_refused.into(),
            false.into(),
            now.into(),
        ],
    )?;
    Ok(DeploymentId(id))
}

/// Saves what decisions change: status, finality, the summary and the times.
pub fn save(tx: &mut Tx<'_>, of: &Deployment) -> Result<()> {
    let summary = of.summary.as_ref().map(serde_json::to_string).transpose();
    let summary = summary.map_err(|e| crate::Error::Corrupt(format!("summary: {e}")))?;
    tx.execute(
        "UPDATE deployments SET status = $2, final = $3, unapproved = $4, summary = $5, updated_at = $6,
           claimed_at = $7, finished_at = $8 WHERE id = $1",
        &[
            of.id.into(),
            of.status.as_str().into(),
            of.is_final.into(),
            of.unapproved.into(),
            summary.into(),
            of.updated_at.into(),
            of.claimed_at.into(),
            of.finished_at.into(),
        ],
    )
    .map(drop)
}

/// Deletes a deployment's record.
pub fn delete(tx: &mut Tx<'_>, id: DeploymentId) -> Result<()> {
    tx.execute("DELETE FROM deployments WHERE id = $1", &[id.into()]).map(drop)
}

/// The deployments that the jobs of a pipeline make, oldest first.
pub fn of_pipeline(tx: &mut Tx<'_>, pipeline: PipelineId) -> Result<Vec<DeploymentId>> {
    tx.query(
        "SELECT d.id FROM deployments d JOIN jobs j ON j.id = d.job_id WHERE j.pipeline_id = $1 ORDER BY d.id",
        &[pipeline.into()],
        |row| row.get(0),
    )
}

/// As [`of_pipeline`], with all that is known of them.
pub fn all_of_pipeline(tx: &mut Tx<'_>, pipeline: PipelineId) -> Result<Vec<Deployment>> {
    tx.query(select!("WHERE j.pipeline_id = $1 ORDER BY d.id"), &[pipeline.into()], read)
}

/// Lets nothing follow any more on the deployments that the jobs of a pipeline made.
pub fn seal_of_pipeline(tx: &mut Tx<'_>, pipeline: PipelineId) -> Result<()> {
    tx.execute(
        "UPDATE deployments SET final = $2 WHERE job_id IN (SELECT id FROM jobs WHERE pipeline_id = $1)",
        &[pipeline.into(), true.into()],
    )
    .map(drop)
}

/// All pending deployments below a project, or below a group and its subgroups, or everywhere.
pub fn pending(tx: &mut Tx<'_>, place: Option<Place>) -> Result<Vec<DeploymentId>> {
    let id = |row: &Row<'_>| row.get(0);
    match place {
        None => tx.query("SELECT id FROM deployments WHERE status IN ('created', 'blocked') ORDER BY id", &[], id),
        Some(Place::Project(project)) => tx.query(
            "SELECT id FROM deployments WHERE project_id = $1 AND status IN ('created', 'blocked') ORDER BY id",
            &[project.into()],
            id,
        ),
        Some(Place::Group(group)) => tx.query(
            "WITH RECURSIVE below(id) AS (SELECT id FROM namespaces WHERE id = $1
               UNION SELECT n.id FROM namespaces n JOIN below b ON n.parent_id = b.id)
             SELECT d.id FROM deployments d JOIN projects p ON p.id = d.project_id
             JOIN below b ON b.id = p.namespace_id WHERE d.status IN ('created', 'blocked') ORDER BY d.id",
            &[group.into()],
            id,
        ),
    }
}

/// The deployments of a project, or of all below a group, that have not ended.
pub fn open(tx: &mut Tx<'_>, place: Place) -> Result<Vec<Deployment>> {
    let sql = select!(concat!(
        "WHERE d.status IN ('created', 'blocked', 'running') AND d.project_id IN (",
        projects_in!(),
        ") ORDER BY d.id"
    ));
    tx.query(sql, &directory::columns_of(place), read)
}

/// The pending deployments to an environment.
pub fn pending_to(tx: &mut Tx<'_>, environment: EnvironmentId) -> Result<Vec<DeploymentId>> {
    tx.query(
        "SELECT id FROM deployments WHERE environment_id = $1 AND status IN ('created', 'blocked') ORDER BY id",
        &[environment.into()],
        |row| row.get(0),
    )
}

fn read(row: &Row<'_>) -> Result<Deployment> {
    let summary = row.get::<Option<String>>(18)?;
    let summary = summary.map(|s| serde_json::from_str(&s)).transpose();
    Ok(Deployment {
        id: row.get(0)?,
        iid: row.get(1)?,
        project_id: row.get(2)?,
        environment_id: row.get(3)?,
        environment_name: row.get(4)?,
        environment_tier: row.word(5, Tier::parse)?,
        environment: EnvironmentShown {
            slug: row.get(23)?,
            external_url: row.get(24)?,
            created_at: row.get(25)?,
            updated_at: row.get(26)?,
        },
        job_id: row.get(6)?,
        pipeline_id: row.get(7)?,
        user_id: row.get(8)?,
        pipeline_creator_id: row.get(9)?,
        ref_name: row.get(10)?,
        tag: row.get(11)?,
        sha: row.get(12)?,
        status: row.word(13, Status::parse)?,
        is_final: row.get(14)?,
        unapproved: row.get(15)?,
        asked_tier: row.word_opt(16, Tier::parse)?,
        tier_refused: row.get(17)?,
        summary: summary.map_err(|e| crate::Error::Corrupt(format!("summary: {e}")))?,
        created_at: row.get(19)?,
        updated_at: row.get(20)?,
        claimed_at: row.get(21)?,
        finished_at: row.get(22)?,
    })
}
