//! Protecting environments on pages, without scripts: every test presses only buttons that the page before offered.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a failed test panics")]

use countersign_tests::compare::{assert_shows, id};
use countersign_tests::world::{Place, level};
use countersign_tests::{Browser, Filled, Person, Reply, Server, World, each_engine};
use serde_json::{Value, json};

each_engine!(
    the_seeds_protection_is_put_together_by_forms,
    nothing_is_saved_before_the_last_button,
    an_edit_keeps_what_it_does_not_touch,
    whoever_was_overtaken_overwrites_nothing_unknowingly,
    an_orphaned_rule_is_shown_and_repaired,
    what_is_odd_is_told_before_and_after,
    unprotecting_tells_what_it_releases,
    four_eyes_are_switched_off_where_the_rules_live,
    protections_from_above_are_shown_but_not_offered,
    only_whom_the_rules_admit_is_offered,
    nobody_is_named_of_whom_the_reader_is_not_told,
    whoever_may_not_manage_gets_no_page,
    a_form_without_the_seal_changes_nothing,
    what_others_wrote_is_escaped,
    what_cannot_be_saved_is_told,
);

/// Somebody new with a browser and a role in a place.
async fn reader(world: &World, name: &str, place: &Place, level: i64) -> (Person, Browser) {
    let person = world.person(name).await;
    world.join(place, &person, level).await;
    let browser = Browser::of(world.server, &person).await;
    (person, browser)
}

/// Where the settings of a place are.
fn settings(place: &Place) -> String {
    let above = if place.at.starts_with("/groups") { "/groups" } else { "" };
    format!("{above}/{}/-/settings/ci_cd", place.path)
}

fn blank(place: &Place) -> String {
    format!("{}/protected_environments/new", settings(place))
}

/// A page of the protection of that name, as the list links to it.
async fn page_of(browser: &Browser, place: &Place, name: &str, what: &str) -> String {
    let list = browser.get(&settings(place)).await.text;
    let row = list.split("<tbody").find(|row| row.contains(&format!(">{name}</span>")) && row.contains("/edit\""));
    let row = row.unwrap_or_else(|| panic!("no {name} in {list}"));
    let mut links = row.split("href=\"").skip(1).filter_map(|rest| rest.split_once('"')).map(|(link, _)| link);
    links.find(|link| link.ends_with(what)).unwrap_or_else(|| panic!("no {what} in {row}")).to_owned()
}

async fn open(browser: &Browser, path: &str) -> Filled {
    let page = browser.get(path).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.len() < 40_000, "{} bytes", page.text.len());
    Filled::of(&page.text, path)
}

async fn told(browser: &Browser, reply: &Reply) -> String {
    assert_eq!(reply.status, 303, "{}", reply.text);
    browser.open(reply.header("location")).await.text
}

async fn rest(world: &World, place: &Place, name: &str) -> Reply {
    let name = name.replace('/', "%2F").replace(' ', "%20").replace('<', "%3C").replace('>', "%3E");
    world.owner.get(&place.of(&format!("/protected_environments/{name}"))).await
}

