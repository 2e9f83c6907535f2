//! The pages of environments over HTTP: what stands and waits where, for whom, deploying again, and stopping.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::browser::hidden;
use countersign_tests::world::level;
use countersign_tests::{Browser, Person, Reply, Server, World, each_engine};
use serde_json::{Value, json};

each_engine!(
    environments_are_listed_by_tier_with_what_stands_and_waits_there,
    whom_an_entry_lets_in_sees_what_it_covers_and_nothing_else,
    what_waits_is_decided_where_it_is_shown,
    a_former_deployment_is_made_again_by_those_who_may,
    an_environment_is_stopped_by_those_who_may,
    what_is_sent_to_a_place_that_cannot_be_leads_back_to_it,
    what_others_wrote_is_escaped,
);

async fn reader(world: &World, name: &str) -> (Person, Browser) {
    let person = world.person(name).await;
    let browser = Browser::of(world.server, &person).await;
    (person, browser)
}

fn list(world: &World) -> String {
    format!("/{}/-/environments", world.project.path)
}

/// The page of an environment of the world's project.
async fn page_of(world: &World, name: &str) -> String {
    let found = world.owner.get(&world.project.of(&format!("/environments?name={name}"))).await.ok(200);
    format!("{}/{}", list(world), found[0]["id"])
}

async fn told(browser: &Browser, reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text);
    browser.open(reply.header("location")).await.text
}

/// A finished deployment of the world's project by an outside tool.
async fn shipped(world: &World, environment: &str) {
    world.report(&world.dev, environment, "success").await.ok(201);
}

/// The same of a commit that is in the repository.
async fn shipped_commit(world: &World, environment: &str, sha: &Value) {
    let body = json!({"environment": environment, "sha": sha, "ref": "main", "tag": false, "status": "success"});
    world.dev.post(&world.project.of("/deployments"), body).await.ok(201);
}

/// Pushes a pipeline with one job that deploys there; the id of the commit.
async fn pushed(world: &World, environment: &str, title: &str) -> Value {
    let yaml = format!("deploy:\n  script: [a]\n  environment: {environment}\n");
    let step = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": yaml});
    let commit = json!({"branch": "main", "commit_message": title, "actions": [step]});
    world.dev.post(&world.project.of("/repository/commits"), commit).await.ok(201)["id"].clone()
}

/// Cancels the job of the newest deployment, so that it has ended.
async fn canceled(world: &World) -> i64 {
    let newest = world.owner.get(&world.project.of("/deployments?sort=desc&per_page=1")).await.ok(200);
    let job = &newest[0]["deployable"]["id"];
    world.owner.post(&world.project.of(&format!("/jobs/{job}/cancel")), json!({})).await.ok(201);
    newest[0]["iid"].as_i64().unwrap()
}

async fn environments_are_listed_by_tier_with_what_stands_and_waits_there(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let (member, browser) = reader(&world, "member").await;
    world.join(&world.org, &member, level::REPORTER).await;
    let empty = browser.get(&list(&world)).await.text;
    assert!(empty.contains("No environment yet"), "{empty}");
    shipped(&world, "review/one").await;
    shipped(&world, "staging").await;
    let blocked = world.blocked(&world.deployer, "production").await;
    let iid = world.deployment(blocked).await["iid"].clone();
    let page = browser.get(&list(&world)).await.text;
    let order: Vec<_> = ["id=\"production\"", "id=\"staging\"", "id=\"development\""]
        .map(|tier| page.find(tier).unwrap_or_else(|| panic!("{tier} in {page}")))
        .to_vec();
    assert!(order.is_sorted(), "{page}");
    assert!(page.contains(&format!("href=\"/{}/-/deployments/{iid}\"", world.project.path)), "{page}");
    assert!(page.contains("blocked ·") && page.contains("protected</span>"), "{page}");
    assert!(page.contains("main at 01234567") && page.contains("dev</span>"), "what stands at staging: {page}");
    assert!(page.contains("Nothing was deployed here yet"), "{page}");
    let found = browser.get(&format!("{}?search=STAG", list(&world))).await.text;
    assert!(found.contains("id=\"staging\"") && !found.contains("id=\"production\""), "{found}");
    let none = browser.get(&format!("{}?search=%3Cx%3E", list(&world))).await.text;
    assert!(none.contains("No environment like that") && !none.contains("<x>"), "{none}");
    for beyond in ["?page=9", "?page=9&search=stag"] {
        let beyond = browser.get(&format!("{}{beyond}", list(&world))).await.text;
        assert!(beyond.contains("No more environments") && beyond.contains("rel=\"prev\""), "{beyond}");
        assert!(!beyond.contains("All are stopped") && !beyond.contains("No environment like that"), "{beyond}");
    }
    let at = page_of(&world, "staging").await;
    let id = at.rsplit('/').next().unwrap();
    world.owner.post(&world.project.of(&format!("/environments/{id}/stop")), json!({})).await.ok(200);
    let stopped = browser.get(&format!("{}?scope=stopped", list(&world))).await.text;
    assert!(stopped.contains("id=\"staging\"") && !stopped.contains("id=\"development\""), "{stopped}");
    assert!(!browser.get(&list(&world)).await.text.contains("id=\"staging\""));
}

