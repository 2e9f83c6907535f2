//! Users, their tokens and their memberships, as clients find them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id, ids};
use countersign_tests::world::level;
use countersign_tests::{Person, Server, World, each_engine};
use serde_json::{Value, json};

each_engine!(
    users_are_created_changed_and_deleted,
    user_states_answer_as_clients_expect,
    lists_of_users_are_filtered,
    a_deleted_persons_votes_and_rules_count_no_more,
    a_person_out_of_use_counts_for_nothing,
    somebody_always_administers_the_instance,
    external_users_and_limits,
    tokens_are_rotated,
    a_rotated_token_kills_its_family,
    tokens_of_ones_own,
    lists_of_tokens_are_filtered,
    members_of_groups_and_projects,
    nobody_gives_more_than_they_have,
);

/// An empty list of ids.
const NOBODY: [i64; 0] = [];

fn user_at(of: &Person) -> String {
    format!("/users/{}", of.id)
}

async fn users_are_created_changed_and_deleted(server: &'static Server) {
    let world = World::new(server).await;
    let name = format!("Maker-{}", world.mark);
    let body = json!({
        "username": name, "name": "Maker", "email": format!("{name}@example.org"), "password": "long enough",
        "skip_confirmation": true, "projects_limit": 3, "can_create_group": false, "private_profile": true,
        "note": "on loan", "admin": false, "external": false,
    });
    world.owner.post("/users", body.clone()).await.refused(403);
    let made = world.root.post("/users", body.clone()).await.ok(201);
    let expected = json!({
        "username": name, "state": "active", "is_admin": false, "external": false, "note": "on loan",
        "can_create_group": false, "can_create_project": true, "projects_limit": 3, "private_profile": true,
        "two_factor_enabled": false, "identities": [], "locked": false, "created_by": {"username": "root"},
        "last_sign_in_at": null, "last_activity_on": null, "bot": false, "theme_id": 1, "color_scheme_id": 1,
    });
    assert_shows(&made, &expected);
    assert!(made["namespace_id"].is_i64() && made["email"].is_string() && made["confirmed_at"].is_string());
    assert_eq!(world.root.post("/users", body).await.refused(409)["message"], "Email has already been taken");
    let at = format!("/users/{}", made["id"]);
    assert_eq!(world.root.get(&at).await.ok(200), made);
    let seen = world.dev.get(&at).await.ok(200);
    assert_eq!((&seen["username"], seen.get("created_at"), seen.get("email")), (&json!(name), None, None));
    let changes = json!({"name": "Changed", "username": format!("{name}-2"), "note": "", "projects_limit": "7"});
    let changed = world.root.put(&at, changes).await.ok(200);
    assert_shows(
        &changed,
        &json!({"name": "Changed", "username": format!("{name}-2"), "note": "", "projects_limit": 7}),
    );
    assert_eq!(changed["email"], made["email"]);
    world.dev.put(&at, json!({"name": "Mine"})).await.refused(403);
    let taken = world.root.put(&at, json!({"email": "dev@example.com"})).await.refused_as(409, "taken");
    assert_eq!(taken["message"], "Email has already been taken");
    for bad in [
        json!({"name": ""}),
        json!({"username": "a b"}),
        json!({"email": "nowhere"}),
        json!({"password": "short"}),
        json!({"projects_limit": -1}),
        json!({"admin": "perhaps"}),
    ] {
        world.root.put(&at, bad).await.refused(400);
    }
    // Their address moves with their name, and their own projects with it.
    let token = json!({"name": "x", "scopes": ["api"]});
    let token = world.root.post(&format!("{at}/personal_access_tokens"), token).await.ok(201);
    let them = world.anonymous.with_token(token["token"].as_str().unwrap());
    let project = them.post("/projects", json!({"name": "own"})).await.ok(201);
    world.root.put(&at, json!({"username": format!("{name}-3")})).await.ok(200);
    let moved = them.get(&format!("/projects/{}", project["id"])).await.ok(200);
    assert_eq!(moved["path_with_namespace"], format!("{name}-3/own"));
    let rows = world.root.get(&format!("{at}/memberships")).await.ok(200);
    let row = json!({"source_id": project["id"], "source_name": "own", "source_type": "Project", "access_level": 50});
    assert_eq!(rows, json!([row]));
    assert_eq!(world.root.get(&format!("{at}/memberships?type=Namespace")).await.ok(200), json!([]));
    let wrong = world.root.get(&format!("{at}/memberships?type=Issue")).await.refused(400);
    assert_eq!(wrong["error"], "type does not have a valid value");
    them.get(&format!("{at}/memberships")).await.refused(403);
    world.owner.delete(&at).await.refused(403);
    let gone = world.root.delete(&at).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    world.root.get(&at).await.refused(404);
    world.root.delete(&at).await.refused(404);
    them.get("/user").await.refused(401);
    world.root.get(&format!("/projects/{}", project["id"])).await.refused(404);
}

