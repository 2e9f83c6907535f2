//! Members of groups and projects.

use super::Request;
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use serde_json::json;

pub(crate) async fn request(site: &Site, row: &Row, _: &Actor) -> Option<Request> {
    let (method, path) = row.operation.split_once(' ')?;
    let (kind, rest) = path.trim_start_matches('/').split_once("/{id}/members")?;
    let place = if kind == "groups" { site.subgroup().await } else { site.sibling().await };
    let member = json!({"user_id": site.spare, "access_level": 30});
    if method == "POST" && rest.is_empty() {
        return Some(Request::new(row, &[("id", place)]).body(member));
    }
    site.world.root.post(&format!("/{kind}/{place}/members"), member).await.ok(201);
    let request = Request::new(row, &[("id", place), ("user_id", site.spare)]);
    match (method, rest) {
        ("PUT", "/{user_id}") => Some(request.body(json!({"access_level": 20}))),
        ("DELETE", "/{user_id}") => Some(request),
        _ => None,
    }
}
