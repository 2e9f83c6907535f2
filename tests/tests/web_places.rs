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
    the_first_page_of_a_project_tells_what_stands_where_and_how_to_begin,
    projects_and_groups_are_created_where_one_may,
    what_cannot_be_created_is_told_in_words_and_kept_to_be_mended,
);

/// What is asked for, with which fields, and the status and the words it is refused with.
type Refused<'a> = (&'a str, &'a [(&'a str, &'a str)], u16, &'a str);

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

async fn the_first_page_of_a_project_tells_what_stands_where_and_how_to_begin(server: &'static Server) {
    let world = World::new(server).await;
    let (person, browser) = reader(&world, "coder").await;
    world.join(&world.org, &person, level::DEVELOPER).await;
    let (member, reading) = reader(&world, "member").await;
    world.join(&world.org, &member, level::REPORTER).await;
    let at = format!("/{}", world.project.path);
    let empty = browser.get(&at).await.text;
    assert!(
        empty.contains("Push the first commit") && empty.contains("git push --set-upstream origin main"),
        "{empty}"
    );
    assert!(!reading.get(&at).await.text.contains("Push the first commit"), "only to those who may push");
    let yaml = "deploy:\n  script: [a]\n  environment: box\n";
    let step = json!({"action": "create", "file_path": ".gitlab-ci.yml", "content": yaml});
    let title = "Ship <i>it</i>";
    let commit = json!({"branch": "main", "commit_message": title, "actions": [step]});
    person.post(&world.project.of("/repository/commits"), commit).await.ok(201);
    let page = browser.get(&at).await.text;
    assert!(!page.contains("Push the first commit") && page.contains("Ship &#60;i&#62;it&#60;/i&#62;"), "{page}");
    assert!(page.contains(">box</a>") && page.contains("/-/environments/"), "{page}");
    // Of a project that only an entry shows, neither code nor address.
    world.protect_as_the_seeds().await;
    let (guard, outside) = reader(&world, "guard").await;
    world.join(&world.security, &guard, level::DEVELOPER).await;
    let page = outside.get(&at).await.text;
    assert!(page.contains("You are no member here") && !page.contains(".git") && !page.contains("Ship"), "{page}");
    assert!(!page.contains(">box</a>"), "{page}");
}

async fn projects_and_groups_are_created_where_one_may(server: &'static Server) {
    let world = World::new(server).await;
    let (person, browser) = reader(&world, "maker").await;
    world.join(&world.org, &person, level::MAINTAINER).await;
    let org = format!("/{}", world.org.path);
    let page = browser.get(&org).await.text;
    let (project, group) =
        (format!("/projects/new?namespace_id={}", world.org.id), format!("/groups/new?namespace_id={}", world.org.id));
    assert!(page.contains(&project) && page.contains(&group), "{page}");
    let form = browser.get(&project).await.text;
    assert!(form.contains(&format!("<option value=\"{}\" selected>{}", world.org.id, world.org.path)), "{form}");
    assert!(form.contains(&format!(">{}</option>", person.username)), "their own namespace: {form}");
    let id = world.org.id.to_string();
    let fields =
        [("name", "New Till"), ("namespace_id", id.as_str()), ("description", "For <us>"), ("visibility", "private")];
    assert_eq!(browser.send("/projects/new", &fields).await.status, 403, "without the seal");
    let made = browser.submit("/projects/new", "/projects/new", &fields).await;
    assert_eq!((made.status, made.header("location")), (303, format!("{org}/new-till").as_str()), "{}", made.text);
    let page = browser.get(made.header("location")).await.text;
    assert!(page.contains("New Till was created") && page.contains("For &#60;us&#62;"), "{page}");
    assert!(page.contains("Push the first commit"), "{page}");
    let fields = [("name", "Desk"), ("path", "desk"), ("namespace_id", id.as_str()), ("visibility", "private")];
    let made = browser.submit("/groups/new", "/groups/new", &fields).await;
    assert_eq!((made.status, made.header("location")), (303, format!("{org}/desk").as_str()), "{}", made.text);
    let top = format!("top-{}", world.mark);
    let made = browser.submit("/groups/new", "/groups/new", &[("name", &top), ("visibility", "internal")]).await;
    assert_eq!((made.status, made.header("location")), (303, format!("/{top}").as_str()), "{}", made.text);
    let own = browser.submit("/projects/new", "/projects/new", &[("name", "mine")]).await;
    assert_eq!(own.header("location"), format!("/{}/mine", person.username), "{}", own.text);
}

async fn what_cannot_be_created_is_told_in_words_and_kept_to_be_mended(server: &'static Server) {
    let world = World::new(server).await;
    let (person, browser) = reader(&world, "maker").await;
    world.join(&world.org, &person, level::REPORTER).await;
    let page = browser.get(&format!("/{}", world.org.path)).await.text;
    assert!(!page.contains("/projects/new?") && !page.contains("/groups/new?"), "{page}");
    let id = world.org.id.to_string();
    let long = "x".repeat(300);
    let refusals: [Refused<'_>; 8] = [
        ("project", &[("name", "x"), ("namespace_id", &id)], 403, "needs at least the Developer role"),
        ("group", &[("name", "x"), ("namespace_id", &id)], 403, "needs at least the Maintainer role"),
        ("project", &[("name", "x"), ("namespace_id", "999999")], 404, "Either it does not exist"),
        ("project", &[("name", "x"), ("namespace_id", "-x")], 400, "namespace_id is invalid"),
        ("project", &[("name", "\"><b>x"), ("path", "x")], 400, "can contain only letters"),
        ("project", &[("name", "x"), ("visibility", "secret")], 400, "visibility is invalid"),
        ("group", &[("name", "Api"), ("path", "api")], 400, "is a reserved name"),
        ("group", &[("name", &long)], 400, "is too long"),
    ];
    for (what, fields, status, words) in refusals {
        let at = format!("/{what}s/new");
        let reply = browser.submit(&at, &at, fields).await;
        assert_eq!(reply.status, status, "{fields:?}: {}", reply.text);
        assert!(reply.text.contains(words) && reply.text.contains("role=\"alert\""), "{words} in {}", reply.text);
        assert!(!reply.text.contains("<b>x"), "{}", reply.text);
    }
    let kept = browser.submit("/groups/new", "/groups/new", &[("name", "Api"), ("path", "api")]).await.text;
    assert!(kept.contains("value=\"Api\"") && kept.contains("value=\"api\""), "{kept}");
    assert_eq!(Browser::new(server).get("/projects/new").await.status, 303);
}