async fn user_states_answer_as_clients_expect(server: &'static Server) {
    let world = World::new(server).await;
    let somebody = world.person("somebody").await;
    let at = user_at(&somebody);
    let (yes, no, null) = (json!(true), json!(false), Value::Null);
    let call = async |what: &str, answer: &Value, state: &str| {
        let body = world.root.post(&format!("{at}/{what}"), json!({})).await.ok(201);
        assert_eq!(&body, answer, "{what}");
        assert_eq!(world.root.get(&at).await.ok(200)["state"], state, "{what}");
    };
    for (what, answer, state) in [
        ("unblock", &no, "active"),
        ("activate", &no, "active"),
        ("block", &yes, "blocked"),
        ("block", &null, "blocked"),
        ("unblock", &yes, "active"),
        ("deactivate", &yes, "deactivated"),
        ("deactivate", &null, "deactivated"),
        ("activate", &yes, "active"),
        ("ban", &yes, "banned"),
        ("block", &null, "banned"),
    ] {
        call(what, answer, state).await;
    }
    assert_eq!(somebody.get("/user").await.refused(403)["message"], "403 Forbidden - Your account has been blocked.");
    for what in ["ban", "unblock", "activate", "deactivate"] {
        world.root.post(&format!("{at}/{what}"), json!({})).await.refused_as(403, "user.state");
    }
    call("unban", &yes, "active").await;
    world.root.post(&format!("{at}/unban"), json!({})).await.refused_as(403, "user.state");
    call("deactivate", &yes, "deactivated").await;
    world.root.post(&format!("{at}/unblock"), json!({})).await.refused(403);
    let out = somebody.get("/user").await.refused(403);
    assert_eq!(out["message"], "403 Forbidden - Your account has been deactivated.");
    call("activate", &yes, "active").await;
    for what in ["approve", "reject"] {
        world.root.post(&format!("{at}/{what}"), json!({})).await.refused_as(409, "user.not_pending");
        somebody.post(&format!("{at}/{what}"), json!({})).await.refused(403);
    }
    for what in ["block", "unblock", "ban", "unban", "activate", "deactivate", "approve", "reject"] {
        world.root.post(&format!("/users/99999999/{what}"), json!({})).await.refused(404);
        somebody.post(&format!("{at}/{what}"), json!({})).await.refused(403);
    }
}

async fn lists_of_users_are_filtered(server: &'static Server) {
    let world = World::new(server).await;
    let [one, two, three] = [world.person("one").await, world.person("two").await, world.person("three").await];
    world.root.post(&format!("{}/ban", user_at(&two)), json!({})).await.ok(201);
    world.root.put(&user_at(&three), json!({"external": true})).await.ok(200);
    world.join(&world.project, &one, level::GUEST).await;
    let ours = [one.id, two.id, three.id];
    let found = async |query: &str| {
        let rows = world.root.get(&format!("/users?per_page=100&search=-{}&{query}", world.mark)).await.ok(200);
        ids(&rows).into_iter().filter(|id| ours.contains(id)).collect::<Vec<_>>()
    };
    assert_eq!(found("sort=asc").await, ours);
    assert_eq!(found("order_by=id").await, [three.id, two.id, one.id]);
    assert_eq!(found("order_by=username&sort=asc").await, [one.id, three.id, two.id]);
    assert_eq!(found("order_by=updated_at").await.first(), Some(&three.id));
    assert_eq!(found("active=true").await, [three.id, one.id]);
    assert_eq!(found("exclude_active=true").await, [two.id]);
    assert_eq!(found("blocked=true").await, NOBODY);
    assert_eq!(found("external=true").await, [three.id]);
    assert_eq!(found("exclude_external=true").await, [two.id, one.id]);
    assert_eq!(found("without_projects=true").await, [three.id, two.id]);
    assert_eq!(found("admins=true").await, NOBODY);
    assert_eq!(found("humans=true&exclude_internal=true&without_project_bots=true").await.len(), 3);
    assert_eq!(found("exclude_humans=true").await, NOBODY);
    assert_eq!(found("two_factor=enabled").await, NOBODY);
    assert_eq!(found("two_factor=disabled").await.len(), 3);
    assert_eq!(found("extern_uid=1&provider=x").await, NOBODY);
    assert_eq!(found("created_before=2020-01-01").await, NOBODY);
    let named = world.root.get(&format!("/users?username={}", one.username.to_uppercase())).await.ok(200);
    assert_eq!(ids(&named), [one.id]);
    world.root.get("/users?two_factor=perhaps").await.refused(400);
}

