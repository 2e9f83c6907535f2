//! The pages of jobs over HTTP: how they stand, their logs, and what people do with them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::id;
use countersign_tests::runner::{HandRunner, Handed};
use countersign_tests::world::level;
use countersign_tests::{Browser, Person, Server, World, each_engine};
use serde_json::{Value, json};

each_engine!(
    a_log_is_shown_in_colours_and_nothing_in_it_is_markup,
    a_long_log_is_shown_in_parts_and_searched_whole,
    whom_an_entry_names_sees_the_job_without_its_log,
    people_do_with_jobs_what_they_may_and_are_told_why_not,
    how_a_job_stands_is_told_in_words,
    whoever_plays_a_job_is_asked_what_it_wants_confirmed,
);

async fn reader(world: &World, name: &str, level: i64) -> (Person, Browser) {
    let person = world.person(name).await;
    world.join(&world.org, &person, level).await;
    let browser = Browser::of(world.server, &person).await;
    (person, browser)
}

/// Commits a configuration, and gives back the jobs of the pipeline by name.
async fn jobs(world: &World, by: &Person, yaml: &str) -> impl Fn(&str) -> i64 + use<> {
    let step = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": yaml});
    let commit = json!({"branch": "main", "commit_message": "Work", "actions": [step]});
    by.post(&world.project.of("/repository/commits"), commit).await.ok(201);
    let all: Value = world.owner.get(&world.project.of("/jobs")).await.ok(200);
    move |name: &str| id(all.as_array().unwrap().iter().find(|job| job["name"] == name).expect("a job of that name"))
}

async fn handed(world: &World) -> Handed {
    let job = HandRunner::new(world.server, &world.runner().await).take().await;
    assert_eq!(job.acknowledge().await.status, 200);
    job
}

fn page(world: &World, job: i64) -> String {
    format!("/{}/-/jobs/{job}", world.project.path)
}

