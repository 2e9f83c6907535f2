//! The first page over HTTP: what waits for whom, and deciding on it there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::browser::{hidden, seal};
use countersign_tests::server::ROOT_PASSWORD;
use countersign_tests::world::level;
use countersign_tests::{Browser, Person, Reply, Server, World, each_engine};
use serde_json::{Value, json};

each_engine!(
    a_deployment_waits_for_those_whose_signature_it_needs,
    a_page_that_is_out_of_date_decides_nothing,
    every_kind_of_rule_calls_its_people,
    what_one_triggered_is_shown_with_what_holds_it,
    administrators_see_what_names_them_unless_they_ask_for_all,
    the_names_to_sign_for_are_sent_as_the_rules_have_them,
    what_others_wrote_is_escaped,
);

/// Somebody with a browser.
struct Reader {
    person: Person,
    browser: Browser,
}

async fn reader(world: &World, name: &str) -> Reader {
    let person = world.person(name).await;
    let browser = Browser::of(world.server, &person).await;
    Reader { person, browser }
}

/// The path of the form for a vote on a deployment of the world's project, by its number.
fn ballot(world: &World, iid: i64) -> String {
    format!("/{}/-/deployments/{iid}/approval", world.project.path)
}

/// The version on a page of the form that goes to `action`.
fn version(page: &str, action: &str) -> String {
    let (_, form) = page.split_once(&format!("action=\"{action}\"")).unwrap_or_else(|| panic!("no {action} in {page}"));
    hidden(form, "version")
}

async fn iid(world: &World, deployment: i64) -> i64 {
    world.deployment(deployment).await["iid"].as_i64().unwrap()
}

async fn told(browser: &Browser, reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text);
    browser.open(reply.header("location")).await.text
}

async fn a_deployment_waits_for_those_whose_signature_it_needs(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let (qa, stranger) = (reader(&world, "tester").await, reader(&world, "stranger").await);
    world.join(&world.qa, &qa.person, level::GUEST).await;
    world.join(&world.org, &stranger.person, level::DEVELOPER).await;
    let empty = qa.browser.get("/").await.text;
    assert!(empty.contains("Nothing waits for you"), "{empty}");
    let deployment = world.blocked(&world.deployer, "production").await;
    let action = ballot(&world, iid(&world, deployment).await);
    let page = qa.browser.get("/").await.text;
    assert!(page.contains(&action) && page.contains("Your signature") && page.contains("qa-group"), "{page}");
    assert!(!stranger.browser.get("/").await.text.contains(&action));
    assert!(qa.browser.get("/?search=PRODUCT").await.text.contains(&action));
    assert!(qa.browser.get("/?search=elsewhere").await.text.contains("Nothing like that waits for you"));
    // How much it is, is told of the whole list only.
    assert!(page.contains("1 deployment needs your signature"), "{page}");
    assert!(!qa.browser.get("/?search=PRODUCT").await.text.contains("1 deployment needs your signature"));
    let beyond = qa.browser.get(&format!("/?after={deployment}&search=prod")).await.text;
    assert!(beyond.contains("Nothing more waits for you") && beyond.contains("href=\"/?search=prod\""), "{beyond}");
    assert!(!beyond.contains("needs your signature") && !beyond.contains("need your signature"), "{beyond}");
    let shown = version(&page, &action);
    let say = |comment| [("status", "approved"), ("comment", comment), ("version", &*shown), ("return_to", "/")];
    let long = "x".repeat(256);
    let reply = qa.browser.submit("/", &action, &say(&long)).await;
    assert!(told(&qa.browser, &reply).await.contains("comment is too long"));
    assert_eq!(world.deployment(deployment).await["approvals"], json!([]));
    // A browser counts a new line once and sends it as two characters.
    let lines = "line\r\n".repeat(49) + "<fine>";
    let reply = qa.browser.submit("/", &action, &say(&lines)).await;
    let after = told(&qa.browser, &reply).await;
    assert!(after.contains("You signed deployment") && !after.contains(&action), "{after}");
    let votes = world.deployment(deployment).await["approvals"].clone();
    assert_eq!(votes[0]["comment"], "line\n".repeat(49) + "<fine>", "{votes}");
    // Whoever may not vote is told why, by the rules that REST goes by.
    let fields = [("status", "approved"), ("version", shown.as_str())];
    let refused = stranger.browser.submit("/", &action, &fields).await;
    assert!(told(&stranger.browser, &refused).await.contains("Nothing was decided"));
    assert_eq!(world.deployment(deployment).await["approvals"].as_array().map(Vec::len), Some(1));
}

