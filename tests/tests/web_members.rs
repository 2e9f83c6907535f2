//! The pages of members over HTTP: who has access and from where, and who may change that.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::world::{Place, level};
use countersign_tests::{Browser, Filled, Person, Reply, Server, World, each_engine};
use serde_json::{Value, json};

each_engine!(
    everybody_with_access_is_listed_with_where_it_comes_from,
    people_are_looked_for_and_added,
    a_role_is_changed_and_a_membership_ended,
    what_may_not_be_done_is_not_offered_and_refused_in_words,
    groups_are_invited_and_uninvited,
);

async fn reader(world: &World, name: &str) -> (Person, Browser) {
    let person = world.person(name).await;
    let browser = Browser::of(world.server, &person).await;
    (person, browser)
}

/// Somebody new who maintains the world's project.
async fn maintainer(world: &World) -> (Person, Browser) {
    let (person, browser) = reader(world, "manager").await;
    world.join(&world.project, &person, level::MAINTAINER).await;
    (person, browser)
}

fn of_project(world: &World) -> String {
    format!("/{}/-/project_members", world.project.path)
}

fn of_group(group: &Place) -> String {
    format!("/groups/{}/-/group_members", group.path)
}

async fn told(browser: &Browser, reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text);
    browser.open(reply.header("location")).await.text
}

/// The direct membership of somebody in a place; null if there is none.
async fn membership(world: &World, place: &Place, person: &Person) -> Value {
    let reply = world.root.get(&place.of(&format!("/members/{}", person.id))).await;
    if reply.status == 404 { Value::Null } else { reply.ok(200) }
}

/// The part of a page that tells of somebody, up to the end of the row.
fn row<'a>(page: &'a str, person: &Person) -> &'a str {
    let mark = format!("/{}\">", person.id);
    let (_, rest) = page.split_once(&mark).unwrap_or_else(|| panic!("{mark} in {page}"));
    rest.split_once("</li>").unwrap().0
}

async fn everybody_with_access_is_listed_with_where_it_comes_from(server: &'static Server) {
    let world = World::new(server).await;
    let (guest, browser) = reader(&world, "visitor").await;
    world.join(&world.org, &guest, level::GUEST).await;
    let until = json!({"user_id": world.outsider.id, "access_level": level::REPORTER, "expires_at": "2099-01-31"});
    world.root.post(&world.project.of("/members"), until).await.ok(201);
    world.share(&world.project, &world.qa, level::REPORTER).await;
    let page = browser.get(&of_project(&world)).await.text;
    let has = |person: &Person, parts: &[&str]| {
        let row = row(&page, person);
        parts.iter().for_each(|part| assert!(row.contains(part), "{part} in {row}"));
    };
    has(&world.owner, &["Owner", &format!("from {}<", world.org.path)]);
    has(&guest, &["Guest", "you</span>", &format!("from {}<", world.org.path)]);
    has(&world.outsider, &["Reporter", "direct", "until 31 Jan 2099"]);
    has(&world.qa1, &["Reporter", &format!("invited with {}<", world.qa.path)]);
    assert!(page.contains("Invited groups") && page.contains("up to Reporter"), "{page}");
    assert!(page.contains("You can add nobody here") && !page.contains("Invite a group"), "{page}");
    let found = browser.get(&format!("{}?search=OUTS", of_project(&world))).await.text;
    assert!(found.contains("1 person found") && !found.contains("@owner"), "{found}");
    let none = browser.get(&format!("{}?search=%3Ci%3E", of_project(&world))).await.text;
    assert!(none.contains("Nobody like that") && !none.contains("<i>"), "{none}");
    let beyond = browser.get(&format!("{}?page=9", of_project(&world))).await.text;
    assert!(beyond.contains("Nobody more") && beyond.contains("rel=\"prev\""), "{beyond}");
    assert!(!beyond.contains("Nobody has access"), "{beyond}");
    let group = browser.get(&of_group(&world.org)).await.text;
    assert!(row(&group, &world.dev).contains("direct") && !group.contains(&format!("/{}\">", world.qa1.id)), "{group}");
    let one = browser.get(&format!("{}/{}", of_project(&world), world.qa1.id)).await.text;
    assert!(one.contains("no membership of this place itself"), "{one}");
    for nowhere in [format!("{}/{}", of_project(&world), world.sec1.id), format!("{}/x", of_project(&world))] {
        assert!([400, 404].contains(&browser.get(&nowhere).await.status), "{nowhere}");
    }
    let (_, stranger) = reader(&world, "stranger").await;
    for hidden in [of_project(&world), of_group(&world.org), format!("{}/{}", of_project(&world), world.dev.id)] {
        assert_eq!(stranger.get(&hidden).await.status, 404, "{hidden}");
    }
}

