//! Projects and their repositories.

use super::{ROOT, Server, request};
use countersign_store::recovery;
use futures_util::FutureExt;
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt;

#[tokio::test]
async fn a_project_has_a_repository_at_once() {
    let server = Server::new();
    let (_, ann) = server.user("ann").await;
    let made = server.post(&ann, "/projects", json!({"name": "My Shop", "initialize_with_readme": true})).await.is(201);
    let id = made["id"].as_i64().unwrap();
    assert_eq!((&made["name"], &made["path_with_namespace"]), (&json!("My Shop"), &json!("ann/my-shop")));
    assert_eq!((&made["name_with_namespace"], &made["empty_repo"]), (&json!("ann / My Shop"), &json!(false)));
    assert_eq!((&made["namespace"]["kind"], &made["owner"]["username"]), (&json!("user"), &json!("ann")));
    assert_eq!(made["permissions"]["project_access"]["access_level"], 50);
    assert_eq!(made["http_url_to_repo"], "http://countersign.test/ann/my-shop.git");
    let repositories = &server.app.repositories;
    assert_eq!(repositories.branches(id, countersign_app::git::RefOrder::Name).unwrap()[0].name, "main");
    let empty = server.post(&ann, "/projects", json!({"path": "empty", "default_branch": "trunk"})).await.is(201);
    assert_eq!((&empty["empty_repo"], &empty["default_branch"]), (&json!(true), &json!("trunk")));
    assert!(repositories.exists(empty["id"].as_i64().unwrap()));
    server.post(&ann, "/projects", json!({})).await.is(400);
    let taken = server.post(&ann, "/projects", json!({"path": "EMPTY"})).await.is(400);
    assert_eq!(taken["message"]["path"][0], "has already been taken");
}

#[tokio::test]
async fn a_project_is_shown_changed_and_deleted() {
    let server = Server::new();
    let (_, ann) = server.user("ann").await;
    let (_, bob) = server.user("bob").await;
    let made = server.post(&ann, "/projects", json!({"path": "web"})).await.is(201);
    let path = format!("/projects/{}", made["id"]);
    assert_eq!(server.get(&bob, &path).await.is(404)["message"], "404 Project Not Found");
    server.get("", &path).await.is(404);
    let changes = json!({"visibility": "public", "build_timeout": "7200", "description": "Shop",
        "allow_pipeline_trigger_approve_deployment": true});
    let changed = server.ask(&ann, "PUT", "/projects/ann%2Fweb", changes).await.is(200);
    assert_eq!((&changed["build_timeout"], &changed["description"]), (&json!(7200), &json!("Shop")));
    assert_eq!(changed["allow_pipeline_trigger_approve_deployment"], true);
    let anonymous = server.get("", "/projects/ann%2Fweb").await.is(200);
    assert_eq!(anonymous["permissions"], json!({"project_access": null, "group_access": null}));
    server.ask("", "PUT", "/projects/ann%2Fweb", json!({"name": "x"})).await.is(401);
    let refused = server.ask(&bob, "PUT", &path, json!({"name": "x"})).await.is(403);
    assert_eq!(refused["message"], "403 Forbidden - This needs at least the Maintainer role");
    server.ask(&bob, "DELETE", &path, Value::Null).await.is(403);
    assert_eq!(server.ask(&ann, "DELETE", &path, Value::Null).await.is(202)["message"], "202 Accepted");
    server.get(&ann, &path).await.is(404);
    assert!(!server.app.repositories.exists(made["id"].as_i64().unwrap()));
}