async fn a_deleted_persons_votes_and_rules_count_no_more(server: &'static Server) {
    let world = World::new(server).await;
    let [voter, named] = [world.person("voter").await, world.person("named").await];
    for person in [&voter, &named] {
        world.join(&world.org, person, level::DEVELOPER).await;
    }
    let rules = json!([{"access_level": 30, "required_approvals": 1}, {"user_id": named.id}]);
    let entries = json!([{"access_level": 30}]);
    let body = json!({"name": "staging", "deploy_access_levels": entries, "approval_rules": rules});
    world.protect(&world.project, body).await;
    let deployment = world.blocked(&world.deployer, "staging").await;
    world.vote(&voter, deployment, "approved").await.ok(201);
    assert_eq!(world.deployment(deployment).await["pending_approval_count"], 1);
    world.root.delete(&user_at(&voter)).await.ok(204);
    let now = world.deployment(deployment).await;
    assert_eq!((&now["pending_approval_count"], &now["status"]), (&json!(2), &json!("blocked")));
    let vote = &now["approvals"][0]["user"];
    assert_eq!(
        (&vote["id"], &vote["name"], &vote["state"]),
        (&json!(voter.id), &json!("Deleted user"), &json!("deleted"))
    );
    world.root.delete(&user_at(&named)).await.ok(204);
    let read = world.owner.get(&world.project.of("/protected_environments/staging")).await.ok(200);
    let rule = read["approval_rules"].as_array().unwrap().iter().find(|r| r["user_id"] == named.id);
    assert_eq!(rule.expect("the orphaned rule")["access_level_description"], named.username);
    world.vote(&world.dev, deployment, "approved").await.ok(201);
    world.vote(&world.dev2, deployment, "approved").await.ok(201);
    assert_eq!(world.status(deployment).await, "blocked");
    let over = world.vote(&world.root, deployment, "approved").await;
    assert_eq!(world.status(deployment).await, "blocked", "an orphaned rule is not overridden: {over:?}");
}

async fn a_person_out_of_use_counts_for_nothing(server: &'static Server) {
    let world = World::new(server).await;
    let voter = world.person("voter").await;
    world.join(&world.org, &voter, level::DEVELOPER).await;
    let rules = json!([{"access_level": 30, "required_approvals": 2}]);
    let body = json!({
        "name": "staging", "deploy_access_levels": [{"access_level": 30}], "approval_rules": rules,
    });
    world.protect(&world.project, body).await;
    let at = user_at(&voter);
    for (there, back) in [("deactivate", "activate"), ("ban", "unban"), ("block", "unblock")] {
        let deployment = world.blocked(&world.deployer, "staging").await;
        world.vote(&voter, deployment, "approved").await.ok(201);
        world.root.post(&format!("{at}/{there}"), json!({})).await.ok(201);
        assert_eq!(world.deployment(deployment).await["pending_approval_count"], 2, "{there}");
        world.vote(&voter, deployment, "rejected").await.refused(403);
        world.vote(&world.dev, deployment, "approved").await.ok(201);
        assert_eq!(world.status(deployment).await, "blocked");
        // Back again, their vote counts again: and nothing blocks any more.
        world.root.post(&format!("{at}/{back}"), json!({})).await.ok(201);
        assert_eq!(world.status(deployment).await, "created", "{back}");
    }
}

