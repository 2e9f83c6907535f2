//! Protecting, editing and unprotecting environments, as existing API clients do it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id, ids};
use countersign_tests::world::level;
use countersign_tests::{Body, Person, Server, World, each_engine, raw};
use serde_json::{Value, json};

each_engine!(
    what_is_missing_or_wrong_is_400,
    who_is_not_assignable_is_422,
    duplicates_are_409,
    who_may_manage,
    ids_and_order_are_stable,
    a_row_may_change_its_subject,
    destroyed_and_made_again_in_one_call,
    the_whole_wanted_list_on_every_put,
    a_put_is_all_or_nothing,
    what_a_put_refuses,
    any_name_is_a_name,
    raw_slashes_and_dots_reach_their_names,
    names_are_searched,
    two_editors_at_once,
    what_only_clients_of_old_send,
    unprotecting,
    unsatisfiable_rules_are_warned_of,
    edits_reach_what_is_pending,
    a_deleted_group_keeps_blocking,
    an_ended_invitation_satisfies_nothing,
    a_role_is_read_where_the_protection_lives,
    subgroups_protect_their_own_projects,
    moving_a_project_brings_it_under_other_rules,
);

const PATH: &str = "/protected_environments";

/// The protection of `production` on the project, by one entry.
async fn simple(world: &World) -> Value {
    let entries = json!([{"access_level": 30}]);
    world.protect(&world.project, json!({"name": "production", "deploy_access_levels": entries})).await
}

fn one(world: &World) -> String {
    world.project.of("/protected_environments/production")
}

async fn what_is_missing_or_wrong_is_400(server: &'static Server) {
    let world = World::new(server).await;
    let dev = world.dev.id;
    let entries = |list: Value| json!({"name": "production", "deploy_access_levels": list});
    let rules = |list: Value| json!({"name": "production", "deploy_access_levels": [{"access_level": 40}], "approval_rules": list});
    for (body, told) in [
        (json!({}), "name is missing, deploy_access_levels is missing"),
        (json!({"name": "production"}), "deploy_access_levels is missing"),
        (entries(json!([])), "deploy_access_levels"),
        (entries(json!("everybody")), "deploy_access_levels is invalid"),
        (entries(json!([{}])), "deploy_access_levels"),
        (entries(json!([{"access_level": 20}])), "access_level"),
        (entries(json!([{"access_level": 50}])), "access_level"),
        (entries(json!([{"access_level": "much"}])), "access_level"),
        (entries(json!([{"user_id": dev, "group_id": world.qa.id}])), "mutually exclusive"),
        (entries(json!([{"user_id": dev}, {"user_id": dev}])), "twice"),
        (entries(json!([{"access_level": 40}, {"access_level": 40}])), "twice"),
        (entries(json!([{"access_level": 40, "group_inheritance_type": 2}])), "group_inheritance_type"),
        (rules(json!([{"access_level": 40, "required_approvals": 0}])), "required_approvals"),
        (rules(json!([{"access_level": 40, "required_approvals": -1}])), "required_approvals"),
        (rules(json!([{"required_approvals": 2}])), "approval_rules"),
        (json!({"name": "", "deploy_access_levels": [{"access_level": 40}]}), "name"),
        (json!({"name": "x".repeat(1025), "deploy_access_levels": [{"access_level": 40}]}), "name"),
        (
            json!({"name": "production", "deploy_access_levels": [{"access_level": 40}], "required_approval_count": -1}),
            "required_approval_count",
        ),
    ] {
        let refused = world.maintainer.post(&world.project.of(PATH), body.clone()).await.refused(400);
        assert!(refused.to_string().contains(told), "{told} expected for {body}\n  {refused}");
    }
    let refused = world
        .maintainer
        .post(&world.org.of(PATH), json!({"name": "preproduction", "deploy_access_levels": [{"access_level": 40}]}))
        .await
        .refused(400);
    for tier in ["production", "staging", "testing", "development", "other"] {
        assert!(refused.to_string().contains(tier), "{refused}");
    }
    for place in [&world.project, &world.org] {
        assert_eq!(world.maintainer.get(&place.of(PATH)).await.ok(200), json!([]));
    }
}

