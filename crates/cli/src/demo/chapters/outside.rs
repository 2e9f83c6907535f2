//! A tool that deploys by itself is held and released too.

use super::unified::Site;
use crate::demo::call::Call;
use crate::demo::company::Company;
use crate::demo::story::{Story, number};
use serde_json::json;

/// Announces a deployment from outside, and carries it through.
///
/// # Errors
/// The first claim that does not hold.
pub(in crate::demo) async fn play(story: &Story, company: &Company, site: &Site) -> anyhow::Result<()> {
    let voice = story.voice();
    voice.chapter("Outside tools: your own deploy script asks first");
    let deployments = format!("/projects/{}/deployments", site.project);
    let body = json!({
        "environment": "production", "sha": site.sha, "ref": "main", "tag": false, "status": "running",
    });
    let call = Call::post(&company.olga, deployments.clone(), body);
    let reply = story.make(call.with("status", "blocked").with("pending_approval_count", 1)).await?;
    let path = format!("{deployments}/{}", number(&reply, "id")?);
    let running = json!({"status": "running"});
    let held = Call::put(&company.olga, path.clone(), running.clone()).gives(403);
    story.make(held.tacitly("code", "deployment.not_approved").showing("message")).await?;
    voice.says("It asked for running and got blocked: the tool waits. omar approves:");
    let approval = Call::post(&company.omar, format!("{path}/approval"), json!({"status": "approved"}));
    story.make(approval.with("user.username", "omar").with("status", "approved")).await?;
    story.make(Call::get(&company.olga, path.clone()).with("status", "created")).await?;
    story.make(Call::put(&company.olga, path.clone(), running).with("status", "running")).await?;
    story.make(Call::put(&company.olga, path, json!({"status": "success"})).with("status", "success")).await?;
    voice.says("Released: the tool deploys and reports success.");
    Ok(())
}
