//! Signing in to the pages over HTTP: sessions, lock-out, seals of forms, and headers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use countersign_tests::browser::seal;
use countersign_tests::server::ROOT_PASSWORD;
use countersign_tests::{Browser, Reply, Server, each_engine};
use serde_json::json;

const SESSIONS: &str = "/-/user_settings/active_sessions";
const PASSWORD: &str = "/-/user_settings/password";

each_engine!(
    somebody_signs_in_and_out,
    a_wrong_password_and_an_unknown_name_are_told_alike_and_locked_alike,
    nobody_is_sent_to_another_site,
    forms_without_the_seal_or_from_elsewhere_are_refused,
    a_cookie_opens_no_api,
    a_password_set_by_an_administrator_is_changed_first,
    sessions_are_listed_and_revoked,
    pages_carry_their_headers_and_escape_what_they_show,
);

async fn somebody_signs_in_and_out(server: &'static Server) {
    let browser = Browser::new(server);
    let first = browser.get("/").await;
    assert_eq!((first.status, first.header("location")), (303, "/users/sign_in"));
    let deep = browser.get("/acme/shop/-/deployments/7?x=1").await;
    assert!([303, 404].contains(&deep.status));
    let reply = browser.sign_in("root", ROOT_PASSWORD, SESSIONS).await;
    assert_eq!((reply.status, reply.header("location")), (303, SESSIONS));
    let line = reply.headers.get_all("set-cookie").iter().map(|v| v.to_str().unwrap()).find(|v| v.contains("session="));
    assert!(line.is_some_and(|line| line.contains("HttpOnly") && line.contains("SameSite=Lax")), "{line:?}");
    let page = browser.get(SESSIONS).await;
    assert!(page.status == 200 && page.text.contains("this browser") && page.text.contains("Administrator"));
    assert_eq!(browser.submit(SESSIONS, "/users/sign_out", &[]).await.status, 303);
    assert!(browser.cookie("session").is_empty());
    assert_eq!(browser.get(SESSIONS).await.status, 303);
}

async fn a_wrong_password_and_an_unknown_name_are_told_alike_and_locked_alike(server: &'static Server) {
    let made = user(server, "locked", "a good password").await;
    assert!(made > 0);
    // Both names are as long, as the page shows them once more.
    let (known, unknown) = ("locked", "nobody");
    let strip = |reply: &Reply, name: &str| reply.text.replace(name, "NAME").replace(&seal(&reply.text), "SEAL");
    let mut answers = Vec::new();
    for name in [known, unknown] {
        let browser = Browser::new(server);
        let mut told = Vec::new();
        for _ in 0..11 {
            let reply = browser.sign_in(name, "wrong wrong wrong", "").await;
            told.push((reply.status, strip(&reply, name)));
        }
        answers.push(told);
    }
    assert_eq!(answers[0], answers[1]);
    assert!(answers[0][0].1.contains("do not belong together") && answers[0][10].1.contains("Too many attempts"));
    let right = Browser::new(server).sign_in(known, "a good password", "").await;
    assert!(right.status == 403 && right.text.contains("Too many attempts"), "{}", right.text);
}

async fn nobody_is_sent_to_another_site(server: &'static Server) {
    for to in ["https://evil.test/", "//evil.test/", "/\\evil.test", "javascript:alert(1)"] {
        let reply = Browser::new(server).sign_in("root", ROOT_PASSWORD, to).await;
        assert_eq!((reply.status, reply.header("location")), (303, "/"), "{to}");
    }
}

async fn forms_without_the_seal_or_from_elsewhere_are_refused(server: &'static Server) {
    let mut browser = Browser::signed_in(server, "root", ROOT_PASSWORD).await;
    for fields in [&[][..], &[("seal", "")], &[("seal", "0000")]] {
        assert_eq!(browser.send("/users/sign_out", fields).await.status, 403);
    }
    let other = Browser::signed_in(server, "root", ROOT_PASSWORD).await;
    let theirs = seal(&other.get(SESSIONS).await.text);
    assert_eq!(browser.send("/users/sign_out", &[("seal", &theirs)]).await.status, 403);
    for origin in ["https://evil.test", "null"] {
        browser.origin = Some(origin.into());
        assert_eq!(browser.submit(SESSIONS, "/users/sign_out", &[]).await.status, 403, "{origin}");
    }
    // Signing in carries a seal too, so that nobody is signed in to another's account unawares.
    let fields = [("name", "root"), ("password", ROOT_PASSWORD)];
    assert_eq!(Browser::new(server).send("/users/sign_in", &fields).await.status, 403);
    assert_eq!(browser.get(SESSIONS).await.status, 200);
}

