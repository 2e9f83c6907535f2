//! What is read: every parameter names something that is there.

use super::{PROTECTED, Request};
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::{READABLE, Site};

pub(crate) async fn request(site: &Site, row: &Row, actor: &Actor) -> Request {
    let mut request = Request::new(row, &[]);
    for name in row.path().split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        request = request.at(name, &word(site, row, actor, name).await);
    }
    let request = if row.path().contains("/repository/files/") { request.query("ref=main") } else { request };
    let request = if row.path().contains("/jobs/artifacts/") { request.query("job=kept") } else { request };
    match row.variant {
        "own" | "oneself" => request.once(),
        _ => request,
    }
}

/// What stands in the place of a parameter.
async fn word(site: &Site, row: &Row, actor: &Actor, name: &str) -> String {
    let world = &site.world;
    let protected = row.variant == PROTECTED;
    let of_group = row.path().starts_with("/groups");
    match (name, row.variant) {
        ("id", "of the testers") => world.qa.id.to_string(),
        ("id", "oneself") => actor.user.unwrap_or(site.spare).to_string(),
        ("token_id", "own") => actor.token.unwrap_or(site.spare_token).to_string(),
        ("id", _) if of_group || row.path().starts_with("/namespaces") => world.org.id.to_string(),
        ("id", _) if row.path().ends_with("/mirror/pull") => site.imported().await.to_string(),
        ("id", _) if row.path().starts_with("/projects") => world.project.id.to_string(),
        ("user_id", _) if of_group => world.dev.id.to_string(),
        ("id" | "user_id", _) => site.spare.to_string(),
        ("token_id", _) if of_group => site.group_token.to_string(),
        ("token_id", _) if row.path().starts_with("/projects") => site.project_token.to_string(),
        ("token_id", _) => site.spare_token.to_string(),
        ("name", _) if row.path().contains("protected_branches") => "main".into(),
        ("name", _) if row.path().contains("protected_tags") => "v1".into(),
        ("name", _) if of_group => "production".into(),
        ("name", _) => "locked".into(),
        ("deployment_id", _) => site.deployment_of(site.pipeline, environment(protected)).await.to_string(),
        ("environment_id", _) => site.environment_named(environment(protected)).await.to_string(),
        ("artifact_path", _) => "file".into(),
        ("job_id", _) if row.path().contains("/artifacts") => site.job(site.pipeline, "kept").await.to_string(),
        ("ref_name", _) => "main".into(),
        ("job_id", _) => site.job(site.pipeline, if protected { "production" } else { "work" }).await.to_string(),
        ("runner_id", _) => site.runner.to_string(),
        ("trigger_id", _) => site.trigger.to_string(),
        ("pipeline_id", _) => site.pipeline.to_string(),
        ("key", _) if row.path().contains("resource_groups") => format!("gate-{}", site.pipeline),
        ("key", _) => READABLE.into(),
        ("sha", _) => site.head().await,
        ("branch", _) => "main".into(),
        ("tag_name", _) => "v1".into(),
        ("file_path", _) => "README.md".into(),
        _ => panic!("say what stands for {{{name}}} in {row}"),
    }
}

fn environment(protected: bool) -> &'static str {
    if protected { "production" } else { "review/app" }
}
