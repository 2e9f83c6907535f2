//! CI/CD variables of projects, groups and the instance.

use super::Request;
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use serde_json::json;

pub(crate) async fn request(site: &Site, row: &Row, _: &Actor) -> Option<Request> {
    let (method, path) = row.operation.split_once(' ')?;
    let (place, _) = path.split_once("/variables")?;
    let ids: Vec<_> = match place {
        "/projects/{id}" => vec![("id", site.sibling().await)],
        "/groups/{id}" => vec![("id", site.subgroup().await)],
        "/admin/ci" => Vec::new(),
        _ => return None,
    };
    let key = site.name("KEY").to_uppercase().replace('-', "_");
    let made = json!({"key": key, "value": "a value"});
    let request = Request::new(row, &ids);
    if method == "POST" {
        return Some(request.body(made));
    }
    let at = ids.iter().fold(place.to_owned(), |at, (name, id)| at.replace(&format!("{{{name}}}"), &id.to_string()));
    site.world.root.post(&format!("{at}/variables"), made).await.ok(201);
    let request = request.at("key", &key);
    match method {
        "PUT" => Some(request.body(json!({"value": "another"}))),
        "DELETE" => Some(request),
        _ => None,
    }
}
