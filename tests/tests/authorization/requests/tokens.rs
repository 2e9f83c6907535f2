//! Tokens.

use super::{Request, nothing};
use crate::cast::Actor;
use crate::operations::Row;
use crate::site::Site;
use serde_json::json;

pub(crate) async fn request(site: &Site, row: &Row, actor: &Actor) -> Option<Request> {
    let plain = Request::new(row, &[]);
    let wanted = |scope: &str| json!({"name": "wanted", "scopes": [scope]});
    Some(match row.operation.as_str() {
        "POST /user/personal_access_tokens" => plain.body(wanted("k8s_proxy")),
        "POST /users/{id}/personal_access_tokens" => Request::new(row, &[("id", site.spare)]).body(wanted("api")),
        "DELETE /personal_access_tokens/self" | "POST /personal_access_tokens/self/rotate" => {
            let by = Some(site.spend(actor).await);
            Request { by, ..plain.once() }
        }
        "DELETE /personal_access_tokens/{token_id}" => other(site, row, actor).await,
        "POST /personal_access_tokens/{token_id}/rotate" => other(site, row, actor).await.body(nothing()),
        _ => return None,
    })
}

async fn other(site: &Site, row: &Row, actor: &Actor) -> Request {
    let user = if row.variant == "own" { actor.user.unwrap_or(site.spare) } else { site.spare };
    let (token, _) = site.token(user, "api").await;
    Request::new(row, &[("token_id", token)]).once()
}