async fn a_page_that_is_out_of_date_decides_nothing(server: &'static Server) {
    let world = World::new(server).await;
    let protection = world.protect_as_the_seeds().await;
    let sec = reader(&world, "guard").await;
    world.join(&world.security, &sec.person, level::GUEST).await;
    let deployment = world.blocked(&world.deployer, "production").await;
    let action = ballot(&world, iid(&world, deployment).await);
    let vote = async |status: &str, version: &str| {
        let fields = [("status", status), ("version", version), ("comment", "read twice")];
        let reply = sec.browser.submit("/", &action, &fields).await;
        told(&sec.browser, &reply).await
    };
    let old = version(&sec.browser.get("/").await.text, &action);
    world.vote(&world.qa1, deployment, "approved").await.ok(201);
    let refused = vote("approved", &old).await;
    assert!(refused.contains("somebody else voted") && refused.contains("read twice"), "{refused}");
    let old = version(&sec.browser.get("/").await.text, &action);
    let rule = &protection["approval_rules"][1]["id"];
    let change = json!({"approval_rules": [{"id": rule, "required_approvals": 1}]});
    world.owner.put(&world.org.of("/protected_environments/production"), change).await.ok(200);
    assert!(vote("approved", &old).await.contains("the approval rules changed"));
    for nonsense in ["", "0.0.0", "..", "x"] {
        assert!(vote("approved", nonsense).await.contains("Nothing was decided"), "{nonsense}");
    }
    assert_eq!(world.deployment(deployment).await["approvals"].as_array().map(Vec::len), Some(1));
    let old = version(&sec.browser.get("/").await.text, &action);
    world.vote(&world.sec1, deployment, "approved").await.ok(201);
    assert_eq!(world.status(deployment).await, "created");
    assert!(vote("rejected", &old).await.contains("the deployment became created"));
    // One's own vote sent twice is one, as over REST.
    let twice = world.blocked(&world.deployer, "production").await;
    let action = ballot(&world, iid(&world, twice).await);
    let old = version(&sec.browser.get("/").await.text, &action);
    let fields = [("status", "approved"), ("version", old.as_str())];
    for time in ["first", "second"] {
        let reply = sec.browser.submit("/", &action, &fields).await;
        assert!(told(&sec.browser, &reply).await.contains("You signed deployment"), "{time}");
    }
    assert_eq!(world.deployment(twice).await["approvals"].as_array().map(Vec::len), Some(1));
    world.vote(&world.qa1, twice, "approved").await.ok(201);
    let reply = sec.browser.submit("/", &action, &fields).await;
    assert!(told(&sec.browser, &reply).await.contains("the deployment became created"));
    // A no is taken from whoever has not seen the latest vote.
    let second = world.blocked(&world.deployer, "production").await;
    let action = ballot(&world, iid(&world, second).await);
    let old = version(&sec.browser.get("/").await.text, &action);
    world.vote(&world.qa1, second, "approved").await.ok(201);
    let fields = [("status", "rejected"), ("version", old.as_str())];
    let reply = sec.browser.submit("/", &action, &fields).await;
    assert!(told(&sec.browser, &reply).await.contains("You rejected deployment"));
    assert_eq!(world.status(second).await, "failed");
}

async fn every_kind_of_rule_calls_its_people(server: &'static Server) {
    let world = World::new(server).await;
    let one = reader(&world, "caller").await;
    let outside = world.subgroup("guests", "Guests", &world.org).await;
    world.join(&world.project, &one.person, level::DEVELOPER).await;
    world.join(&outside, &one.person, level::GUEST).await;
    let everybody = json!([{"access_level": 30}]);
    let rules: [(&str, Value); 5] = [
        ("by-user", json!({"approval_rules": [{"user_id": one.person.id}]})),
        ("by-role", json!({"approval_rules": [{"access_level": 30}]})),
        ("by-higher-role", json!({"approval_rules": [{"access_level": 40}]})),
        ("by-count", json!({"required_approval_count": 1})),
        ("by-nobody", json!({"approval_rules": [{"user_id": world.maintainer.id}]})),
    ];
    for (name, rule) in &rules {
        let mut body = json!({"name": name, "deploy_access_levels": everybody});
        body.as_object_mut().unwrap().extend(rule.as_object().unwrap().clone());
        world.protect(&world.project, body).await;
        world.blocked(&world.dev, name).await;
    }
    let body =
        json!({"name": "staging", "deploy_access_levels": everybody, "approval_rules": [{"group_id": outside.id}]});
    world.protect(&world.org, body).await;
    world.blocked(&world.dev, "staging/eu").await;
    let page = one.browser.get("/").await.text;
    let shown = |name: &str| page.contains(&format!("<span>{name}</span>"));
    for (name, expected) in [
        ("by-user", true),
        ("by-role", true),
        ("by-higher-role", false),
        ("by-count", true),
        ("by-nobody", false),
        ("staging/eu", true),
    ] {
        assert_eq!(shown(name), expected, "{name} in {page}");
    }
}

