//! What a runner is told of the job it was handed.

mod url;
mod variables;

use crate::artifacts::{self, Inherited};
use crate::options::Options;
use crate::predefined::{Facts, Names};
use crate::script::{Script, Variable, about_job};
use crate::update_job::REASONS;
use crate::{Config, Result, Tx, protected_refs};
use countersign_domain::cache::cache_key;
use countersign_domain::ids::JobId;
use countersign_domain::job::time_limit;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::token::{JOB_PREFIX, PERSONAL_PREFIX, RUNNER_PREFIX};
use countersign_domain::variable::Reach;
use countersign_store::artifacts::Artifact;
use countersign_store::commits::Commit;
use countersign_store::environments::{self, Environment};
use countersign_store::jobs::{self, Job};
use countersign_store::pipelines::{self, Pipeline};
use countersign_store::projects::{self, Project};
use countersign_store::runners::Runner;
use countersign_store::users::User;
use countersign_store::{commits, refs, users};
use countersign_wire::runner as wire;
use std::sync::Arc;

/// The name of the user in the Basic credentials of a job.
pub const GIT_USER: &str = "gitlab-ci-token";

/// The job as the runner is told of it, with the token it was handed out under.
///
/// # Errors
/// It is gone; the store's.
pub fn payload(tx: &mut Tx<'_>, config: &Config, runner: &Runner, id: JobId, job_token: &str) -> Result<wire::Job> {
    let found = Found::load(tx, config, id)?;
    let facts = found.facts(config);
    let Found { job, pipeline, project, script, .. } = &found;
    let url = url::of_job(&facts, &found, &[]).or_else(|| found.environment.as_ref()?.external_url.clone());
    let names = found.names(url.as_deref());
    let of = (pipeline, job, script);
    let given = (&found.left.variables[..], &found.given[..]);
    let variables = variables::all(&facts, of, runner, names.as_ref(), given, job_token);
    let timeout = time_limit(job.timeout, project.build_timeout, runner.maximum_timeout);
    // `GIT_DEPTH` wins over the project's setting.
    let depth = u32::try_from(project.settings.ci_default_git_depth).unwrap_or_default();
    Ok(wire::Job {
        id: job.id.0,
        token: job_token.to_owned(),
        allow_git_fetch: true,
        job_info: job_info(job, pipeline, project),
        git_info: git_info(tx, &facts, pipeline, (variables::depth(&variables).unwrap_or(depth), job_token))?,
        runner_info: wire::RunnerInfo { timeout },
        image: script.image.clone(),
        services: script.services.clone(),
        hooks: hooks(script),
        artifacts: script.artifacts.clone(),
        cache: caches(&found),
        dependencies: found.left.archives.iter().map(|of| dependency(of, job_token)).collect(),
        steps: steps(script, timeout),
        variables,
        features: features(),
        ..wire::Job::default()
    })
}

/// Where the environment of a job that succeeded can be seen, by what it says with the variables it had and those it left;
/// `None` if that was known before it ran.
///
/// # Errors
/// It is gone; the store's.
pub fn settled_url(tx: &mut Tx<'_>, config: &Config, id: JobId) -> Result<Option<Option<String>>> {
    let job = jobs::get(tx, id)?.ok_or(Refusal::NotFound(Missing::Row))?;
    if !Options::read(&job.options).url.is_some_and(|written| written.contains('$')) {
        return Ok(None);
    }
    let found = Found::load(tx, config, id)?;
    let own = artifacts::left_by(tx, id)?;
    Ok(Some(url::of_job(&found.facts(config), &found, &own)))
}

/// A job that is handed out, with all that its variables say.
struct Found {
    job: Job,
    pipeline: Pipeline,
    project: Project,
    user: Option<User>,
    commit: Option<Arc<Commit>>,
    environment: Option<Environment>,
    ref_protected: bool,
    script: Script,
    /// What the jobs before it left.
    left: Inherited,
    /// What wins over the configuration.
    given: Vec<Variable>,
}

impl Found {
    fn load(tx: &mut Tx<'_>, config: &Config, id: JobId) -> Result<Found> {
        let gone = || Refusal::NotFound(Missing::Row);
        let job = jobs::get(tx, id)?.ok_or_else(gone)?;
        let pipeline = pipelines::find(tx, job.pipeline_id)?.ok_or_else(gone)?;
        let project = projects::get(tx, job.project_id)?.ok_or_else(gone)?;
        let user = match job.user_id {
            Some(user) => users::get(tx, user)?,
            None => None,
        };
        let commit = commits::get(tx, project.id, &pipeline.sha)?;
        let environment = match job.environment_id {
            Some(at) => environments::get(tx, project.id, at)?,
            None => None,
        };
        let ref_protected = protected_refs::protects(tx, &pipeline)?;
        let script = Script::read(&job.script).unwrap_or_default();
        let given = given(tx, config, (&pipeline, &job), environment.as_ref(), ref_protected, &script)?;
        let now = job.started_at.unwrap_or(job.created_at);
        let left = artifacts::inherited(tx, &job, script.files_from.as_deref(), now)?;
        Ok(Found { job, pipeline, project, user, commit, environment, ref_protected, script, left, given })
    }

    fn facts<'f>(&'f self, config: &'f Config) -> Facts<'f> {
        Facts {
            config,
            project: &self.project,
            run: (&self.pipeline).into(),
            commit: self.commit.as_deref(),
            user: self.user.as_ref(),
            ref_protected: self.ref_protected,
        }
    }

    /// Its environment, which can be seen there.
    fn names<'f>(&'f self, url: Option<&'f str>) -> Option<Names<'f>> {
        let (at, job) = (self.environment.as_ref()?, &self.job);
        let tier = job.asked_tier.unwrap_or(at.tier);
        Some(Names { id: at.id.0, name: &at.name, slug: &at.slug, tier, action: job.environment_action?, url })
    }
}

