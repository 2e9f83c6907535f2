//! Runners.

use super::Request;
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use serde_json::json;

pub(crate) async fn request(site: &Site, row: &Row, _: &Actor) -> Option<Request> {
    let (method, path) = row.operation.split_once(' ')?;
    let rest = path.strip_prefix("/runners/{runner_id}")?;
    let request = Request::new(row, &[("runner_id", site.new_runner().await)]);
    Some(match (method, rest) {
        ("PUT", "") => request.body(json!({"description": "changed"})),
        _ => request,
    })
}