async fn what_one_triggered_is_shown_with_what_holds_it(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let own = reader(&world, "shipper").await;
    world.join(&world.org, &own.person, level::DEVELOPER).await;
    world.join(&world.operators, &own.person, level::DEVELOPER).await;
    world.blocked(&own.person, "production").await;
    let page = own.browser.get("/").await.text;
    assert!(page.contains("Nothing waits for you"), "{page}");
    let (_, side) = page.split_once("Started by you").expect("the list");
    assert!(side.contains("1 of qa-group, 2 of security-group"), "{side}");
}

async fn administrators_see_what_names_them_unless_they_ask_for_all(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let deployment = world.blocked(&world.deployer, "production").await;
    let action = ballot(&world, iid(&world, deployment).await);
    let root = Browser::signed_in(server, "root", ROOT_PASSWORD).await;
    assert!(!root.get("/").await.text.contains(&action));
    let all = root.get(&format!("/?all=1&search={}", world.mark)).await.text;
    assert!(all.contains(&action) && all.contains("sign over the rules"), "{all}");
    // A rule that wants an administrator names each, member or not.
    let chief = world.person("chief").await;
    world.root.put(&format!("/users/{}", chief.id), json!({"admin": true})).await.ok(200);
    let chief = Browser::of(server, &chief).await;
    let rule = json!([{"access_level": 60}]);
    for (place, name) in [(&world.project, "box"), (&world.org, "staging")] {
        let body = json!({"name": name, "deploy_access_levels": [{"access_level": 30}], "approval_rules": rule});
        world.protect(place, body).await;
        let named = world.blocked(&world.dev, name).await;
        let named = ballot(&world, iid(&world, named).await);
        let page = chief.get("/").await.text;
        assert!(page.contains(&named) && !page.contains("sign over the rules"), "{name}: {page}");
        assert!(!page.contains(&action), "{page}");
    }
}

async fn the_names_to_sign_for_are_sent_as_the_rules_have_them(server: &'static Server) {
    let world = World::new(server).await;
    let both = reader(&world, "both").await;
    let spaced = world.subgroup("spaced", "Night  Shift", &world.org).await;
    for group in [&world.qa, &spaced] {
        world.join(group, &both.person, level::GUEST).await;
    }
    let rules = json!([{"group_id": world.qa.id}, {"group_id": spaced.id}]);
    let body = json!({"name": "production", "deploy_access_levels": [{"access_level": 30}], "approval_rules": rules});
    world.protect(&world.org, body).await;
    world.blocked(&world.dev, "production").await;
    // Browsers send the text of an option that has no value with its blanks run together.
    let page = both.browser.get("/").await.text;
    assert!(page.contains("<option value=\"Night  Shift\">"), "{page}");
}

async fn what_others_wrote_is_escaped(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let qa = reader(&world, "reader").await;
    world.join(&world.qa, &qa.person, level::GUEST).await;
    let title = "<script>alert(1)</script>\"><img src=x onerror=alert(2)>";
    let yaml = "deploy:\n  script: [a]\n  environment: production\n";
    let step = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": yaml});
    let commit = json!({"branch": "main", "commit_message": title, "actions": [step]});
    world.deployer.post(&world.project.of("/repository/commits"), commit).await.ok(201);
    let page = qa.browser.get("/").await;
    assert!(page.text.contains("&#60;script&#62;alert(1)"), "{}", page.text);
    assert!(!page.text.contains("<script>alert") && !page.text.contains("<img src=x"), "{}", page.text);
    assert!(page.text.len() < 20_000, "{} bytes", page.text.len());
    assert!(!seal(&page.text).is_empty());
}