/// The variables that win over those of the configuration: those of the project, the groups above it and the instance for
/// the job's branch or tag and environment, then the pipeline's, then those it was played with.
fn given(
    tx: &mut Tx<'_>,
    config: &Config,
    (pipeline, job): (&Pipeline, &Job),
    environment: Option<&Environment>,
    ref_protected: bool,
    script: &Script,
) -> Result<Vec<Variable>> {
    let reach = Reach { environment: environment.map(|at| at.name.as_str()), ref_protected };
    let mut all = crate::variables::of_job(tx, &config.vault, job.project_id, reach)?;
    all.extend(crate::pipelines::given(&config.vault, pipeline)?);
    all.extend(script.played_with.open(&config.vault, &about_job(pipeline.id, &job.name))?);
    Ok(all)
}

/// A job whose archive is to be fetched, with the token of the job that gets it: that of the other has ended with it.
fn dependency((archive, name): &(Artifact, String), job_token: &str) -> wire::Dependency {
    let size = u64::try_from(archive.size).unwrap_or_default();
    wire::Dependency {
        id: archive.job_id.0,
        token: job_token.to_owned(),
        name: name.clone(),
        artifacts_file: wire::ArtifactsFile { filename: archive.filename.clone(), size },
    }
}

fn job_info(job: &Job, pipeline: &Pipeline, project: &Project) -> wire::JobInfo {
    let waited = match (job.queued_at, job.started_at) {
        (Some(queued), Some(started)) => started.since(queued).max(0),
        _ => 0,
    };
    wire::JobInfo {
        name: job.name.clone(),
        stage: job.stage.clone(),
        pipeline_id: pipeline.id.0,
        project_id: project.id.0,
        project_name: project.path.clone(),
        project_full_path: project.full_path.clone(),
        namespace_id: project.namespace.id.0,
        root_namespace_id: project.namespace.id.0,
        user_id: job.user_id.map_or(0, |u| u.0),
        #[expect(clippy::cast_precision_loss, reason = "a waiting time; fractions of a millisecond do not matter")]
        time_in_queue_seconds: waited as f64 / 1000.0,
        project_jobs_running_on_instance_runners_count: "0".into(),
    }
}

/// What to check out: the hidden ref of the pipeline, which keeps the commit, and the branch or tag while it is there.
fn git_info(
    tx: &mut Tx<'_>,
    of: &Facts<'_>,
    pipeline: &Pipeline,
    (depth, job_token): (u32, &str),
) -> Result<wire::GitInfo> {
    let Facts { config, project, .. } = *of;
    let (name, id) = (&pipeline.ref_name, pipeline.id);
    let (full, local) = match pipeline.tag {
        true => (format!("refs/tags/{name}"), format!("refs/tags/{name}")),
        false => (format!("refs/heads/{name}"), format!("refs/remotes/origin/{name}")),
    };
    let mut refspecs = vec![format!("+refs/pipelines/{id}:refs/pipelines/{id}")];
    if refs::get(tx, project.id, &full)?.is_some() {
        refspecs.push(format!("+{full}:{local}"));
    }
    Ok(wire::GitInfo {
        repo_url: repository_url(&config.external_url, &project.full_path, job_token),
        reference: name.clone(),
        sha: pipeline.sha.clone(),
        before_sha: pipeline.before_sha.clone(),
        ref_type: if pipeline.tag { "tag" } else { "branch" }.into(),
        refspecs,
        depth,
        repo_object_format: "sha1".into(),
        protected: Some(of.ref_protected),
    })
}

/// Where the repository is, with the job's credentials: gitlab-runner of before version 18 has no others.
fn repository_url(external_url: &str, full_path: &str, job_token: &str) -> String {
    let base = external_url.trim_end_matches('/');
    match base.split_once("://") {
        Some((scheme, rest)) => format!("{scheme}://{GIT_USER}:{job_token}@{rest}/{full_path}.git"),
        None => format!("{base}/{full_path}.git"),
    }
}

fn steps(script: &Script, timeout: i64) -> Vec<wire::Step> {
    let commands = script.before_script.iter().chain(&script.script).cloned().collect();
    let step = |name: &str, script, when: &str, allow_failure| wire::Step {
        name: name.into(),
        script,
        timeout,
        when: when.into(),
        allow_failure,
    };
    let mut steps = vec![step("script", commands, "on_success", false)];
    if !script.after_script.is_empty() {
        steps.push(step("after_script", script.after_script.clone(), "always", true));
    }
    steps
}

/// Its caches, by the keys that jobs of such refs share.
fn caches(of: &Found) -> Vec<wire::Cache> {
    let separated = of.project.settings.ci_separated_caches;
    let key = |written: &String| cache_key(written, separated, of.ref_protected);
    let named = |cache: &wire::Cache| wire::Cache {
        key: key(&cache.key),
        fallback_keys: cache.fallback_keys.iter().map(key).collect(),
        ..cache.clone()
    };
    of.script.caches.iter().map(named).collect()
}

fn hooks(script: &Script) -> Vec<wire::Hook> {
    let before = &script.pre_get_sources;
    let hook = || wire::Hook { name: "pre_get_sources_script".into(), script: before.clone() };
    (!before.is_empty()).then(hook).into_iter().collect()
}

fn features() -> wire::JobFeatures {
    wire::JobFeatures {
        trace_sections: true,
        token_mask_prefixes: [PERSONAL_PREFIX, RUNNER_PREFIX, JOB_PREFIX].map(str::to_owned).to_vec(),
        failure_reasons: REASONS.iter().map(|r| r.as_str().into()).collect(),
    }
}
