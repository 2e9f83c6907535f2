//! The chapters of the story, in order.

pub(super) mod approve;
pub(super) mod outside;
pub(super) mod protect;
pub(super) mod push;
pub(super) mod reject;
pub(super) mod unified;

use super::call::Call;
use super::company::Company;
use super::person::Person;
use super::story::{Story, number};

/// A deployment of the story with its job.
pub(super) struct Deployed {
    /// The project.
    pub(super) project: i64,
    /// The deployment.
    pub(super) deployment: i64,
    /// Its job.
    pub(super) job: i64,
}

impl Deployed {
    /// The deployment's path below `/api/v4`.
    pub(super) fn path(&self) -> String {
        format!("/projects/{}/deployments/{}", self.project, self.deployment)
    }

    /// Its job's path below `/api/v4`.
    pub(super) fn job_path(&self) -> String {
        format!("/projects/{}/jobs/{}", self.project, self.job)
    }

    /// Where verdicts are given.
    pub(super) fn approval_path(&self) -> String {
        format!("{}/approval", self.path())
    }
}

/// The pipeline that a commit began, whose only job waits for approval.
async fn blocked_pipeline(story: &Story, by: &Person, project: i64, sha: &str) -> anyhow::Result<Deployed> {
    let found = Call::get(by, format!("/projects/{project}/pipelines?sha={sha}"));
    let reply = story.make(found.with("0.status", "manual").showing("0.source").eventually()).await?;
    let jobs = format!("/projects/{project}/pipelines/{}/jobs", number(&reply, "0.id")?);
    let reply = story.make(Call::get(by, jobs).with("0.name", "production").with("0.status", "manual")).await?;
    let job = number(&reply, "0.id")?;
    let blocked = format!("/projects/{project}/deployments?environment=production&status=blocked");
    let call = Call::get(by, blocked).with("0.sha", sha).with("0.deployable.id", job).quietly();
    let deployment = number(&story.make(call).await?, "0.id")?;
    Ok(Deployed { project, deployment, job })
}

/// The rules of the group's protection with those votes so far.
fn rules<'a>(qa: &'a [&'a str], security: &'a [&'a str]) -> [super::summary::Rule<'a>; 2] {
    [
        super::summary::Rule { name: "qa", wants: 1, has: qa },
        super::summary::Rule { name: "security", wants: 2, has: security },
    ]
}

/// Waits until the job has succeeded, and shows the lines of its log that the script made.
async fn succeeded(story: &Story, company: &Company, at: &Deployed) -> anyhow::Result<()> {
    let done = Call::get(&company.mia, at.job_path()).with("status", "success");
    story.make(done.eventually()).await?;
    let trace = Call::get(&company.mia, format!("{}/trace", at.job_path())).mentioning("", "Deploying to production");
    let log = story.make(trace.quietly()).await?;
    story.voice().aside("its log:");
    let log = log.as_str().unwrap_or_default();
    story.voice().quotes(log.lines().filter(|line| line.contains("Deploying to production")).map(str::trim));
    let deployed = Call::get(&company.mia, at.path()).with("status", "success");
    story.make(deployed.quietly()).await.map(drop)
}