async fn who_is_not_assignable_is_422(server: &'static Server) {
    let world = World::new(server).await;
    let (outsider, reporter, dev) = (world.outsider.id, world.reporter.id, world.dev.id);
    let foreign = World::new(server).await;
    for (place, entry, field) in [
        (&world.project, json!({"user_id": outsider}), "user_id"),
        (&world.project, json!({"user_id": reporter}), "user_id"),
        (&world.project, json!({"user_id": 999_999_999}), "user_id"),
        (&world.project, json!({"group_id": world.qa.id}), "group_id"),
        (&world.project, json!({"group_id": foreign.qa.id}), "group_id"),
        (&world.org, json!({"user_id": dev}), "user_id"),
        (&world.org, json!({"group_id": world.org.id}), "group_id"),
        (&world.org, json!({"group_id": foreign.qa.id}), "group_id"),
        (&world.org, json!({"group_id": -1}), "group_id"),
    ] {
        let body = json!({"name": "production", "deploy_access_levels": [entry]});
        let refused = world.maintainer.post(&place.of(PATH), body).await.refused_as(422, "protection.not_assignable");
        let fields = refused["message"].as_object().cloned().unwrap_or_default();
        assert!(fields.keys().any(|key| key.contains(field)), "{field} expected: {refused}");
        let body =
            json!({"name": "production", "deploy_access_levels": [{"access_level": 40}], "approval_rules": [entry]});
        world.maintainer.post(&place.of(PATH), body).await.refused(422);
    }
    // Assignable: developers, the project's own group and its ancestors, invited groups; subgroups at any depth.
    world.share(&world.project, &foreign.qa, level::REPORTER).await;
    let deep = world.subgroup("deep", "Deep", &world.qa).await;
    for (place, entry) in [
        (&world.project, json!({"user_id": dev})),
        (&world.project, json!({"group_id": world.org.id})),
        (&world.project, json!({"group_id": foreign.qa.id})),
        (&world.org, json!({"group_id": deep.id})),
        (&world.org, json!({"user_id": world.maintainer.id})),
    ] {
        let body = json!({"name": "production", "deploy_access_levels": [entry]});
        world.maintainer.post(&place.of(PATH), body).await.ok(201);
        world.maintainer.delete(&place.of("/protected_environments/production")).await;
    }
}

async fn duplicates_are_409(server: &'static Server) {
    let world = World::new(server).await;
    let first = simple(&world).await;
    let again = json!({"name": "production", "deploy_access_levels": [{"access_level": 40}]});
    world.maintainer.post(&world.project.of(PATH), again.clone()).await.refused_as(409, "protection.exists");
    assert_eq!(world.maintainer.get(&one(&world)).await.ok(200), first);
    world.protect(&world.org, again.clone()).await;
    world.maintainer.post(&world.org.of(PATH), again).await.refused(409);
}

async fn who_may_manage(server: &'static Server) {
    let world = World::new(server).await;
    simple(&world).await;
    let body = json!({"name": "staging", "deploy_access_levels": [{"access_level": 40}]});
    for place in [&world.project, &world.org] {
        let name = place.of("/protected_environments/production");
        for by in [&world.dev, &world.reporter, &world.guest] {
            by.post(&place.of(PATH), body.clone()).await.refused(403);
            by.get(&place.of(PATH)).await.refused(403);
            by.put(&name, json!({"required_approval_count": 1})).await.refused(403);
            by.delete(&name).await.refused(403);
        }
        world.outsider.post(&place.of(PATH), body.clone()).await.refused(404);
        world.outsider.get(&place.of(PATH)).await.refused(404);
        world.anonymous.post(&place.of(PATH), body.clone()).await.refused(401);
        world.maintainer.post(&place.of(PATH), body.clone()).await.ok(201);
    }
}

