//! A maintainer protects every production environment of the group.

use crate::demo::call::Call;
use crate::demo::company::Company;
use crate::demo::story::Story;
use serde_json::{Value, json};

/// Protects `production` for the whole group.
///
/// # Errors
/// The first claim that does not hold.
pub(in crate::demo) async fn play(story: &Story, company: &Company) -> anyhow::Result<()> {
    let voice = story.voice();
    voice.chapter("Protect: production, in every project of acme");
    let path = format!("/groups/{}/protected_environments", company.acme);
    let body = json!({
        "name": "production",
        "deploy_access_levels": [{"group_id": company.operators}],
        "approval_rules": [{"group_id": company.qa}, {"group_id": company.security, "required_approvals": 2}],
    });
    let call = Call::post(&company.mia, path, body)
        .with("name", "production")
        .with("deploy_access_levels.0.access_level_description", "operators")
        .with("deploy_access_levels.0.access_level", Value::Null)
        .with("approval_rules.0.required_approvals", 1)
        .with("approval_rules.1.required_approvals", 2);
    story.make(call).await?;
    voice.says(
        "Operators may deploy, once one of QA and two of security have approved, in all projects of acme: those of \
         tomorrow too. Setting it up takes a maintainer; a developer who tries is refused:",
    );
    let body = json!({"name": "staging", "deploy_access_levels": [{"user_id": company.dave.id}]});
    let path = format!("/projects/{}/protected_environments", company.shop);
    story.make(Call::post(&company.dave, path, body).gives(403).showing("message")).await.map(drop)
}
