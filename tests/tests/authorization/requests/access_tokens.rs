//! Access tokens of projects and groups.

use super::{Request, nothing};
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use serde_json::json;

pub(crate) async fn request(site: &Site, row: &Row, _: &Actor) -> Option<Request> {
    let (method, path) = row.operation.split_once(' ')?;
    let (kind, rest) = path.trim_start_matches('/').split_once("/{id}/access_tokens")?;
    let place = if kind == "groups" { site.subgroup().await } else { site.sibling().await };
    if rest == "/self/rotate" {
        return Some(Request::new(row, &[("id", place)]).body(nothing()));
    }
    if method == "POST" && rest.is_empty() {
        let body = json!({"name": "wanted", "scopes": ["api"], "access_level": 30});
        return Some(Request::new(row, &[("id", place)]).body(body));
    }
    let token = site.access_token(&format!("/{kind}/{place}")).await;
    let request = Request::new(row, &[("id", place), ("token_id", token)]).once();
    match (method, rest) {
        ("DELETE", "/{token_id}") => Some(request),
        ("POST", "/{token_id}/rotate") => Some(request.body(nothing())),
        _ => None,
    }
}
