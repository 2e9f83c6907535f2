//! Projects that are fetched from elsewhere over SSH: for whom a deploy key is made, and when.

use super::{Server, request};
use crate::room::Room;
use crate::state::Bounds;
use axum::http::header::RETRY_AFTER;
use serde_json::{Value, json};

const OVER_SSH: &str = "ssh://git@git.example/a.git";

/// What is answered where no key can be made, because too many are being made.
async fn asked(server: &Server, token: &str, method: &str, path: &str, body: Value) -> (u16, bool) {
    let reply = server.answer(request(token, method, path, body)).await;
    (reply.status.as_u16(), reply.headers.contains_key(RETRY_AFTER))
}

#[tokio::test]
async fn nobody_has_a_key_made_who_may_not_have_it_and_not_too_many_at_once() {
    let server = Server::new().bounded(Bounds { keys: Room::closed(), ..Bounds::default() });
    let ((_, ann), (bob, bobs), (_, eve)) =
        (server.user("ann").await, server.user("bob").await, server.user("eve").await);
    let group = server.group(&ann, "ops").await;
    let made = server.post(&ann, "/projects", json!({"path": "app", "namespace_id": group})).await.is(201);
    let project = format!("/projects/{}", made["id"]);
    server.post(&ann, "/groups/ops/members", json!({"user_id": bob, "access_level": 30})).await.is(201);

    let change = json!({"import_url": OVER_SSH});
    assert_eq!(asked(&server, &eve, "PUT", &project, change.clone()).await, (404, false));
    assert_eq!(asked(&server, &bobs, "PUT", &project, change.clone()).await, (403, false));
    assert_eq!(asked(&server, &ann, "PUT", &project, change).await, (503, true));
    server.ask(&ann, "PUT", &project, json!({"import_url": "https://git.example/a.git"})).await.is(200);

    let new = |path: &str, home: i64| json!({"path": path, "namespace_id": home, "import_url": OVER_SSH});
    assert_eq!(asked(&server, &eve, "POST", "/projects", new("more", group)).await, (404, false));
    assert_eq!(asked(&server, "", "POST", "/projects", new("more", group)).await, (401, false));
    assert_eq!(asked(&server, &ann, "POST", "/projects", new("app", group)).await, (400, false));
    assert_eq!(asked(&server, &ann, "POST", "/projects", new("more", group)).await, (503, true));
    assert_eq!(asked(&server, &eve, "POST", &format!("/projects/user/{bob}"), new("x", 0)).await, (403, false));
    server.get(&ann, "/projects/ops%2Fmore").await.is(404);
}

#[tokio::test]
async fn a_project_keeps_its_key_when_the_address_changes() {
    let server = Server::new();
    let (_, ann) = server.user("ann").await;
    let made = server.post(&ann, "/projects", json!({"path": "app", "import_url": OVER_SSH})).await.is(201);
    let project = format!("/projects/{}", made["id"]);
    let shown = format!("{project}/mirror/pull");
    let key = server.get(&ann, &shown).await.is(200)["ssh_public_key"].clone();
    assert!(key.as_str().is_some_and(|key| key.starts_with("ssh-ed25519 ")), "{key}");
    let server = server.bounded(Bounds { keys: Room::closed(), ..Bounds::default() });
    server.ask(&ann, "PUT", &project, json!({"import_url": "ssh://git@git.example/b.git"})).await.is(200);
    assert_eq!(server.get(&ann, &shown).await.is(200)["ssh_public_key"], key);
}
