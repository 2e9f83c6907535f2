//! Access tokens of projects and groups, and what their bots may do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id, ids};
use countersign_tests::world::Place;
use countersign_tests::{Client, Server, World, each_engine, git};
use serde_json::{Value, json};

each_engine!(
    a_token_is_made_shown_rotated_and_revoked,
    what_is_asked_wrongly_is_refused,
    a_bot_deploys_and_never_approves,
    a_bot_pushes_to_its_project_only,
    a_bot_is_shown_as_one,
);

async fn make(by: &Client, place: &Place, more: Value) -> Value {
    let mut body = json!({"name": "deployer", "scopes": ["api"]});
    if let (Some(body), Some(more)) = (body.as_object_mut(), more.as_object()) {
        body.extend(more.clone());
    }
    by.post(&place.of("/access_tokens"), body).await.ok(201)
}

fn with(world: &World, token: &Value) -> Client {
    world.anonymous.with_token(token["token"].as_str().expect("a token"))
}

async fn a_token_is_made_shown_rotated_and_revoked(server: &'static Server) {
    let world = World::new(server).await;
    for (place, by) in [(&world.project, &world.maintainer), (&world.org, &world.owner)] {
        let made = make(by, place, json!({"description": "for the pipeline", "expires_at": "2027-01-31"})).await;
        let expected = json!({
            "name": "deployer", "description": "for the pipeline", "scopes": ["api"], "access_level": 40,
            "revoked": false, "active": true, "expires_at": "2027-01-31", "last_used_at": null,
        });
        assert_shows(&made, &expected);
        let at = place.of(&format!("/access_tokens/{}", made["id"]));
        let shown = by.get(&at).await.ok(200);
        assert_shows(&shown, &expected);
        assert!(shown.get("token").is_none(), "{shown}");
        assert_eq!(ids(&by.get(&place.of("/access_tokens?state=active&search=DEPLOY")).await.ok(200)), [id(&made)]);
        assert_eq!(by.get(&place.of("/access_tokens?revoked=true")).await.ok(200), json!([]));
        let bot = with(&world, &made);
        assert_eq!(id(&bot.get("/user").await.ok(200)), made["user_id"].as_i64().unwrap());
        assert_eq!(id(&bot.get("/personal_access_tokens/self").await.ok(200)), id(&made));

        let rotated = by.post(&format!("{at}/rotate"), json!({"expires_at": "2027-02-28"})).await.ok(200);
        assert_shows(&rotated, &json!({"access_level": 40, "user_id": made["user_id"], "expires_at": "2027-02-28"}));
        bot.get("/user").await.refused(401);
        // The old one was used again, so neither can be trusted.
        with(&world, &rotated).get("/user").await.refused(401);

        let made = make(by, place, json!({"scopes": ["self_rotate"], "access_level": 10})).await;
        let bot = with(&world, &made);
        let other = if place.id == world.org.id { &world.project } else { &world.org };
        bot.post(&other.of("/access_tokens/self/rotate"), json!({})).await.refused(404);
        bot.get(&place.at).await.refused(403);
        let next = bot.post(&place.of("/access_tokens/self/rotate"), json!({})).await.ok(200);
        let at = place.of(&format!("/access_tokens/{}", next["id"]));
        let member = place.of(&format!("/members/{}", made["user_id"]));
        assert_eq!(by.get(&member).await.ok(200)["access_level"], 10);
        by.delete(&at).await.ok(204);
        by.delete(&at).await.ok(204);
        with(&world, &next).get("/user").await.refused(401);
        by.get(&member).await.refused(404);
        assert_shows(&by.get(&at).await.ok(200), &json!({"revoked": true, "active": false, "access_level": 10}));
        by.post(&format!("{at}/rotate"), json!({})).await.refused(400);
    }
}

