//! The pages of pipelines over HTTP.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::id;
use countersign_tests::runner::HandRunner;
use countersign_tests::world::level;
use countersign_tests::{Browser, Person, Server, World, each_engine};
use serde_json::json;

each_engine!(
    the_pipelines_of_a_project_are_listed_for_those_who_may_see_them,
    a_new_pipeline_is_run_by_those_who_may_and_others_are_told_why_not,
    a_pipeline_tells_its_jobs_and_what_holds_their_deployments,
    a_configuration_that_cannot_be_used_is_told_line_by_line,
    a_pipeline_is_canceled_and_tried_again_by_those_who_may,
);

/// Builds, tests, and deploys to an environment that the seeds protect.
const YAML: &str = "stages: [build, test, ship]\nbuild:\n  stage: build\n  script: [make]\ncheck:\n  stage: test\n  \
                    script: [make check]\nship:\n  stage: ship\n  script: [ship]\n  environment: production\n";

async fn reader(world: &World, name: &str, level: i64) -> (Person, Browser) {
    let person = world.person(name).await;
    world.join(&world.org, &person, level).await;
    let browser = Browser::of(world.server, &person).await;
    (person, browser)
}

/// Commits a configuration to `main`, and gives back the newest pipeline.
async fn pipeline(world: &World, by: &Person, yaml: &str, message: &str) -> i64 {
    let there = world.owner.get(&world.project.of("/repository/files/.gitlab-ci.yml?ref=main")).await.status == 200;
    let action = if there { "update" } else { "create" };
    let step = json!({"action": action, "file_path": ".gitlab-ci.yml", "content": yaml});
    let commit = json!({"branch": "main", "commit_message": message, "actions": [step]});
    by.post(&world.project.of("/repository/commits"), commit).await.ok(201);
    id(&world.owner.get(&world.project.of("/pipelines")).await.ok(200)[0])
}

fn list(world: &World) -> String {
    format!("/{}/-/pipelines", world.project.path)
}

async fn the_pipelines_of_a_project_are_listed_for_those_who_may_see_them(server: &'static Server) {
    let world = World::new(server).await;
    let (_, reporter) = reader(&world, "watcher", level::REPORTER).await;
    let (_, guest) = reader(&world, "visitor", level::GUEST).await;
    let empty = reporter.get(&list(&world)).await;
    assert!(empty.status == 200 && empty.text.contains("No pipeline yet"), "{}", empty.text);
    let one = pipeline(&world, &world.dev, YAML, "Sell <more> tills").await;
    let page = reporter.get(&list(&world)).await.text;
    let link = format!("href=\"{}/{one}\"", list(&world));
    assert!(page.contains(&link) && page.contains("Sell &#60;more&#62; tills") && page.contains("pending"), "{page}");
    assert!(!page.contains("New pipeline"), "a reporter runs none: {page}");
    for (query, found) in [
        ("?status=pending", true),
        ("?status=failed", false),
        ("?ref=main", true),
        ("?ref=none", false),
        ("?page=9", false),
    ] {
        let page = reporter.get(&format!("{}{query}", list(&world))).await;
        assert_eq!((page.status, page.text.contains(&link)), (200, found), "{query}: {}", page.text);
    }
    let beyond = reporter.get(&format!("{}?page=9", list(&world))).await.text;
    assert!(beyond.contains("No more pipelines") && !beyond.contains("No pipeline yet"), "{beyond}");
    assert!(beyond.contains(&format!("rel=\"prev\" href=\"{}\"", list(&world))), "the way back: {beyond}");
    for strange in ["?status=%00", "?page=x", "?ref=%27%22%3E", "?ref=ma%00in", "?status=nonsense"] {
        assert_eq!(reporter.get(&format!("{}{strange}", list(&world))).await.status, 200, "{strange}");
    }
    let none = reporter.get(&format!("{}?ref=%00", list(&world))).await.text;
    assert!(!none.contains(&link), "{none}");
    assert_eq!(reporter.stream(&format!("{}/live?ref=%00", list(&world)), None).await.status, 200);
    let (stranger, nobody) = (Browser::of(server, &world.person("stranger").await).await, Browser::new(server));
    assert_eq!(stranger.get(&list(&world)).await.status, 404);
    assert_eq!(stranger.get(&format!("{}/{one}", list(&world))).await.status, 404);
    let refused = guest.get(&list(&world)).await;
    assert!(refused.status == 403 && refused.text.contains("at least the Reporter role"), "{}", refused.text);
    assert_eq!(nobody.get(&list(&world)).await.status, 303);
    for other in [format!("{}/{one}9", list(&world)), format!("{}/x", list(&world))] {
        assert_eq!(reporter.get(&other).await.status, 404, "{other}");
    }
}

