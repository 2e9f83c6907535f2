//! The jobs of a new pipeline, and the deployments some of them make.

use super::Start;
use super::environment::{self, Found, Placed};
use crate::flow::Flow;
use crate::options::Options;
use crate::predefined::{self, Facts};
use crate::script::{self, Script, Variable};
use crate::{Config, Result, protected_refs, variables};
use countersign_ci as ci;
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::{PipelineId, ResourceGroupId, UserId};
use countersign_domain::job::{EnvironmentAction, FailureReason, Status, When};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::resource_group::check_key;
use countersign_domain::runner::wanted_tag;
use countersign_domain::settings::ProcessMode;
use countersign_domain::variable::Reach;
use countersign_store::deployments::{self, NewDeployment};
use countersign_store::jobs::{self, Job, NewJob};
use countersign_store::pipelines::{self, Pipeline};
use countersign_store::projects::Project;
use countersign_store::{resource_groups, users};
use serde_json::json;
use std::cell::Cell;

/// Inserts all jobs of a plan in the order of the file.
pub(super) fn insert_all(
    flow: &mut Flow<'_, '_>,
    config: &Config,
    project: &Project,
    (id, start): (PipelineId, &Start<'_>),
    plan: &ci::Plan,
) -> Result<()> {
    let pipeline = pipelines::find(flow.tx, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    let user = match start.user {
        Some(user) => users::get(flow.tx, user)?,
        None => None,
    };
    let commit = Some(&start.prepared.commit);
    let ref_protected = protected_refs::protects(flow.tx, &pipeline)?;
    let facts = Facts { config, project, run: (&pipeline).into(), commit, user: user.as_ref(), ref_protected };
    let known = predefined::of_pipeline(&facts, &pipeline);
    let mode = project.settings.resource_group_default_process_mode;
    let reach = Reach { environment: None, ref_protected };
    let mut given = shown(variables::of_job(flow.tx, &config.vault, project.id, reach)?);
    given.extend_from_slice(start.variables);
    for job in &plan.jobs {
        insert(flow, (&pipeline, mode), (&known, &given), plan, job)?;
    }
    Ok(())
}

/// Variables for texts that others see, as the name of an environment: the masked ones are empty there.
fn shown(mut variables: Vec<Variable>) -> Vec<Variable> {
    variables.iter_mut().filter(|variable| variable.masked).for_each(|variable| variable.value.clear());
    variables
}

fn insert(
    flow: &mut Flow<'_, '_>,
    (pipeline, mode): (&Pipeline, ProcessMode),
    (known, given): (&[Variable], &[Variable]),
    plan: &ci::Plan,
    job: &ci::JobPlan,
) -> Result<()> {
    let script = Script::of(plan, job);
    let variables = || {
        let mut variables = known.to_vec();
        variables.extend(predefined::of_job_name(&job.name, &job.stage));
        variables.extend(predefined::of_node(job.parallel));
        variables.extend(script.variables.iter().chain(given).cloned());
        variables
    };
    let group = match &job.resource_group {
        None => Ok(None),
        Some(named) => resource_group(flow, pipeline, (named, mode), &variables())?.map(Some),
    };
    let found = match &job.environment {
        None => Found::None,
        // It fails, and makes no deployment.
        Some(_) if group.is_err() => Found::None,
        Some(named) => environment::find(flow, pipeline, named, &variables())?,
    };
    let needs = job.needs.as_ref().map(|needs| serde_json::to_string(needs).unwrap_or_else(|_| "[]".into()));
    let failure = group.err().or(matches!(found, Found::Invalid).then_some(FailureReason::EnvironmentCreation));
    let at = found.placed();
    let new = NewJob {
        project_id: pipeline.project_id,
        pipeline_id: pipeline.id,
        name: &job.name,
        stage: &job.stage,
        stage_index: i64::try_from(job.stage_index).unwrap_or(i64::MAX),
        status: if failure.is_some() { Status::Failed } else { Status::Created },
        failure_reason: failure,
        when: when(job.when),
        allow_failure: job.allow_failure,
        user_id: pipeline.user_id,
        environment_id: at.map(|p| p.environment.id),
        environment_action: job.environment.as_ref().map(|e| environment::action(e.action)),
        environment_url: at.and_then(|p| p.url.as_deref()),
        asked_tier: at.and_then(|p| p.asked_tier),
        tier_refused: at.is_some_and(|p| p.tier_refused),
        tags: &serde_json::to_string(&tags(&job.tags, variables)).unwrap_or_else(|_| "[]".into()),
        script: &script.write(),
        options: &options(job, at, known).write(),
        needs: needs.as_deref(),
        start_in: job.start_in,
        timeout: job.timeout,
        resource_group_id: group.unwrap_or_default(),
    };
    let id = jobs::insert(flow.tx, &new, flow.now)?;
    if let Some(reason) = failure {
        let after = json!({"status": "failed", "name": job.name, "failure_reason": reason.as_str()});
        let subject = Subject::of_project("Job", id.0, pipeline.project_id);
        flow.events.push(Event::new(Code::JobFinished, subject).after(after));
    }
    let Some(made) = jobs::get(flow.tx, id)? else { return Ok(()) };
    deploy(flow, pipeline, &made, Initiators { user: made.user_id, creator: None })
}

/// Whose deployment it is: neither may vote on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Initiators {
    /// Who triggered it.
    pub(crate) user: Option<UserId>,
    /// On a retry, who created the pipeline, if that is somebody else.
    pub(crate) creator: Option<UserId>,
}

impl Initiators {
    /// Those of a job of that pipeline which `user` tries again.
    pub(crate) fn of_retry(user: Option<UserId>, pipeline: &Pipeline) -> Initiators {
        Initiators { user, creator: pipeline.user_id.filter(|creator| Some(*creator) != user) }
    }
}

/// Creates the deployment of a job that makes one.
///
/// # Errors
/// The store's.
pub(crate) fn deploy(flow: &mut Flow<'_, '_>, pipeline: &Pipeline, job: &Job, by: Initiators) -> Result<()> {
    let Some(environment_id) = job.environment_id else { return Ok(()) };
    if job.environment_action != Some(EnvironmentAction::Start) {
        return Ok(());
    }
    let new = NewDeployment {
        project_id: pipeline.project_id,
        environment_id,
        job_id: Some(job.id),
        user_id: by.user,
        pipeline_creator_id: by.creator,
        ref_name: &pipeline.ref_name,
        tag: pipeline.tag,
        sha: &pipeline.sha,
        asked_tier: job.asked_tier,
        tier_refused: job.tier_refused,
    };
    let id = deployments::insert(flow.tx, &new, flow.now)?;
    let after = json!({"job": job.id, "environment_id": environment_id, "sha": pipeline.sha, "ref": pipeline.ref_name});
    let subject = Subject::of_project("Deployment", id.0, pipeline.project_id);
    flow.events.push(Event::new(Code::DeploymentCreated, subject).after(after));
    Ok(())
}

/// How a job is treated, with what depends on variables. What people are asked is read by all who see the job: only what
/// is said of every pipeline and of the environment has a value there.
fn options(job: &ci::JobPlan, at: Option<&Placed>, known: &[Variable]) -> Options {
    let mut options = Options { auto_stop_in: at.and_then(|p| p.auto_stop_in), ..Options::of(job) };
    let value = |key: &str| match (key, at) {
        ("CI_ENVIRONMENT_NAME", Some(at)) => Some(at.environment.name.clone()),
        ("CI_ENVIRONMENT_SLUG", Some(at)) => Some(at.environment.slug.clone()),
        ("CI_JOB_NAME", _) => Some(job.name.clone()),
        _ => known.iter().find(|v| v.key == key && key.starts_with("CI_COMMIT_")).map(|v| v.value.clone()),
    };
    options.manual_confirmation = options.manual_confirmation.map(|text| ci::expand(&text, &value));
    options
}

/// The resource group of a job by its name, expanded with what is known now; created if there is none of that name. With a
/// name that is not valid the job fails: it must never run beside those it was meant to wait for.
fn resource_group(
    flow: &mut Flow<'_, '_>,
    pipeline: &Pipeline,
    (named, mode): (&str, ProcessMode),
    variables: &[Variable],
) -> Result<Result<ResourceGroupId, FailureReason>> {
    let values = script::expanded(variables);
    let key = ci::expand(named, &|key| script::value(&values, key));
    if check_key(&key).is_err() {
        return Ok(Err(FailureReason::UnmetPrerequisites));
    }
    let project = pipeline.project_id;
    if resource_groups::named(flow.tx, project, &key)?.is_none() {
        resource_groups::create(flow.tx, project, &key, mode, flow.now)?;
    }
    let group = resource_groups::named(flow.tx, project, &key)?.ok_or(Refusal::NotFound(Missing::Row))?;
    Ok(Ok(group.id))
}

/// The tags a runner must have, with the values of variables. A masked value is part of no text that others see: in its
/// place stays the name.
fn tags(written: &[String], variables: impl Fn() -> Vec<Variable>) -> Vec<String> {
    if !written.iter().any(|tag| tag.contains('$')) {
        return written.to_vec();
    }
    let mut variables = variables();
    for masked in variables.iter_mut().filter(|variable| variable.masked) {
        (masked.value, masked.raw) = (format!("${{{}}}", masked.key), true);
    }
    let values = script::expanded(&variables);
    let expanded = |tag: &String| {
        let known = Cell::new(true);
        let text = ci::expand(tag, &|key| {
            let value = script::value(&values, key);
            known.set(known.get() && value.is_some());
            value
        });
        wanted_tag(tag, known.get().then_some(text))
    };
    written.iter().map(expanded).collect()
}

fn when(of: ci::When) -> When {
    match of {
        ci::When::OnSuccess => When::OnSuccess,
        ci::When::OnFailure => When::OnFailure,
        ci::When::Manual => When::Manual,
        ci::When::Always => When::Always,
        ci::When::Delayed => When::Delayed,
    }
}
