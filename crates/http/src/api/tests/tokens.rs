//! Personal access tokens.

use super::{ROOT, Server};
use countersign_app::Tx;
use countersign_app::tokens::{self, Lives, Wanted};
use countersign_domain::access::Actor;
use countersign_domain::event::By;
use countersign_domain::ids::UserId;
use countersign_domain::time::Date;
use countersign_domain::token::Scope;
use countersign_store::Intent;
use serde_json::{Value, json};

#[tokio::test]
async fn a_secret_is_shown_once() {
    let server = Server::new();
    let (id, ann) = server.user("ann").await;
    let path = format!("/users/{id}/personal_access_tokens");
    let made = server.post(ROOT, &path, json!({"name": "ci", "scopes": "read_api,read_user"})).await.is(201);
    assert!(made["token"].as_str().unwrap().starts_with("glpat-"));
    assert_eq!(made["scopes"], json!(["read_api", "read_user"]));
    assert_eq!((&made["active"], &made["revoked"], &made["last_used_at"]), (&json!(true), &json!(false), &Value::Null));
    assert_eq!(made["expires_at"].as_str().unwrap().len(), 10);
    let shown = server.get(&ann, &format!("/personal_access_tokens/{}", made["id"])).await.is(200);
    assert_eq!(shown.get("token"), None);
    for bad in [
        json!({"name": "x"}),
        json!({"scopes": ["api"]}),
        json!({"name": "x", "scopes": []}),
        json!({"name": "x", "scopes": ["rule_the_world"]}),
        json!({"name": "x", "scopes": ["api"], "expires_at": "2020-01-01"}),
        json!({"name": "x", "scopes": ["api"], "expires_at": "2999-01-01"}),
        json!({"name": "x", "scopes": ["api"], "expires_at": "tomorrow"}),
    ] {
        server.post(ROOT, &path, bad).await.is(400);
    }
    server.post(&ann, &path, json!({"name": "x", "scopes": ["api"]})).await.is(403);
    server.post(ROOT, "/users/999/personal_access_tokens", json!({"name": "x", "scopes": ["api"]})).await.is(404);
}

#[tokio::test]
async fn people_see_and_revoke_their_own() {
    let server = Server::new();
    let (_, ann) = server.user("ann").await;
    let (bob_id, bob) = server.user("bob").await;
    let own = server.get(&ann, "/personal_access_tokens/self").await.is(200);
    assert_eq!(own["name"], "test");
    let list = server.get(&ann, "/personal_access_tokens").await.is(200);
    assert_eq!(list.as_array().unwrap().len(), 1);
    let path = format!("/personal_access_tokens/{}", own["id"]);
    server.get(&bob, &path).await.is(404);
    server.ask(&bob, "DELETE", &path, Value::Null).await.is(404);
    server.get(&ann, &format!("/personal_access_tokens?user_id={bob_id}")).await.is(403);
    let of_bob = server.get(ROOT, &format!("/personal_access_tokens?user_id={bob_id}&state=active")).await.is(200);
    assert_eq!(of_bob[0]["user_id"], bob_id);
    server.ask(ROOT, "DELETE", &path, Value::Null).await.is(204);
    let dead = server.get(&ann, "/user").await.is(401);
    assert_eq!(dead["error"], "invalid_token");
    assert_eq!(dead["error_description"], "Token was revoked. You have to re-authorize from the user.");
    server.ask(&bob, "DELETE", "/personal_access_tokens/self", Value::Null).await.is(204);
    server.get(&bob, "/user").await.is(401);
    let revoked = server.get(ROOT, "/personal_access_tokens?revoked=true&search=TES").await.is(200);
    assert_eq!(revoked.as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_use_of_a_token_is_shown() {
    let server = Server::new();
    let (id, ann) = server.user("ann").await;
    server.get(&ann, "/user").await.is(200);
    let own = server.get(&ann, "/personal_access_tokens/self").await.is(200);
    assert!(own["last_used_at"].is_string());
    let seen = server.get(ROOT, &format!("/users/{id}")).await.is(200);
    assert_eq!(seen["last_activity_on"].as_str().unwrap().len(), 10);
}

#[tokio::test]
async fn a_token_is_dead_on_the_date_it_bears() {
    let server = Server::new();
    let (id, _) = server.user("ann").await;
    let now = countersign_app::now();
    let yesterday = now.plus_ms(-24 * 3600 * 1000);
    let made = |secret: &'static str, expires_at: Date| {
        let wanted = Wanted {
            name: "ci".into(),
            description: None,
            scopes: vec![Scope::Api],
            expires_at: Some(expires_at),
            lives: Lives::Bounded,
        };
        let create =
            move |tx: &mut Tx<'_>| tokens::create(tx, &Actor::server(), UserId(id), &wanted, secret, yesterday);
        server.app.store.write_blocking(By::default(), yesterday, Intent::Edit, create).unwrap();
    };
    made("glpat-today-today-today", now.date());
    made("glpat-later-later-later", now.date().plus_days(2));
    let dead = server.get("glpat-today-today-today", "/user").await.is(401);
    assert_eq!(
        (&dead["error"], &dead["error_description"]),
        (&json!("invalid_token"), &json!("Token is expired. You can either do re-authorization or token refresh."))
    );
    server.post("glpat-today-today-today", "/groups", json!({"name": "x", "path": "x"})).await.is(401);
    assert_eq!(server.get("glpat-later-later-later", "/user").await.is(200)["id"], id);
}

#[tokio::test]
async fn a_token_that_does_not_serve_says_why() {
    let server = Server::new();
    let (id, ann) = server.user("ann").await;
    let unknown = server.get("glpat-unknown", "/user").await;
    assert!(unknown.header("www-authenticate").starts_with("Bearer"));
    assert_eq!(unknown.is(401), json!({"message": "401 Unauthorized", "code": "unauthorized"}));
    let text = "The request requires higher privileges than provided by the access token.";
    let few = server.token(id, json!(["read_user"])).await;
    let needs = [
        ("GET", "/projects", "api read_api"),
        ("POST", "/groups", "api"),
        ("POST", "/user/runners", "api create_runner"),
    ];
    for (method, path, scope) in needs {
        let refused = server.ask(&few, method, path, json!({})).await.is(403);
        assert_eq!(
            refused,
            json!({"error": "insufficient_scope", "error_description": text, "scope": scope}),
            "{path}"
        );
    }
    server.post(ROOT, &format!("/users/{id}/block"), Value::Null).await.is(201);
    let blocked = server.get(&ann, "/user").await.is(403);
    assert_eq!(blocked["message"], "403 Forbidden - Your account has been blocked.");
}