async fn the_seeds_protection_is_put_together_by_forms(server: &'static Server) {
    let world = World::new(server).await;
    let (_, browser) = reader(&world, "lead", &world.org, level::MAINTAINER).await;
    let empty = browser.get(&settings(&world.org)).await.text;
    assert!(empty.contains("Nothing is protected yet") && empty.contains(&blank(&world.org)), "{empty}");
    let (operators, qa, security) = (world.operators.id, world.qa.id, world.security.id);
    let form = open(&browser, &blank(&world.org)).await.with("name", "production").with("deploy_search", "operator");
    let (form, _) = form.again(&browser, "look").await;
    let (form, _) = form.again(&browser, &format!("add deploy group:{operators}")).await;
    assert_eq!(form.values("deploy_search"), [""]);
    let (form, _) = form.with("rules_search", "GROUP").again(&browser, "look").await;
    let (form, _) = form.again(&browser, &format!("add rules group:{qa}")).await;
    let (form, _) = form.again(&browser, &format!("add rules group:{security}")).await;
    // The owner belongs to each group that they made.
    let (form, page) = form.with_nth("rules[][required]", 1, "3").again(&browser, "look").await;
    assert!(page.contains("If one of them starts the deployment, 2 remain for 3 approvals, which is not enough."));
    let (form, page) = form.with_nth("rules[][required]", 1, "2").again(&browser, "look").await;
    for part in [
        "<span class=\"strong\">3 people</span> may deploy",
        "3 people can approve for qa-group",
        "If one of them starts the deployment, 2 remain for 1 approval.",
        "3 people can approve for security-group",
        "If one of them starts the deployment, 2 remain for 2 approvals.",
        "</span>sec1</li>",
        "</span>sec2</li>",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    rest(&world, &world.org, "production").await.refused(404);
    let after = told(&browser, &form.press(&browser, "save").await).await;
    assert!(after.contains("Protected: production.") && after.contains("2 of <span class=\"strong\">security-group"));
    let saved = rest(&world, &world.org, "production").await.ok(200);
    let by_rest = json!({
        "name": "production", "required_approval_count": 0, "run_after_approval": "automatic",
        "deploy_access_levels": [{"group_id": operators, "access_level": null, "group_inheritance_type": 0}],
        "approval_rules": [
            {"group_id": qa, "required_approvals": 1, "group_inheritance_type": 0},
            {"group_id": security, "required_approvals": 2, "group_inheritance_type": 0}],
    });
    assert_shows(&saved, &by_rest);
    // It holds: a deployment is blocked, and gets through as the seeds have it.
    let deployment = world.blocked(&world.deployer, "production").await;
    for voter in [&world.qa1, &world.sec1, &world.sec2] {
        world.vote(voter, deployment, "approved").await.ok(201);
    }
    assert_eq!(world.status(deployment).await, "created");
}

async fn nothing_is_saved_before_the_last_button(server: &'static Server) {
    let world = World::new(server).await;
    let (lead, browser) = reader(&world, "lead", &world.project, level::MAINTAINER).await;
    let name = "review/eu west";
    world.owner.post(&world.project.of("/environments"), json!({"name": name})).await.ok(201);
    let page = browser.get(&blank(&world.project)).await.text;
    assert!(page.contains("<option value=\"review/eu west\">"), "{page}");
    let form = Filled::of(&page, &blank(&world.project)).with("name", name);
    let (form, _) = form.again(&browser, "add deploy role:30").await;
    let (form, _) = form.with("deploy_search", "lead").again(&browser, "look").await;
    let (form, _) = form.again(&browser, &format!("add deploy user:{}", lead.id)).await;
    assert_eq!(form.values("deploy[][party]"), ["role:30", &format!("user:{}", lead.id)]);
    assert!(!form.offers(&format!("add deploy user:{}", lead.id)), "nobody is offered twice");
    let (form, _) = form.again(&browser, "drop deploy 0 role:30").await;
    let (form, page) = form.with("count", "1").choosing("run", "manual").again(&browser, "look").await;
    assert!(page.contains("1 person can approve: those allowed to deploy"), "{page}");
    rest(&world, &world.project, name).await.refused(404);
    told(&browser, &form.press(&browser, "save").await).await;
    let saved = rest(&world, &world.project, name).await.ok(200);
    assert_shows(&saved, &json!({"required_approval_count": 1, "run_after_approval": "manual", "approval_rules": []}));
    assert_eq!(saved["deploy_access_levels"][0]["user_id"], lead.id);
    // Pages of protections are found whatever their names are.
    let edit = page_of(&browser, &world.project, name, "/edit").await;
    assert!(browser.get(&edit).await.text.contains("Protection of review/eu west"));
}

async fn an_edit_keeps_what_it_does_not_touch(server: &'static Server) {
    let world = World::new(server).await;
    let (lead, browser) = reader(&world, "lead", &world.org, level::MAINTAINER).await;
    let entries = json!([{"group_id": world.operators.id, "access_level": 40}, {"access_level": 40}]);
    let rules = json!([{"group_id": world.qa.id}, {"access_level": 40, "required_approvals": 2}]);
    let body = json!({"name": "staging", "deploy_access_levels": entries, "approval_rules": rules});
    let before = world.protect(&world.org, body).await;
    let edit = page_of(&browser, &world.org, "staging", "/edit").await;
    let (form, _) = open(&browser, &edit).await.again(&browser, "drop deploy 1 role:40").await;
    let (form, _) = form.with("rules_search", "lead").again(&browser, "look").await;
    let (form, _) = form.again(&browser, &format!("add rules user:{}", lead.id)).await;
    let form = form.with_nth("rules[][required]", 0, "3").with_nth("rules[][inherit]", 0, "1");
    let after = told(&browser, &form.press(&browser, "save").await).await;
    assert!(after.contains("The protection is changed: staging."), "{after}");
    let now = rest(&world, &world.org, "staging").await.ok(200);
    let kept = |list: &str, at: usize| before[list][at]["id"].clone();
    assert_shows(
        &now["deploy_access_levels"],
        &json!([{"id": kept("deploy_access_levels", 0), "group_id": world.operators.id, "access_level": 40}]),
    );
    assert_eq!(now["deploy_access_levels"].as_array().map(Vec::len), Some(1));
    let rules = json!([
        {"id": kept("approval_rules", 0), "required_approvals": 3, "group_inheritance_type": 1},
        {"id": kept("approval_rules", 1), "required_approvals": 2, "access_level": 40},
        {"user_id": lead.id, "required_approvals": 1}]);
    assert_shows(&now["approval_rules"], &rules);
}

async fn whoever_was_overtaken_overwrites_nothing_unknowingly(server: &'static Server) {
    let world = World::new(server).await;
    let (_, browser) = reader(&world, "lead", &world.org, level::MAINTAINER).await;
    let before = world.protect_as_the_seeds().await;
    let edit = page_of(&browser, &world.org, "production", "/edit").await;
    let (form, _) = open(&browser, &edit).await.with_nth("rules[][required]", 0, "2").again(&browser, "look").await;
    let one = world.org.of("/protected_environments/production");
    let dropped = json!({"approval_rules": [{"id": before["approval_rules"][1]["id"], "_destroy": true}]});
    world.owner.put(&one, dropped).await.ok(200);
    // Looking at it again does not make the form a newer one.
    let (form, _) = form.again(&browser, "look").await;
    let refused = form.press(&browser, "save").await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(refused.text.contains("Nothing was saved: owner changed the approvers since you looked"));
    let (_, in_force) = refused.text.split_once("In force now").expect("what is in force");
    let (in_force, _) = in_force.split_once("</section>").unwrap();
    assert!(in_force.contains("qa-group") && !in_force.contains("security-group"), "{in_force}");
    assert_eq!(
        rest(&world, &world.org, "production").await.ok(200)["approval_rules"].as_array().map(Vec::len),
        Some(1)
    );
    // Whoever has seen that may save over it.
    told(&browser, &Filled::of(&refused.text, &edit).press(&browser, "save").await).await;
    let now = rest(&world, &world.org, "production").await.ok(200);
    assert_shows(&now["approval_rules"], &json!([{"required_approvals": 2}, {"group_id": world.security.id}]));
    // What is gone is not made again.
    let (form, unprotect) = (open(&browser, &edit).await, edit.replace("/edit", "/unprotect"));
    let asked = open(&browser, &unprotect).await;
    world.owner.delete(&one).await.ok(200);
    let after = told(&browser, &form.press(&browser, "save").await).await;
    assert!(after.contains("Nothing was saved: owner unprotected the environment since you looked"), "{after}");
    let after = told(&browser, &asked.send(&browser, &[]).await).await;
    assert!(after.contains("owner unprotected the environment"), "{after}");
    rest(&world, &world.org, "production").await.refused(404);
    assert_eq!(browser.get(&edit).await.status, 404);
}

async fn an_orphaned_rule_is_shown_and_repaired(server: &'static Server) {
    let world = World::new(server).await;
    let (_, browser) = reader(&world, "lead", &world.org, level::MAINTAINER).await;
    let before = world.protect_as_the_seeds().await;
    let deployment = world.blocked(&world.deployer, "production").await;
    world.owner.delete(&world.security.at).await.ok(202);
    let list = browser.get(&settings(&world.org)).await.text;
    for part in ["security-group</span>: group deleted: nobody can approve", "Repair", "it blocks until you replace it"]
    {
        assert!(list.contains(part), "{part} in {list}");
    }
    let edit = page_of(&browser, &world.org, "production", "/edit").await;
    let gone = format!("group:{}", world.security.id);
    let (form, page) = open(&browser, &edit).await.again(&browser, &format!("replace rules 1 {gone}")).await;
    assert!(
        page.contains("Choose who takes the place of") && !form.offers(&format!("add rules role:{}", 40)),
        "{page}"
    );
    let (kept, _) = form.again(&browser, "keep").await;
    assert!(kept.offers("add rules role:40"));
    let (form, _) = form.with("rules_search", "maint").again(&browser, "look").await;
    let (form, _) = form.again(&browser, &format!("put rules 1 {gone} role:40")).await;
    told(&browser, &form.press(&browser, "save").await).await;
    let now = rest(&world, &world.org, "production").await.ok(200);
    let repaired = json!({"id": before["approval_rules"][1]["id"], "access_level": 40, "required_approvals": 2});
    assert_shows(&now["approval_rules"][1], &repaired);
    // What was waiting goes by the repaired rule.
    for voter in [&world.qa1, &world.maintainer, &world.owner] {
        world.vote(voter, deployment, "approved").await.ok(201);
    }
    assert_eq!(world.status(deployment).await, "created");
}

async fn what_is_odd_is_told_before_and_after(server: &'static Server) {
    let world = World::new(server).await;
    let (_, browser) = reader(&world, "lead", &world.org, level::MAINTAINER).await;
    let form = open(&browser, &blank(&world.org)).await.with("name", "testing");
    let (form, _) = form.with("deploy_search", "operator").again(&browser, "look").await;
    let (form, _) = form.again(&browser, &format!("add deploy group:{}", world.operators.id)).await;
    let (form, page) = form.with("count", "3").again(&browser, "look").await;
    let short = "3 approvals are required, but 3 people are allowed to deploy";
    assert!(page.contains(short), "{page}");
    let (form, _) = form.with("rules_search", "qa").again(&browser, "look").await;
    let (form, _) = form.again(&browser, &format!("add rules group:{}", world.qa.id)).await;
    let (form, page) = form.with_nth("rules[][required]", 0, "4").again(&browser, "look").await;
    assert!(page.contains("“qa-group” must give 4 approvals, but only 3 people can.") && !page.contains(short));
    let after = told(&browser, &form.press(&browser, "save").await).await;
    assert!(after.contains("“qa-group” must give 4 approvals, but only 3 people can."), "{after}");
    let warnings = rest(&world, &world.org, "testing").await.ok(200)["warnings"].clone();
    assert_eq!(warnings.as_array().map(Vec::len), Some(1), "{warnings}");
    let edit = page_of(&browser, &world.org, "testing", "/edit").await;
    let drop = format!("drop deploy 0 group:{}", world.operators.id);
    let (form, page) = open(&browser, &edit).await.again(&browser, &drop).await;
    assert!(page.contains("Nobody is allowed to deploy: only administrators can."), "{page}");
    let after = told(&browser, &form.press(&browser, "save").await).await;
    assert!(after.contains("only administrators</span>"), "{after}");
}

async fn unprotecting_tells_what_it_releases(server: &'static Server) {
    let world = World::new(server).await;
    let (_, browser) = reader(&world, "lead", &world.org, level::MAINTAINER).await;
    world.protect_as_the_seeds().await;
    let rule = json!([{"access_level": 40}]);
    let body = json!({"name": "live", "deploy_access_levels": [{"access_level": 30}], "approval_rules": rule});
    world.protect(&world.project, body).await;
    let (free, held) =
        (world.blocked(&world.deployer, "production").await, world.blocked(&world.deployer, "live").await);
    let ask = page_of(&browser, &world.org, "production", "/unprotect").await;
    let page = browser.get(&ask).await.text;
    for part in
        ["1 blocked deployment is released at once", "app → production", "1 deployment stays blocked by another"]
    {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("app → live"), "{page}");
    let after = told(&browser, &Filled::of(&page, &ask).send(&browser, &[]).await).await;
    assert!(after.contains("production is no longer protected here."), "{after}");
    assert_eq!((world.status(free).await.as_str(), world.status(held).await.as_str()), ("created", "blocked"));
    rest(&world, &world.org, "production").await.refused(404);
    // A page about another state of it does nothing.
    let ask = page_of(&browser, &world.project, "live", "/unprotect").await;
    let old = open(&browser, &ask).await;
    let one = world.project.of("/protected_environments/live");
    world.owner.put(&one, json!({"required_approval_count": 3})).await.ok(200);
    let after = told(&browser, &old.send(&browser, &[]).await).await;
    assert!(after.contains("owner changed the required approvals or how jobs start since you looked"), "{after}");
    rest(&world, &world.project, "live").await.ok(200);
}

async fn four_eyes_are_switched_off_where_the_rules_live(server: &'static Server) {
    let world = World::new(server).await;
    let (_, browser) = reader(&world, "lead", &world.org, level::MAINTAINER).await;
    let (_, owner) = reader(&world, "boss", &world.org, level::OWNER).await;
    let field = "allow_pipeline_trigger_approve_deployment";
    let action = |place: &Place| format!("{}/pipeline_triggerer", settings(place));
    let page = browser.get(&settings(&world.project)).await.text;
    assert!(page.contains("Allow pipeline triggerer to approve deployment"), "{page}");
    let form = Filled::of(&page, &action(&world.project)).with("allow", "1");
    told(&browser, &form.send(&browser, &[]).await).await;
    assert_eq!(world.owner.get(&world.project.at).await.ok(200)[field], true);
    let page = browser.get(&settings(&world.project)).await.text;
    assert_eq!(Filled::of(&page, &action(&world.project)).values("allow"), ["1"]);
    // Of a group it is the owners'.
    let page = browser.get(&settings(&world.org)).await.text;
    assert!(page.contains("Owners of the group can change that") && !page.contains(&action(&world.org)), "{page}");
    let refused = browser.submit(&settings(&world.project), &action(&world.org), &[("allow", "1")]).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    assert_eq!(world.owner.get(&world.org.at).await.ok(200)[field], false);
    let page = owner.get(&settings(&world.org)).await.text;
    let form = Filled::of(&page, &action(&world.org)).with("allow", "1");
    told(&owner, &form.send(&owner, &[]).await).await;
    assert_eq!(world.owner.get(&world.org.at).await.ok(200)[field], true);
}

async fn protections_from_above_are_shown_but_not_offered(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let (_, lead) = reader(&world, "lead", &world.org, level::MAINTAINER).await;
    let (_, own) = reader(&world, "own", &world.project, level::MAINTAINER).await;
    let page = lead.get(&settings(&world.project)).await.text;
    let link = format!("from group <a href=\"{}\">", settings(&world.org));
    for part in [link.as_str(), "read only", "operator-group", "2 of <span class=\"strong\">security-group"] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!page.contains("/edit\""), "{page}");
    let page = lead.get(&settings(&world.qa)).await.text;
    assert!(page.contains(&link) && page.contains("2 of <span class=\"strong\">security-group"), "{page}");
    // Whoever does not see the group learns its path, which the project's address tells, and no more.
    let page = own.get(&settings(&world.project)).await.text;
    assert!(page.contains(&format!("from group {}", world.org.path)) && page.contains("a group you may not see"));
    for hidden in ["operator-group", "security-group", "qa-group", "· 2 people"] {
        assert!(!page.contains(hidden), "{hidden} in {page}");
    }
    assert_eq!(own.get(&settings(&world.org)).await.status, 404);
}

