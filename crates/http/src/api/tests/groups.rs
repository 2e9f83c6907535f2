//! Groups.

use super::{ROOT, Server};
use serde_json::{Value, json};

#[tokio::test]
async fn a_group_is_created_shown_changed_and_deleted() {
    let server = Server::new();
    let (_, ann) = server.user("ann").await;
    let new = json!({"name": "Ops", "path": "ops", "description": "We run it", "visibility": "public"});
    let made = server.post(&ann, "/groups", new).await.is(201);
    let id = made["id"].as_i64().unwrap();
    assert_eq!((&made["full_path"], &made["parent_id"]), (&json!("ops"), &Value::Null));
    assert_eq!((&made["visibility"], &made["shared_with_groups"]), (&json!("public"), &json!([])));
    assert_eq!(made["web_url"], "http://countersign.test/groups/ops");
    let sub = server.post(&ann, "/groups", json!({"name": "Sub", "path": "sub.x", "parent_id": id})).await.is(201);
    assert_eq!((&sub["full_name"], &sub["full_path"]), (&json!("Ops / Sub"), &json!("ops/sub.x")));
    for path in ["ops%2Fsub.x", "ops%2Fsub%2Ex", &sub["id"].to_string()] {
        assert_eq!(server.get(&ann, &format!("/groups/{path}")).await.is(200)["id"], sub["id"], "{path}");
    }
    assert_eq!(server.get("", "/groups/ops").await.is(200)["id"], id);
    let changed = json!({"path": "platform", "allow_pipeline_trigger_approve_deployment": "true"});
    let changed = server.ask(&ann, "PUT", &format!("/groups/{id}"), changed).await.is(200);
    assert_eq!(changed["allow_pipeline_trigger_approve_deployment"], true);
    server.get(&ann, "/groups/platform%2Fsub.x").await.is(200);
    let gone = server.ask(&ann, "DELETE", "/groups/platform", Value::Null).await.is(202);
    assert_eq!(gone["message"], "202 Accepted");
    assert_eq!(server.get(&ann, &format!("/groups/{id}")).await.is(404)["message"], "404 Group Not Found");
    server.get(ROOT, &format!("/groups/{}", sub["id"])).await.is(404);
}

#[tokio::test]
async fn bad_groups_are_refused_with_the_field() {
    let server = Server::new();
    assert_eq!(server.post(ROOT, "/groups", json!({})).await.is(400)["error"], "name is missing, path is missing");
    let bad = server.post(ROOT, "/groups", json!({"name": "x", "path": "-x"})).await.is(400);
    assert!(bad["message"]["path"][0].as_str().unwrap().starts_with("can only include"));
    server.post(ROOT, "/groups", json!({"name": "x", "path": "x", "visibility": "secret"})).await.is(400);
    server.group(ROOT, "ops").await;
    let taken = server.post(ROOT, "/groups", json!({"name": "x", "path": "OPS"})).await.is(400);
    assert_eq!(taken["message"]["path"][0], "has already been taken");
    server.post(ROOT, "/groups", json!({"name": "x", "path": "x", "parent_id": 999})).await.is(404);
}

#[tokio::test]
async fn lists_and_subgroups() {
    let server = Server::new();
    let (_, ann) = server.user("ann").await;
    let id = server.group(&ann, "ops").await;
    server.post(&ann, "/groups", json!({"name": "sub", "path": "sub", "parent_id": id})).await.is(201);
    server.group(ROOT, "other").await;
    let paths = |list: Value| {
        list.as_array().unwrap().iter().map(|g| g["full_path"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(paths(server.get(&ann, "/groups").await.is(200)), ["ops", "ops/sub"]);
    assert_eq!(paths(server.get(&ann, "/groups?top_level_only=1").await.is(200)), ["ops"]);
    assert_eq!(paths(server.get(ROOT, "/groups?owned=true").await.is(200)), ["other"]);
    assert_eq!(paths(server.get(&ann, "/groups/ops/subgroups").await.is(200)), ["ops/sub"]);
    assert_eq!(paths(server.get(&ann, "/groups?search=SUB").await.is(200)), ["ops/sub"]);
    server.get(&ann, "/groups?min_access_level=33").await.is(400);
    assert_eq!(server.get("", "/groups").await.is(200), json!([]));
}

#[tokio::test]
async fn groups_are_invited_and_moved() {
    let server = Server::new();
    let (host, guest) = (server.group(ROOT, "host").await, server.group(ROOT, "guest").await);
    let invite = json!({"group_id": guest, "group_access": 30, "expires_at": null});
    let shared = server.post(ROOT, "/groups/host/share", invite.clone()).await.is(201);
    let expected = json!([{
        "group_id": guest, "group_name": "guest", "group_full_path": "guest", "group_access_level": 30,
        "expires_at": null, "member_role_id": null,
    }]);
    assert_eq!(shared["shared_with_groups"], expected);
    assert_eq!(server.get(ROOT, "/groups/host").await.is(200)["shared_with_groups"], expected);
    let again = server.post(ROOT, "/groups/host/share", invite).await.is(409);
    assert_eq!(
        (&again["message"], &again["code"]),
        (&json!("Group already shared with this group"), &json!("share.exists"))
    );
    server.post(ROOT, "/groups/host/share", json!({"group_id": guest, "group_access": 31})).await.is(400);
    server.post(ROOT, "/groups/host/share", json!({"group_id": 999, "group_access": 30})).await.is(404);
    server.ask(ROOT, "DELETE", &format!("/groups/host/share/{guest}"), Value::Null).await.is(204);
    server.ask(ROOT, "DELETE", &format!("/groups/host/share/{guest}"), Value::Null).await.is(404);
    let moved = server.post(ROOT, "/groups/guest/transfer", json!({"group_id": host})).await.is(201);
    assert_eq!((&moved["full_path"], &moved["parent_id"]), (&json!("host/guest"), &json!(host)));
    let top = server.post(ROOT, "/groups/host%2Fguest/transfer", json!({})).await.is(201);
    assert_eq!(top["parent_id"], Value::Null);
    let again = server.post(ROOT, "/groups/guest/transfer", json!({})).await.is(400);
    assert_eq!(again["code"], "group.transfer");
}
