//! The page of one deployment over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::browser::hidden;
use countersign_tests::server::ROOT_PASSWORD;
use countersign_tests::world::level;
use countersign_tests::{Browser, Person, Server, World, each_engine};
use serde_json::json;

each_engine!(
    the_page_tells_why_it_waits_who_signed_and_who_could,
    a_vote_is_taken_back_where_it_was_given,
    whoever_may_not_know_of_it_finds_nothing,
    nobody_is_named_of_whom_the_reader_is_not_told,
    what_ships_is_listed_for_those_who_may_read_the_code,
);

async fn reader(world: &World, name: &str) -> (Person, Browser) {
    let person = world.person(name).await;
    let browser = Browser::of(world.server, &person).await;
    (person, browser)
}

async fn page_of(world: &World, deployment: i64) -> String {
    let iid = &world.deployment(deployment).await["iid"];
    format!("/{}/-/deployments/{iid}", world.project.path)
}

async fn the_page_tells_why_it_waits_who_signed_and_who_could(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let (member, browser) = reader(&world, "member").await;
    world.join(&world.org, &member, level::REPORTER).await;
    let deployment = world.blocked(&world.deployer, "production").await;
    world.vote(&world.qa1, deployment, "approved").await.ok(201);
    let at = page_of(&world, deployment).await;
    let page = browser.get(&at).await;
    assert_eq!(page.status, 200, "{}", page.text);
    for part in [
        "2 of 2 approvals by &#39;security-group&#39; are missing",
        "qa1 signed",
        "deployer started it",
        "Who can sign",
        "<dt>Environment</dt><dd><a href=",
        "<dd>production</dd>",
        "You match none of this deployment",
    ] {
        assert!(page.text.contains(part), "{part} in {}", page.text);
    }
    assert!(!page.text.contains("value=\"approved\""), "no ballot for whoever may not vote");
    assert!(page.text.len() < 20_000, "{} bytes", page.text.len());
    let (guard, theirs) = reader(&world, "guard").await;
    world.join(&world.security, &guard, level::DEVELOPER).await;
    let page = theirs.get(&at).await.text;
    assert!(page.contains("</span>sec2") && page.contains("value=\"approved\""), "{page}");
    // Who belongs to a group is told only to those who see it.
    assert!(!page.contains("</span>qa2") && page.contains("whom you may not see"), "{page}");
    for nobody in [format!("{at}9"), at.replace("deployments", "deployment"), format!("{at}x")] {
        let missing = theirs.get(&nobody).await;
        assert!([400, 404].contains(&missing.status) && missing.text.contains("<h1>"), "{nobody}: {}", missing.text);
    }
}

async fn a_vote_is_taken_back_where_it_was_given(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let (guard, browser) = reader(&world, "guard").await;
    world.join(&world.security, &guard, level::DEVELOPER).await;
    let deployment = world.blocked(&world.deployer, "production").await;
    let at = page_of(&world, deployment).await;
    let version = hidden(&browser.get(&at).await.text, "version");
    let fields = [("status", "approved"), ("version", version.as_str()), ("return_to", at.as_str())];
    let reply = browser.submit(&at, &format!("{at}/approval"), &fields).await;
    assert_eq!((reply.status, reply.header("location")), (303, at.as_str()), "{}", reply.text);
    let page = browser.get(&at).await.text;
    assert!(page.contains("You signed deployment") && page.contains("Take my vote back"), "{page}");
    let reply = browser.submit(&at, &format!("{at}/withdraw"), &[("return_to", &at)]).await;
    assert_eq!(reply.status, 303);
    let page = browser.get(&at).await.text;
    assert!(page.contains("took the vote back") && page.contains("value=\"approved\""), "{page}");
    assert_eq!(world.deployment(deployment).await["approvals"].as_array().map(Vec::len), Some(0));
}

async fn whoever_may_not_know_of_it_finds_nothing(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let (_, stranger) = reader(&world, "stranger").await;
    let deployment = world.blocked(&world.deployer, "production").await;
    let at = page_of(&world, deployment).await;
    let (hidden, absent) = (stranger.get(&at).await, stranger.get("/no/such/-/deployments/1").await);
    assert_eq!((hidden.status, absent.status), (404, 404));
    assert_eq!(hidden.text, absent.text);
    let nobody = Browser::new(server).get(&at).await;
    assert!(nobody.status == 303 && nobody.header("location").starts_with("/users/sign_in?return_to=%2F"));
}

async fn nobody_is_named_of_whom_the_reader_is_not_told(server: &'static Server) {
    let world = World::new(server).await;
    let (member, browser) = reader(&world, "member").await;
    world.join(&world.org, &member, level::REPORTER).await;
    let (keeper, theirs) = reader(&world, "keeper").await;
    world.join(&world.project, &keeper, level::MAINTAINER).await;
    let moles = world.elsewhere("moles").await;
    let mole = world.person("mole").await;
    world.join(&moles, &mole, level::DEVELOPER).await;
    world.share(&world.org, &moles, level::DEVELOPER).await;
    let rules = json!([{"access_level": 30}, {"access_level": 60}]);
    let body = json!({"name": "production", "deploy_access_levels": [{"access_level": 30}], "approval_rules": rules});
    for place in [&world.project, &world.org] {
        world.protect(place, body.clone()).await;
    }
    let deployment = world.blocked(&world.deployer, "production").await;
    let at = page_of(&world, deployment).await;
    let (mole, root) = (format!("</span>{}<", mole.username), "</span>Administrator<");
    let told = |page: &str| {
        let list = page.split_once("id=\"electors\"").and_then(|(_, rest)| rest.split_once("</dl>"));
        let list = list.unwrap_or_else(|| panic!("who can sign in {page}")).0;
        ["</span>dev2<", &mole, root, "and 1 more", "whom you may not see"].map(|part| list.matches(part).count())
    };
    assert_eq!(told(&browser.get(&at).await.text), [2, 0, 2, 2, 2], "a role on the project, and one on the group");
    assert_eq!(told(&theirs.get(&at).await.text), [1, 1, 1, 0, 3], "whoever invites, of a group that they do not see");
    let all = Browser::signed_in(server, "root", ROOT_PASSWORD).await;
    assert_eq!(told(&all.get(&at).await.text), [2, 2, 4, 0, 0]);
}

async fn what_ships_is_listed_for_those_who_may_read_the_code(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let (coder, browser) = reader(&world, "coder").await;
    let (guard, outside) = reader(&world, "guard").await;
    world.join(&world.org, &coder, level::DEVELOPER).await;
    world.join(&world.security, &guard, level::DEVELOPER).await;
    let yaml = "deploy:\n  script: [a]\n  environment: production\n";
    let step = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": yaml});
    let commit = json!({"branch": "main", "commit_message": "Ship the new till", "actions": [step]});
    world.deployer.post(&world.project.of("/repository/commits"), commit).await.ok(201);
    let at = format!("/{}/-/deployments/1", world.project.path);
    let page = browser.get(&at).await.text;
    assert!(page.contains("What it ships") && page.contains("<dt>Pipeline</dt>"), "{page}");
    let page = outside.get(&at).await.text;
    assert!(page.contains("<h1 class=\"grow\">Ship the new till</h1>"), "{page}");
    assert!(!page.contains("What it ships") && !page.contains("Pipeline"), "{page}");
}
