//! The right people approve, the others are refused, and the job runs.

use super::{Deployed, rules, succeeded};
use crate::demo::call::Call;
use crate::demo::company::Company;
use crate::demo::story::Story;
use crate::demo::summary;
use serde_json::json;

/// Collects the approvals one after the other.
///
/// # Errors
/// The first claim that does not hold.
pub(in crate::demo) async fn play(story: &Story, company: &Company, at: &Deployed) -> anyhow::Result<()> {
    let voice = story.voice();
    voice.chapter("Approve: one of QA, two of security");
    let approved = json!({"status": "approved"});
    let call = Call::post(&company.dave, at.approval_path(), approved.clone()).gives(403);
    story.make(call.tacitly("code", "approval.not_eligible").showing("message")).await?;
    voice.says("dave, a developer, is in none of the lists: refused.");
    let call = Call::post(&company.quentin, at.approval_path(), approved.clone());
    story.make(call.with("user.username", "quentin").with("status", "approved")).await?;
    summary::check(story, &company.mia, at.path(), "blocked", &rules(&["quentin"], &[])).await?;
    let body = json!({"status": "approved", "comment": "the scan is clean"});
    let call = Call::post(&company.sam, at.approval_path(), body);
    story.make(call.with("user.username", "sam").with("comment", "the scan is clean")).await?;
    summary::check(story, &company.mia, at.path(), "blocked", &rules(&["quentin"], &["sam"])).await?;
    story.make(Call::get(&company.mia, at.job_path()).with("status", "manual").quietly()).await?;
    voice.says("Two of three: still blocked, the job still waits. sara's approval is the last one needed.");
    let call = Call::post(&company.sara, at.approval_path(), approved);
    story.make(call.with("user.username", "sara").with("status", "approved")).await?;
    voice.says(
        "That vote itself put the job into the queue, for olga, who triggered it, may deploy. The runner takes it:",
    );
    succeeded(story, company, at).await?;
    summary::check(story, &company.mia, at.path(), "success", &rules(&["quentin"], &["sam", "sara"])).await?;
    Ok(())
}
