//! Runners.

use super::Request;
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use countersign_tests::compare::id;
use serde_json::json;

pub(crate) async fn request(site: &Site, row: &Row, _: &Actor) -> Option<Request> {
    let (method, path) = row.operation.split_once(' ')?;
    if let Some(rest) = path.strip_prefix("/projects/{id}/runners") {
        return shared(site, row, (method, rest)).await;
    }
    let rest = path.strip_prefix("/runners/{runner_id}")?;
    let request = Request::new(row, &[("runner_id", site.new_runner().await)]);
    Some(match (method, rest) {
        ("PUT", "") => request.body(json!({"description": "changed"})),
        _ => request,
    })
}

/// A runner of the project for another that is like it, or one of that for the project.
async fn shared(site: &Site, row: &Row, call: (&str, &str)) -> Option<Request> {
    let (project, sibling) = (site.world.project.id, site.sibling().await);
    match call {
        ("POST", "") => {
            let runner = site.new_runner().await;
            Some(Request::new(row, &[("id", sibling)]).body(json!({"runner_id": runner})))
        }
        ("DELETE", "/{runner_id}") => {
            let body = json!({"runner_type": "project_type", "project_id": sibling});
            let runner = id(&site.world.root.post("/user/runners", body).await.ok(201));
            let joined = json!({"runner_id": runner});
            site.world.root.post(&site.world.project.of("/runners"), joined).await.ok(201);
            Some(Request::new(row, &[("id", project), ("runner_id", runner)]))
        }
        _ => None,
    }
}
