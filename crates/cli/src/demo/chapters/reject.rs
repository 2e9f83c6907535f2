//! One rejection fails a deployment for good.

use super::{blocked_pipeline, rules};
use crate::demo::call::Call;
use crate::demo::company::Company;
use crate::demo::git::Repository;
use crate::demo::story::Story;
use crate::demo::summary;
use serde_json::json;

/// Pushes a second deployment and has it rejected.
///
/// # Errors
/// The first claim that does not hold.
pub(in crate::demo) async fn play(story: &Story, company: &Company, repository: &Repository) -> anyhow::Result<()> {
    let voice = story.voice();
    voice.chapter("Reject: one no is enough");
    let message = "Take payments in plain text";
    let sha = repository.publish(story, &company.olga, "payments.txt", "card numbers\n", message).await?;
    let at = blocked_pipeline(story, &company.olga, company.shop, &sha, false).await?;
    summary::check(story, &company.mia, at.path(), "blocked", &rules(&[], &[])).await?;
    voice.says("Blocked again, for approvals belong to one deployment. sam looks at the change and says no:");
    let body = json!({"status": "rejected", "comment": "not in plain text"});
    let call = Call::post(&company.sam, at.approval_path(), body);
    story.make(call.with("user.username", "sam").with("status", "rejected")).await?;
    story.make(Call::get(&company.mia, at.path()).with("status", "failed")).await?;
    let job = Call::get(&company.mia, at.job_path()).with("status", "failed");
    story.make(job.with("failure_reason", "deployment_rejected")).await?;
    let retry = Call::post(&company.olga, format!("{}/retry", at.job_path()), json!({})).gives(403);
    story.make(retry.tacitly("code", "job.not_retryable").showing("message")).await?;
    let late = Call::post(&company.quentin, at.approval_path(), json!({"status": "approved"})).gives(400);
    story.make(late.with("code", "approval.not_blocked").quietly()).await?;
    voice.says("Neither a retry nor a late approval revives it (400): a new pipeline, with new approvals, is needed.");
    Ok(())
}