async fn ids_and_order_are_stable(server: &'static Server) {
    let world = World::new(server).await;
    let people = [&world.deployer, &world.dev2, &world.dev, &world.maintainer];
    let rows: Vec<_> = people.iter().map(|it| json!({"user_id": it.id})).collect();
    let body = json!({"name": "production", "deploy_access_levels": rows, "approval_rules": rows});
    let made = world.protect(&world.project, body).await;
    let users =
        |list: &Value| list.as_array().into_iter().flatten().map(|row| row["user_id"].clone()).collect::<Vec<_>>();
    let wanted: Vec<_> = people.iter().map(|it| json!(it.id)).collect();
    for list in ["deploy_access_levels", "approval_rules"] {
        assert_eq!(users(&made[list]), wanted);
        for row in made[list].as_array().into_iter().flatten() {
            assert_shows(row, &json!({"access_level": null, "group_id": null, "group_inheritance_type": 0}));
            assert!(row["access_level_description"].as_str().is_some_and(|it| !it.is_empty()), "{row}");
        }
    }
    let rule = made["approval_rules"][1]["id"].clone();
    let put = json!({"approval_rules": [{"id": rule, "required_approvals": 2}]});
    let after = world.maintainer.put(&one(&world), put).await.ok(200);
    assert_eq!(users(&after["approval_rules"]), wanted);
    assert_eq!(ids(&after["approval_rules"]), ids(&made["approval_rules"]));
    assert_eq!(after["approval_rules"][1]["required_approvals"], 2);
    let shown = world.maintainer.get(&one(&world)).await.ok(200);
    assert_eq!(shown["approval_rules"], after["approval_rules"]);
    assert_eq!(
        world.maintainer.get(&world.project.of(PATH)).await.ok(200)[0]["approval_rules"],
        after["approval_rules"]
    );
    for (number, description) in [(30, "Developers + Maintainers"), (40, "Maintainers"), (60, "Administrators")] {
        let put = json!({"deploy_access_levels": [{"access_level": number}]});
        let after = world.maintainer.put(&one(&world), put).await.ok(200);
        let last = after["deploy_access_levels"].as_array().and_then(|list| list.last()).cloned().unwrap_or_default();
        assert_shows(&last, &json!({"access_level": number, "access_level_description": description}));
    }
}

async fn a_row_may_change_its_subject(server: &'static Server) {
    let world = World::new(server).await;
    let made = simple(&world).await;
    let row = id(&made["deploy_access_levels"][0]);
    for (subject, shown) in [
        (json!({"access_level": 40}), json!({"access_level": 40, "user_id": null, "group_id": null})),
        (json!({"user_id": world.dev.id}), json!({"access_level": null, "user_id": world.dev.id, "group_id": null})),
        (
            json!({"group_id": world.org.id, "group_inheritance_type": 1}),
            json!({"access_level": null, "user_id": null, "group_id": world.org.id, "group_inheritance_type": 1}),
        ),
        (
            json!({"access_level": 30, "user_id": null, "group_id": null}),
            json!({"access_level": 30, "user_id": null, "group_id": null}),
        ),
    ] {
        let mut entry = subject;
        entry["id"] = json!(row);
        let after = world.maintainer.put(&one(&world), json!({"deploy_access_levels": [entry]})).await.ok(200);
        assert_eq!(ids(&after["deploy_access_levels"]), [row]);
        assert_shows(&after["deploy_access_levels"][0], &shown);
    }
}

async fn destroyed_and_made_again_in_one_call(server: &'static Server) {
    let world = World::new(server).await;
    let made = simple(&world).await;
    let row = id(&made["deploy_access_levels"][0]);
    for new_first in [false, true] {
        let now = world.maintainer.get(&one(&world)).await.ok(200);
        let old = json!({"id": now["deploy_access_levels"][0]["id"], "_destroy": true, "access_level": 30});
        let new = json!({"access_level": 30});
        let list = if new_first { json!([new, old]) } else { json!([old, new]) };
        let after = world.maintainer.put(&one(&world), json!({"deploy_access_levels": list})).await.ok(200);
        assert_shows(&after["deploy_access_levels"], &json!([{"access_level": 30}]));
        assert_ne!(id(&after["deploy_access_levels"][0]), row);
    }
}

