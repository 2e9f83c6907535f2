//! The unified setting on a single project, and four eyes.

use super::push::CONFIGURATION;
use super::{blocked_pipeline, succeeded};
use crate::demo::call::Call;
use crate::demo::company::{Company, group, join, project};
use crate::demo::story::{Story, text};
use serde_json::json;

const DEVELOPER: i64 = 30;
const MAINTAINER: i64 = 40;

/// A project outside of the company's group, and its one commit.
pub(in crate::demo) struct Site {
    /// The project.
    pub(in crate::demo) project: i64,
    /// The commit.
    pub(in crate::demo) sha: String,
}

/// Protects one project by a number alone, and shows that nobody approves what they triggered.
///
/// # Errors
/// The first claim that does not hold.
pub(in crate::demo) async fn play(story: &Story, company: &Company) -> anyhow::Result<Site> {
    let voice = story.voice();
    voice.chapter("Four eyes: required_approval_count on one project");
    voice.says("Without rules there is one number: so many of those who may deploy must agree.");
    let labs = group(story, &company.root, "labs", None, false).await?;
    join(story, &company.root, format!("/groups/{labs}"), &company.mia, MAINTAINER, false).await?;
    let site = project(story, &company.mia, "site", labs).await?;
    let body = json!({"group_id": company.operators, "group_access": DEVELOPER});
    story.make(Call::post(&company.mia, format!("/projects/{site}/share"), body)).await?;
    let body = json!({
        "name": "production",
        "deploy_access_levels": [{"group_id": company.operators}],
        "required_approval_count": 1,
    });
    let path = format!("/projects/{site}/protected_environments");
    story.make(Call::post(&company.mia, path, body).with("required_approval_count", 1)).await?;
    voice.says("The operators, invited to the project, approve each other. olga commits through the API:");
    let body = json!({
        "branch": "main",
        "commit_message": "Deploy the site",
        "actions": [{"action": "create", "file_path": ".gitlab-ci.yml", "content": CONFIGURATION}],
    });
    let call = Call::post(&company.olga, format!("/projects/{site}/repository/commits"), body);
    let sha = text(&story.make(call.tacitly("title", "Deploy the site").showing("short_id")).await?, "id")?;
    let at = blocked_pipeline(story, &company.olga, site, &sha, false).await?;
    let call = Call::get(&company.mia, at.path()).with("status", "blocked").with("pending_approval_count", 1);
    story.make(call).await?;
    let approved = json!({"status": "approved"});
    let own = Call::post(&company.olga, at.approval_path(), approved.clone()).gives(403);
    story.make(own.tacitly("code", "approval.self").showing("message")).await?;
    voice.says("Her own deployment needs somebody else's eyes. omar has two:");
    let call = Call::post(&company.omar, at.approval_path(), approved);
    story.make(call.with("user.username", "omar").with("status", "approved")).await?;
    succeeded(story, company, &at).await?;
    Ok(Site { project: site, sha })
}