async fn people_are_looked_for_and_added(server: &'static Server) {
    let world = World::new(server).await;
    let (_, browser) = maintainer(&world).await;
    let at = of_project(&world);
    let (one, two) = (world.person("one").await, world.person("two").await);
    let found = browser.get(&format!("{at}?find=one-{}", world.mark)).await.text;
    assert!(found.contains(&format!("value=\"{}\" checked", one.id)), "{found}");
    assert!(!found.contains(&format!("value=\"{}\"", two.id)), "{found}");
    assert!(found.contains("<option value=\"40\">Maintainer") && !found.contains("<option value=\"50\""), "{found}");
    let nobody = browser.get(&format!("{at}?find=%3Cb%3E")).await.text;
    assert!(nobody.contains("is called “&#60;b&#62;”"), "{nobody}");
    let (first, second) = (one.id.to_string(), two.id.to_string());
    let fields =
        [("user_id[]", first.as_str()), ("user_id[]", &second), ("access_level", "20"), ("expires_at", "2099-12-31")];
    assert_eq!(browser.send(&at, &fields).await.status, 403, "without the seal");
    let done = browser.submit(&at, &at, &fields).await;
    assert!(told(&browser, &done).await.contains("now belong to"));
    for person in [&one, &two] {
        let made = membership(&world, &world.project, person).await;
        assert_eq!((&made["access_level"], &made["expires_at"]), (&json!(20), &json!("2099-12-31")), "{made}");
    }
    let found = browser.get(&format!("{at}?find=one-{}", world.mark)).await.text;
    assert!(found.contains("belongs to it already") && found.contains("disabled"), "{found}");
    let refusals: [(&[(&str, &str)], &str); 7] = [
        (&[("user_id[]", &first), ("access_level", "30")], "Member already exists"),
        (&[("access_level", "30")], "Choose whom to add"),
        (&[("user_id[]", "999999"), ("access_level", "30")], "Either it does not exist"),
        (&[("user_id[]", &first), ("access_level", "50")], "needs at least the Owner role"),
        (&[("user_id[]", &first), ("access_level", "31")], "access_level does not have a valid value"),
        (&[("user_id[]", &first), ("access_level", "30"), ("expires_at", "soon")], "expires_at is invalid"),
        (
            &[("user_id[]", &first), ("access_level", "30"), ("expires_at", "2001-01-01")],
            "cannot be a date in the past",
        ),
    ];
    for (fields, words) in refusals {
        let refused = browser.submit(&at, &at, fields).await;
        assert!([400, 403, 404, 409].contains(&refused.status), "{}", refused.status);
        assert!(refused.text.contains(words) && refused.text.contains("id=\"problem\""), "{words} in {}", refused.text);
    }
    // What was filled in stays, for whoever corrects only what was wrong.
    let (three, four) = (world.person("pick-three").await, world.person("pick-four").await);
    let people = [three.id.to_string(), four.id.to_string()];
    let fields = [("access_level", "10"), ("expires_at", "2001-01-01"), ("find", "pick-")];
    let sent: Vec<_> = people.iter().map(|id| ("user_id[]", id.as_str())).chain(fields).collect();
    let refused = browser.submit(&at, &at, &sent).await;
    assert_eq!(refused.status, 400, "{}", refused.text);
    let form = Filled::of(refused.text.split_once("stack found").unwrap().1, &at);
    let mut chosen = form.values("user_id[]");
    chosen.sort_by_key(|id| id.parse::<i64>().unwrap());
    assert_eq!(chosen, people, "{}", refused.text);
    for (name, value) in fields {
        assert_eq!(form.values(name), [value], "{}", refused.text);
    }
    assert_eq!(membership(&world, &world.project, &three).await, Value::Null);
    for broken in [vec![("user_id[]", first.as_str())], vec![("user_id[]", "x"), ("access_level", "30")]] {
        let reply = browser.submit(&at, &at, &broken).await;
        assert_eq!(reply.status, 400, "{}", reply.text);
    }
}