async fn somebody_always_administers_the_instance(server: &'static Server) {
    let world = World::new(server).await;
    let second = world.person("second").await;
    for what in ["block", "ban", "deactivate"] {
        world.root.post(&format!("/users/1/{what}"), json!({})).await.refused_as(403, "user.last_admin");
    }
    world.root.put("/users/1", json!({"admin": false})).await.refused_as(403, "user.last_admin");
    world.root.delete("/users/1?hard_delete=true").await.refused_as(403, "user.last_admin");
    world.root.put(&user_at(&second), json!({"admin": true})).await.ok(200);
    assert_eq!(second.get("/user").await.ok(200)["is_admin"], true);
    second.put(&user_at(&second), json!({"admin": false})).await.ok(200);
    second.get("/personal_access_tokens?user_id=1").await.refused(403);
}

async fn external_users_and_limits(server: &'static Server) {
    let world = World::new(server).await;
    let guest = world.person("external").await;
    let group = format!("internal-{}", world.mark);
    let body = json!({"name": group, "path": group, "visibility": "internal"});
    let at = format!("/groups/{}", world.root.post("/groups", body).await.ok(201)["id"]);
    guest.get(&at).await.ok(200);
    let own = guest.post("/projects", json!({"name": "mine"})).await.ok(201);
    world.root.put(&user_at(&guest), json!({"external": true})).await.ok(200);
    guest.get(&at).await.refused(404);
    assert_eq!(guest.get(&format!("/groups?search={group}")).await.ok(200), json!([]));
    guest.post("/groups", json!({"name": "x", "path": format!("x-{}", world.mark)})).await.refused(403);
    let refused = guest.post("/projects", json!({"name": "another"})).await.refused(400);
    assert!(refused["message"]["limit_reached"][0].as_str().unwrap().contains("limit is 0"), "{refused}");
    guest.get(&format!("/projects/{}", own["id"])).await.ok(200);
}

async fn token(world: &World, of: &Person, more: Value) -> Value {
    let mut body = json!({"name": "another", "scopes": ["api"]});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    world.root.post(&format!("{}/personal_access_tokens", user_at(of)), body).await.ok(201)
}

fn at(token: &Value) -> String {
    format!("/personal_access_tokens/{}", token["id"])
}

async fn tokens_are_rotated(server: &'static Server) {
    let world = World::new(server).await;
    let somebody = world.person("somebody").await;
    let old =
        token(&world, &somebody, json!({"description": "for the pipeline", "scopes": ["read_api", "self_rotate"]}))
            .await;
    let by_old = world.anonymous.with_token(old["token"].as_str().unwrap());
    world.dev.post(&format!("{}/rotate", at(&old)), json!({})).await.refused(404);
    for bad in ["2020-01-01", "2999-01-01", "soon"] {
        somebody.post(&format!("{}/rotate", at(&old)), json!({"expires_at": bad})).await.refused(400);
    }
    let new = somebody.post(&format!("{}/rotate", at(&old)), json!({})).await.ok(200);
    assert_ne!((&new["id"], &new["token"]), (&old["id"], &old["token"]));
    let expected = json!({
        "name": "another", "description": "for the pipeline", "scopes": ["read_api", "self_rotate"], "active": true,
        "revoked": false, "user_id": somebody.id, "last_used_at": null,
    });
    assert_shows(&new, &expected);
    assert_eq!(new["expires_at"].as_str().unwrap().len(), 10);
    let by_new = world.anonymous.with_token(new["token"].as_str().unwrap());
    let shown = by_new.get("/personal_access_tokens/self").await.ok(200);
    assert_eq!((&shown["id"], shown.get("token")), (&new["id"], None));
    // With no more than the scope for it, a token replaces itself, and nothing else.
    by_new.post(&format!("{}/rotate", at(&new)), json!({})).await.refused(403);
    let next = by_new.post("/personal_access_tokens/self/rotate", json!({})).await.ok(200);
    assert_eq!(somebody.get(&at(&new)).await.ok(200)["active"], false);
    let dead = by_new.post("/personal_access_tokens/self/rotate", json!({})).await.refused(401);
    assert_eq!(dead["error"], "invalid_token");
    assert_eq!(somebody.get(&at(&next)).await.ok(200)["revoked"], true, "it was used again");
    by_old.get("/user").await.refused(401);
    somebody.post(&format!("{}/rotate", at(&next)), json!({})).await.refused_as(400, "token.dead");
}