async fn whom_an_entry_lets_in_sees_what_it_covers_and_nothing_else(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let (guard, outside) = reader(&world, "guard").await;
    world.join(&world.security, &guard, level::DEVELOPER).await;
    let (_, stranger) = reader(&world, "stranger").await;
    let (guest, inside) = reader(&world, "visitor").await;
    world.join(&world.org, &guest, level::GUEST).await;
    shipped(&world, "staging").await;
    world.blocked(&world.deployer, "production").await;
    let page = outside.get(&list(&world)).await;
    assert!(page.text.contains("id=\"production\"") && !page.text.contains("staging"), "{}", page.text);
    let (production, staging) = (page_of(&world, "production").await, page_of(&world, "staging").await);
    let seen = outside.get(&production).await;
    assert!(seen.status == 200 && seen.text.contains("value=\"approved\""), "{}", seen.text);
    assert!(seen.text.contains("You cannot stop it"), "{}", seen.text);
    assert_eq!(outside.get(&staging).await.status, 404);
    for path in [list(&world), production.clone(), staging] {
        assert_eq!(stranger.get(&path).await.status, 404, "{path}");
        // A guest may know of the project, not of what is deployed.
        let refused = inside.get(&path).await;
        assert!(refused.status == 403 && refused.text.contains("Reporter"), "{path}: {}", refused.text);
    }
    for nowhere in [format!("{production}9"), format!("{production}x"), format!("{}/0", list(&world))] {
        assert!([400, 404].contains(&outside.get(&nowhere).await.status), "{nowhere}");
    }
}

async fn what_waits_is_decided_where_it_is_shown(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let (guard, browser) = reader(&world, "guard").await;
    world.join(&world.security, &guard, level::DEVELOPER).await;
    let deployment = world.blocked(&world.deployer, "production").await;
    let at = page_of(&world, "production").await;
    let page = browser.get(&at).await.text;
    assert!(page.contains("Your signature") && page.contains("1 of qa-group, 2 of security-group"), "{page}");
    let iid = &world.deployment(deployment).await["iid"];
    let action = format!("/{}/-/deployments/{iid}/approval", world.project.path);
    let version = hidden(&page, "version");
    let fields = [("status", "approved"), ("version", version.as_str()), ("return_to", at.as_str())];
    let reply = browser.submit(&at, &action, &fields).await;
    assert_eq!(reply.header("location"), at);
    assert!(told(&browser, &reply).await.contains("You signed deployment"));
    assert_eq!(world.deployment(deployment).await["approvals"].as_array().map(Vec::len), Some(1));
}

async fn a_former_deployment_is_made_again_by_those_who_may(server: &'static Server) {
    let world = World::new(server).await;
    let (coder, browser) = reader(&world, "coder").await;
    world.join(&world.org, &coder, level::DEVELOPER).await;
    let (member, reading) = reader(&world, "member").await;
    world.join(&world.org, &member, level::REPORTER).await;
    let sha = pushed(&world, "box", "Ship the new till").await;
    let iid = canceled(&world).await;
    let at = page_of(&world, "box").await;
    let action = format!("/{}/-/deployments/{iid}/retry", world.project.path);
    let page = browser.get(&at).await.text;
    assert!(page.contains(&format!("action=\"{action}\"")) && page.contains("at once"), "{page}");
    // Whoever may not is not offered it, told why, and refused in the same words.
    let page = reading.get(&at).await.text;
    assert!(!page.contains(&action) && page.contains("You can deploy none of it again"), "{page}");
    let refused = reading.submit(&at, &action, &[("return_to", &at)]).await;
    assert!(told(&reading, &refused).await.contains("needs at least the Developer role"));
    let before = world.owner.get(&world.project.of("/deployments")).await.ok(200).as_array().map(Vec::len);
    // Neither is a form without the seal of the browser taken.
    assert_eq!(browser.send(&action, &[("return_to", &at), ("seal", "made up")]).await.status, 403);
    let done = browser.submit(&at, &action, &[("return_to", &at)]).await;
    let page = told(&browser, &done).await;
    assert!(page.contains(&format!("Deployment {iid} is made again")), "{page}");
    assert!(page.contains("it was retried already") && !page.contains(&action), "{page}");
    let after = world.owner.get(&world.project.of("/deployments")).await.ok(200).as_array().map(Vec::len);
    assert_eq!(after, before.map(|n| n + 1));
    let twice = browser.submit(&at, &action, &[("return_to", &at)]).await;
    assert!(told(&browser, &twice).await.contains("it was retried already"));
    // What an outside tool made, it makes again itself.
    shipped_commit(&world, "box", &sha).await;
    let outside = format!("/{}/-/deployments/{}/retry", world.project.path, iid + 2);
    assert!(!browser.get(&at).await.text.contains(&outside));
    let refused = browser.submit(&at, &outside, &[("return_to", &at)]).await;
    assert!(told(&browser, &refused).await.contains("an outside tool made"));
    let (_, stranger) = reader(&world, "stranger").await;
    let nowhere = stranger.submit("/", &action, &[]).await;
    assert!(nowhere.status == 404 || told(&stranger, &nowhere).await.contains("Either it does not exist"));
}

