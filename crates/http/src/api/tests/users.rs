//! Users, and who may be asked as whom.

use super::{ROOT, Server};
use axum::body::Body;
use axum::http::Request;
use serde_json::{Value, json};

#[tokio::test]
async fn everybody_learns_who_they_are() {
    let server = Server::new();
    let me = server.get(ROOT, "/user").await.is(200);
    for (field, value) in [("id", json!(1)), ("username", json!("root")), ("is_admin", json!(true))] {
        assert_eq!(me[field], value, "{field}");
    }
    assert!(me["namespace_id"].is_i64() && me["note"].is_string() && me["external"] == false);
    let (id, ann) = server.user("ann").await;
    let me = server.get(&ann, "/user").await.is(200);
    assert_eq!((me["id"].as_i64(), &me["is_admin"], &me["note"]), (Some(id), &json!(false), &Value::Null));
    assert_eq!(me["created_by"]["username"], "root");
    let other = server.get(&ann, "/users/1").await.is(200);
    assert_eq!((&other["username"], other.get("email")), (&json!("root"), None));
    let full = server.get(ROOT, &format!("/users/{id}")).await.is(200);
    assert_eq!(full["email"], "ann@example.org");
}

#[tokio::test]
async fn a_token_is_taken_from_any_of_its_places() {
    let server = Server::new();
    let ask = |name: &'static str, value: String| {
        let request = Request::get("/api/v4/user").header(name, value).body(Body::empty()).unwrap();
        server.send(request)
    };
    ask("authorization", format!("Bearer {ROOT}")).await.is(200);
    ask("authorization", format!("bearer {ROOT}")).await.is(200);
    server.get("", &format!("/user?private_token={ROOT}")).await.is(200);
    let wrong = ask("private-token", "glpat-wrong".into()).await.is(401);
    assert_eq!(wrong, json!({"message": "401 Unauthorized", "code": "unauthorized"}));
    ask("job-token", ROOT.into()).await.is(401);
    ask("authorization", "Basic x".into()).await.is(401);
    server.get("", "/user").await.is(401);
    server.get("", "/users").await.is(401);
    server.get("", "/version").await.is(401);
    server.post("", "/groups", json!({"name": "x", "path": "x"})).await.is(401);
}

#[tokio::test]
async fn scopes_limit_what_a_token_may_do() {
    let server = Server::new();
    let (id, _) = server.user("ann").await;
    let reader = server.token(id, json!(["read_api"])).await;
    server.get(&reader, "/groups").await.is(200);
    let refused = server.post(&reader, "/groups", json!({"name": "x", "path": "x"})).await.is(403);
    assert_eq!((&refused["error"], &refused["scope"]), (&json!("insufficient_scope"), &json!("api")));
    let profile = server.token(id, json!(["read_user"])).await;
    server.get(&profile, "/user").await.is(200);
    server.get(&profile, "/groups").await.is(403);
    let git = server.token(id, json!(["write_repository"])).await;
    server.get(&git, "/user").await.is(403);
    server.get(&git, "/users").await.is(403);
    server.get(&profile, "/users").await.is(200);
    let other = server.get(&profile, "/users/1").await.is(200);
    assert_eq!((&other["username"], other.get("email")), (&json!("root"), None));
    server.ask(&profile, "PUT", &format!("/users/{id}"), json!({"name": "Ann"})).await.is(403);
    for scope in ["api", "read_api", "read_user", "read_repository", "write_repository", "create_runner", "self_rotate"]
    {
        let token = server.token(id, json!([scope])).await;
        let own = server.get(&token, "/personal_access_tokens/self").await.is(200);
        assert_eq!(own["scopes"], json!([scope]));
    }
}