async fn a_rotated_token_kills_its_family(server: &'static Server) {
    let world = World::new(server).await;
    let somebody = world.person("somebody").await;
    let first = token(&world, &somebody, json!({})).await;
    let bystander = token(&world, &somebody, json!({})).await;
    let second = world.root.post(&format!("{}/rotate", at(&first)), json!({"expires_at": "2027-01-31"})).await;
    let second = if second.status == 200 {
        second.json()
    } else {
        // On another day than the test was written for.
        world.root.post(&format!("{}/rotate", at(&first)), json!({})).await.ok(200)
    };
    let living = world.anonymous.with_token(second["token"].as_str().unwrap());
    living.get("/user").await.ok(200);
    let refused = somebody.post(&format!("{}/rotate", at(&first)), json!({})).await.refused_as(400, "token.reused");
    assert!(refused.get("token").is_none());
    living.get("/user").await.refused(401);
    world.anonymous.with_token(bystander["token"].as_str().unwrap()).get("/user").await.ok(200);
    let third = somebody.post(&format!("{}/rotate", at(&bystander)), json!({})).await.ok(200);
    let stolen =
        world.anonymous.with_header("Authorization", &format!("Bearer {}", bystander["token"].as_str().unwrap()));
    stolen.get("/projects").await.refused(401);
    world.anonymous.with_token(third["token"].as_str().unwrap()).get("/user").await.refused(401);
    somebody.get("/user").await.ok(200);
}

async fn tokens_of_ones_own(server: &'static Server) {
    let world = World::new(server).await;
    let body = json!({"name": "agent", "scopes": ["k8s_proxy"], "description": "clusters"});
    let made = world.dev.post("/user/personal_access_tokens", body.clone()).await.ok(201);
    assert_shows(
        &made,
        &json!({"name": "agent", "scopes": ["k8s_proxy"], "description": "clusters", "user_id": world.dev.id}),
    );
    let powerless = world.anonymous.with_token(made["token"].as_str().unwrap());
    for path in ["/user", "/projects"] {
        powerless.get(path).await.refused(403);
    }
    // It can do nothing but show what it is.
    assert_eq!(powerless.get("/personal_access_tokens/self").await.ok(200)["scopes"], json!(["k8s_proxy"]));
    world.anonymous.post("/user/personal_access_tokens", body).await.refused(401);
    for bad in [json!({"name": "x", "scopes": []}), json!({"name": "", "scopes": ["api"]}), json!({"scopes": ["api"]})]
    {
        world.dev.post("/user/personal_access_tokens", bad).await.refused(400);
    }
    let read = token(&world, &world.dev, json!({"scopes": ["read_api"]})).await;
    let read = world.anonymous.with_token(read["token"].as_str().unwrap());
    read.post("/user/personal_access_tokens", json!({"name": "x", "scopes": ["api"]})).await.refused(403);
}

async fn lists_of_tokens_are_filtered(server: &'static Server) {
    let world = World::new(server).await;
    let somebody = world.person("somebody").await;
    let one = token(&world, &somebody, json!({"name": "beta"})).await;
    let two = token(&world, &somebody, json!({"name": "Alpha", "scopes": ["read_user"]})).await;
    somebody.delete(&at(&one)).await.ok(204);
    let found = async |query: &str| ids(&somebody.get(&format!("/personal_access_tokens?{query}")).await.ok(200));
    let own = found("search=black").await;
    let (one, two) = (id(&one), id(&two));
    assert_eq!(found("").await, [own[0], one, two]);
    assert_eq!(found("sort=created_desc").await, [two, one, own[0]]);
    assert_eq!(found("sort=name_asc").await, [two, one, own[0]]);
    assert_eq!(found("revoked=true").await, [one]);
    assert_eq!(found("revoked=false").await, [own[0], two]);
    assert_eq!(found("state=inactive").await, [one]);
    assert_eq!(found("state=active&search=ALP").await, [two]);
    assert_eq!(found("last_used_after=2020-01-01").await, own);
    assert_eq!(found("created_before=2020-01-01T00:00:00Z").await, NOBODY);
    assert_eq!(found("expires_after=2020-01-01&expires_before=2999-12-31").await.len(), 3);
    somebody.get("/personal_access_tokens?sort=sideways").await.refused(400);
    somebody.get("/personal_access_tokens?expires_after=soon").await.refused(400);
    let page = somebody.get("/personal_access_tokens?per_page=2").await;
    assert_eq!((page.header("x-total"), page.header("x-next-page")), ("3", "2"));
}

