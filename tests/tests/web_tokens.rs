//! One's own access tokens on the pages: created and shown once, replaced, revoked; never anybody else's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::server::ROOT_PASSWORD;
use countersign_tests::{Browser, Client, Person, Reply, Server, World, each_engine};
use serde_json::{Value, json};

const TOKENS: &str = "/-/user_settings/personal_access_tokens";

each_engine!(
    a_token_is_created_and_shown_once,
    what_is_wrong_with_a_form_is_told_and_what_was_filled_in_stays,
    a_replaced_token_is_dead_and_asking_twice_harms_nobody,
    a_revoked_token_opens_nothing_and_is_listed_among_those_that_ended,
    nobody_touches_the_tokens_of_others,
);

async fn reader(server: &'static Server, name: &str) -> (Person, Browser) {
    let person = World::new(server).await.person(name).await;
    let browser = Browser::of(server, &person).await;
    (person, browser)
}

/// The secret on the page of a new token.
fn secret(page: &Reply) -> String {
    let (_, rest) = page.text.split_once("id=\"secret\" value=\"").unwrap_or_else(|| panic!("{}", page.text));
    rest.split_once('"').unwrap().0.to_owned()
}

async fn tokens(of: &Client, name: &str) -> Vec<Value> {
    of.get(&format!("/personal_access_tokens?search={name}")).await.ok(200).as_array().unwrap().clone()
}

async fn create(browser: &Browser, name: &str, scopes: &[&str]) -> Reply {
    let scopes = scopes.iter().map(|scope| ("scopes[]", *scope));
    let fields: Vec<_> =
        [("name", name), ("description", "for a test"), ("expires_at", "")].into_iter().chain(scopes).collect();
    browser.submit(TOKENS, TOKENS, &fields).await
}

async fn a_token_is_created_and_shown_once(server: &'static Server) {
    let (person, browser) = reader(server, "maker").await;
    let page = create(&browser, "laptop", &["read_api", "read_repository"]).await;
    assert_eq!(page.status, 200, "{}", page.text);
    let secret = secret(&page);
    assert!(secret.starts_with("glpat-") && secret.len() == 38, "{secret}");
    let own = server.anonymous().with_token(&secret);
    assert_eq!(own.get("/user").await.ok(200)["id"], person.id);
    own.post("/groups", json!({"name": "x", "path": "x"})).await.ok(403);
    let kept = &tokens(&person, "laptop").await[0];
    assert_eq!(
        (&kept["scopes"], &kept["description"]),
        (&json!(["read_api", "read_repository"]), &json!("for a test"))
    );
    // Shown by that page alone: no cookie, no address, no log holds it.
    let secret_only = secret.trim_start_matches("glpat-");
    assert!(!format!("{:?}", page.headers).contains(secret_only));
    assert_eq!(page.header("cache-control"), "no-store");
    let beyond = browser.get(&format!("{TOKENS}?page=9")).await.text;
    assert!(beyond.contains("No more tokens") && !beyond.contains("You have no tokens"), "{beyond}");
    let again = browser.get(TOKENS).await.text;
    assert!(again.contains("laptop") && !again.contains(secret_only) && !again.contains("Copy your new token"));
    assert!(!server.log().contains(secret_only));
}

async fn what_is_wrong_with_a_form_is_told_and_what_was_filled_in_stays(server: &'static Server) {
    let (person, browser) = reader(server, "clumsy").await;
    let none = create(&browser, "no \"scopes\"", &[]).await;
    assert!(none.status == 400 && none.text.contains("The scopes can&#39;t be blank"), "{}", none.text);
    assert!(none.text.contains("value=\"no &#34;scopes&#34;\""), "{}", none.text);
    let unknown = create(&browser, "odd", &["everything"]).await;
    assert!(unknown.status == 400 && unknown.text.contains("there is no such scope"), "{}", unknown.text);
    for (day, why) in
        [("2020-01-01", "must be in the future"), ("2999-01-01", "at most 365 days"), ("tomorrow", "YYYY-MM-DD")]
    {
        let fields = [("name", "late"), ("scopes[]", "api"), ("expires_at", day)];
        let refused = browser.submit(TOKENS, TOKENS, &fields).await;
        assert!(refused.status == 400 && refused.text.contains(why), "{day}: {}", refused.text);
        assert!(refused.text.contains("value=\"api\" checked"), "{}", refused.text);
    }
    let nameless = create(&browser, " ", &["api"]).await;
    assert!(nameless.status == 400 && nameless.text.contains("The name"), "{}", nameless.text);
    assert_eq!(tokens(&person, "").await.len(), 1, "the one the test came with");
    let page = browser.get(TOKENS).await.text;
    assert!(!page.contains("value=\"sudo\"") && !page.contains("value=\"k8s_proxy\""), "{page}");
    let root = Browser::signed_in(server, "root", ROOT_PASSWORD).await;
    assert!(root.get(TOKENS).await.text.contains("value=\"sudo\""));
}

