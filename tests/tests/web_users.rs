//! The people of the instance on the pages: for administrators, by the rules that REST goes by.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::server::ROOT_PASSWORD;
use countersign_tests::world::level;
use countersign_tests::{Browser, Engine, Reply, Server, World, each_engine};

const USERS: &str = "/admin/users";
const NEW: &str = "/admin/users/new";
const PASSWORD: &str = "/-/user_settings/password";

each_engine!(
    administrators_find_people_and_others_are_refused,
    somebody_new_signs_in_with_a_temporary_password,
    somebody_blocked_is_out_and_comes_back,
    a_password_given_by_an_administrator_must_be_changed,
    memberships_are_shown_with_their_roles,
);

async fn root(server: &Server) -> Browser {
    Browser::signed_in(server, "root", ROOT_PASSWORD).await
}

async fn told(browser: &Browser, reply: Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text);
    browser.open(reply.header("location")).await.text
}

async fn administrators_find_people_and_others_are_refused(server: &'static Server) {
    let world = World::new(server).await;
    let person = world.person("findable").await;
    let (root, other) = (root(server).await, Browser::of(server, &person).await);
    let named = |page: &str| page.contains(&format!("{USERS}/{}\"", person.username));
    let named_root = |page: &str| page.contains("href=\"/admin/users/root\"");
    let page = async |query: String| root.get(&format!("{USERS}?{query}")).await.text;
    assert!(named(&page(format!("search={}", person.username)).await));
    assert!(named(&page(format!("search={}%40example.com", person.username)).await), "by the whole mail address");
    assert!(named(&page(format!("search={}&kind=active", person.username)).await));
    for kind in ["admins", "blocked", "banned", "bots"] {
        assert!(!named(&page(format!("search={}&kind={kind}", person.username)).await), "{kind}");
    }
    let first = page(String::new()).await;
    assert!(first.contains(">Administrators</option>") && named_root(&first), "{first}");
    for number in 0..21 {
        world.person(&format!("crowd{number}")).await;
    }
    let crowd = page("search=crowd".into()).await;
    assert!(crowd.contains("Page 1 of") && crowd.contains("search=crowd&#38;page=2"), "{crowd}");
    assert!(page("search=crowd&page=2".into()).await.contains("@crowd"));
    assert!(page("search=crowd&page=999999".into()).await.contains("Nobody like that"));
    let at = format!("{USERS}/{}", person.username);
    for path in [USERS, NEW, &at] {
        let refused = other.get(path).await;
        assert!(refused.status == 403 && !refused.text.contains("example.com"), "{path}: {}", refused.text);
        assert_eq!(Browser::new(server).get(path).await.status, 303, "{path}");
    }
    let fields = [("change", "block"), ("admin", "true"), ("password", "a new password")];
    for what in ["state", "admin", "password"] {
        assert_eq!(other.submit("/", &format!("{at}/{what}"), &fields).await.status, 403, "{what}");
    }
    let new = [("name", "X"), ("username", "xx"), ("email", "x@example.com")];
    assert_eq!(other.submit("/", NEW, &new).await.status, 403);
    assert_eq!(root.get(&format!("{USERS}/nobody-at-all")).await.status, 404);
}

async fn somebody_new_signs_in_with_a_temporary_password(server: &'static Server) {
    let root = root(server).await;
    let fields = |username, email, password| {
        [
            ("name", "Ann <Example>"),
            ("username", username),
            ("email", email),
            ("password", password),
            ("external", "true"),
        ]
    };
    let wrong = [
        (fields("ann", "not an address", ""), "The email"),
        (fields("an n", "ann@example.com", ""), "The username"),
        (fields("ann", "ann@example.com", "short"), "The password is too short"),
        (fields("root", "ann@example.com", ""), "Username has already been taken"),
        (fields("admin", "ann@example.com", ""), "The username"),
    ];
    for (fields, why) in wrong {
        let refused = root.submit(NEW, NEW, &fields).await;
        assert!((400..500).contains(&refused.status) && refused.text.contains(why), "{why}: {}", refused.text);
        assert!(refused.text.contains("value=\"Ann &#60;Example&#62;\"") && !refused.text.contains("short\""));
    }
    let reply = root.submit(NEW, NEW, &fields("ann", "ann@example.com", "a temporary one")).await;
    assert_eq!(reply.header("location"), "/admin/users/ann");
    let page = told(&root, reply).await;
    assert!(page.contains("was created") && page.contains("external"), "{page}");
    let ann = Browser::signed_in(server, "ann", "a temporary one").await;
    assert_eq!(ann.get("/").await.header("location"), PASSWORD);
    let change = [("current", "a temporary one"), ("new", "one of my own"), ("again", "one of my own")];
    assert_eq!(ann.submit(PASSWORD, PASSWORD, &change).await.status, 303);
    assert_eq!(ann.get("/").await.status, 200);
    // A username that the address of the form has, too.
    let new = [("name", "New"), ("username", "new"), ("email", "new@example.com")];
    let page = told(&root, root.submit(NEW, NEW, &new).await).await;
    assert!(page.contains("<h1 class=\"grow\">New</h1>") && page.contains("new@example.com"), "{page}");
}

