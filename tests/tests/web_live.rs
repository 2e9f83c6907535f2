//! Open pages over real HTTP: what they are told, when, and to whom no longer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::id;
use countersign_tests::runner::{HandRunner, Handed};
use countersign_tests::world::level;
use countersign_tests::{Browser, Engine, Event, Events, Person, Server, World, each_engine};
use serde_json::{Value, json};
use std::time::Duration;

each_engine!(
    a_vote_of_somebody_else_is_told_to_whoever_looks_at_the_deployment,
    the_inbox_is_told_of_what_comes_and_goes,
    what_changed_while_nobody_listened_is_told_at_once,
    a_log_is_sent_in_order_and_goes_on_where_it_broke_off,
    a_pipeline_and_its_list_are_told_of_every_step,
    whoever_loses_access_gets_nothing_more,
    a_session_that_ends_ends_its_streams,
    nobody_has_more_streams_than_their_share,
    whoever_may_not_see_a_page_gets_no_stream_of_it,
    a_page_that_fetches_itself_does_not_keep_its_session_alive,
);

/// How long an event may take that somebody caused.
const SOON: Duration = Duration::from_secs(10);
/// How long nothing may come where nothing is to.
const QUIET: Duration = Duration::from_millis(1500);

async fn reader(world: &World, name: &str, level: i64) -> (Person, Browser) {
    let person = world.person(name).await;
    world.join(&world.org, &person, level).await;
    let browser = Browser::of(world.server, &person).await;
    (person, browser)
}

async fn opened(browser: &Browser, page: &str) -> Events {
    let events = browser.follow(page, None).await;
    assert_eq!(events.status, 200);
    assert_eq!(events.header("content-type"), "text/event-stream");
    assert_eq!(events.header("cache-control"), "no-store");
    events
}

async fn next(events: &mut Events, name: &str) -> Event {
    let event = events.next(SOON).await.expect("an event");
    assert_eq!(event.name, name, "{event:?}");
    event
}

/// Waits for that event, whatever else comes before.
async fn until(events: &mut Events, name: &str) -> Event {
    loop {
        let event = events.next(SOON).await.expect("an event");
        if event.name == name {
            return event;
        }
    }
}

/// A job of the world's project that a runner has, and its page.
async fn running(world: &World) -> (Handed, String) {
    let step = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": "a:\n  script: [x]\n"});
    let commit = json!({"branch": "main", "commit_message": "Work", "actions": [step]});
    world.dev.post(&world.project.of("/repository/commits"), commit).await.ok(201);
    let job = HandRunner::new(world.server, &world.runner().await).take().await;
    assert_eq!(job.acknowledge().await.status, 200);
    let page = format!("/{}/-/jobs/{}", world.project.path, job.id);
    (job, page)
}

async fn deployment_page(world: &World, deployment: i64) -> String {
    let iid = world.deployment(deployment).await["iid"].as_i64().unwrap();
    format!("/{}/-/deployments/{iid}", world.project.path)
}

async fn a_vote_of_somebody_else_is_told_to_whoever_looks_at_the_deployment(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let (_, browser) = reader(&world, "watcher", level::REPORTER).await;
    let deployment = world.blocked(&world.deployer, "production").await;
    let page = deployment_page(&world, deployment).await;
    let mut events = opened(&browser, &page).await;
    assert!(events.is_silent(QUIET).await, "nothing has changed since the page was made");
    world.vote(&world.qa1, deployment, "approved").await.ok(201);
    let first = next(&mut events, "changed").await;
    assert!(browser.get(&page).await.text.contains("qa1 signed"));
    // What others do elsewhere is no news.
    world.report(&world.dev, "elsewhere", "running").await.ok(201);
    assert!(events.is_silent(QUIET).await);
    world.vote(&world.sec1, deployment, "rejected").await.ok(201);
    assert_ne!(next(&mut events, "changed").await.id, first.id);
}

async fn the_inbox_is_told_of_what_comes_and_goes(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let person = world.person("tester").await;
    world.join(&world.qa, &person, level::DEVELOPER).await;
    let browser = Browser::of(server, &person).await;
    let mut events = opened(&browser, "/").await;
    let deployment = world.blocked(&world.deployer, "production").await;
    next(&mut events, "changed").await;
    assert!(browser.get("/").await.text.contains("1 deployment needs your signature"));
    world.vote(&world.qa1, deployment, "approved").await.ok(201);
    next(&mut events, "changed").await;
    assert!(browser.get("/").await.text.contains("Nothing waits for you"));
}

