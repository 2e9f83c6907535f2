//! Trigger tokens.

use super::Request;
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use serde_json::json;

pub(crate) async fn request(site: &Site, row: &Row, _: &Actor) -> Option<Request> {
    let project = site.world.project.id;
    let of_project = Request::new(row, &[("id", project)]);
    Some(match row.operation.as_str() {
        "POST /projects/{id}/triggers" => of_project.body(json!({"description": "wanted"})),
        "PUT /projects/{id}/triggers/{trigger_id}" => {
            let (trigger, _) = site.new_trigger().await;
            Request::new(row, &[("id", project), ("trigger_id", trigger)]).body(json!({"description": "changed"}))
        }
        "DELETE /projects/{id}/triggers/{trigger_id}" => {
            let (trigger, _) = site.new_trigger().await;
            Request::new(row, &[("id", project), ("trigger_id", trigger)])
        }
        "POST /projects/{id}/trigger/pipeline" => {
            let (_, secret) = site.new_trigger().await;
            of_project.body(json!({"ref": "main", "token": secret}))
        }
        "POST /projects/{id}/ref/{ref}/trigger/pipeline" => {
            let (_, secret) = site.new_trigger().await;
            of_project.at("ref", "main").body(json!({"token": secret}))
        }
        _ => return None,
    })
}
