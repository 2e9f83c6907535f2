//! Branches, tags and commits.

use super::Request;
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use serde_json::json;

pub(crate) async fn request(site: &Site, row: &Row, _: &Actor) -> Option<Request> {
    let on = Request::new(row, &[("id", site.world.project.id)]);
    let root = &site.world.root;
    Some(match row.operation.as_str() {
        "POST /projects/{id}/repository/branches" => on.body(json!({"branch": site.name("branch"), "ref": "main"})),
        "DELETE /projects/{id}/repository/branches/{branch}" => {
            let name = site.name("branch");
            let body = json!({"branch": name, "ref": "main"});
            root.post(&site.at("/repository/branches"), body).await.ok(201);
            if row.variant == "protected" {
                root.post(&site.at("/protected_branches"), json!({"name": name})).await.ok(201);
            }
            on.at("branch", &name)
        }
        "POST /projects/{id}/repository/commits" => {
            let file = json!({"action": "create", "file_path": site.name("file"), "content": "new"});
            let mut body = json!({"branch": "main", "commit_message": "Add it", "actions": [file]});
            if row.variant == "to a new branch" {
                body["start_branch"] = "main".into();
                body["branch"] = site.name("branch").into();
            }
            on.body(body)
        }
        "POST /projects/{id}/repository/tags" => on.body(json!({"tag_name": site.name("tag"), "ref": "main"})),
        "DELETE /projects/{id}/repository/tags/{tag_name}" => {
            let name = site.name("tag");
            root.post(&site.at("/repository/tags"), json!({"tag_name": name, "ref": "main"})).await.ok(201);
            on.at("tag_name", &name)
        }
        _ => return None,
    })
}
