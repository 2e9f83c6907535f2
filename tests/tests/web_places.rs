//! The pages of projects and groups over HTTP: what is listed for whom, and how to get around.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::server::ROOT_PASSWORD;
use countersign_tests::world::level;
use countersign_tests::{Browser, Person, Server, World, each_engine};
use serde_json::json;

each_engine!(
    projects_and_groups_are_at_their_paths,
    whoever_may_not_know_of_a_place_finds_nothing,
    lists_show_what_one_may_see,
    the_tabs_are_those_that_open,
);

async fn reader(world: &World, name: &str) -> (Person, Browser) {
    let person = world.person(name).await;
    let browser = Browser::of(world.server, &person).await;
    (person, browser)
}

async fn projects_and_groups_are_at_their_paths(server: &'static Server) {
    let world = World::new(server).await;
    let (person, browser) = reader(&world, "walker").await;
    world.join(&world.org, &person, level::DEVELOPER).await;
    let own = json!({"description": "<b>Tills</b> & more"});
    world.owner.put(&world.project.at, own).await.ok(200);
    let page = browser.get(&format!("/{}", world.project.path)).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("<h1 class=\"grow\">app</h1>"), "{}", page.text);
    assert!(page.text.contains("&#60;b&#62;Tills&#60;/b&#62; &#38; more"), "{}", page.text);
    assert!(page.text.contains(&format!("{}/{}.git", server.url, world.project.path)), "{}", page.text);
    assert!(page.text.contains(&format!("<a href=\"/{0}\">{0}</a>", world.org.path)), "a crumb: {}", page.text);
    let group = browser.get(&format!("/{}", world.org.path)).await;
    assert_eq!(group.status, 200, "{}", group.text);
    for below in [&world.qa, &world.project] {
        assert!(group.text.contains(&format!("href=\"/{}\"", below.path)), "{}", group.text);
    }
    let deep = browser.get(&format!("/{}/", world.qa.path)).await;
    assert!(deep.status == 200 && deep.text.contains("Nothing in it that you may see"), "{}", deep.text);
    let moved = browser.get(&format!("/groups/{}", world.qa.path)).await;
    assert_eq!((moved.status, moved.header("location")), (303, format!("/{}", world.qa.path).as_str()));
}

async fn whoever_may_not_know_of_a_place_finds_nothing(server: &'static Server) {
    let world = World::new(server).await;
    let (_, stranger) = reader(&world, "stranger").await;
    let absent = stranger.get("/no/such").await;
    assert_eq!(absent.status, 404);
    for place in [&world.project, &world.org, &world.qa] {
        let hidden = stranger.get(&format!("/{}", place.path)).await;
        assert_eq!((hidden.status, &hidden.text), (404, &absent.text), "{}", place.path);
    }
    for nowhere in ["/a/b/c%2Fd", "/api/v9/x", "/users/nobody/x", "/dashboard/x", "/a.git", "/a//b", "/%00", "/a b"] {
        assert_eq!(stranger.get(nowhere).await.status, 404, "{nowhere}");
    }
    let nobody = Browser::new(server).get(&format!("/{}", world.project.path)).await;
    assert!(nobody.status == 303 && nobody.header("location").starts_with("/users/sign_in?return_to=%2F"));
}

async fn lists_show_what_one_may_see(server: &'static Server) {
    let world = World::new(server).await;
    let (person, browser) = reader(&world, "member").await;
    let open = format!("open-{}", world.mark);
    let shop = json!({"name": open, "path": open, "visibility": "internal"});
    world.owner.post("/projects", shop).await.ok(201);
    let listed = async |path: &str| browser.get(path).await.text;
    let hidden = listed(&format!("/dashboard/projects?search={}", world.org.path)).await;
    assert!(!hidden.contains(&world.project.path), "{hidden}");
    world.join(&world.org, &person, level::REPORTER).await;
    let shown = listed("/dashboard/projects?mine=1").await;
    assert!(shown.contains(&format!("href=\"/{}\"", world.project.path)) && !shown.contains(&open), "{shown}");
    assert!(shown.contains("Reporter"), "{shown}");
    let all = listed(&format!("/dashboard/projects?search={open}")).await;
    assert!(all.contains(&open) && !all.contains(&world.project.path), "{all}");
    let none = listed("/dashboard/projects?search=%3Cno+such%3E").await;
    assert!(none.contains("No project like that") && !none.contains("<no such>"), "{none}");
    let groups = listed("/dashboard/groups?mine=1").await;
    for group in [&world.org, &world.qa, &world.security] {
        assert!(groups.contains(&format!("href=\"/{}\"", group.path)), "{groups}");
    }
    for nonsense in ["page=x", "page=-1", "page=0", "page=99999999999999999999", "page=7", "mine=&search="] {
        assert_eq!(browser.get(&format!("/dashboard/groups?{nonsense}")).await.status, 200, "{nonsense}");
    }
}

async fn the_tabs_are_those_that_open(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    world.blocked(&world.deployer, "production").await;
    let (guard, outside) = reader(&world, "guard").await;
    world.join(&world.security, &guard, level::DEVELOPER).await;
    let (guest, inside) = reader(&world, "visitor").await;
    world.join(&world.org, &guest, level::GUEST).await;
    let root = Browser::signed_in(server, "root", ROOT_PASSWORD).await;
    let at = format!("/{}", world.project.path);
    let tabs = async |browser: &Browser, at: &str| -> Vec<String> {
        let page = browser.get(at).await;
        assert_eq!(page.status, 200, "{}", page.text);
        let (_, rest) = page.text.split_once("<nav class=\"tabs\"").expect("tabs");
        let (tabs, _) = rest.split_once("</nav>").unwrap();
        tabs.split("</a>").filter_map(|link| link.rsplit_once('>')).map(|(_, word)| word.to_owned()).collect()
    };
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(tabs(&root, &at).await, words("Overview Environments Pipelines Members Settings"));
    assert_eq!(tabs(&inside, &at).await, words("Overview Members"));
    assert_eq!(tabs(&outside, &at).await, words("Overview Environments"));
    assert_eq!(tabs(&root, &format!("/{}", world.org.path)).await, words("Overview Members Settings"));
    assert_eq!(tabs(&inside, &format!("/{}", world.org.path)).await, words("Overview Members"));
    // Whom only an entry lets in is told where the project lies, not what else is there.
    let page = outside.get(&at).await.text;
    assert!(page.contains(&world.org.path) && !page.contains("private"), "{page}");
    assert!(!page.contains(&format!("href=\"/{}\"", world.org.path)), "{page}");
}