async fn only_whom_the_rules_admit_is_offered(server: &'static Server) {
    let world = World::new(server).await;
    let (_, browser) = reader(&world, "own", &world.project, level::MAINTAINER).await;
    let (dev, _) = reader(&world, "coder", &world.project, level::DEVELOPER).await;
    let (low, _) = reader(&world, "viewer", &world.project, level::REPORTER).await;
    let invited = world.subgroup("guests", "Guests of honour", &world.org).await;
    world.share(&world.project, &invited, level::REPORTER).await;
    let looked = async |text: &str| {
        let form = open(&browser, &blank(&world.project)).await;
        form.with("deploy_search", text).with("rules_search", text).again(&browser, "look").await
    };
    let (form, _) = looked("coder").await;
    assert!(form.offers(&format!("add deploy user:{}", dev.id)) && form.offers(&format!("add rules user:{}", dev.id)));
    for (text, party) in [
        ("viewer", format!("user:{}", low.id)),
        ("outsider", format!("user:{}", world.outsider.id)),
        ("operator", format!("group:{}", world.operators.id)),
        ("organization", format!("group:{}", world.org.id)),
    ] {
        let (form, page) = looked(text).await;
        assert!(!form.offers(&format!("add deploy {party}")), "{party} for {text} in {page}");
        assert!(page.contains("Nobody with “"), "{page}");
    }
    let (form, _) = looked("honour").await;
    assert!(form.offers(&format!("add rules group:{}", invited.id)));
    let (form, _) = looked("").await;
    assert!(["role:30", "role:40", "role:60"].iter().all(|role| form.offers(&format!("add rules {role}"))));
    // Bots deploy; they do not approve.
    let token = json!({"name": "robot", "scopes": ["api"], "access_level": level::DEVELOPER});
    let bot = world.owner.post(&world.project.of("/access_tokens"), token).await.ok(201)["user_id"].clone();
    let (form, page) = looked("robot").await;
    assert!(form.offers(&format!("add deploy user:{bot}")) && !form.offers(&format!("add rules user:{bot}")), "{page}");
    // Nobody learns what a group is called by its number, nor saves it.
    let party = format!("group:{}", world.operators.id);
    let form = form.with("name", "production");
    let forged = form.send(&browser, &[("deploy[][party]", &party), ("do", "look")]).await;
    assert!(forged.text.contains(&party) && !forged.text.contains("operator-group"), "{}", forged.text);
    let forged = form.send(&browser, &[("deploy[][party]", &party), ("do", "save")]).await;
    assert_eq!(forged.status, 422, "{}", forged.text);
    assert!(forged.text.contains("must be a group invited to the project"), "{}", forged.text);
    rest(&world, &world.project, "production").await.refused(404);
}

