//! Users.

use super::{Request, nothing};
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use serde_json::json;

pub(crate) async fn request(site: &Site, row: &Row, _: &Actor) -> Option<Request> {
    if row.operation == "POST /users" {
        let name = site.name("made");
        let email = format!("{name}@example.com");
        let body = json!({"username": name, "name": name, "email": email, "force_random_password": true});
        return Some(Request::new(row, &[]).body(body));
    }
    let verb = row.operation.strip_prefix("POST /users/{id}/");
    let before = match (row.operation.as_str(), verb) {
        (_, Some("unblock")) => Some("block"),
        (_, Some("unban")) => Some("ban"),
        (_, Some("activate")) => Some("deactivate"),
        (_, Some("block" | "ban" | "deactivate" | "approve" | "reject")) => None,
        ("PUT /users/{id}" | "DELETE /users/{id}", _) => None,
        _ => return None,
    };
    let user = site.user().await;
    if let Some(before) = before {
        site.world.root.post(&format!("/users/{user}/{before}"), nothing()).await.ok(201);
    }
    let body = if verb.is_none() { json!({"name": "Renamed"}) } else { nothing() };
    Some(Request::new(row, &[("id", user)]).body(body))
}
