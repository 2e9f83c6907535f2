//! Protected environments, branches and tags.

use super::Request;
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use serde_json::{Value, json};

pub(crate) async fn request(site: &Site, row: &Row, _: &Actor) -> Option<Request> {
    let (method, path) = row.operation.split_once(' ')?;
    let (kind, rest) = path.trim_start_matches('/').split_once("/{id}/protected_")?;
    let what = rest.split('/').next().unwrap_or_default();
    let place = if kind == "groups" { site.subgroup().await } else { site.sibling().await };
    let (name, made, change) = bodies(site, what)?;
    if method == "POST" {
        return Some(Request::new(row, &[("id", place)]).body(made));
    }
    site.world.root.post(&format!("/{kind}/{place}/protected_{what}"), made).await.ok(201);
    let request = Request::new(row, &[("id", place)]).at("name", &name);
    match method {
        "PUT" | "PATCH" => Some(request.body(change)),
        "DELETE" => Some(request),
        _ => None,
    }
}

/// The name, the body of the protection, and one that changes it.
fn bodies(site: &Site, what: &str) -> Option<(String, Value, Value)> {
    match what {
        "environments" => {
            let made = json!({"name": "staging", "deploy_access_levels": [{"access_level": 40}]});
            Some(("staging".into(), made, json!({"required_approval_count": 1})))
        }
        "branches" => {
            let name = site.name("stable");
            Some((name.clone(), json!({"name": name}), json!({"allow_force_push": true})))
        }
        "tags" => {
            let name = site.name("release");
            Some((name.clone(), json!({"name": name}), json!({})))
        }
        _ => None,
    }
}