async fn a_cookie_opens_no_api(server: &'static Server) {
    let browser = Browser::signed_in(server, "root", ROOT_PASSWORD).await;
    assert_eq!(browser.get("/api/v4/user").await.status, 401);
    assert_eq!(browser.submit(SESSIONS, "/api/v4/groups", &[("name", "x"), ("path", "x")]).await.status, 401);
}

async fn a_password_set_by_an_administrator_is_changed_first(server: &'static Server) {
    let id = user(server, "fresh", "chosen by another").await;
    let browser = Browser::signed_in(server, "fresh@example.com", "chosen by another").await;
    let held = browser.get(SESSIONS).await;
    assert_eq!((held.status, held.header("location")), (303, PASSWORD));
    let old = browser.cookie("session");
    let change = |current, new, again| [("current", current), ("new", new), ("again", again)];
    let wrong = change("not that one", "my own password", "my own password");
    let reply = browser.submit(PASSWORD, PASSWORD, &wrong).await;
    assert!(reply.status == 403 && reply.text.contains("not your current password"), "{}", reply.text);
    let differ = change("chosen by another", "my own password", "my own passwort");
    assert_eq!(browser.submit(PASSWORD, PASSWORD, &differ).await.status, 400);
    let right = change("chosen by another", "my own password", "my own password");
    assert_eq!(browser.submit(PASSWORD, PASSWORD, &right).await.status, 303);
    assert_ne!(browser.cookie("session"), old);
    assert_eq!(browser.get(SESSIONS).await.status, 200);
    let stolen = Browser::new(server);
    stolen.set_cookie("countersign_session", &old);
    assert_eq!(stolen.get(SESSIONS).await.status, 303);
    server.root().put(&format!("/users/{id}"), json!({"password": "reset by root"})).await.ok(200);
    assert_eq!(browser.get(SESSIONS).await.status, 303, "a reset ends what was");
    let events = server.root().get(&format!("/users/{id}")).await.ok(200);
    assert_eq!(events["username"], "fresh");
}

async fn sessions_are_listed_and_revoked(server: &'static Server) {
    user(server, "twice", "chosen by another").await;
    let change = [("current", "chosen by another"), ("new", "my own password"), ("again", "my own password")];
    let one = Browser::signed_in(server, "twice", "chosen by another").await;
    assert_eq!(one.submit(PASSWORD, PASSWORD, &change).await.status, 303);
    let other = Browser::signed_in(server, "twice", "my own password").await;
    let page = one.get(SESSIONS).await.text;
    let (_, rest) = page.split_once("/active_sessions/").expect("a form to revoke");
    let id = rest.split_once("/revoke").expect("its path").0;
    let path = format!("{SESSIONS}/{id}/revoke");
    let root = Browser::signed_in(server, "root", ROOT_PASSWORD).await;
    assert_eq!(root.submit(SESSIONS, &path, &[]).await.status, 404);
    assert_eq!(one.submit(SESSIONS, &path, &[]).await.status, 303);
    assert!(one.get(SESSIONS).await.text.contains("You are signed out there."));
    assert!(!one.get(SESSIONS).await.text.contains("You are signed out there."), "told once");
    assert_eq!(other.get(SESSIONS).await.status, 303);
}

async fn pages_carry_their_headers_and_escape_what_they_show(server: &'static Server) {
    let browser = Browser::new(server);
    let reply = browser.sign_in("<script>alert(1)</script>\"", "wrong wrong", "").await;
    assert!(!reply.text.contains("<script>alert") && reply.text.contains("&#60;script&#62;alert"), "{}", reply.text);
    let policy = reply.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"));
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert_eq!(reply.header("referrer-policy"), "same-origin");
    assert_eq!(reply.header("cache-control"), "no-store");
    let inline = ["style=\"", "onclick=", "http://", "https://"];
    assert!(inline.iter().all(|word| !reply.text.contains(word)), "{}", reply.text);
    let (_, path) = reply.text.split_once("stylesheet\" href=\"").expect("a style sheet");
    let style = browser.get(path.split_once('"').unwrap().0).await;
    assert_eq!((style.status, style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(style.header("cache-control").contains("immutable"));
    let missing = browser.get("/-/no/such/page").await;
    assert!(missing.status == 404 && missing.text.contains("There is nothing here"));
}

/// A new user with that password, set by the administrator; their id.
async fn user(server: &Server, name: &str, password: &str) -> i64 {
    let email = format!("{name}@example.com");
    let body = json!({"username": name, "name": name, "email": email, "password": password, "skip_confirmation": true});
    server.root().post("/users", body).await.ok(201)["id"].as_i64().unwrap()
}