async fn the_whole_wanted_list_on_every_put(server: &'static Server) {
    let world = World::new(server).await;
    let rules = json!([{"user_id": world.dev.id}, {"user_id": world.dev2.id, "required_approvals": 1}]);
    let body = json!({"name": "production", "deploy_access_levels": [{"access_level": 30}], "approval_rules": rules});
    let made = world.protect(&world.project, body).await;
    let (entry, first, second) =
        (&made["deploy_access_levels"][0], &made["approval_rules"][0], &made["approval_rules"][1]);
    let put = json!({
        "name": "production",
        "deploy_access_levels": [{"id": entry["id"], "access_level": 30}, {"access_level": 40}],
        "approval_rules": [
            {"id": second["id"], "user_id": world.dev2.id, "required_approvals": 1},
            {"user_id": world.deployer.id, "required_approvals": 1},
            {"id": first["id"], "_destroy": true, "user_id": world.dev.id},
        ],
    });
    let after = world.maintainer.put(&one(&world), put).await.ok(200);
    assert_eq!(id(&after["deploy_access_levels"][0]), id(entry));
    assert_shows(&after["approval_rules"], &json!([{"id": second["id"]}, {"user_id": world.deployer.id}]));
    // An empty list, or none, leaves what is there.
    let same =
        world.maintainer.put(&one(&world), json!({"approval_rules": [], "required_approval_count": 0})).await.ok(200);
    assert_eq!(same["approval_rules"], after["approval_rules"]);
    let put = json!({"approval_rules": [{"id": second["id"], "_destroy": "true"}]});
    let after = world.maintainer.put(&one(&world), put).await.ok(200);
    assert_shows(&after["approval_rules"], &json!([{"user_id": world.deployer.id}]));
}

async fn a_put_is_all_or_nothing(server: &'static Server) {
    let world = World::new(server).await;
    let made = simple(&world).await;
    let row = id(&made["deploy_access_levels"][0]);
    for (list, status) in [
        (json!([{"id": row, "_destroy": true}, {"user_id": world.outsider.id}]), 422),
        (json!([{"id": row, "access_level": 40}, {"access_level": 40}]), 400),
        (json!([{"user_id": world.dev.id}, {"id": 999_999_999, "access_level": 40}]), 404),
        (json!([{"user_id": world.dev.id}, {"access_level": 35}]), 400),
    ] {
        let put = json!({"required_approval_count": 3, "deploy_access_levels": list});
        world.maintainer.put(&one(&world), put).await.refused(status);
        assert_eq!(world.maintainer.get(&one(&world)).await.ok(200), made);
    }
}

async fn what_a_put_refuses(server: &'static Server) {
    let world = World::new(server).await;
    let made = simple(&world).await;
    let row = &made["deploy_access_levels"][0]["id"];
    let other =
        world.protect(&world.project, json!({"name": "other", "deploy_access_levels": [{"access_level": 40}]})).await;
    let foreign = &other["deploy_access_levels"][0]["id"];
    for (put, status) in [
        (json!({"name": "renamed"}), 400),
        (json!({"deploy_access_levels": [{"id": foreign, "access_level": 30}]}), 404),
        (json!({"deploy_access_levels": [{"id": foreign, "_destroy": true}]}), 404),
        (json!({"approval_rules": [{"id": row, "access_level": 30}]}), 404),
        (json!({"deploy_access_levels": [{"_destroy": true}]}), 400),
        (json!({"deploy_access_levels": [{"access_level": 30}]}), 400),
        (json!({"required_approval_count": "many"}), 400),
    ] {
        world.maintainer.put(&one(&world), put).await.refused(status);
    }
    world.maintainer.put(&world.project.of("/protected_environments/none"), json!({})).await.refused(404);
    assert_eq!(world.maintainer.put(&one(&world), json!({"name": "production"})).await.ok(200), made);
    assert_eq!(world.maintainer.get(&one(&world)).await.ok(200), made);
}

async fn any_name_is_a_name(server: &'static Server) {
    let world = World::new(server).await;
    let long = format!("{{\"a\": \"{}\"}}", "b".repeat(300));
    for (name, encoded) in [
        ("prod/eu west", "prod%2Feu%20west"),
        ("prod.eu", "prod%2Eeu"),
        ("a\"quoted\" {name}", "a%22quoted%22%20%7Bname%7D"),
        ("größe", "gr%C3%B6%C3%9Fe"),
        ("prod/", "prod%2F"),
        ("Ünï/😀/\u{301}", "%C3%9Cn%C3%AF%2F%F0%9F%98%80%2F%CC%81"),
        (&"ü".repeat(1024), &"%C3%BC".repeat(1024)),
        (&long, &long.replace('"', "%22").replace('{', "%7B").replace('}', "%7D").replace(' ', "%20")),
    ] {
        let body = json!({"name": name, "deploy_access_levels": [{"access_level": 40}]});
        assert_eq!(world.maintainer.post(&world.project.of(PATH), body).await.ok(201)["name"], name);
        let at = world.project.of(&format!("{PATH}/{encoded}"));
        assert_eq!(world.maintainer.get(&at).await.ok(200)["name"], name);
        world.maintainer.put(&at, json!({"required_approval_count": 2})).await.ok(200);
        assert_eq!(world.maintainer.delete(&at).await.status, 204);
    }
}

