//! Projects.

use super::{Request, nothing};
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use serde_json::{Value, json};

pub(crate) async fn request(site: &Site, row: &Row, _: &Actor) -> Option<Request> {
    let world = &site.world;
    Some(match row.operation.as_str() {
        "POST /projects" => {
            let mut body = named(site);
            if row.variant == "in the group" {
                body["namespace_id"] = world.org.id.into();
            }
            Request::new(row, &[]).body(body)
        }
        "POST /projects/user/{user_id}" => Request::new(row, &[("user_id", site.spare)]).body(named(site)),
        "PUT /projects/{id}" => {
            Request::new(row, &[("id", world.project.id)]).body(json!({"description": site.name("text")}))
        }
        "DELETE /projects/{id}" => Request::new(row, &[("id", site.sibling().await)]),
        "POST /projects/{id}/archive" => Request::new(row, &[("id", site.sibling().await)]).body(nothing()),
        "POST /projects/{id}/unarchive" => {
            let project = site.sibling().await;
            world.root.post(&format!("/projects/{project}/archive"), nothing()).await.ok(201);
            Request::new(row, &[("id", project)]).body(nothing())
        }
        "POST /projects/{id}/share" => {
            let body = json!({"group_id": site.subgroup().await, "group_access": 20});
            Request::new(row, &[("id", site.sibling().await)]).body(body)
        }
        "DELETE /projects/{id}/share/{group_id}" => {
            let (project, guest) = (site.sibling().await, site.subgroup().await);
            let body = json!({"group_id": guest, "group_access": 20});
            world.root.post(&format!("/projects/{project}/share"), body).await.ok(201);
            Request::new(row, &[("id", project), ("group_id", guest)])
        }
        "POST /projects/{id}/mirror/pull" => {
            let project = site.imported().await;
            Request::new(row, &[("id", project)]).body(nothing())
        }
        "PUT /projects/{id}/transfer" => {
            let body = json!({"namespace": site.subgroup().await});
            Request::new(row, &[("id", site.sibling().await)]).body(body)
        }
        _ => return None,
    })
}

fn named(site: &Site) -> Value {
    let name = site.name("made");
    json!({"name": name, "path": name, "visibility": "private"})
}
