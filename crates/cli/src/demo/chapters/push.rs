//! A push deploys, and is blocked.

use super::{Deployed, blocked_pipeline, rules};
use crate::demo::company::Company;
use crate::demo::git::Repository;
use crate::demo::story::Story;
use crate::demo::summary;

/// The configuration with one deployment job. The job is not manual: it would start by itself.
pub(super) const CONFIGURATION: &str = r#"stages:
  - deploy

production:
  stage: deploy
  script:
    - 'echo "Deploying to ${CI_ENVIRONMENT_NAME}"'
  environment:
    name: ${CI_JOB_NAME}
"#;

/// Pushes the configuration, and finds the deployment blocked.
///
/// # Errors
/// The first claim that does not hold.
pub(in crate::demo) async fn play(
    story: &Story,
    company: &Company,
    repository: &Repository,
) -> anyhow::Result<Deployed> {
    let voice = story.voice();
    voice.chapter("Block: olga pushes a deployment job");
    voice.quotes(CONFIGURATION.lines().filter(|line| !line.is_empty()));
    repository.init(story, &company.olga).await?;
    let sha = repository.publish(story, &company.olga, ".gitlab-ci.yml", CONFIGURATION, "Deploy the shop").await?;
    let at = blocked_pipeline(story, &company.olga, company.shop, &sha, true).await?;
    summary::check(story, &company.mia, at.path(), "blocked", &rules(&[], &[])).await?;
    voice.says("No runner is given the job: the deployment is blocked and says what it waits for.");
    Ok(at)
}