async fn what_is_asked_wrongly_is_refused(server: &'static Server) {
    let world = World::new(server).await;
    let at = world.project.of("/access_tokens");
    let body = |more: Value| {
        let mut body = json!({"name": "t", "scopes": ["api"]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    for (more, code) in [
        (json!({"access_level": 50}), "token.above_own"),
        (json!({"access_level": 5}), "invalid"),
        (json!({"scopes": ["sudo"]}), "invalid"),
        (json!({"scopes": ["read_user"]}), "invalid"),
        (json!({"expires_at": "2020-01-01"}), "invalid"),
        (json!({"name": ""}), "invalid"),
    ] {
        world.maintainer.post(&at, body(more)).await.refused_as(400, code);
    }
    for more in [json!({"access_level": 35}), json!({"scopes": []}), json!({"scopes": ["nonsense"]})] {
        world.maintainer.post(&at, body(more)).await.refused(400);
    }
    assert_eq!(world.maintainer.get(&at).await.ok(200), json!([]));
    world.dev.post(&at, body(json!({"access_level": 10}))).await.refused(403);
    world.dev.get(&at).await.refused(403);
    world.outsider.get(&at).await.refused(404);
    world.maintainer.get(&world.org.of("/access_tokens")).await.refused(403);
    let owners = make(&world.owner, &world.project, json!({"access_level": 50})).await;
    let path = format!("{at}/{}", owners["id"]);
    world.maintainer.post(&format!("{path}/rotate"), json!({})).await.refused_as(400, "token.above_own");
    let bot = with(&world, &owners);
    bot.post(&at, body(json!({}))).await.refused_as(403, "token.bot");
    bot.post("/user/personal_access_tokens", body(json!({}))).await.refused_as(403, "token.bot");
    bot.post("/groups", json!({"name": "of a bot", "path": "of-a-bot"})).await.refused(403);
    world.maintainer.delete(&path).await.ok(204);
    bot.get("/user").await.refused(401);
}

async fn a_bot_deploys_and_never_approves(server: &'static Server) {
    let world = World::new(server).await;
    let bot = make(&world.owner, &world.org, json!({"access_level": 40})).await;
    let (user, bot) = (bot["user_id"].clone(), with(&world, &bot));
    let second = make(&world.owner, &world.project, json!({"access_level": 40})).await;
    let (other, second) = (second["user_id"].clone(), with(&world, &second));
    let entries = json!([{"access_level": 40}, {"user_id": other}]);
    let body = json!({"name": "production", "deploy_access_levels": entries, "required_approval_count": 1});
    world.protect(&world.project, body).await;
    let rule = json!({"name": "staging", "deploy_access_levels": [{"access_level": 40}], "approval_rules": [{"user_id": user}]});
    world.owner.post(&world.project.of("/protected_environments"), rule).await.refused(422);

    let held = world.blocked(&bot, "production").await;
    world.vote(&bot, held, "approved").await.refused_as(403, "approval.not_a_person");
    world.vote(&second, held, "approved").await.refused_as(403, "approval.not_a_person");
    world.vote(&second, held, "rejected").await.refused(403);
    world.vote(&world.maintainer, held, "approved").await.ok(201);
    assert_eq!(world.status(held).await, "created");
    let at = world.project.of(&format!("/deployments/{held}"));
    second.put(&at, json!({"status": "running"})).await.ok(200);
    bot.put(&at, json!({"status": "success"})).await.ok(200);
    // A bot that is a member no more may nothing.
    let tokens = world.owner.get(&world.org.of("/access_tokens")).await.ok(200);
    world.owner.delete(&world.org.of(&format!("/access_tokens/{}", tokens[0]["id"]))).await.ok(204);
    bot.put(&at, json!({"status": "failed"})).await.refused(401);
}

async fn a_bot_pushes_to_its_project_only(server: &'static Server) {
    let world = World::new(server).await;
    let made =
        make(&world.maintainer, &world.project, json!({"scopes": ["write_repository"], "access_level": 30})).await;
    let secret = made["token"].as_str().unwrap();
    let repository = git::Repository::new(server, &world.project);
    repository.commit("README.md", b"hello\n");
    assert!(repository.try_push("anything", secret, "main").status.success());
    with(&world, &made).get(&world.project.at).await.refused(403);
    let elsewhere = world.project("elsewhere").await;
    let other = git::Repository::new(server, &elsewhere);
    other.commit("README.md", b"hello\n");
    assert!(!other.try_push("anything", secret, "main").status.success());
    let reading =
        make(&world.maintainer, &world.project, json!({"scopes": ["read_repository"], "access_level": 40})).await;
    repository.commit("more", b"more\n");
    assert!(!repository.try_push("anything", reading["token"].as_str().unwrap(), "main").status.success());
    for place in [&elsewhere, &world.org] {
        with(&world, &make(&world.owner, &world.project, json!({})).await).get(&place.at).await.refused(404);
    }
}

async fn a_bot_is_shown_as_one(server: &'static Server) {
    let world = World::new(server).await;
    let made = make(&world.maintainer, &world.project, json!({"name": "secret plans", "access_level": 30})).await;
    let at = format!("/users/{}", made["user_id"]);
    let seen = world.root.get(&at).await.ok(200);
    let prefix = format!("project_{}_bot_", world.project.id);
    let username = seen["username"].as_str().unwrap();
    assert!(username.starts_with(&prefix) && username.len() == prefix.len() + 16, "{username}");
    assert_shows(&seen, &json!({"bot": true, "name": "secret plans", "external": true, "namespace_id": null}));
    assert!(seen["email"].as_str().unwrap().starts_with(&format!("{username}@noreply.")));
    assert_eq!(world.outsider.get(&at).await.ok(200)["name"], "****", "a token's name is not for everybody");
    assert_eq!(world.outsider.get("/users?search=secret%20plans").await.ok(200), json!([]));
    let found = |query: &str| format!("/users?username={username}{query}");
    assert_eq!(ids(&world.root.get(&found("")).await.ok(200)), [id(&seen)]);
    assert_eq!(ids(&world.root.get(&found("&exclude_humans=true")).await.ok(200)), [id(&seen)]);
    for query in ["&humans=true", "&without_project_bots=true"] {
        assert_eq!(world.root.get(&found(query)).await.ok(200), json!([]), "{query}");
    }
    let member = world.project.of(&format!("/members/{}", made["user_id"]));
    assert_shows(&world.dev.get(&member).await.ok(200), &json!({"access_level": 30, "name": "secret plans"}));
    world.owner.put(&member, json!({"access_level": 10})).await.refused_as(403, "member.bot");
    world.owner.delete(&member).await.refused_as(403, "member.bot");
    let body = json!({"user_id": made["user_id"], "access_level": 10});
    world.owner.post(&world.org.of("/members"), body).await.refused_as(403, "member.bot");
    world.root.put(&at, json!({"admin": true})).await.refused_as(403, "user.bot");
    world.root.get(&format!("/user?sudo={username}")).await.refused_as(403, "user.bot");
    // The bot goes with the project.
    world.owner.delete(&world.project.at).await.ok(202);
    world.root.get(&at).await.refused(404);
    with(&world, &made).get("/user").await.refused(401);
}
