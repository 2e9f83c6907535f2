//! Creates a pipeline: by a push, or because somebody asks for one.

mod environment;
mod jobs;
mod older;

pub(crate) use jobs::{Initiators, deploy};

use crate::authorize::{self, OnProject, Ref};
use crate::configuration::{Configuration, Known, Prepared, Target};
use crate::flow::Flow;
use crate::git::{GitError, NO_OBJECT, Repositories, ResolvedRef};
use crate::script::{self, Given, Variable};
use crate::vault::Vault;
use crate::{Config, Result, Tx, configuration};
use countersign_domain::access::{Action, Actor, Via};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::{PipelineId, ProjectId, UserId};
use countersign_domain::outcome::Ending;
use countersign_domain::pipeline::{OnNewCommit, Status, skips_ci};
use countersign_domain::protected_ref::{Kind, Named};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::pipelines::{self, NewPipeline};
use countersign_store::projects::{self, Project};
use countersign_store::{commits, protected_refs};
use serde_json::json;

/// No job is left to run.
pub(crate) const NO_JOBS: &str = "Pipeline will not run for the selected trigger. The rules configuration prevented any jobs \
                       from being added to the pipeline.";

/// The configuration wants no pipeline.
pub(crate) const UNWANTED: &str = "Pipeline filtered out by workflow rules.";

/// Inputs are given.
const UNKNOWN_INPUTS: &str = "Unknown input arguments: the configuration declares no inputs; use variables instead";

/// What a new pipeline begins with.
#[derive(Debug, Clone, Copy)]
pub struct Start<'a> {
    /// The project.
    pub project: ProjectId,
    /// As whom its jobs run.
    pub user: Option<UserId>,
    /// What creates it: `push`, `web`, `api` or `trigger`.
    pub source: &'static str,
    /// The commit and its configuration.
    pub prepared: &'a Prepared,
    /// The variables it is given.
    pub variables: &'a [Variable],
}

/// A pipeline somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// The branch or tag, by its short or full name.
    pub ref_name: String,
    /// Variables for all its jobs.
    pub variables: Vec<Variable>,
    /// Whether inputs are given: no configuration here declares any.
    pub with_inputs: bool,
}

/// Whether the actor may create pipelines, and what is then known of one; asked before git is.
///
/// # Errors
/// They may not, or may not give variables; or the variables cannot be used.
pub fn check(
    tx: &mut Tx<'_>,
    vault: &Vault,
    actor: &Actor,
    (at, wish): (&Ref, &Wish),
    now: Timestamp,
) -> Result<Known> {
    let on = allowed(tx, actor, at, wish, now)?;
    Ok(Known { given: wish.variables.clone(), ..Known::load(tx, vault, on.project, actor.user(), source(actor))? })
}

/// What creates the pipeline that somebody asks for.
fn source(actor: &Actor) -> &'static str {
    match actor.via {
        Via::Trigger(_) => "trigger",
        Via::Session(_) => "web",
        _ => "api",
    }
}

/// Whether the actor may create pipelines in a project at all.
///
/// # Errors
/// They may not, or nobody may: the project runs none.
pub(crate) fn may_create(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, now: Timestamp) -> Result<OnProject> {
    let found = authorize::project(tx, actor, at, Action::RunPipelines, now)?;
    if !found.project.settings.runs_pipelines() {
        return Err(Refusal::Pipeline("Pipelines are disabled!".into()).into());
    }
    Ok(found)
}

fn allowed(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, wish: &Wish, now: Timestamp) -> Result<OnProject> {
    let found = may_create(tx, actor, at, now)?;
    let role = found.project.settings.ci_pipeline_variables_minimum_override_role;
    if !wish.variables.is_empty() && role.check(found.standing.acting_level()).is_err() {
        return Err(Refusal::Pipeline("Insufficient permissions to set pipeline variables".into()).into());
    }
    let unknown = wish.with_inputs.then(|| UNKNOWN_INPUTS.to_owned());
    match script::refusal(&wish.variables).or(unknown) {
        Some(why) => Err(Refusal::Pipeline(why).into()),
        None => Ok(found),
    }
}

/// Whether somebody who may create pipelines may do so for that branch or tag.
fn check_ref(tx: &mut Tx<'_>, on: &OnProject, target: &Target) -> Result<()> {
    let named = Named { kind: Kind::of_tag(target.tag), name: &target.ref_name };
    let allowed = protected_refs::rules(tx, on.project.id)?.may_run(&on.standing, named);
    let refused = |why: Refusal| {
        let text = "You do not have sufficient permission to run a pipeline on";
        Refusal::Pipeline(format!("{text} '{}'. {}", named.name, why.reason()))
    };
    Ok(allowed.map_err(refused)?)
}

/// Reads what the wished pipeline is made of. Runs git: never inside a transaction.
///
/// # Errors
/// The outer one: git fails. The inner one: there is no such ref, or it is not clear which.
pub fn prepare(
    repositories: &Repositories,
    config: &Config,
    known: &Known,
    wish: &Wish,
) -> Result<Result<Prepared, Refusal>, GitError> {
    let project = known.project.id;
    let refused = |why: &str| Ok(Err(Refusal::Pipeline(why.into())));
    if !repositories.exists(project.0) {
        return refused("Reference not found");
    }
    let (tip, tag) = match repositories.resolve(project.0, &wish.ref_name)? {
        Some(ResolvedRef::Branch(tip)) => (tip, false),
        Some(ResolvedRef::Tag(tip)) => (tip, true),
        Some(ResolvedRef::Ambiguous { .. }) => return refused("Ref is ambiguous"),
        Some(ResolvedRef::Commit(_)) | None => return refused("Reference not found"),
    };
    let target = Target { ref_name: tip.name, tag, sha: tip.sha, before_sha: NO_OBJECT.into() };
    match configuration::prepare(repositories, config, known, target)? {
        Some(prepared) => Ok(Ok(prepared)),
        None => refused("Commit not found"),
    }
}