async fn raw_slashes_and_dots_reach_their_names(server: &'static Server) {
    let world = World::new(server).await;
    let token = format!("PRIVATE-TOKEN: {}", world.maintainer.token);
    let (number, path) = (world.project.id.to_string(), world.project.path.clone());
    let escaped = path.replace('/', "%2F");
    for (name, raw) in [
        ("prod/eu", "prod/eu"),
        ("prod/eu/protected_environments/x", "prod/eu/protected_environments/x"),
        ("protected_environments", "protected_environments"),
        (".", "%2E"),
        ("..", "%2e%2E"),
        ("a/../b", "a/%2E%2E/b"),
        ("100%", "100%25"),
        ("?#&=+", "%3F%23%26%3D+"),
    ] {
        let body = json!({"name": name, "deploy_access_levels": [{"access_level": 40}]});
        let made = world.maintainer.post(&world.project.of(PATH), body).await.ok(201);
        for project in [&number, &path, &escaped] {
            let line = format!("/api/v4/projects/{project}{PATH}/{raw}");
            let shown = raw::send(server, &format!("GET {line}"), &[&token], b"").await;
            assert_eq!(shown.status, 200, "{line}: {}", shown.body);
            assert!(shown.body.contains(&made["deploy_access_levels"][0]["id"].to_string()), "{}", shown.body);
        }
        let gone = raw::send(server, &format!("DELETE /api/v4/projects/{path}{PATH}/{raw}"), &[&token], b"").await;
        assert_eq!(gone.status, 204, "{name}: {}", gone.body);
    }
    let list = raw::send(server, &format!("GET /api/v4/projects/{path}{PATH}"), &[&token], b"").await;
    assert_eq!((list.status, list.body.as_str()), (200, "[]"));
    for bad in ["%00", "%ff"] {
        let refused = raw::send(server, &format!("GET /api/v4/projects/{number}{PATH}/{bad}"), &[&token], b"").await;
        assert_eq!(refused.status, 400, "{}", refused.body);
    }
}

async fn names_are_searched(server: &'static Server) {
    let world = World::new(server).await;
    for name in ["production", "Prod-EU", "100%_sure", "größe"] {
        world.protect(&world.project, json!({"name": name, "deploy_access_levels": [{"access_level": 30}]})).await;
    }
    for (search, found) in [
        ("prod", vec!["production", "Prod-EU"]),
        ("eu", vec!["Prod-EU"]),
        ("%25_", vec!["100%_sure"]),
        ("GR%C3%96", vec!["größe"]),
        ("", vec!["production", "Prod-EU", "100%_sure", "größe"]),
        ("none", vec![]),
    ] {
        let path = world.project.of(&format!("{PATH}?search={search}&per_page=10"));
        let list = world.maintainer.get(&path).await.ok(200);
        let names: Vec<_> = list.as_array().into_iter().flatten().map(|row| row["name"].clone()).collect();
        assert_eq!(names, found, "{search}");
    }
    let page = world.maintainer.get(&world.project.of(&format!("{PATH}?per_page=3&page=2"))).await;
    assert_eq!((page.header("x-total"), ids(&page.ok(200)).len()), ("4", 0));
    assert_eq!(page.json()[0]["name"], "größe");
}