async fn a_new_pipeline_is_run_by_those_who_may_and_others_are_told_why_not(server: &'static Server) {
    let world = World::new(server).await;
    let (_, developer) = reader(&world, "coder", level::DEVELOPER).await;
    let (_, keeper) = reader(&world, "keeper", level::MAINTAINER).await;
    let (_, reporter) = reader(&world, "watcher", level::REPORTER).await;
    pipeline(&world, &world.dev, YAML, "First").await;
    let (list, new) = (list(&world), format!("{}/new", list(&world)));
    assert!(developer.get(&list).await.text.contains("New pipeline"));
    let form = developer.get(&new).await.text;
    assert!(form.contains("value=\"main\"") && !form.contains("name=\"variables\""), "{form}");
    let made = developer.submit(&new, &list, &[("ref", "main")]).await;
    assert_eq!(made.status, 303, "{}", made.text);
    let page = developer.get(made.header("location")).await.text;
    assert!(page.contains("was created") && page.contains("First") && page.contains("somebody on a page"), "{page}");
    let by_page = world.owner.get(&world.project.of("/pipelines?source=web")).await.ok(200);
    assert_eq!(by_page.as_array().unwrap().len(), 1, "{by_page}");
    // What was wrong is told beside what was typed.
    let wrong = keeper.submit(&new, &list, &[("ref", "no-such"), ("variables", "A=1")]).await;
    assert!(wrong.status == 400 && wrong.text.contains("Reference not found"), "{}", wrong.text);
    assert!(wrong.text.contains("value=\"no-such\"") && wrong.text.contains("A=1</textarea>"), "{}", wrong.text);
    let wrong = keeper.submit(&new, &list, &[("ref", "main"), ("variables", "no variable")]).await;
    assert!(wrong.status == 400 && wrong.text.contains("is no variable"), "{}", wrong.text);
    let made = keeper.submit(&new, &list, &[("ref", "main"), ("variables", "TILL=7\n")]).await;
    assert!(keeper.get(made.header("location")).await.text.contains("TILL"), "{}", made.text);
    // Others get no form, and whoever sends one all the same is refused as over REST.
    let refused = reporter.get(&new).await;
    assert!(refused.status == 403 && refused.text.contains("at least the Developer role"), "{}", refused.text);
    assert_eq!(reporter.submit("/", &list, &[("ref", "main")]).await.status, 403);
    let before = world.owner.get(&world.project.of("/pipelines")).await.ok(200).as_array().unwrap().len();
    assert_eq!(developer.send(&list, &[("ref", "main"), ("seal", "0")]).await.status, 403, "no seal, no pipeline");
    let after = world.owner.get(&world.project.of("/pipelines")).await.ok(200).as_array().unwrap().len();
    assert_eq!((before, after), (3, 3));
}

async fn a_pipeline_tells_its_jobs_and_what_holds_their_deployments(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let (_, reporter) = reader(&world, "watcher", level::REPORTER).await;
    let one = pipeline(&world, &world.deployer, YAML, "Ship it").await;
    let runner = HandRunner::new(server, &world.runner().await);
    runner.take().await.succeed().await;
    runner.take().await.succeed().await;
    let at = format!("{}/{one}", list(&world));
    let page = reporter.get(&at).await.text;
    for part in [
        "<h1 class=\"grow\">Ship it</h1>",
        ">build</h2>",
        ">test</h2>",
        ">ship</h2>",
        "<span class=\"badge yes\">success</span>",
        "<span class=\"badge wait\">blocked</span>",
        "1 of 1 approvals by &#39;qa-group&#39; are missing",
        "2 of 2 approvals by &#39;security-group&#39; are missing",
        "Not for you to cancel",
        "This needs at least the Developer role",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(page.contains(&format!("/{}/-/deployments/1\"", world.project.path)), "{page}");
    assert!(page.len() < 30_000, "{} bytes", page.len());
    // Whom only an entry names sees no pipelines.
    let named = Browser::of(server, &world.person("named").await).await;
    assert_eq!(named.get(&at).await.status, 404);
}

async fn a_configuration_that_cannot_be_used_is_told_line_by_line(server: &'static Server) {
    let world = World::new(server).await;
    let (_, reporter) = reader(&world, "watcher", level::REPORTER).await;
    let broken = "a:\n  script: [x]\n  trigger: other\nb:\n  when: <never>\n";
    let one = pipeline(&world, &world.dev, broken, "Break it").await;
    let page = reporter.get(&format!("{}/{one}", list(&world))).await.text;
    assert!(page.contains("Its configuration cannot be used") && page.contains("(line 3, column 3)"), "{page}");
    assert!(page.contains("(line 4,") || page.contains("(line 5,"), "{page}");
    assert!(!page.contains("<never>"), "{page}");
    assert!(reporter.get(&list(&world)).await.text.contains("its configuration cannot be used"));
}

async fn a_pipeline_is_canceled_and_tried_again_by_those_who_may(server: &'static Server) {
    let world = World::new(server).await;
    let (_, developer) = reader(&world, "coder", level::DEVELOPER).await;
    let (_, reporter) = reader(&world, "watcher", level::REPORTER).await;
    let one = pipeline(&world, &world.dev, "a:\n  script: [x]\nb:\n  script: [y]\n", "Two").await;
    let at = format!("{}/{one}", list(&world));
    let refused = reporter.submit(&at, &format!("{at}/cancel"), &[]).await;
    assert!(reporter.open(refused.header("location")).await.text.contains("at least the Developer role"));
    let done = developer.submit(&at, &format!("{at}/cancel"), &[]).await;
    assert_eq!((done.status, done.header("location")), (303, at.as_str()), "{}", done.text);
    let page = developer.get(&at).await.text;
    assert!(page.contains("was canceled") && !page.contains(&format!("{at}/cancel")), "{page}");
    assert!(page.contains("Retry what failed"), "{page}");
    let done = developer.submit(&at, &format!("{at}/retry"), &[]).await;
    let page = developer.open(done.header("location")).await.text;
    assert!(page.contains("is tried again where it failed") && page.contains("an earlier try"), "{page}");
    let jobs = world.owner.get(&world.project.of(&format!("/pipelines/{one}/jobs"))).await.ok(200);
    assert!(jobs.as_array().unwrap().iter().all(|job| job["status"] == "pending"), "{jobs}");
}