async fn what_changed_while_nobody_listened_is_told_at_once(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let (_, browser) = reader(&world, "watcher", level::REPORTER).await;
    let deployment = world.blocked(&world.deployer, "production").await;
    let page = deployment_page(&world, deployment).await;
    let stream = format!("{page}/live");
    let mut events = opened(&browser, &page).await;
    world.vote(&world.qa1, deployment, "approved").await.ok(201);
    let told = next(&mut events, "changed").await;
    drop(events);
    let mut same = browser.stream(&stream, Some(&told.id)).await;
    assert!(same.is_silent(QUIET).await, "it was told that already");
    drop(same);
    world.vote(&world.sec1, deployment, "approved").await.ok(201);
    let mut later = browser.stream(&stream, Some(&told.id)).await;
    next(&mut later, "changed").await;
    for strange in ["", "~", "nonsense", "zz~9.9.9.9", "0~99999999999999999999.1.0.0ffff"] {
        let mut anew = browser.stream(&stream, Some(strange)).await;
        next(&mut anew, "changed").await;
    }
}

async fn a_log_is_sent_in_order_and_goes_on_where_it_broke_off(server: &'static Server) {
    let world = World::new(server).await;
    let (_, browser) = reader(&world, "watcher", level::REPORTER).await;
    let (job, page) = running(&world).await;
    let mut log = String::from("before 1\n");
    job.trace(0, &log).await;
    let mut events = opened(&browser, &page).await;
    let mut seen = Vec::new();
    let mut last = String::new();
    for round in 0..6 {
        let piece = format!("\u{1b}[3{round}mline {round}\u{1b}[0m <b>\nhalf of {round}");
        assert_eq!(job.trace(log.len(), &piece).await.status, 202);
        log.push_str(&piece);
        if round == 3 {
            drop(events);
            events = browser.stream(&format!("{page}/live"), Some(&last)).await;
        }
        loop {
            let event = until(&mut events, "log").await;
            last.clone_from(&event.id);
            let data: Value = serde_json::from_str(&event.data).unwrap();
            let rows = data["rows"].as_str().unwrap();
            assert!(!rows.contains("<b>"), "{rows}");
            seen.extend(rows.lines().map(str::to_owned));
            if data["rest"].as_str().unwrap().contains(&format!("half of {round}")) {
                break;
            }
        }
    }
    assert_eq!(job.put("success", json!({})).await.status, 200);
    until(&mut events, "changed").await;
    let numbers: Vec<usize> = (2..).take(seen.len()).collect();
    let found = |row: &String, number: &usize| row.contains(&format!("id=\"L{number}\""));
    assert!(seen.len() == 6 && seen.iter().zip(&numbers).all(|(row, number)| found(row, number)), "{seen:#?}");
    // What was sent piece by piece is what the page shows.
    let text = browser.get(&page).await.text;
    assert!(seen.iter().all(|row| text.contains(row.as_str())), "{seen:#?} in {text}");
    assert!(text.contains(">line 5</span>") && text.contains("half of 5"), "{text}");
}

async fn a_pipeline_and_its_list_are_told_of_every_step(server: &'static Server) {
    let world = World::new(server).await;
    let (_, browser) = reader(&world, "watcher", level::REPORTER).await;
    let list = format!("/{}/-/pipelines", world.project.path);
    let mut in_list = opened(&browser, &list).await;
    let (job, _) = running(&world).await;
    next(&mut in_list, "changed").await;
    let pipeline = id(&world.owner.get(&world.project.of("/pipelines")).await.ok(200)[0]);
    let mut events = opened(&browser, &format!("{list}/{pipeline}")).await;
    assert_eq!(job.put("success", json!({})).await.status, 200);
    next(&mut events, "changed").await;
    until(&mut in_list, "changed").await;
    assert!(browser.get(&list).await.text.contains("success"));
}

async fn whoever_loses_access_gets_nothing_more(server: &'static Server) {
    let world = World::new(server).await;
    let (person, browser) = reader(&world, "leaver", level::REPORTER).await;
    let (job, page) = running(&world).await;
    let mut events = opened(&browser, &page).await;
    job.trace(0, "for members\n").await;
    until(&mut events, "log").await;
    world.leave(&world.org, &person).await;
    until(&mut events, "gone").await;
    job.trace("for members\n".len(), "secret\n").await;
    assert_eq!(events.next(SOON).await, None, "the stream has ended");
    assert_eq!(browser.stream(&format!("{page}/live"), None).await.status, 404);
}

