//! Members of groups and projects.

use super::{ROOT, Server};
use serde_json::{Value, json};

#[tokio::test]
async fn members_come_change_and_go() {
    let server = Server::new();
    server.group(ROOT, "ops").await;
    let (ann, _) = server.user("ann").await;
    let (bob, bob_token) = server.user("bob").await;
    let base = "/groups/ops/members";
    let new = json!({"user_id": ann, "access_level": 30, "expires_at": "2999-12-31"});
    let made = server.post(ROOT, base, new.clone()).await.is(201);
    assert_eq!((&made["id"], &made["username"], &made["access_level"]), (&json!(ann), &json!("ann"), &json!(30)));
    assert_eq!((&made["expires_at"], &made["created_by"]["username"]), (&json!("2999-12-31"), &json!("root")));
    assert_eq!(server.post(ROOT, base, new).await.is(409)["message"], "Member already exists");
    let path = format!("{base}/{ann}");
    let changed = server.ask(ROOT, "PUT", &path, json!({"access_level": 40})).await.is(200);
    assert_eq!((&changed["access_level"], &changed["expires_at"]), (&json!(40), &json!("2999-12-31")));
    let cleared = server.ask(ROOT, "PUT", &path, json!({"access_level": "40", "expires_at": ""})).await.is(200);
    assert_eq!(cleared["expires_at"], Value::Null);
    server.get(&bob_token, base).await.is(404);
    server.ask(ROOT, "DELETE", &format!("{path}?skip_subresources=true"), Value::Null).await.is(204);
    server.get(ROOT, &path).await.is(404);
    let several = json!({"user_id": format!("{ann},{bob}"), "access_level": 20});
    assert_eq!(server.post(ROOT, base, several).await.is(201), json!({"status": "success"}));
    let list = server.get(&bob_token, &format!("{base}?user_ids[]={bob}")).await.is(200);
    assert_eq!((list.as_array().unwrap().len(), &list[0]["username"]), (1, &json!("bob")));
    assert_eq!(list[0]["email"], "bob@example.org", "one's own");
    let other = server.get(&bob_token, &format!("{base}/{ann}")).await.is(200);
    assert_eq!(other.get("email"), None);
    assert_eq!(server.get(ROOT, &format!("{base}/{ann}")).await.is(200)["email"], "ann@example.org");
    server.ask(&bob_token, "DELETE", &format!("{base}/{bob}"), Value::Null).await.is(204);
    let last = server.ask(ROOT, "DELETE", &format!("{base}/1"), Value::Null).await.is(403);
    assert_eq!(last["code"], "member.last_owner");
}

#[tokio::test]
async fn inherited_members_are_shown_only_where_asked_for() {
    let server = Server::new();
    let group = server.group(ROOT, "ops").await;
    let (ann, token) = server.user("ann").await;
    server.post(ROOT, "/groups/ops/members", json!({"username": "ann", "access_level": 20})).await.is(201);
    server.post(ROOT, "/projects", json!({"name": "web", "namespace_id": group})).await.is(201);
    let base = "/projects/ops%2Fweb/members";
    assert_eq!(server.get(&token, base).await.is(200), json!([]));
    let all = server.get(&token, &format!("{base}/all")).await.is(200);
    assert_eq!(all.as_array().unwrap().len(), 2);
    server.get(&token, &format!("{base}/{ann}")).await.is(404);
    assert_eq!(server.get(&token, &format!("{base}/all/{ann}")).await.is(200)["access_level"], 20);
    let lower = server.post(ROOT, base, json!({"user_id": ann, "access_level": 10})).await.is(400);
    let text = "should be greater than or equal to Reporter inherited membership from group ops";
    assert_eq!(lower["message"]["access_level"][0], text);
}

#[tokio::test]
async fn bad_members_are_refused() {
    let server = Server::new();
    server.group(ROOT, "ops").await;
    let (ann, _) = server.user("ann").await;
    for (body, status) in [
        (json!({"user_id": ann}), 400),
        (json!({"access_level": 30}), 400),
        (json!({"user_id": ann, "username": "ann", "access_level": 30}), 400),
        (json!({"user_id": "x", "access_level": 30}), 400),
        (json!({"user_id": ann, "access_level": 31}), 400),
        (json!({"user_id": ann, "access_level": 60}), 400),
        (json!({"user_id": ann, "access_level": 0}), 400),
        (json!({"user_id": ann, "access_level": 30, "expires_at": "soon"}), 400),
        (json!({"user_id": ann, "access_level": 30, "expires_at": "2020-01-01"}), 400),
        (json!({"user_id": 999, "access_level": 30}), 404),
        (json!({"username": "nobody", "access_level": 30}), 404),
    ] {
        let what = body.to_string();
        let reply = server.post(ROOT, "/groups/ops/members", body).await;
        assert_eq!(reply.status.as_u16(), status, "{what}: {}", reply.body);
    }
    assert_eq!(server.get(ROOT, "/groups/ops/members").await.is(200).as_array().unwrap().len(), 1);
}