async fn nobody_is_named_of_whom_the_reader_is_not_told(server: &'static Server) {
    let world = World::new(server).await;
    let (_, lead) = reader(&world, "lead", &world.org, level::MAINTAINER).await;
    let (_, owner) = reader(&world, "chief", &world.org, level::OWNER).await;
    let moles = world.elsewhere("moles").await;
    let mole = world.person("mole").await;
    world.join(&moles, &mole, level::DEVELOPER).await;
    world.share(&world.org, &moles, level::DEVELOPER).await;
    let role = json!([{"access_level": 30}]);
    world
        .protect(&world.org, json!({"name": "production", "deploy_access_levels": role, "approval_rules": role}))
        .await;
    let edit = page_of(&lead, &world.org, "production", "/edit").await;
    for (browser, told) in [(&lead, false), (&owner, true)] {
        let page = browser.get(&edit).await.text;
        assert!(page.contains("</span>dev2<") && page.contains("9 people can approve"), "{page}");
        assert_eq!(page.contains(&format!("</span>{}<", mole.username)), told, "{page}");
        assert_eq!(page.contains("and 1 more"), !told, "{page}");
    }
}

async fn whoever_may_not_manage_gets_no_page(server: &'static Server) {
    let world = World::new(server).await;
    let seeds = world.protect_as_the_seeds().await;
    let simple = json!({"name": "live", "deploy_access_levels": [{"access_level": 40}]});
    world.protect(&world.project, simple).await;
    let (_, lead) = reader(&world, "lead", &world.org, level::MAINTAINER).await;
    let (coder, dev) = reader(&world, "coder", &world.org, level::DEVELOPER).await;
    let (_, named) = reader(&world, "named", &world.operators, level::DEVELOPER).await;
    let stranger = Browser::of(server, &world.person("stranger").await).await;
    for place in [&world.project, &world.org] {
        let name = if place.id == world.org.id { "production" } else { "live" };
        let edit = page_of(&lead, place, name, "/edit").await;
        let form = open(&lead, &edit).await.with("count", "5");
        let unprotect = edit.replace("/edit", "/unprotect");
        for path in [settings(place), blank(place), edit.clone(), unprotect.clone()] {
            assert_eq!(dev.get(&path).await.status, 403, "{path}");
            assert_eq!(stranger.get(&path).await.status, 404, "{path}");
            assert!([403, 404].contains(&named.get(&path).await.status), "{path}");
            let nobody = Browser::new(server).get(&path).await;
            assert!(nobody.status == 303 && nobody.header("location").starts_with("/users/sign_in"), "{path}");
        }
        for (who, expected) in [(&dev, 403), (&stranger, 404)] {
            let seal = countersign_tests::browser::seal(&who.get("/").await.text);
            for action in [edit.clone(), unprotect.clone(), blank(place)] {
                let fields = [("seal", seal.as_str()), ("do", "save"), ("name", name), ("deploy[][party]", "role:30")];
                assert_eq!(who.send(&action, &fields).await.status, expected, "{action}");
            }
        }
        told(&lead, &form.press(&lead, "save").await).await;
    }
    let now = rest(&world, &world.org, "production").await.ok(200);
    assert_eq!(now["approval_rules"], seeds["approval_rules"]);
    let recorded = server.records_after(0).into_iter().filter(|r| r.user == Some(coder.id));
    assert!(
        recorded.filter(|r| r.code == "protected_environment.refused").count() > 0,
        "attempts on protections are recorded"
    );
}