async fn two_editors_at_once(server: &'static Server) {
    let world = World::new(server).await;
    simple(&world).await;
    let path = one(&world);
    // What both add is there; what both add alike is there once; what both delete is gone once.
    let add = |user: i64| json!({"name": "production", "deploy_access_levels": [{"user_id": user}]});
    let (a, b) =
        tokio::join!(world.maintainer.put(&path, add(world.dev.id)), world.owner.put(&path, add(world.dev2.id)));
    assert_eq!((a.status, b.status), (200, 200), "{a:?} {b:?}");
    let (a, b) = tokio::join!(
        world.maintainer.put(&path, add(world.deployer.id)),
        world.owner.put(&path, add(world.deployer.id))
    );
    let mut both = [a.status, b.status];
    both.sort_unstable();
    assert_eq!(both, [200, 400], "{a:?} {b:?}");
    let now = world.maintainer.get(&path).await.ok(200);
    assert_eq!(ids(&now["deploy_access_levels"]).len(), 4, "{now}");
    let away = json!({"deploy_access_levels": [{"id": now["deploy_access_levels"][0]["id"], "_destroy": true}]});
    let (a, b) = tokio::join!(world.maintainer.put(&path, away.clone()), world.owner.put(&path, away));
    let mut both = [a.status, b.status];
    both.sort_unstable();
    assert_eq!(both, [200, 404], "{a:?} {b:?}");
    let again = json!({"name": "staging", "deploy_access_levels": [{"access_level": 40}]});
    let at = world.project.of(PATH);
    let (a, b) = tokio::join!(world.maintainer.post(&at, again.clone()), world.owner.post(&at, again));
    let mut both = [a.status, b.status];
    both.sort_unstable();
    assert_eq!(both, [201, 409], "{a:?} {b:?}");
    // Neither loses what the other sets meanwhile.
    let (count, run) = (json!({"required_approval_count": 1}), json!({"run_after_approval": "manual"}));
    let (a, b) = tokio::join!(world.maintainer.put(&path, count), world.owner.put(&path, run));
    assert_eq!((a.status, b.status), (200, 200), "{a:?} {b:?}");
    let expected = json!({"required_approval_count": 1, "run_after_approval": "manual"});
    assert_shows(&world.maintainer.get(&path).await.ok(200), &expected);
}

/// Forms, texts for numbers, nulls and zeros, as old and foreign clients send them.
async fn what_only_clients_of_old_send(server: &'static Server) {
    let world = World::new(server).await;
    let form = format!(
        "name=production&deploy_access_levels[][user_id]={}&deploy_access_levels[][access_level]=40&approval_rules[][group_id]={}&approval_rules[][required_approvals]=2",
        world.dev.id, world.org.id
    );
    let made = world.maintainer.post(&world.project.of(PATH), Body::form(form)).await.ok(201);
    // One hash of a form holds both names: the level beside the user is echoed, as it was sent.
    let expected = json!([{"user_id": world.dev.id, "access_level": 40, "group_id": null}]);
    assert_shows(&made["deploy_access_levels"], &expected);
    assert_shows(&made["approval_rules"], &json!([{"group_id": world.org.id, "required_approvals": 2}]));
    let row = |id: &Value| json!({"id": id.to_string(), "user_id": null, "group_id": null, "access_level": "30"});
    let put = json!({"deploy_access_levels": [row(&made["deploy_access_levels"][0]["id"])], "approval_rules": null});
    let after = world.maintainer.put(&one(&world), put).await.ok(200);
    assert_shows(&after["deploy_access_levels"], &json!([{"access_level": 30, "user_id": null, "group_id": null}]));
    assert_eq!(after["approval_rules"], made["approval_rules"]);
}

async fn unprotecting(server: &'static Server) {
    let world = World::new(server).await;
    simple(&world).await;
    let gone = world.maintainer.delete(&one(&world)).await;
    assert_eq!((gone.status, gone.text.as_str()), (204, ""));
    world.maintainer.get(&one(&world)).await.refused(404);
    world.maintainer.delete(&one(&world)).await.refused(404);
    let made =
        world.protect(&world.org, json!({"name": "staging", "deploy_access_levels": [{"access_level": 30}]})).await;
    let path = world.org.of("/protected_environments/staging");
    let body: Body = json!({}).into();
    let gone = world.maintainer.send(reqwest::Method::DELETE, &path, body).await.ok(200);
    assert_shows(&gone, &made);
    world.maintainer.delete(&path).await.refused(404);
    // Unprotected, what waited goes on.
    world.protect_as_the_seeds().await;
    let deployment = world.blocked(&world.deployer, "production").await;
    world.maintainer.delete(&world.org.of("/protected_environments/production")).await.ok(200);
    assert_eq!(world.status(deployment).await, "created");
}

