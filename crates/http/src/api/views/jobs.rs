//! Jobs and pipelines as replies show them.

use super::{Site, distinct, ghost, people};
use countersign_app::options::Options;
use countersign_app::{Failure, Tx};
use countersign_domain::ids::{PipelineId, RunnerId};
use countersign_domain::job::FailureReason;
use countersign_domain::pipeline::Status;
use countersign_domain::time::Timestamp;
use countersign_store::artifacts::{self, Artifact, Kind};
use countersign_store::commits::{self, Commit};
use countersign_store::jobs::Job;
use countersign_store::pipelines::{self, Pipeline};
use countersign_store::runners::{self, Runner};
use countersign_store::users::User;
use countersign_wire as wire;
use std::collections::HashMap;
use std::sync::Arc;

/// All that a list of jobs refers to.
struct Around {
    users: HashMap<i64, User>,
    pipelines: HashMap<i64, Pipeline>,
    commits: HashMap<String, Arc<Commit>>,
    runners: HashMap<i64, Runner>,
    artifacts: Vec<Artifact>,
}

impl Around {
    fn load(tx: &mut Tx<'_>, jobs: &[Job]) -> Result<Around, Failure> {
        let (pipelines, commits) = match distinct(jobs.iter().map(|j| j.pipeline_id.0))[..] {
            [one] => {
                let found = pipelines::find(tx, PipelineId(one))?;
                let commit = match &found {
                    Some(of) => commits::get(tx, of.project_id, &of.sha)?,
                    None => None,
                };
                (found.into_iter().collect(), commit.into_iter().collect())
            }
            ref several => (pipelines::many(tx, several)?, commits::of_pipelines(tx, several)?),
        };
        let runners = match distinct(jobs.iter().filter_map(|j| j.runner_id).map(|r| r.0))[..] {
            [] => Vec::new(),
            [one] => runners::get(tx, RunnerId(one))?.into_iter().collect(),
            ref several => runners::many(tx, several)?,
        };
        let ids: Vec<i64> = jobs.iter().map(|job| job.id.0).collect();
        Ok(Around {
            artifacts: artifacts::of_jobs(tx, &ids)?,
            users: people(tx, jobs.iter().filter_map(|j| j.user_id).map(|u| u.0))?,
            commits: commits.into_iter().map(|c| (c.sha.clone(), c)).collect(),
            pipelines: pipelines.into_iter().map(|p| (p.id.0, p)).collect(),
            runners: runners.into_iter().map(|r| (r.id.0, r)).collect(),
        })
    }
}

/// Jobs, in the order given.
pub(crate) fn of_jobs(tx: &mut Tx<'_>, site: &Site<'_>, jobs: &[Job]) -> Result<Vec<wire::job::Job>, Failure> {
    if jobs.is_empty() {
        return Ok(Vec::new());
    }
    let around = Around::load(tx, jobs)?;
    Ok(jobs.iter().map(|job| shown(site, &around, job)).collect())
}

fn shown(site: &Site<'_>, around: &Around, job: &Job) -> wire::job::Job {
    let pipeline = around.pipelines.get(&job.pipeline_id.0);
    let left = around.artifacts.iter().filter(|of| of.job_id == job.id);
    let archive = left.clone().find(|of| of.kind == Kind::Archive);
    wire::job::Job {
        id: job.id.0,
        status: job.status.as_str().into(),
        stage: job.stage.clone(),
        name: job.name.clone(),
        ref_name: pipeline.map(|p| p.ref_name.clone()).unwrap_or_default(),
        tag: pipeline.is_some_and(|p| p.tag),
        coverage: None,
        allow_failure: job.allow_failure,
        created_at: job.created_at.to_string(),
        started_at: text(job.started_at),
        finished_at: text(job.finished_at),
        erased_at: text(job.erased_at),
        duration: seconds(job.started_at, job.finished_at),
        queued_duration: seconds(job.queued_at, job.started_at),
        user: job.user_id.and_then(|u| around.users.get(&u.0)).map(|u| site.user(u)),
        commit: pipeline.and_then(|p| around.commits.get(&p.sha)).map(|c| site.commit(c)),
        pipeline: pipeline.map(|p| basic(site, p)),
        failure_reason: job.failure_reason.map(|r| FailureReason::as_str(r).to_owned()),
        web_url: site.page(&format!("jobs/{}", job.id)),
        project: wire::job::JobProject { ci_job_token_scope_enabled: false },
        artifacts: left.clone().map(artifact).collect(),
        artifacts_file: archive.map(|of| wire::job::ArtifactsFile { filename: of.filename.clone(), size: of.size }),
        runner: job.runner_id.and_then(|r| around.runners.get(&r.0)).map(runner),
        artifacts_expire_at: text(left.clone().find_map(|of| of.expire_at)),
        archived: false,
        tag_list: serde_json::from_str(&job.tags).unwrap_or_default(),
        manual_confirmation: Options::read(&job.options).manual_confirmation,
    }
}

