//! Every token that lets nobody in, in every form in which one can be shown: the documented refusal, and nothing done.
//!
//! A file of its own, as the server refuses everything from an address that has shown too many such tokens.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_tests::{Body, Client, Reply, Server, World, each_engine, git};
use reqwest::Method;
use serde_json::{Value, json};

each_engine!(tokens_that_let_nobody_in);

const REVOKED: &str = "Token was revoked. You have to re-authorize from the user.";
const EXPIRED: &str = "Token is expired. You can either do re-authorization or token refresh.";
const BLOCKED: &str = "403 Forbidden - Your account has been blocked.";

/// A token, and the refusal that it gets.
struct Case {
    what: &'static str,
    secret: String,
    status: u16,
    body: Value,
    /// What git is told, in plain text.
    text: &'static str,
}

/// The ways to show a token to the API.
const FORMS: [&str; 3] = ["PRIVATE-TOKEN", "Authorization", "query"];

async fn shown(by: &Client, form: &'static str, secret: &str, method: Method, path: &str, body: Value) -> Reply {
    match form {
        "query" => by.send(method, &format!("{path}?private_token={secret}"), body).await,
        "Authorization" => by.with_header(form, &format!("Bearer {secret}")).send(method, path, body).await,
        _ => by.with_header(form, secret).send(method, path, body).await,
    }
}

async fn token(world: &World, of: i64, scopes: Value) -> (i64, String) {
    let body = json!({"name": "a token", "scopes": scopes});
    let made = world.root.post(&format!("/users/{of}/personal_access_tokens"), body).await.ok(201);
    (made["id"].as_i64().expect("an id"), made["token"].as_str().expect("a token").to_owned())
}

/// Tokens of people who could do all that is tried, if only the token were alive.
async fn dead(world: &World) -> Vec<Case> {
    let (id, revoked) = token(world, world.owner.id, json!(["api"])).await;
    world.root.delete(&format!("/personal_access_tokens/{id}")).await.ok(204);
    let (id, expired) = token(world, world.owner.id, json!(["api"])).await;
    // Nobody can ask for a token that has expired; only time brings that about.
    world.server.meddle(&format!("UPDATE personal_access_tokens SET expires_at = '2020-01-01' WHERE id = {id}"));
    let somebody = world.person("blocked").await;
    world.join(&world.org, &somebody, 50).await;
    world.root.post(&format!("/users/{}/block", somebody.id), json!({})).await.ok(201);
    let of_token = |why: &str| json!({"error": "invalid_token", "error_description": why});
    let unknown = || json!({"message": "401 Unauthorized", "code": "unauthorized"});
    let case = |what, secret: &str, status, body, text| Case { what, secret: secret.to_owned(), status, body, text };
    vec![
        case("revoked", &revoked, 401, of_token(REVOKED), REVOKED),
        case("expired", &expired, 401, of_token(EXPIRED), EXPIRED),
        case("blocked", &somebody.token, 403, json!({"message": BLOCKED, "code": "user.blocked"}), BLOCKED),
        case("unknown", "glpat-nobodyhasthistoken", 401, unknown(), "401 Unauthorized"),
        case("malformed", "%27%20OR%201=1", 401, unknown(), "401 Unauthorized"),
    ]
}

async fn tokens_that_let_nobody_in(server: &'static Server) {
    let world = World::new(server).await;
    let repository = git::Repository::new(server, &world.project);
    repository.commit("README.md", b"Hello\n");
    repository.push(&world.dev);
    let before = world.owner.get(&world.project.at).await.ok(200);
    for case in dead(&world).await {
        for form in FORMS {
            let reply = shown(&world.anonymous, form, &case.secret, Method::GET, &world.project.at, Value::Null).await;
            refused(&reply, &case, form);
        }
        let body = json!({"description": "mine"});
        let reply = shown(&world.anonymous, FORMS[0], &case.secret, Method::PUT, &world.project.at, body).await;
        refused(&reply, &case, "PUT");
        let reply = over_git(&world, &format!("dev:{}", case.secret)).await;
        assert_eq!((reply.status, reply.text.trim_end()), (case.status, case.text), "{}: git", case.what);
        let asked = if case.status == 401 { "Basic realm=\"Countersign\"" } else { "" };
        assert_eq!(reply.header("www-authenticate"), asked, "{}: git", case.what);
    }
    too_little(&world).await;
    in_the_wrong_place(&world).await;
    assert_eq!(world.owner.get(&world.project.at).await.ok(200), before);
}

fn refused(reply: &Reply, case: &Case, form: &str) {
    assert_eq!((reply.refused(case.status), reply.header("content-type")), (case.body.clone(), "application/json"));
    let asked = if case.status == 401 { "Bearer realm=\"Countersign\"" } else { "" };
    assert_eq!(reply.header("www-authenticate"), asked, "{} as {form}", case.what);
}

/// What git asks first, with that user name and password.
async fn over_git(world: &World, credentials: &str) -> Reply {
    let outside = Client::new(&world.anonymous.server);
    let header = format!("Basic {}", STANDARD.encode(credentials));
    outside
        .with_header("Authorization", &header)
        .at_root(&format!("/{}.git/info/refs?service=git-upload-pack", world.project.path))
        .await
}

/// A living token whose scopes do not suffice, which is no failed authentication.
async fn too_little(world: &World) {
    let description = "The request requires higher privileges than provided by the access token.";
    let lacks = |scope: &str| json!({"error": "insufficient_scope", "error_description": description, "scope": scope});
    for (scopes, reads, writes) in [
        (json!(["read_api"]), 200, 403),
        (json!(["read_user"]), 403, 403),
        (json!(["read_repository", "write_repository"]), 403, 403),
    ] {
        let (_, secret) = token(world, world.owner.id, scopes.clone()).await;
        for form in FORMS {
            let reply = shown(&world.anonymous, form, &secret, Method::GET, &world.project.at, Value::Null).await;
            assert_eq!(reply.status, reads, "{scopes} as {form}: {reply:?}");
            if reads == 403 {
                assert_eq!(reply.json(), lacks("api read_api"), "{scopes} as {form}");
            }
            let body = json!({"description": "mine"});
            let reply = shown(&world.anonymous, form, &secret, Method::PUT, &world.project.at, body).await;
            assert_eq!((reply.status, reply.json()), (writes, lacks("api")), "{scopes} as {form}");
        }
    }
    let (_, secret) = token(world, world.owner.id, json!(["read_user"])).await;
    let reply = over_git(world, &format!("owner:{secret}")).await;
    assert_eq!((reply.status, reply.text.trim_end()), (403, description));
}

/// A living token where it does not belong is none.
async fn in_the_wrong_place(world: &World) {
    let secret = &world.owner.token;
    let job = world.anonymous.with_header("JOB-TOKEN", secret);
    assert_eq!(
        job.get(&world.project.at).await.refused(401),
        json!({"message": "401 Unauthorized", "code": "unauthorized"})
    );
    // As the password of a job it is none either; without a password, or as something else than Basic, nobody is asked.
    assert_eq!(over_git(world, &format!("gitlab-ci-token:{secret}")).await.status, 401);
    assert_eq!(over_git(world, "owner:").await.status, 401);
    let body = Body::form(format!("private_token={secret}&description=mine"));
    world.anonymous.put(&world.project.at, body).await.refused(401);
}
