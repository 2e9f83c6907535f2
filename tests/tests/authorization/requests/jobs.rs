//! Pipelines and jobs.

use super::{PROTECTED, Request, nothing};
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use serde_json::json;

pub(crate) async fn request(site: &Site, row: &Row, _: &Actor) -> Option<Request> {
    let project = ("id", site.world.project.id);
    let root = &site.world.root;
    Some(match row.operation.as_str() {
        "POST /projects/{id}/ci/lint" => Request::new(row, &[project]).body(json!({"content": "a: {script: x}"})),
        "POST /projects/{id}/pipeline" => Request::new(row, &[project]).body(json!({"ref": "main"})),
        "PUT /projects/{id}/resource_groups/{key}" => {
            let request = Request::new(row, &[project]).at("key", &format!("gate-{}", site.pipeline().await));
            request.body(json!({"process_mode": "oldest_first"}))
        }
        path if path.contains("/pipelines/{pipeline_id}") => {
            let pipeline = site.pipeline().await;
            let request = Request::new(row, &[project, ("pipeline_id", pipeline)]);
            match path.rsplit('/').next() {
                Some("{pipeline_id}") => request,
                Some("cancel") => request.body(nothing()),
                Some("metadata") => request.body(json!({"name": "Nightly"})),
                Some("retry") => {
                    site.act(root, "pipelines", pipeline, "cancel").await;
                    request.body(nothing())
                }
                _ => return None,
            }
        }
        path if path.contains("/jobs/{job_id}") => {
            let job = job(site, row).await?;
            Request::new(row, &[project, ("job_id", job)]).body(nothing())
        }
        _ => return None,
    })
}

/// A job to which that can be done.
async fn job(site: &Site, row: &Row) -> Option<i64> {
    let root = &site.world.root;
    let verb = row.operation.rsplit('/').next()?;
    Some(match (verb, row.variant) {
        ("cancel", "") => site.new_job("work").await,
        ("cancel", PROTECTED) => site.new_job("production").await,
        ("play", "") => site.new_job("manual").await,
        ("play", "review") => site.new_job("review").await,
        ("play", PROTECTED) => approved(site).await,
        ("play", _) => site.new_job("production").await,
        ("retry", _) => {
            let job = site.new_job(if row.variant == PROTECTED { "production" } else { "work" }).await;
            site.act(root, "jobs", job, "cancel").await;
            job
        }
        ("artifacts", _) if row.operation.starts_with("DELETE") => site.finish(site.new_job("kept").await).await,
        ("keep", _) => site.finish(site.new_job("kept").await).await,
        ("erase", "") => site.finish(site.new_job("kept").await).await,
        ("erase", PROTECTED) => site.finish(approved(site).await).await,
        _ => return None,
    })
}

/// A job that the testers have approved and somebody has to play.
async fn approved(site: &Site) -> i64 {
    let pipeline = site.pipeline().await;
    let deployment = site.deployment_of(pipeline, "production").await;
    site.approve(&site.world.qa1, deployment).await;
    site.approve(&site.world.qa2, deployment).await;
    site.job(pipeline, "production").await
}
