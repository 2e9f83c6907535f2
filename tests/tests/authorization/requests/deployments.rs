//! Environments and deployments.

use super::{PROTECTED, Request, nothing};
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use serde_json::json;

pub(crate) async fn request(site: &Site, row: &Row, actor: &Actor) -> Option<Request> {
    match row.path() {
        path if path.contains("/environments") && !path.contains("protected") => environment(site, row).await,
        path if path.contains("/deployments") => deployment(site, row, actor).await,
        _ => None,
    }
}

async fn environment(site: &Site, row: &Row) -> Option<Request> {
    let project = ("id", site.world.project.id);
    let kind = if row.variant == PROTECTED { "prod" } else { "review" };
    Some(match row.operation.as_str() {
        "POST /projects/{id}/environments" => {
            let tier = (!row.variant.is_empty()).then_some("production");
            let body = json!({"name": site.name("review/made"), "tier": tier});
            Request::new(row, &[project]).body(body)
        }
        "DELETE /projects/{id}/environments/review_apps" => {
            site.environment(kind, true).await;
            Request::new(row, &[project]).query("before=2100-01-01&dry_run=false")
        }
        "POST /projects/{id}/environments/stop_stale" => {
            let made = site.world.root.get(&site.world.project.at).await.ok(200);
            let year: i32 = made["created_at"].as_str()?.get(..4)?.parse().ok()?;
            Request::new(row, &[project]).body(json!({"before": format!("{}-07-01", year - 2)}))
        }
        "PUT /projects/{id}/environments/{environment_id}" => {
            let environment = site.environment(kind, false).await;
            Request::new(row, &[project, ("environment_id", environment)]).body(json!({"description": "Changed"}))
        }
        "DELETE /projects/{id}/environments/{environment_id}" => {
            Request::new(row, &[project, ("environment_id", site.environment(kind, true).await)])
        }
        "POST /projects/{id}/environments/{environment_id}/stop" => {
            let environment = site.environment(kind, false).await;
            Request::new(row, &[project, ("environment_id", environment)]).body(nothing())
        }
        _ => return None,
    })
}

async fn deployment(site: &Site, row: &Row, actor: &Actor) -> Option<Request> {
    let project = ("id", site.world.project.id);
    let on = |deployment| Request::new(row, &[project, ("deployment_id", deployment)]);
    Some(match row.operation.as_str() {
        "POST /projects/{id}/deployments" => {
            // The same attempt of the same person is recorded once a minute: each row has its own environment.
            let (environment, status) = match row.variant {
                PROTECTED => ("production", "running"),
                "" => ("review/app", "running"),
                "success" => ("review/app", "success"),
                _ => ("prod/app", "success"),
            };
            Request::new(row, &[project]).body(site.report(environment, status).await)
        }
        "PUT /projects/{id}/deployments/{deployment_id}" => {
            let (deployment, status) = match row.variant {
                PROTECTED => (site.approved().await, "running"),
                "" => (site.deployment("review/app", "running").await, "success"),
                _ => (site.deployment("production", "running").await, "failed"),
            };
            on(deployment).body(json!({"status": status}))
        }
        "DELETE /projects/{id}/deployments/{deployment_id}" => on(site.deployment("review/app", "failed").await),
        "POST /projects/{id}/deployments/{deployment_id}/approval" => {
            on(site.deployment("production", "running").await).body(json!({"status": row.variant}))
        }
        "DELETE /projects/{id}/deployments/{deployment_id}/approval" => {
            let deployment = site.deployment("production", "running").await;
            // Nobody takes back what they have not given.
            if ["admin", "rule"].contains(&actor.name) {
                site.approve(actor.client(0), deployment).await;
            }
            on(deployment).once()
        }
        _ => return None,
    })
}