async fn a_form_without_the_seal_changes_nothing(server: &'static Server) {
    let world = World::new(server).await;
    world.protect_as_the_seeds().await;
    let (_, browser) = reader(&world, "lead", &world.org, level::MAINTAINER).await;
    let edit = page_of(&browser, &world.org, "production", "/edit").await;
    let version = open(&browser, &edit).await.values("version")[0].to_owned();
    for action in [edit.clone(), edit.replace("/edit", "/unprotect"), blank(&world.org)] {
        for seal in ["", "0123456789abcdef"] {
            let fields = [("seal", seal), ("version", version.as_str()), ("do", "save"), ("name", "other")];
            let refused = browser.send(&action, &fields).await;
            assert_eq!(refused.status, 403, "{action}: {}", refused.text);
        }
    }
    let all = world.owner.get(&world.org.of("/protected_environments")).await.ok(200);
    assert_eq!(all.as_array().map(Vec::len), Some(1));
    assert_eq!(all[0]["approval_rules"].as_array().map(Vec::len), Some(2));
}

async fn what_others_wrote_is_escaped(server: &'static Server) {
    let world = World::new(server).await;
    let hostile = "\"><script>alert(1)</script>";
    let (_, browser) = reader(&world, "lead", &world.project, level::MAINTAINER).await;
    let body = json!({"username": format!("sly-{}", world.mark), "name": "<b>Sly</b> \"><img src=x>",
        "email": format!("sly-{}@example.com", world.mark), "force_random_password": true});
    let sly = id(&world.root.post("/users", body).await.ok(201));
    let member = json!({"user_id": sly, "access_level": level::DEVELOPER});
    world.root.post(&world.project.of("/members"), member).await.ok(201);
    let entries = json!([{"user_id": sly}]);
    let body = json!({"name": hostile, "deploy_access_levels": entries, "required_approval_count": 1});
    world.protect(&world.project, body).await;
    let list = browser.get(&settings(&world.project)).await.text;
    let edit = list.split("href=\"").find(|rest| rest.contains("/edit\"")).and_then(|r| r.split_once('"')).unwrap().0;
    let typed = open(&browser, &blank(&world.project)).await.with("name", hostile).with("deploy_search", hostile);
    let (typed, again) = typed.again(&browser, "look").await;
    assert_eq!((typed.values("name"), typed.values("deploy_search")), (vec![hostile], vec![hostile]));
    let pages = [
        list.clone(),
        browser.get(edit).await.text,
        browser.get(&edit.replace("/edit", "/unprotect")).await.text,
        again,
    ];
    for page in &pages {
        assert!(!page.contains("<script>alert") && !page.contains("<img src") && !page.contains("<b>Sly"), "{page}");
        assert!(page.contains("&#60;script&#62;alert(1)"), "{page}");
    }
    assert!(pages[0].contains("&#60;b&#62;Sly"), "{}", pages[0]);
    told(&browser, &open(&browser, edit).await.press(&browser, "save").await).await;
}