/// What of a job somebody may see whom only a deploy entry lets see it: its status, and of the commit what deployments
/// show.
pub(crate) fn in_short(mut job: wire::job::Job) -> wire::job::Job {
    job.runner = None;
    job.artifacts.clear();
    (job.artifacts_file, job.artifacts_expire_at) = (None, None);
    job.tag_list.clear();
    if let Some(commit) = &mut job.commit {
        commit.message.clone_from(&commit.title);
        commit.author_email.clear();
        commit.committer_email.clear();
        commit.parent_ids.clear();
    }
    job
}

fn artifact(of: &Artifact) -> wire::job::JobArtifact {
    wire::job::JobArtifact {
        file_type: of.kind.as_str().into(),
        size: of.size,
        filename: of.filename.clone(),
        file_format: of.format.as_str().into(),
    }
}

fn runner(of: &Runner) -> wire::job::JobRunner {
    wire::job::JobRunner {
        id: of.id.0,
        description: of.description.clone(),
        runner_type: of.runner_type.clone(),
        is_shared: of.runner_type == "instance_type",
        paused: of.paused,
        active: !of.paused,
    }
}

/// Pipelines as lists show them.
pub(crate) fn of_pipelines(site: &Site<'_>, all: &[Pipeline]) -> Vec<wire::pipeline::PipelineBasic> {
    all.iter().map(|p| basic(site, p)).collect()
}

fn basic(site: &Site<'_>, of: &Pipeline) -> wire::pipeline::PipelineBasic {
    wire::pipeline::PipelineBasic {
        id: of.id.0,
        iid: of.iid,
        project_id: of.project_id.0,
        sha: of.sha.clone(),
        ref_name: of.ref_name.clone(),
        status: of.status.as_str().into(),
        source: of.source.clone(),
        name: of.name.clone(),
        created_at: of.created_at.to_string(),
        updated_at: of.updated_at.to_string(),
        web_url: site.page(&format!("pipelines/{}", of.id)),
    }
}

/// One pipeline.
pub(crate) fn pipeline_details(
    tx: &mut Tx<'_>,
    site: &Site<'_>,
    of: &Pipeline,
) -> Result<wire::pipeline::Pipeline, Failure> {
    let users = people(tx, of.user_id.map(|u| u.0))?;
    let commit = commits::get(tx, of.project_id, &of.sha)?;
    let whole = |from, to| seconds(from, to).map(|s: f64| s.round() as i64);
    Ok(wire::pipeline::Pipeline {
        basic: basic(site, of),
        before_sha: of.before_sha.clone(),
        tag: of.tag,
        yaml_errors: of.yaml_errors.clone(),
        user: of.user_id.and_then(|u| users.get(&u.0)).map_or_else(|| ghost(site.url), |u| site.user(u)),
        started_at: text(of.started_at),
        finished_at: text(of.finished_at),
        committed_at: commit.map(|c| c.committed_at.to_string()),
        duration: whole(of.started_at, of.finished_at),
        queued_duration: whole(Some(of.created_at), of.started_at),
        coverage: None,
        detailed_status: detailed_status(site, of),
    })
}

fn detailed_status(site: &Site<'_>, of: &Pipeline) -> wire::pipeline::DetailedStatus {
    let (text, label) = match of.status {
        Status::Created => ("Created", "created"),
        Status::Pending => ("Pending", "pending"),
        Status::Running => ("Running", "running"),
        Status::Success => ("Passed", "passed"),
        Status::Failed => ("Failed", "failed"),
        Status::Canceling => ("Canceling", "canceling"),
        Status::Canceled => ("Canceled", "canceled"),
        Status::Skipped => ("Skipped", "skipped"),
        Status::Manual => ("Blocked", "waiting for manual action"),
        Status::Scheduled => ("Delayed", "waiting for delayed job"),
        Status::WaitingForResource => ("Waiting", "waiting for resource"),
    };
    let word = of.status.as_str();
    wire::pipeline::DetailedStatus {
        icon: format!("status_{word}"),
        text: text.into(),
        label: label.into(),
        group: word.into(),
        tooltip: label.into(),
        has_details: true,
        details_path: format!("/{}/-/pipelines/{}", site.project.full_path, of.id),
        favicon: None,
    }
}

fn text(at: Option<Timestamp>) -> Option<String> {
    at.map(|t| t.to_string())
}

/// The seconds from one time to another, where both are known.
fn seconds(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<f64> {
    Some(to?.since(from?) as f64 / 1000.0)
}