async fn a_role_is_changed_and_a_membership_ended(server: &'static Server) {
    let world = World::new(server).await;
    let (own, browser) = maintainer(&world).await;
    let one = world.person("one").await;
    world.join(&world.project, &one, level::REPORTER).await;
    let at = format!("{}/{}", of_project(&world), one.id);
    let page = browser.get(&at).await.text;
    assert!(page.contains("<option value=\"20\" selected>Reporter"), "{page}");
    let fields = [("access_level", "30"), ("expires_at", "2099-06-30")];
    assert_eq!(browser.send(&at, &fields).await.status, 403, "without the seal");
    let done = browser.submit(&at, &at, &fields).await;
    let page = told(&browser, &done).await;
    assert!(page.contains("has the role Developer now") && page.contains("value=\"2099-06-30\""), "{page}");
    assert_eq!(membership(&world, &world.project, &one).await["access_level"], 30);
    let done = browser.submit(&at, &at, &[("access_level", "30"), ("expires_at", "")]).await;
    assert_eq!(done.status, 303);
    assert_eq!(membership(&world, &world.project, &one).await["expires_at"], Value::Null);
    assert_eq!(browser.send(&format!("{at}/remove"), &[]).await.status, 403, "without the seal");
    let done = browser.submit(&at, &format!("{at}/remove"), &[]).await;
    assert!(told(&browser, &done).await.contains("The membership has ended"));
    assert_eq!(membership(&world, &world.project, &one).await, Value::Null);
    // Whoever leaves is sent where they may still be.
    let at = format!("{}/{}", of_project(&world), own.id);
    assert!(browser.get(&at).await.text.contains("<h2 id=\"end\">Leave</h2>"));
    let done = browser.submit(&at, &format!("{at}/remove"), &[]).await;
    assert!(told(&browser, &done).await.contains("You left"));
    assert_eq!(browser.get(&at).await.status, 404);
}