async fn members_of_groups_and_projects(server: &'static Server) {
    let world = World::new(server).await;
    let [one, two] = [world.person("one").await, world.person("two").await];
    for place in [&world.security, &world.project] {
        let members = place.of("/members");
        let body = json!({"user_id": one.id, "access_level": 30, "expires_at": null, "member_role_id": null});
        let made = world.owner.post(&members, body.clone()).await.ok(201);
        let expected = json!({
            "id": one.id, "username": one.username, "name": one.username, "state": "active", "access_level": 30,
            "expires_at": null, "created_by": {"id": world.owner.id}, "avatar_url": null, "member_role": null,
            "membership_state": "active",
        });
        assert_shows(&made, &expected);
        assert_eq!(world.owner.post(&members, body).await.refused(409)["message"], "Member already exists");
        let by_name = json!({"username": two.username, "access_level": 20, "expires_at": "2999-12-31"});
        assert_eq!(world.owner.post(&members, by_name).await.ok(201)["expires_at"], "2999-12-31");
        let both = format!("{members}?user_ids[]={}&user_ids[]={}", one.id, two.id);
        assert_eq!(ids(&world.owner.get(&both).await.ok(200)), [one.id, two.id]);
        let query = format!("{members}/all?query={}", two.username.to_uppercase());
        assert_eq!(ids(&world.owner.get(&query).await.ok(200)), [two.id]);
        let at = format!("{members}/{}", two.id);
        let changed = world.owner.put(&at, json!({"access_level": 40, "expires_at": ""})).await.ok(200);
        assert_eq!((&changed["access_level"], &changed["expires_at"]), (&json!(40), &Value::Null));
        world.owner.put(&at, json!({"access_level": 40, "expires_at": "2020-01-01"})).await.refused(400);
        world.owner.get(&format!("{members}/{}", world.dev.id)).await.refused(404);
        assert_eq!(world.owner.get(&format!("{members}/all/{}", world.dev.id)).await.ok(200)["access_level"], 30);
        let gone = world.owner.delete(&format!("{at}?skip_subresources=true&unassign_issuables=false")).await;
        assert_eq!((gone.status, gone.text.as_str()), (204, ""));
        world.owner.get(&at).await.refused(404);
        world.owner.delete(&at).await.refused(404);
    }
    let lower = json!({"user_id": world.dev.id, "access_level": 20});
    let refused = world.owner.post(&world.project.of("/members"), lower).await.refused(400);
    let why = refused["message"]["access_level"][0].as_str().unwrap();
    assert!(why.starts_with("should be greater than or equal to Developer inherited membership from group "), "{why}");
    // The highest of several levels counts.
    world.join(&world.project, &world.dev, level::MAINTAINER).await;
    let all = world.project.of(&format!("/members/all/{}", world.dev.id));
    assert_eq!(world.owner.get(&all).await.ok(200)["access_level"], 40);
}

async fn nobody_gives_more_than_they_have(server: &'static Server) {
    let world = World::new(server).await;
    let somebody = world.person("somebody").await;
    let members = world.project.of("/members");
    let give = |level: i64| json!({"user_id": somebody.id, "access_level": level});
    world.dev.post(&members, give(10)).await.refused(403);
    world.maintainer.post(&members, give(50)).await.refused_as(403, "access.role");
    world.maintainer.post(&members, give(40)).await.ok(201);
    let at = format!("{members}/{}", somebody.id);
    world.maintainer.put(&at, json!({"access_level": 50})).await.refused(403);
    world.owner.put(&at, json!({"access_level": 50})).await.ok(200);
    world.maintainer.put(&at, json!({"access_level": 10})).await.refused(403);
    world.maintainer.delete(&at).await.refused(403);
    world.maintainer.post(&world.org.of("/members"), give(10)).await.refused(403);
    // The organization keeps an owner: the first administrator made it, and is one.
    let owner = world.org.of(&format!("/members/{}", world.owner.id));
    world.root.delete(&owner).await.ok(204);
    world.root.delete(&world.org.of("/members/1")).await.refused_as(403, "member.last_owner");
    world.root.put(&world.org.of("/members/1"), json!({"access_level": 40})).await.refused_as(403, "member.last_owner");
}