async fn a_log_is_shown_in_colours_and_nothing_in_it_is_markup(server: &'static Server) {
    let world = World::new(server).await;
    let (_, reporter) = reader(&world, "watcher", level::REPORTER).await;
    let job = jobs(&world, &world.dev, "a:\n  script: [x]\n").await("a");
    let at = page(&world, job);
    let before = reporter.get(&at).await.text;
    assert!(before.contains("It waits for a runner") && before.contains("Nothing yet"), "{before}");
    let running = handed(&world).await;
    let log = "\u{1b}[31;1mred\u{1b}[0m <script>alert(1)</script>\n10 %\r100 %\nsection_start:1:x\r\u{1b}[0KPart\nin it\n\
               section_end:1:x\r\u{1b}[0K\u{1b}]8;;javascript:alert(2)\u{7}link\n";
    assert_eq!(running.trace(0, log).await.status, 202);
    let text = reporter.get(&at).await.text;
    for part in [
        "<div class=\"l\" id=\"L1\"><a href=\"#L1\" tabindex=\"-1\">1</a><span><span class=\"k1 bold\">red</span> \
         &lt;script&gt;alert(1)&lt;/script&gt;</span></div>",
        "<span>100 %</span>",
        "<div class=\"l sec\" id=\"L3\">",
        "<div class=\"l d1\" id=\"L4\">",
        "id=\"L5\"><a href=\"#L5\" tabindex=\"-1\">5</a><span>link</span></div>",
        "It is shown here as it comes",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("<script>alert") && !text.contains("javascript:") && !text.contains('\u{1b}'), "{text}");
    let raw = reporter.get(&format!("{at}/raw")).await;
    assert_eq!((raw.status, raw.text.as_str()), (200, log));
    assert_eq!(raw.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(raw.header("x-content-type-options"), "nosniff");
    assert_eq!(raw.header("content-disposition"), format!("attachment; filename=\"job-{job}.log\""));
    assert!(raw.header("content-security-policy").starts_with("default-src 'none'"));
    for nobody in [format!("{at}9"), format!("{at}9/raw"), at.replace(&job.to_string(), "x")] {
        assert_eq!(reporter.get(&nobody).await.status, 404, "{nobody}");
    }
}

async fn a_long_log_is_shown_in_parts_and_searched_whole(server: &'static Server) {
    let world = World::new(server).await;
    let (_, reporter) = reader(&world, "watcher", level::REPORTER).await;
    let job = jobs(&world, &world.dev, "a:\n  script: [x]\n").await("a");
    let running = handed(&world).await;
    let log: String = (1..=5000).map(|n| format!("step {n} of many, as logs have them\n")).collect();
    assert_eq!(running.trace(0, &log).await.status, 202);
    let at = page(&world, job);
    let end = reporter.get(&at).await.text;
    assert!(end.contains(">step 5000 of") && !end.contains(">step 4000 of") && end.contains("Earlier lines"), "{end}");
    assert!(end.contains("Lines 4601 to 5000 of 5000"), "{end}");
    assert!(end.len() < 160_000, "{} bytes", end.len());
    let middle = reporter.get(&format!("{at}?line=2000")).await.text;
    assert!(middle.contains("id=\"L2000\"") && middle.contains("Later lines"), "{middle}");
    let found = reporter.get(&format!("{at}?q=STEP%20123")).await.text;
    assert!(found.contains("11 lines with “STEP 123”") && found.contains("<mark>step 123</mark>4 of"), "{found}");
    assert!(found.contains(&format!("{at}?line=1230#L1230")), "{found}");
    let escaped = reporter.get(&format!("{at}?q=%3Cb%3E%22")).await.text;
    assert!(escaped.contains("is nowhere in the log") && !escaped.contains("<b>"), "{escaped}");
    for strange in ["?line=x", "?line=-1", "?line=99999999999999999999", "?line=0", "?q=%20"] {
        let page = reporter.get(&format!("{at}{strange}")).await;
        assert!(page.status == 200 && page.text.contains("data-log"), "{strange}: {}", page.text);
    }
}

async fn whom_an_entry_names_sees_the_job_without_its_log(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let person = world.person("operator").await;
    world.join(&world.operators, &person, level::DEVELOPER).await;
    let operator = Browser::of(server, &person).await;
    let tester = world.person("tester").await;
    world.join(&world.qa, &tester, level::DEVELOPER).await;
    let tester = Browser::of(server, &tester).await;
    let yaml = "a:\n  script: [x]\nship:\n  script: [y]\n  environment: production\n  tags: [hidden-tag]\n";
    let job = jobs(&world, &world.deployer, yaml).await;
    let (plain, ship) = (page(&world, job("a")), page(&world, job("ship")));
    let text = operator.get(&ship).await.text;
    assert!(text.contains("It waits for its deployment to be approved") && text.contains("Cancel"), "{text}");
    assert!(text.contains("Not for you to play") && text.contains("still needs 3 approvals"), "{text}");
    assert!(text.contains("Logs are for those who may read the code"), "{text}");
    for hidden in ["hidden-tag", "/-/pipelines", "May take", "data-log"] {
        assert!(!text.contains(hidden), "{hidden} in {text}");
    }
    assert_eq!(operator.get(&plain).await.status, 404);
    assert_eq!(operator.get(&format!("{ship}/raw")).await.status, 404);
    assert_eq!(operator.get(&format!("{ship}?q=x")).await.status, 200);
    // An approval rule lets nobody see jobs.
    assert_eq!(tester.get(&ship).await.status, 404);
    // The entry lets them cancel it.
    let done = operator.submit(&ship, &format!("{ship}/cancel"), &[("return_to", &ship)]).await;
    assert!(operator.open(done.header("location")).await.text.contains("You canceled job"), "{}", done.text);
}

async fn people_do_with_jobs_what_they_may_and_are_told_why_not(server: &'static Server) {
    let world = World::new(server).await;
    let (_, developer) = reader(&world, "coder", level::DEVELOPER).await;
    let (_, keeper) = reader(&world, "keeper", level::MAINTAINER).await;
    let (_, reporter) = reader(&world, "watcher", level::REPORTER).await;
    let job = jobs(&world, &world.dev, "by-hand:\n  script: [x]\n  when: manual\n").await("by-hand");
    let at = page(&world, job);
    let text = reporter.get(&at).await.text;
    assert!(text.contains("Not for you to play or cancel:</span> This needs at least the Developer role"), "{text}");
    let refused = reporter.submit(&at, &format!("{at}/play"), &[]).await;
    assert!(reporter.open(refused.header("location")).await.text.contains("at least the Developer role"));
    let played = developer.submit(&at, &format!("{at}/play"), &[]).await;
    let text = developer.open(played.header("location")).await.text;
    assert!(text.contains(&format!("You started job {job}")) && text.contains("It waits for a runner"), "{text}");
    let running = handed(&world).await;
    running.trace(0, "secret words\n").await;
    assert_eq!(running.put("failed", json!({"failure_reason": "script_failure", "exit_code": 3})).await.status, 200);
    let text = developer.get(&at).await.text;
    assert!(text.contains("ended with exit code 3") && text.contains("secret words"), "{text}");
    assert!(text.contains("Not for you to erase the log"), "{text}");
    let again = developer.submit(&at, &format!("{at}/retry"), &[("return_to", "/")]).await;
    assert!(again.status == 303 && again.header("location") != at, "{}", again.text);
    let text = developer.open(again.header("location")).await.text;
    assert!(text.contains(&format!("Job {job} is tried again")), "{text}");
    let text = developer.get(&at).await.text;
    assert!(text.contains("Tried again as") && !text.contains("/retry\""), "{text}");
    let refused = developer.submit(&at, &format!("{at}/erase"), &[]).await;
    assert!(developer.open(refused.header("location")).await.text.contains("at least the Maintainer role"));
    let erased = keeper.submit(&at, &format!("{at}/erase"), &[]).await;
    let text = keeper.open(erased.header("location")).await.text;
    assert!(text.contains("is erased") && text.contains("The log was erased") && !text.contains("secret"), "{text}");
    assert_eq!(keeper.get(&format!("{at}/raw")).await.text, "");
    // Nothing leads elsewhere, and nothing is done without the seal.
    let next = again.header("location").to_owned();
    let away = developer.submit(&next, &format!("{next}/cancel"), &[("return_to", "//evil.test")]).await;
    assert_eq!(away.header("location"), "/", "{}", away.text);
    assert_eq!(developer.send(&format!("{next}/retry"), &[("seal", "0")]).await.status, 403);
}

async fn how_a_job_stands_is_told_in_words(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let (_, reporter) = reader(&world, "watcher", level::REPORTER).await;
    let yaml = "stages: [one, two]\nfirst:\n  stage: one\n  script: [x]\nship:\n  stage: two\n  script: [y]\n  environment: production\n";
    let job = jobs(&world, &world.deployer, yaml).await;
    let told = async |name: &str| reporter.get(&page(&world, job(name))).await.text;
    assert!(told("ship").await.contains("Its turn has not come"));
    handed(&world).await.succeed().await;
    let ship = told("ship").await;
    assert!(ship.contains("1 of 1 approvals by &#39;qa-group&#39; are missing"), "{ship}");
    assert!(ship.contains(&format!("/{}/-/deployments/1\"", world.project.path)), "{ship}");
    let deployment = world.owner.get(&world.project.of("/deployments")).await.ok(200)[0]["id"].as_i64().unwrap();
    world.vote(&world.qa1, deployment, "rejected").await.ok(201);
    let ship = told("ship").await;
    assert!(ship.contains("This deployment job was rejected."), "{ship}");
    assert!(!ship.contains("/retry\""), "a rejected job is not tried again: {ship}");
}

async fn whoever_plays_a_job_is_asked_what_it_wants_confirmed(server: &'static Server) {
    let world = World::new(server).await;
    let (_, developer) = reader(&world, "player", level::DEVELOPER).await;
    let yaml = "wipe:\n  script: [x]\n  when: manual\n  manual_confirmation: Wipe <all> of $CI_JOB_NAME?\n\
                plain:\n  script: [x]\n  when: manual\n";
    let of = jobs(&world, &world.dev, yaml).await;
    let shown = world.dev.get(&world.project.of(&format!("/jobs/{}", of("wipe")))).await.ok(200);
    assert_eq!(shown["manual_confirmation"], "Wipe <all> of wipe?");
    let asked = developer.get(&page(&world, of("wipe"))).await.text;
    assert!(asked.contains("Wipe &#60;all&#62; of wipe?") && asked.contains("<details>"), "{asked}");
    let plain = developer.get(&page(&world, of("plain"))).await.text;
    assert!(plain.contains("/play\"") && !plain.contains("Play…"), "{plain}");
    // The list of jobs offers only what needs no second thought.
    let pipeline = &shown["pipeline"]["id"];
    let list = developer.get(&format!("/{}/-/pipelines/{pipeline}", world.project.path)).await.text;
    assert!(list.contains(&format!("jobs/{}/play", of("plain"))), "{list}");
    assert!(!list.contains(&format!("jobs/{}/play", of("wipe"))), "{list}");
}