async fn what_may_not_be_done_is_not_offered_and_refused_in_words(server: &'static Server) {
    let world = World::new(server).await;
    let (person, browser) = reader(&world, "coder").await;
    world.join(&world.org, &person, level::DEVELOPER).await;
    let at = format!("{}/{}", of_group(&world.org), world.dev.id);
    let page = browser.get(&at).await.text;
    assert!(page.contains("You cannot change it") && page.contains("needs at least the Owner role"), "{page}");
    for (path, fields) in [
        (at.clone(), vec![("access_level", "10")]),
        (format!("{at}/remove"), vec![]),
        (of_group(&world.org), vec![("user_id[]", "1"), ("access_level", "10")]),
        (format!("{}/invitations", of_group(&world.org)), vec![("group", "x"), ("group_access", "10")]),
    ] {
        let refused = browser.submit(&at, &path, &fields).await;
        let page = if refused.status == 303 { told(&browser, &refused).await } else { refused.text };
        assert!(page.contains("flash no") || page.contains("id=\"problem\""), "{path}: {page}");
    }
    assert_eq!(membership(&world, &world.org, &world.dev).await["access_level"], 30);
    // A maintainer of the project has less than its owner there, who has it from the group.
    let (_, manager) = maintainer(&world).await;
    let page = manager.get(&format!("{}/{}", of_project(&world), world.owner.id)).await.text;
    assert!(!page.contains("<h2 id=\"own\">"), "{page}");
    // The last owner of a group at the top can neither leave nor be less.
    let own = format!("own-{}", world.mark);
    let made = person.post("/groups", json!({"name": own, "path": own})).await.ok(201);
    let group = Place { id: made["id"].as_i64().unwrap(), path: own, at: format!("/groups/{}", made["id"]) };
    let at = format!("{}/{}", of_group(&group), person.id);
    let page = browser.get(&at).await.text;
    assert!(page.contains("You cannot leave") && !page.contains("<option value=\"40\""), "{page}");
    let refused = browser.submit(&at, &format!("{at}/remove"), &[]).await;
    assert!(told(&browser, &refused).await.contains("A group needs an owner who can act"));
    // Nobody is given less than they have from above.
    let sub = person.post("/groups", json!({"name": "sub", "path": "sub", "parent_id": group.id})).await.ok(201);
    let path = format!("{}/sub", group.path);
    let sub = Place { id: sub["id"].as_i64().unwrap(), path, at: format!("/groups/{}", sub["id"]) };
    let page = browser.get(&format!("{}/{}", of_group(&sub), person.id)).await.text;
    assert!(page.contains("<option value=\"50\" selected>Owner") && !page.contains("<option value=\"40\""), "{page}");
    // A group that keeps its projects from having members of their own.
    world.owner.put(&world.org.at, json!({"membership_lock": true})).await.ok(200);
    let page = manager.get(&of_project(&world)).await.text;
    assert!(page.contains("A setting lets nobody do this"), "{page}");
}

async fn groups_are_invited_and_uninvited(server: &'static Server) {
    let world = World::new(server).await;
    let (person, browser) = maintainer(&world).await;
    world.join(&world.qa, &person, level::DEVELOPER).await;
    let (at, to) = (of_project(&world), format!("{}/invitations", of_project(&world)));
    let fields = [("group", world.qa.path.as_str()), ("group_access", "20"), ("expires_at", "2099-01-01")];
    assert_eq!(browser.send(&to, &fields).await.status, 403, "without the seal");
    let done = browser.submit(&at, &to, &fields).await;
    let page = told(&browser, &done).await;
    assert!(page.contains("is invited to") && page.contains("up to Reporter, until 1 Jan 2099"), "{page}");
    let twice = browser.submit(&at, &to, &fields).await;
    assert!(twice.status == 409 && twice.text.contains("already shared"), "{} {}", twice.status, twice.text);
    for group in [world.security.path.as_str(), "no/such", ""] {
        let refused = browser.submit(&at, &to, &[("group", group), ("group_access", "20")]).await;
        assert!(refused.status == 404 && refused.text.contains("There is no group"), "{group}: {}", refused.text);
    }
    // What was filled in stays, for whoever corrects only what was wrong.
    let past = [("group", world.security.path.as_str()), ("group_access", "10"), ("expires_at", "2001-01-01")];
    let page = browser.submit(&at, &to, &past).await.text;
    let form = Filled::of(&page, &to);
    for (name, value) in past {
        assert_eq!(form.values(name), [value], "{page}");
    }
    let end = format!("{at}/invitations/{}/remove", world.qa.id);
    assert!(page.contains(&format!("action=\"{end}\"")), "{page}");
    assert_eq!(browser.send(&end, &[]).await.status, 403, "without the seal");
    let done = browser.submit(&at, &end, &[]).await;
    let page = told(&browser, &done).await;
    assert!(page.contains("The invitation has ended") && !page.contains("Invited groups"), "{page}");
    let twice = browser.submit(&at, &end, &[]).await;
    assert!(told(&browser, &twice).await.contains("Either it does not exist"));
}