async fn an_environment_is_stopped_by_those_who_may(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let (coder, browser) = reader(&world, "coder").await;
    world.join(&world.org, &coder, level::DEVELOPER).await;
    shipped(&world, "box").await;
    let waits = world.blocked(&world.deployer, "production").await;
    let (open, closed) = (page_of(&world, "box").await, page_of(&world, "production").await);
    let page = browser.get(&closed).await.text;
    assert!(page.contains("You cannot stop it") && !page.contains(&format!("{closed}/stop")), "{page}");
    let refused = browser.submit(&closed, &format!("{closed}/stop"), &[]).await;
    let page = told(&browser, &refused).await;
    assert!(page.contains("class=\"note flash no\""), "{page}");
    assert_eq!(world.status(waits).await, "blocked");
    assert!(browser.get(&open).await.text.contains(&format!("action=\"{open}/stop\"")));
    assert_eq!(browser.send(&format!("{open}/stop"), &[("seal", "")]).await.status, 403);
    let done = browser.submit(&open, &format!("{open}/stop"), &[]).await;
    let page = told(&browser, &done).await;
    assert!(page.contains("box is stopped") && page.contains(">stopped</span>"), "{page}");
    assert!(!page.contains("You cannot stop it") && !page.contains("/stop\""), "{page}");
    // A deploy entry stands in for the role.
    let (operator, theirs) = reader(&world, "operator").await;
    world.join(&world.operators, &operator, level::DEVELOPER).await;
    let done = theirs.submit(&closed, &format!("{closed}/stop"), &[]).await;
    assert!(told(&theirs, &done).await.contains("production is stopped"));
    assert_eq!(world.status(waits).await, "canceled");
}

async fn what_is_sent_to_a_place_that_cannot_be_leads_back_to_it(server: &'static Server) {
    let world = World::new(server).await;
    let (_, browser) = reader(&world, "member").await;
    for (to, back) in [
        ("/a%0Ab/-/environments/5/stop", "/a%0Ab/-/environments/5"),
        ("/a%0Ab/-/mirror/pull", "/a%0Ab"),
        ("/a%C3%BC%3Fb/-/mirror/pull", "/a%C3%BC%3Fb"),
    ] {
        let reply = browser.submit("/", to, &[]).await;
        assert_eq!((reply.status, reply.header("location")), (303, back), "{to}: {}", reply.text);
        assert_eq!(browser.get(back).await.status, 404, "{back}");
    }
}

async fn what_others_wrote_is_escaped(server: &'static Server) {
    let world = World::new(server).await;
    let (member, browser) = reader(&world, "member").await;
    world.join(&world.org, &member, level::REPORTER).await;
    let sha = pushed(&world, "box", "<script>alert(1)</script>\"><img src=x onerror=alert(2)>").await;
    shipped_commit(&world, "box", &sha).await;
    let at = page_of(&world, "box").await;
    let id = at.rsplit('/').next().unwrap();
    let change = json!({"external_url": "https://box.example/?a=1&b=\"x\""});
    world.owner.put(&world.project.of(&format!("/environments/{id}")), change).await.ok(200);
    for path in [list(&world), at] {
        let page = browser.get(&path).await;
        assert!(page.text.contains("&#60;script&#62;alert(1)"), "{}", page.text);
        assert!(!page.text.contains("<script>alert") && !page.text.contains("<img src=x"), "{}", page.text);
        assert!(page.text.contains("b=&#34;x&#34;"), "{}", page.text);
        assert!(page.text.len() < 20_000, "{} bytes", page.text.len());
    }
}