#[tokio::test]
async fn creating_a_user_says_what_is_missing_and_what_is_taken() {
    let server = Server::new();
    let missing = server.post(ROOT, "/users", json!({})).await.is(400);
    assert_eq!(missing["error"], "email is missing, username is missing, name is missing");
    let base = json!({"username": "ann", "name": "Ann", "email": "ann@example.org"});
    let missing = server.post(ROOT, "/users", base.clone()).await.is(400);
    assert!(missing["error"].as_str().unwrap().contains("at least one parameter must be provided"));
    let mut good = base;
    good["password"] = json!("long enough");
    let made = server.post(ROOT, "/users", good.clone()).await.is(201);
    assert_eq!((&made["state"], &made["created_by"]["id"]), (&json!("active"), &json!(1)));
    let taken = server.post(ROOT, "/users", good.clone()).await.is(409);
    assert_eq!(taken["message"], "Email has already been taken");
    good["email"] = json!("x@example.org");
    assert_eq!(server.post(ROOT, "/users", good.clone()).await.is(409)["message"], "Username has already been taken");
    good["username"] = json!("bob");
    good["password"] = json!("short");
    let short = server.post(ROOT, "/users", good.clone()).await.is(400);
    assert_eq!(short["message"]["password"][0], "is too short (minimum is 8 characters)");
    good["projects_limit"] = json!(100_001);
    server.post(ROOT, "/users", good.clone()).await.is(400);
    let (_, ann) = server.user("carl").await;
    server.post(&ann, "/users", good).await.is(403);
    // In the query, as some clients send it.
    server.post(ROOT, "/users?username=q&name=Q&email=q%40example.org&password=long+enough", json!({})).await.is(201);
}

#[tokio::test]
async fn blocking_answers_as_clients_expect() {
    let server = Server::new();
    let (id, ann) = server.user("ann").await;
    let (block, unblock) = (format!("/users/{id}/block"), format!("/users/{id}/unblock"));
    assert_eq!(server.post(ROOT, &block, Value::Null).await.is(201), json!(true));
    assert_eq!(server.post(ROOT, &block, Value::Null).await.is(201), Value::Null);
    let out = server.get(&ann, "/user").await.is(403);
    assert_eq!(out["message"], "403 Forbidden - Your account has been blocked.");
    assert_eq!(server.get(ROOT, &format!("/users/{id}")).await.is(200)["state"], "blocked");
    assert_eq!(server.get(ROOT, "/users?blocked=true").await.is(200).as_array().unwrap().len(), 1);
    assert_eq!(server.post(ROOT, &unblock, Value::Null).await.is(201), json!(true));
    assert_eq!(server.post(ROOT, &unblock, Value::Null).await.is(201), json!(false));
    server.post(&ann, &block, Value::Null).await.is(403);
    let last = server.post(ROOT, "/users/1/block", Value::Null).await.is(403);
    assert_eq!(last["code"], "user.last_admin");
    server.post(ROOT, "/users/999/block", Value::Null).await.is(404);
    assert_eq!(server.get(ROOT, "/users/abc").await.is(400)["error"], "id is invalid");
}

#[tokio::test]
async fn lists_are_paged_and_filtered() {
    let server = Server::new();
    for name in ["ann", "bob", "carl"] {
        server.user(name).await;
    }
    let page = server.get(ROOT, "/users?per_page=2&order_by=username&sort=asc").await;
    assert_eq!((page.header("x-total"), page.header("x-next-page"), page.header("x-total-pages")), ("4", "2", "2"));
    assert!(page.header("link").contains("rel=\"next\""));
    let names: Vec<_> = page.body.as_array().unwrap().iter().map(|u| u["username"].clone()).collect();
    assert_eq!(names, ["ann", "bob"]);
    let found = server.get(ROOT, "/users?username=CARL&active=true").await.is(200);
    assert_eq!(found[0]["username"], "carl");
    server.get(ROOT, "/users?order_by=shoe_size").await.is(400);
    server.get(ROOT, "/users?created_after=yesterday").await.is(400);
    assert_eq!(server.get(ROOT, "/users?created_after=2999-01-01").await.is(200), json!([]));
}

#[tokio::test]
async fn the_server_says_what_it_speaks() {
    let server = Server::new();
    let version = server.get(ROOT, "/version").await.is(200);
    assert!(version["version"].as_str().unwrap().ends_with("-ee"));
    let metadata = server.get(ROOT, "/metadata").await.is(200);
    assert_eq!((&metadata["enterprise"], &metadata["kas"]["enabled"]), (&json!(true), &json!(false)));
}