async fn a_session_that_ends_ends_its_streams(server: &'static Server) {
    let world = World::new(server).await;
    let (person, browser) = reader(&world, "signer", level::REPORTER).await;
    let (job, page) = running(&world).await;
    let (mut one, mut two) = (opened(&browser, &page).await, opened(&browser, "/").await);
    let out = browser.submit("/", "/users/sign_out", &[]).await;
    assert_eq!(out.status, 303);
    until(&mut one, "gone").await;
    until(&mut two, "gone").await;
    job.trace(0, "secret\n").await;
    assert_eq!(one.next(SOON).await, None);
    // So do those of somebody who is blocked.
    let browser = Browser::signed_in(server, &person.username, "a password of my own").await;
    let mut events = opened(&browser, &page).await;
    world.root.post(&format!("/users/{}/block", person.id), json!({})).await.ok(201);
    until(&mut events, "gone").await;
    assert_eq!(events.next(SOON).await, None);
    assert_eq!(browser.stream("/-/live", None).await.status, 303, "they are to sign in again");
}

async fn nobody_has_more_streams_than_their_share(server: &'static Server) {
    let world = World::new(server).await;
    let (person, browser) = reader(&world, "hoarder", level::REPORTER).await;
    let mut held = Vec::new();
    for _ in 0..6 {
        held.push(opened(&browser, "/").await);
    }
    let refused = browser.stream("/-/live", None).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "30"));
    // Another session has room of its own, and what is closed makes room.
    let other = Browser::signed_in(server, &person.username, "a password of my own").await;
    drop(opened(&other, "/").await);
    held.clear();
    countersign_tests::wait::until("a place that became free", async || {
        (browser.stream("/-/live", None).await.status == 200).then_some(())
    })
    .await;
}

async fn whoever_may_not_see_a_page_gets_no_stream_of_it(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let deployment = world.blocked(&world.deployer, "production").await;
    let (_, page) = running(&world).await;
    let stranger = Browser::of(server, &world.person("stranger").await).await;
    let paths = [
        format!("{page}/live"),
        format!("/{}/-/pipelines/live", world.project.path),
        format!("/{}/-/pipelines/1/live", world.project.path),
        format!("{}/live", deployment_page(&world, deployment).await),
    ];
    for path in paths {
        assert_eq!(stranger.stream(&path, None).await.status, 404, "{path}");
        assert_eq!(Browser::new(server).stream(&path, None).await.status, 303, "{path}");
    }
    // Whom an entry names sees the job and no line of its log.
    let person = world.person("operator").await;
    world.join(&world.operators, &person, level::DEVELOPER).await;
    let operator = Browser::of(server, &person).await;
    assert_eq!(operator.stream(&format!("{page}/live?since=~0.1.0.0ffff"), None).await.status, 404);
}

async fn a_page_that_fetches_itself_does_not_keep_its_session_alive(server: &'static Server) {
    let world = World::new(server).await;
    let (person, browser) = reader(&world, "sleeper", level::REPORTER).await;
    let seen = "UPDATE sessions SET seen_at = seen_at - 3600000 WHERE user_id = ";
    server.meddle(&format!("{seen}{}", person.id));
    let ago = async || {
        let page = browser.get_live("/-/user_settings/active_sessions").await.text;
        page.contains(">1 h<")
    };
    assert!(ago().await, "it was used an hour ago");
    drop(browser.stream("/-/live", None).await);
    assert!(ago().await, "neither a fetch of its own nor a stream is use");
    browser.get("/").await;
    assert!(!ago().await, "opening a page is");
}

/// Open pages do not hold the server up when it is to end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_ends_waits_for_no_open_page() {
    let server: &'static Server = Box::leak(Box::new(Server::start(Engine::Sqlite).await));
    let world = World::new(server).await;
    let (_, browser) = reader(&world, "watcher", level::REPORTER).await;
    let (_, page) = running(&world).await;
    let (mut one, mut two) = (opened(&browser, &page).await, opened(&browser, "/").await);
    let took = server.end(Duration::from_secs(20)).await;
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!((one.next(SOON).await, two.next(SOON).await), (None, None));
}