#[tokio::test]
async fn lists_show_what_was_asked_for() {
    let server = Server::new();
    let (_, ann) = server.user("ann").await;
    let group = server.group(ROOT, "ops").await;
    server.post(ROOT, "/projects", json!({"name": "one", "namespace_id": group})).await.is(201);
    server.post(&ann, "/projects", json!({"name": "two", "visibility": "internal"})).await.is(201);
    let paths = |list: Value| {
        let each = list.as_array().unwrap().iter().map(|p| p["path_with_namespace"].as_str().unwrap().to_owned());
        each.collect::<Vec<_>>()
    };
    assert_eq!(paths(server.get(ROOT, "/projects").await.is(200)), ["ann/two", "ops/one"]);
    assert_eq!(paths(server.get(&ann, "/projects?membership=true").await.is(200)), ["ann/two"]);
    assert_eq!(paths(server.get(ROOT, "/groups/ops/projects").await.is(200)), ["ops/one"]);
    assert_eq!(paths(server.get(ROOT, "/projects?order_by=name&sort=asc").await.is(200)), ["ops/one", "ann/two"]);
    assert_eq!(server.get(ROOT, "/projects?archived=true").await.is(200), json!([]));
    assert_eq!(server.get("", "/projects").await.is(200), json!([]));
    let simple = server.get(ROOT, "/projects?simple=true").await.is(200);
    assert_eq!((simple[0].get("permissions"), simple[0]["path"].as_str()), (None, Some("two")));
    assert_eq!(server.get(ROOT, "/groups/ops").await.is(200)["projects"][0]["path"], "one");
    assert_eq!(server.ask(ROOT, "HEAD", "/projects", Value::Null).await.header("x-total"), "2");
}

#[tokio::test]
async fn projects_are_shared_and_moved() {
    let server = Server::new();
    let (guest, home) = (server.group(ROOT, "guest").await, server.group(ROOT, "home").await);
    let made = server.post(ROOT, "/projects", json!({"name": "web", "namespace_id": home})).await.is(201);
    let path = format!("/projects/{}", made["id"]);
    let shared =
        server.post(ROOT, &format!("{path}/share"), json!({"group_id": guest, "group_access": 30})).await.is(201);
    assert_eq!((&shared["group_id"], &shared["group_access"]), (&json!(guest), &json!(30)));
    assert_eq!(server.get(ROOT, &path).await.is(200)["shared_with_groups"][0]["group_access_level"], 30);
    let own = json!({"group_id": home, "group_access": 30});
    let own = server.post(ROOT, &format!("{path}/share"), own).await.is(400);
    assert!(
        own["message"]["base"][0].as_str().unwrap().starts_with("Project cannot be shared with the group it is in")
    );
    server.ask(ROOT, "DELETE", &format!("{path}/share/{guest}"), Value::Null).await.is(204);
    let moved = server.ask(ROOT, "PUT", &format!("{path}/transfer"), json!({"namespace": guest})).await.is(200);
    assert_eq!(moved["path_with_namespace"], "guest/web");
    let moved = server.ask(ROOT, "PUT", &format!("{path}/transfer"), json!({"namespace": "root"})).await.is(200);
    assert_eq!(moved["namespace"]["kind"], "user");
    server.ask(ROOT, "PUT", &format!("{path}/transfer"), json!({"namespace": "nowhere"})).await.is(404);
    server.ask(ROOT, "PUT", &format!("{path}/transfer"), json!({})).await.is(400);
}

#[tokio::test]
async fn a_deleted_project_leaves_the_disk_though_the_client_goes_away() {
    let server = Server::new();
    let made = server.post(ROOT, "/projects", json!({"path": "web"})).await.is(201);
    let id = made["id"].as_i64().unwrap();
    let delete = request(ROOT, "DELETE", &format!("/projects/{id}"), Value::Null);
    let mut asked = Box::pin(server.door.clone().oneshot(delete));
    let is_known = || server.app.store.read_blocking(recovery::projects).unwrap().iter().any(|known| known.0 == id);
    while is_known() {
        assert!((&mut asked).now_or_never().is_none(), "it was answered before it was done");
        tokio::task::yield_now().await;
    }
    drop(asked);
    let gone = async {
        while server.app.repositories.exists(id) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), gone).await.expect("the repository is removed");
}