async fn a_replaced_token_is_dead_and_asking_twice_harms_nobody(server: &'static Server) {
    let (person, browser) = reader(server, "rotator").await;
    let old = secret(&create(&browser, "deploys", &["api"]).await);
    let id = tokens(&person, "deploys").await[0]["id"].as_i64().unwrap();
    let rotate = format!("{TOKENS}/{id}/rotate");
    let page = browser.submit(TOKENS, &rotate, &[("expires_at", "")]).await;
    let new = secret(&page);
    assert!(page.status == 200 && new != old && page.text.contains("takes the place of"), "{}", page.text);
    let after = tokens(&person, "deploys").await;
    let living: Vec<_> = after.iter().filter(|token| token["active"] == true).collect();
    assert_eq!((after.len(), living.len(), &living[0]["scopes"]), (2, 1, &json!(["api"])));
    // Whoever presents the old one by its secret ends the new one too; a form sent twice does not.
    server.anonymous().with_token(&old).get("/user").await.ok(401);
    server.anonymous().with_token(&new).get("/user").await.ok(401);
    let second = secret(&create(&browser, "again", &["api"]).await);
    let id = tokens(&person, "again").await[0]["id"].as_i64().unwrap();
    let rotate = format!("{TOKENS}/{id}/rotate");
    let new = secret(&browser.submit(TOKENS, &rotate, &[]).await);
    let twice = browser.submit(TOKENS, &rotate, &[]).await;
    assert!(twice.status == 400 && twice.text.contains("This token was revoked; create a new one"), "{}", twice.text);
    server.anonymous().with_token(&new).get("/user").await.ok(200);
    assert_ne!(second, new);
}

async fn a_revoked_token_opens_nothing_and_is_listed_among_those_that_ended(server: &'static Server) {
    let (person, browser) = reader(server, "revoker").await;
    let secret = secret(&create(&browser, "short-lived", &["api"]).await);
    let id = tokens(&person, "short-lived").await[0]["id"].as_i64().unwrap();
    let revoke = format!("{TOKENS}/{id}/revoke");
    assert_eq!(browser.send(&revoke, &[]).await.status, 403, "without the seal");
    server.anonymous().with_token(&secret).get("/user").await.ok(200);
    for _ in 0..2 {
        let reply = browser.submit(TOKENS, &revoke, &[]).await;
        assert_eq!((reply.status, reply.header("location")), (303, TOKENS), "{}", reply.text);
    }
    server.anonymous().with_token(&secret).get("/user").await.ok(401);
    let page = browser.get(TOKENS).await.text;
    assert!(page.contains("is revoked") && !page.contains("short-lived"), "{page}");
    let ended = browser.get(&format!("{TOKENS}?state=inactive")).await.text;
    assert!(ended.contains("short-lived") && ended.contains("revoked") && !ended.contains("/rotate"), "{ended}");
}

async fn nobody_touches_the_tokens_of_others(server: &'static Server) {
    let (victim, _) = reader(server, "victim").await;
    let (_, browser) = reader(server, "nosy").await;
    let id = tokens(&victim, "").await[0]["id"].as_i64().unwrap();
    for what in ["rotate", "revoke"] {
        assert_eq!(browser.submit(TOKENS, &format!("{TOKENS}/{id}/{what}"), &[]).await.status, 404, "{what}");
    }
    victim.get("/user").await.ok(200);
    // An administrator sees their own there, not everybody's.
    let root = Browser::signed_in(server, "root", ROOT_PASSWORD).await;
    assert!(!root.get(TOKENS).await.text.contains(&format!("/{id}/revoke")));
    assert_eq!(Browser::new(server).get(TOKENS).await.status, 303);
}
