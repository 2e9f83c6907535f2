//! Settings and runners.

use super::Request;
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use serde_json::json;

pub(crate) async fn request(site: &Site, row: &Row, actor: &Actor) -> Option<Request> {
    let plain = Request::new(row, &[]);
    Some(match row.operation.as_str() {
        "PUT /application/settings" => {
            // Changed and changed back, so that the others find it as it was.
            if actor.name == "admin" {
                let body = json!({"group_protection_min_role": "owner"});
                site.world.root.put("/application/settings", body).await.ok(200);
            }
            plain.body(json!({"group_protection_min_role": "maintainer"})).once()
        }
        "POST /user/runners" => {
            let mut body = json!({"runner_type": row.variant, "description": "Somebody's"});
            match row.variant {
                "group_type" => body["group_id"] = site.world.org.id.into(),
                "project_type" => body["project_id"] = site.world.project.id.into(),
                _ => {}
            }
            plain.body(body)
        }
        _ => return None,
    })
}