async fn what_cannot_be_saved_is_told(server: &'static Server) {
    let world = World::new(server).await;
    let (_, browser) = reader(&world, "lead", &world.org, level::MAINTAINER).await;
    let refused = async |form: &Filled, status: u16, why: &str| {
        let reply = form.press(&browser, "save").await;
        assert_eq!(reply.status, status, "{}", reply.text);
        assert!(reply.text.contains(why) && reply.text.contains("role=\"alert\""), "{why} in {}", reply.text);
    };
    let form = open(&browser, &blank(&world.project)).await;
    let (form, _) = form.again(&browser, "add rules role:40").await;
    refused(&form.clone().with("name", "live"), 400, "list “Allowed to deploy” can&#39;t be blank").await;
    let (form, _) = form.again(&browser, "add deploy role:40").await;
    refused(&form, 400, "The environment’s name can&#39;t be blank").await;
    let form = form.with("name", "live");
    refused(&form.clone().with("count", "many"), 400, "“many” is no number of approvals").await;
    refused(&form.clone().with("count", "-1"), 400, "must be greater than or equal to 0").await;
    refused(&form.clone().with_nth("rules[][required]", 0, "0"), 400, "must be greater than or equal to 1").await;
    let long = "x".repeat(1025);
    refused(&form.clone().with("name", &long), 400, "is too long").await;
    told(&browser, &form.press(&browser, "save").await).await;
    refused(&form, 409, "This is protected already").await;
    // A group protects each of the five tiers once.
    let form = open(&browser, &blank(&world.org)).await;
    let (form, _) = form.with("name", "moon").again(&browser, "add deploy role:40").await;
    refused(&form.clone().with("name", "moon"), 400, "is not a deployment tier").await;
    for tier in ["production", "staging", "testing", "development", "other"] {
        let page = browser.get(&settings(&world.org)).await.text;
        assert!(page.contains(&blank(&world.org)), "{page}");
        told(&browser, &form.clone().with("name", tier).press(&browser, "save").await).await;
    }
    let page = browser.get(&settings(&world.org)).await.text;
    assert!(!page.contains(&blank(&world.org)), "{page}");
    let nonsense = [("do", "put rules 99 role:40 user:x"), ("rules[][party]", "nobody"), ("replacing", "rules 7")];
    let reply = open(&browser, &blank(&world.project)).await.send(&browser, &nonsense).await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    for missing in ["0", "9999999999", "x"] {
        let path = format!("{}/protected_environments/{missing}/edit", settings(&world.project));
        assert_eq!(browser.get(&path).await.status, 404, "{missing}");
    }
    let _: Value = rest(&world, &world.project, "live").await.ok(200);
}