async fn unsatisfiable_rules_are_warned_of(server: &'static Server) {
    let world = World::new(server).await;
    let warned = |reply: &Value| reply["warnings"].as_array().map_or(0, Vec::len);
    // Two people and the owner, who made the group.
    let rules = json!([{"group_id": world.security.id, "required_approvals": 4}]);
    let body = json!({"name": "production", "deploy_access_levels": [{"group_id": world.operators.id}], "approval_rules": rules});
    let made = world.protect(&world.org, body).await;
    assert!(warned(&made) > 0, "{made}");
    // A count that is not less than the number of people allowed to deploy.
    let count = |people: Value, count: i64| json!({"name": "production", "deploy_access_levels": people, "required_approval_count": count});
    let two = json!([{"user_id": world.dev.id}, {"user_id": world.dev2.id}]);
    let made = world.protect(&world.project, count(two.clone(), 2)).await;
    assert!(warned(&made) > 0, "{made}");
    let fine = world.maintainer.put(&one(&world), json!({"required_approval_count": 1})).await.ok(200);
    assert_eq!(warned(&fine), 0, "{fine}");
    // Nobody left to deploy: only administrators may.
    let away: Vec<_> =
        ids(&fine["deploy_access_levels"]).iter().map(|id| json!({"id": id, "_destroy": true})).collect();
    let emptied = world.maintainer.put(&one(&world), json!({"deploy_access_levels": away})).await.ok(200);
    assert!(emptied["deploy_access_levels"] == json!([]) && warned(&emptied) > 0, "{emptied}");
    world.report(&world.dev, "production", "running").await.refused(403);
}

async fn edits_reach_what_is_pending(server: &'static Server) {
    let world = World::new(server).await;
    let made = world.protect_as_the_seeds().await;
    let path = world.org.of("/protected_environments/production");
    let (qa, security) = (&made["approval_rules"][0]["id"], &made["approval_rules"][1]["id"]);
    let deployment = world.blocked(&world.deployer, "production").await;
    world.vote(&world.qa1, deployment, "approved").await.ok(201);
    world.vote(&world.sec1, deployment, "approved").await.ok(201);
    let need = |count: i64| json!({"approval_rules": [{"id": security, "required_approvals": count}]});
    world.maintainer.put(&path, need(1)).await.ok(200);
    assert_eq!(world.status(deployment).await, "created");
    world.maintainer.put(&path, need(2)).await.ok(200);
    assert_shows(&world.deployment(deployment).await, &json!({"status": "blocked", "pending_approval_count": 1}));
    let at = world.project.of(&format!("/deployments/{deployment}"));
    world.deployer.put(&at, json!({"status": "running"})).await.refused(403);
    world.maintainer.put(&path, json!({"approval_rules": [{"id": security, "_destroy": true}]})).await.ok(200);
    assert_eq!(world.status(deployment).await, "created");
    // With the last rule gone the unified count applies again.
    world.maintainer.put(&path, json!({"required_approval_count": 1})).await.ok(200);
    assert_eq!(world.status(deployment).await, "created");
    world.maintainer.put(&path, json!({"approval_rules": [{"id": qa, "_destroy": true}]})).await.ok(200);
    assert_eq!(world.status(deployment).await, "blocked");
    world.vote(&world.op, deployment, "approved").await.ok(201);
    assert_eq!(world.deployer.put(&at, json!({"status": "running"})).await.ok(200)["status"], "running");
    // After the claim nothing changes.
    world.maintainer.put(&path, json!({"required_approval_count": 2})).await.ok(200);
    assert_eq!(world.status(deployment).await, "running");
}

async fn a_deleted_group_keeps_blocking(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let deployment = world.blocked(&world.deployer, "production").await;
    for by in [&world.qa1, &world.sec1] {
        world.vote(by, deployment, "approved").await.ok(201);
    }
    let deleted = world.owner.delete(&world.qa.at).await;
    assert!([202, 204].contains(&deleted.status), "{deleted:?}");
    world.owner.get(&world.qa.at).await.refused(404);
    assert_shows(&world.deployment(deployment).await, &json!({"status": "blocked", "pending_approval_count": 2}));
    world.vote(&world.sec2, deployment, "approved").await.ok(201);
    assert_eq!(world.status(deployment).await, "blocked");
    // Not even an administrator's override fills it.
    let _ = world.vote(&world.root, deployment, "approved").await;
    assert_eq!(world.status(deployment).await, "blocked");
    let path = world.org.of("/protected_environments/production");
    let rules = world.maintainer.get(&path).await.ok(200)["approval_rules"].clone();
    assert_shows(&rules[0], &json!({"orphaned": true}));
    let put = json!({"approval_rules": [{"id": rules[0]["id"], "user_id": world.maintainer.id}]});
    world.maintainer.put(&path, put).await.ok(200);
    let _ = world.vote(&world.maintainer, deployment, "approved").await;
    assert_eq!(world.status(deployment).await, "created");
}

