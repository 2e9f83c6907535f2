//! The settings of the instance.

use super::{ROOT, Server};
use serde_json::{Value, json};

#[tokio::test]
async fn administrators_raise_who_protects_the_environments_of_groups() {
    let server = Server::new();
    let (ann_id, ann) = server.user("ann").await;
    let (_, owner) = server.user("owner").await;
    let group = server.group(&owner, "top").await;
    let member = json!({"user_id": ann_id, "access_level": 40});
    server.post(&owner, &format!("/groups/{group}/members"), member).await.is(201);
    let path = format!("/groups/{group}/protected_environments");
    server.get(&ann, &path).await.is(200);
    let shown = server.get(ROOT, "/application/settings").await.is(200);
    assert_eq!(shown["group_protection_min_role"], "maintainer");
    for (token, body, status) in [
        (&ann[..], json!({"group_protection_min_role": "owner"}), 403),
        ("", json!({"group_protection_min_role": "owner"}), 401),
        (ROOT, json!({"group_protection_min_role": "developer"}), 400),
        (ROOT, json!({"signup_enabled": true}), 200),
    ] {
        server.ask(token, "PUT", "/application/settings", body).await.is(status);
    }
    let raised = server.ask(ROOT, "PUT", "/application/settings", json!({"group_protection_min_role": "owner"})).await;
    assert_eq!(raised.is(200)["group_protection_min_role"], "owner");
    server.get(&ann, &path).await.is(403);
    server.get(&owner, &path).await.is(200);
    let lowered =
        server.ask(ROOT, "PUT", "/application/settings?group_protection_min_role=maintainer", Value::Null).await;
    assert_eq!(lowered.is(200)["group_protection_min_role"], "maintainer");
    server.get(&ann, &path).await.is(200);
}

#[tokio::test]
async fn the_server_was_started_with_the_least() {
    let server =
        Server::configured(|config| config.group_protection_min_role = countersign_domain::access::Level::Owner);
    let body = json!({"group_protection_min_role": "maintainer"});
    let refused = server.ask(ROOT, "PUT", "/application/settings", body).await.is(400);
    assert_eq!(
        refused["message"]["group_protection_min_role"][0],
        "cannot be lower than what the server was started with"
    );
    assert_eq!(server.get(ROOT, "/application/settings").await.is(200)["group_protection_min_role"], "owner");
}
