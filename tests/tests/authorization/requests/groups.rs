//! Groups.

use super::Request;
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use serde_json::json;

pub(crate) async fn request(site: &Site, row: &Row, _: &Actor) -> Option<Request> {
    let org = site.world.org.id;
    Some(match row.operation.as_str() {
        "POST /groups" => {
            let name = site.name("made");
            let parent = (row.variant == "in the group").then_some(org);
            let body = json!({"name": name, "path": name, "parent_id": parent, "visibility": "private"});
            Request::new(row, &[]).body(body)
        }
        "PUT /groups/{id}" => Request::new(row, &[("id", org)]).body(json!({"description": site.name("text")})),
        "DELETE /groups/{id}" => Request::new(row, &[("id", site.subgroup().await)]),
        "POST /groups/{id}/share" => {
            let body = json!({"group_id": site.subgroup().await, "group_access": 20});
            Request::new(row, &[("id", site.subgroup().await)]).body(body)
        }
        "DELETE /groups/{id}/share/{group_id}" => {
            let (host, guest) = (site.subgroup().await, site.subgroup().await);
            let body = json!({"group_id": guest, "group_access": 20});
            site.world.root.post(&format!("/groups/{host}/share"), body).await.ok(201);
            Request::new(row, &[("id", host), ("group_id", guest)])
        }
        "POST /groups/{id}/transfer" => {
            let body = json!({"group_id": site.subgroup().await});
            Request::new(row, &[("id", site.subgroup().await)]).body(body)
        }
        _ => return None,
    })
}