async fn an_ended_invitation_satisfies_nothing(server: &'static Server) {
    let world = World::new(server).await;
    world.share(&world.project, &world.qa, level::REPORTER).await;
    let rules = json!([{"group_id": world.qa.id}]);
    let body = json!({"name": "production", "deploy_access_levels": [{"access_level": 30}], "approval_rules": rules});
    world.protect(&world.project, body).await;
    let deployment = world.blocked(&world.dev, "production").await;
    world.vote(&world.qa1, deployment, "approved").await.ok(201);
    assert_eq!(world.status(deployment).await, "created");
    let unshare = world.project.of(&format!("/share/{}", world.qa.id));
    assert_eq!(world.owner.delete(&unshare).await.status, 204);
    assert_eq!(world.status(deployment).await, "blocked");
    world.vote(&world.qa2, deployment, "approved").await.refused(404);
    world.share(&world.project, &world.qa, level::REPORTER).await;
    assert_eq!(world.status(deployment).await, "created");
}

async fn a_role_is_read_where_the_protection_lives(server: &'static Server) {
    let world = World::new(server).await;
    world.protect(&world.org, json!({"name": "production", "deploy_access_levels": [{"access_level": 40}]})).await;
    // A maintainer of the project alone is no maintainer of the group.
    world.join(&world.project, &world.dev, level::MAINTAINER).await;
    world.report(&world.dev, "production", "running").await.refused(403);
    world.report(&world.maintainer, "production", "running").await.ok(201);
    world.report(&world.owner, "production", "running").await.ok(201);
}

async fn subgroups_protect_their_own_projects(server: &'static Server) {
    let world = World::new(server).await;
    let team = world.subgroup("team", "Team", &world.org).await;
    let body = json!({"name": "app", "path": "app", "namespace_id": team.id, "visibility": "private"});
    let project = world.owner.post("/projects", body).await.ok(201);
    world.protect(&team, json!({"name": "staging", "deploy_access_levels": [{"access_level": 40}]})).await;
    let at = format!("/projects/{}/deployments", id(&project));
    let ask = |environment: &str| json!({"environment": environment, "sha": "a".repeat(40), "ref": "main", "tag": false, "status": "running"});
    world.dev.post(&at, ask("staging")).await.refused(403);
    world.dev.post(&at, ask("production")).await.ok(201);
    world.report(&world.dev, "staging", "running").await.ok(201);
}

async fn moving_a_project_brings_it_under_other_rules(server: &'static Server) {
    let world = World::new(server).await;
    let strict = world.subgroup("strict", "Strict", &world.org).await;
    let rules = json!([{"user_id": world.maintainer.id}]);
    let body = json!({"name": "production", "deploy_access_levels": [{"access_level": 30}], "approval_rules": rules});
    world.protect(&strict, body).await;
    let made: &Person = &world.dev;
    let body =
        json!({"name": "production", "deploy_access_levels": [{"access_level": 30}], "required_approval_count": 1});
    world.protect(&world.project, body).await;
    let deployment = world.blocked(made, "production").await;
    assert_eq!(world.deployment(deployment).await["pending_approval_count"], 1);
    world.owner.put(&world.project.of("/transfer"), json!({"namespace": strict.id})).await.ok(200);
    assert_eq!(world.deployment(deployment).await["pending_approval_count"], 2);
    world.vote(&world.dev2, deployment, "approved").await.ok(201);
    assert_eq!(world.status(deployment).await, "blocked");
    world.owner.put(&world.project.of("/transfer"), json!({"namespace": world.org.id})).await.ok(200);
    assert_eq!(world.status(deployment).await, "created");
}
