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

/// The pipeline that a commit began, whose only job waits for approval; the requests are told the first time only.
async fn blocked_pipeline(story: &Story, by: &Person, project: i64, sha: &str, told: bool) -> anyhow::Result<Deployed> {
    let found = Call::get(by, format!("/projects/{project}/pipelines?ref=main"));
    let found = found.with("0.source", "push").with("0.status", "manual").tacitly("0.sha", sha).eventually();
    let reply = story.make(found.told_if(told)).await?;
    let jobs = format!("/projects/{project}/pipelines/{}/jobs", number(&reply, "0.id")?);
    let found = Call::get(by, jobs).with("0.name", "production").with("0.status", "manual");
    let job = number(&story.make(found.told_if(told)).await?, "0.id")?;
    let blocked = format!("/projects/{project}/deployments?environment=production&status=blocked");
    let found =
        Call::get(by, blocked).with("0.status", "blocked").tacitly("0.sha", sha).tacitly("0.deployable.id", job);
    let deployment = number(&story.make(found.showing("0.id").told_if(told)).await?, "0.id")?;
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
    let log = without_colours(log.as_str().unwrap_or_default());
    story.voice().aside("the end of its log:");
    story.voice().quotes(log.lines().skip_while(|line| !line.starts_with("$ ")));
    let deployed = Call::get(&company.mia, at.path()).with("status", "success");
    story.make(deployed.quietly()).await.map(drop)
}

/// A log without the codes that colour it.
fn without_colours(log: &str) -> String {
    let mut pieces = log.split("\x1b[");
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('m').map_or("", |(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::without_colours;

    #[test]
    fn colours_are_taken_out_of_a_log() {
        assert_eq!(without_colours("a\n\x1b[32;1m$ echo m\x1b[0;m\nm\n"), "a\n$ echo m\nm\n");
    }
}