/// Creates the pipeline somebody asked for.
///
/// # Errors
/// They may not, for that branch or tag or at all; or its configuration is missing, broken or leaves nothing to run: then nothing is saved.
pub fn create(
    tx: &mut Tx<'_>,
    actor: &Actor,
    config: &Config,
    at: &Ref,
    (wish, prepared): (&Wish, &Prepared),
    now: Timestamp,
) -> Result<Ending<PipelineId>> {
    let on = allowed(tx, actor, at, wish, now)?;
    check_ref(tx, &on, &prepared.target)?;
    let why = match &prepared.configuration {
        Configuration::Missing => Some("Missing CI config file".to_owned()),
        Configuration::Broken(why) => Some(why.clone()),
        Configuration::Plan(plan) if plan.unwanted => Some(UNWANTED.into()),
        Configuration::Plan(plan) if plan.jobs.is_empty() => Some(NO_JOBS.into()),
        Configuration::Plan(_) => None,
    };
    if let Some(why) = why {
        return Err(Refusal::Pipeline(why).into());
    }
    let mut flow = Flow::new(tx, now);
    let project = on.project.id;
    let start = Start { project, user: actor.user(), source: source(actor), prepared, variables: &wish.variables };
    let id = begin(&mut flow, config, &start)?.ok_or(Refusal::Pipeline(NO_JOBS.into()))?;
    Ok(Ending::from_events(id, flow.events))
}

/// Begins a pipeline: jobs, environments and deployments come into being, and the first jobs get their turn. Broken
/// configuration leaves a failed pipeline, a pushed commit that wants none a skipped one without jobs; without a
/// configuration or without jobs there is none, nor in a project that is archived or runs none.
///
/// # Errors
/// The project is gone; the store's.
pub fn begin(flow: &mut Flow<'_, '_>, config: &Config, start: &Start<'_>) -> Result<Option<PipelineId>> {
    let project = projects::get(flow.tx, start.project)?.ok_or(Refusal::NotFound(Missing::Project))?;
    match &start.prepared.configuration {
        _ if project.archived || !project.settings.runs_pipelines() => Ok(None),
        Configuration::Missing => Ok(None),
        _ if start.source == "push" && skips_ci(&start.prepared.commit.message) => {
            insert(flow, config, &project, start, Begins::Skipped).map(Some)
        }
        Configuration::Plan(plan) if plan.jobs.is_empty() => Ok(None),
        Configuration::Broken(why) => insert(flow, config, &project, start, Begins::Failed(why)).map(Some),
        Configuration::Plan(plan) => {
            let id = insert(flow, config, &project, start, Begins::Named(plan.name.as_deref()))?;
            jobs::insert_all(flow, config, &project, (id, start), plan)?;
            flow.advance(id)?;
            if project.settings.auto_cancel_pending_pipelines {
                older::cancel(flow, id)?;
            }
            Ok(Some(id))
        }
    }
}

/// What a newer commit is to mean for a pipeline of that configuration.
fn on_new_commit(of: &Configuration) -> OnNewCommit {
    let word = match of {
        Configuration::Plan(plan) => plan.on_new_commit.as_str(),
        Configuration::Missing | Configuration::Broken(_) => "none",
    };
    OnNewCommit::parse(word).unwrap_or(OnNewCommit::None)
}

/// How a new pipeline stands.
#[derive(Debug, Clone, Copy)]
enum Begins<'a> {
    /// Its jobs are to follow; it may have a name.
    Named(Option<&'a str>),
    /// Its configuration is broken.
    Failed(&'a str),
    /// Nothing is to run.
    Skipped,
}

fn insert(
    flow: &mut Flow<'_, '_>,
    config: &Config,
    project: &Project,
    start: &Start<'_>,
    begins: Begins<'_>,
) -> Result<PipelineId> {
    let target = &start.prepared.target;
    let (status, name, yaml_errors) = match begins {
        Begins::Named(name) => (Status::Created, name, None),
        Begins::Failed(why) => (Status::Failed, None, Some(why)),
        Begins::Skipped => (Status::Skipped, None, None),
    };
    let new = NewPipeline {
        project_id: project.id,
        user_id: start.user,
        status,
        source: start.source,
        ref_name: &target.ref_name,
        tag: target.tag,
        sha: &target.sha,
        before_sha: &target.before_sha,
        yaml_errors,
        name,
        on_new_commit: on_new_commit(&start.prepared.configuration),
    };
    let id = pipelines::insert(flow.tx, &new, flow.now)?;
    if !start.variables.is_empty() {
        let given = Given::seal(&config.vault, &script::about_pipeline(id), start.variables)?;
        pipelines::set_variables(flow.tx, id, &given.write())?;
    }
    commits::keep(flow.tx, project.id, &start.prepared.commit)?;
    let keys: Vec<_> = start.variables.iter().map(|v| v.key.as_str()).collect();
    let after = json!({
        "source": start.source, "ref": target.ref_name, "sha": target.sha, "status": status.as_str(),
        "variables": keys,
    });
    let subject = Subject::of_project("Pipeline", id.0, project.id);
    flow.events.push(Event::new(Code::PipelineCreated, subject).after(after));
    Ok(id)
}