async fn somebody_blocked_is_out_and_comes_back(server: &'static Server) {
    let world = World::new(server).await;
    let person = world.person("shut-out").await;
    let (root, own) = (root(server).await, Browser::of(server, &person).await);
    let at = format!("{USERS}/{}", person.username);
    let state = format!("{at}/state");
    let change = async |what: &str| told(&root, root.submit(&at, &state, &[("change", what)]).await).await;
    let page = change("block").await;
    assert!(page.contains("is blocked.") && page.contains(">blocked<") && page.contains(">Unblock<"), "{page}");
    assert!(!page.contains(">Block<") && !page.contains(">Deactivate<"), "{page}");
    assert_eq!(own.get("/").await.status, 303);
    person.get("/user").await.ok(403);
    assert!(change("block").await.contains("nothing changed"));
    assert!(change("deactivate").await.contains("A blocked user cannot be deactivated"));
    assert!(change("unblock").await.contains("is no longer blocked."));
    assert!(change("deactivate").await.contains("is deactivated."));
    assert!(change("activate").await.contains("is active again."));
    person.get("/user").await.ok(200);
    assert_eq!(root.submit(&at, &state, &[("change", "vanish")]).await.status, 400);
    assert_eq!(root.send(&state, &[("change", "block")]).await.status, 403, "without the seal");
}

async fn a_password_given_by_an_administrator_must_be_changed(server: &'static Server) {
    let world = World::new(server).await;
    let person = world.person("forgetful").await;
    let (root, own) = (root(server).await, Browser::of(server, &person).await);
    let at = format!("{USERS}/{}", person.username);
    let to = format!("{at}/password");
    let set = async |password: &str| told(&root, root.submit(&at, &to, &[("password", password)]).await).await;
    assert!(set("short").await.contains("too short"));
    assert_eq!(own.get("/").await.status, 200);
    let page = set("a temporary one").await;
    assert!(page.contains("must change it when they sign in") && !page.contains("a temporary one"), "{page}");
    assert_eq!(own.get("/").await.status, 303, "signed out");
    let again = Browser::signed_in(server, &person.username, "a temporary one").await;
    assert_eq!(again.get("/").await.header("location"), PASSWORD);
    assert!(root.get(&format!("{USERS}/root")).await.text.contains("This is you"));
}

async fn memberships_are_shown_with_their_roles(server: &'static Server) {
    let world = World::new(server).await;
    let person = world.person("member").await;
    world.join(&world.org, &person, level::REPORTER).await;
    world.join(&world.project, &person, level::MAINTAINER).await;
    let page = root(server).await.get(&format!("{USERS}/{}", person.username)).await.text;
    for (path, role) in [(&world.org.path, "Reporter"), (&world.project.path, "Maintainer")] {
        let (_, rest) = page.split_once(&format!("href=\"/{path}\"")).unwrap_or_else(|| panic!("no {path} in {page}"));
        assert!(rest.split_once("</li>").unwrap().0.contains(role), "{role} in {rest}");
    }
}

/// On servers of their own: everybody else is an administrator there no more.
mod the_last_administrator_stays {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn on_sqlite() {
        the_last_administrator_stays(Engine::Sqlite).await;
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn on_postgres() {
        Engine::Postgres.need();
        the_last_administrator_stays(Engine::Postgres).await;
    }
}

async fn the_last_administrator_stays(engine: Engine) {
    let server = Server::start(engine).await;
    let root = root(&server).await;
    let at = format!("{USERS}/root");
    let page = root.get(&at).await.text;
    let why = "This is the last active administrator; make somebody else an administrator first";
    assert!(page.contains(why) && !page.contains("/state\"") && !page.contains("/admin\""), "{page}");
    for (what, field) in
        [("state", ("change", "block")), ("state", ("change", "deactivate")), ("admin", ("admin", "false"))]
    {
        let page = told(&root, root.submit(&at, &format!("{at}/{what}"), &[field]).await).await;
        assert!(page.contains("class=\"note flash no\"") && page.contains(why), "{what}: {page}");
    }
    let second =
        [("name", "Second"), ("username", "second"), ("email", "s@example.com"), ("password", "a temporary one")];
    told(&root, root.submit(NEW, NEW, &second).await).await;
    let page =
        told(&root, root.submit("/admin/users/second", "/admin/users/second/admin", &[("admin", "true")]).await).await;
    assert!(page.contains("Second is an administrator now."), "{page}");
    let page = root.get(&at).await.text;
    assert!(!page.contains(why) && page.contains(">Block<"), "{page}");
    let page = told(&root, root.submit(&at, "/admin/users/second/admin", &[("admin", "false")]).await).await;
    assert!(page.contains("is no administrator any more."), "{page}");
}
