//! What requests to protect and to change a protection are turned into: semantics, section 3.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod update;

use super::{Change, EntryChange, NewEntry, NewProtection, Proposed, check_new};
use crate::access::Place;
use crate::protection::{Inheritance, Principal, Role, RunAfterApproval, Scope};
use crate::refusal::{Kind, Refusal, Result, Text};
use crate::testing::World;

/// `app` in `top`, with `qa` and `ops` invited; `out` is a group and a person elsewhere.
fn world() -> World {
    World::new()
        .groups(&["top", "top/ops", "qa", "ops", "out"])
        .project("top/app")
        .members("top", &[("lead", 40), ("dev", 30), ("rep", 20)])
        .members("top/app", &[("robot", 30)])
        .members("out", &[("out", 50)])
        .bot("robot")
        .invite("top/app", "qa", 20)
        .invite("top/app", "ops", 30)
}

/// A row of a request that names `who`.
fn row(world: &World, who: &str) -> NewEntry {
    let mut row = NewEntry::default();
    match world.who(who) {
        Principal::User(user) => row.user_id = Some(user.0),
        Principal::Group(group) => row.group_id = Some(group.0),
        Principal::Role(role) => row.access_level = Some(role.number()),
    }
    row
}

fn rows(world: &World, who: &[&str]) -> Vec<NewEntry> {
    who.iter().map(|w| row(world, w)).collect()
}

fn deploy(rows: Vec<NewEntry>) -> NewProtection {
    NewProtection { name: Some("production".into()), deploy: Some(rows), ..NewProtection::default() }
}

fn create(world: &World, place: &str, asked: &NewProtection) -> Result<Change> {
    let scope = match world.at(place) {
        Place::Project(project) => Scope::Project(project),
        Place::Group(group) => Scope::Group(group),
    };
    check_new(asked, scope, &world.dir)
}

fn content(principal: Principal) -> Proposed {
    Proposed { principal, echoed_level: None, inheritance: Inheritance::Direct, required_approvals: 1 }
}

/// Why it was refused: kind, field and reason.
#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>) -> (Kind, String, String) {
    let why = result.unwrap_err();
    match why.text() {
        Text::Field(field, reasons) => (why.kind(), field, reasons.concat()),
        Text::Message(message) => (why.kind(), String::new(), message),
    }
}

#[test]
fn a_new_protection_has_defaults_and_keeps_the_order_of_its_entries() {
    let world = world();
    let mut asked = deploy(rows(&world, &["qa", "30", "@dev"]));
    asked.rules = Some(rows(&world, &["@lead", "qa"]));
    let change = create(&world, "top/app", &asked).unwrap();
    let adds = |who: &[&str]| who.iter().map(|w| EntryChange::Add(content(world.who(w)))).collect::<Vec<_>>();
    assert_eq!(change.name, "production");
    assert_eq!(change.deploy, adds(&["qa", "30", "@dev"]));
    assert_eq!(change.rules, adds(&["@lead", "qa"]));
    assert_eq!((change.required_approval_count, change.run_after_approval), (0, RunAfterApproval::Automatic));
}

#[test]
fn everything_a_request_says_is_taken() {
    let world = world();
    let entry = NewEntry { group_inheritance_type: Some(1), access_level: Some(40), ..row(&world, "qa") };
    let rule = NewEntry { required_approvals: Some(3), ..entry.clone() };
    let asked = NewProtection {
        rules: Some(vec![rule]),
        required_approval_count: Some(2),
        run_after_approval: Some(RunAfterApproval::Manual),
        ..deploy(vec![entry])
    };
    let change = create(&world, "top/app", &asked).unwrap();
    let expected = Proposed {
        echoed_level: Some(Role::Maintainer),
        inheritance: Inheritance::Inherited,
        ..content(world.who("qa"))
    };
    assert_eq!(change.deploy, [EntryChange::Add(expected.clone())]);
    assert_eq!(change.rules, [EntryChange::Add(Proposed { required_approvals: 3, ..expected })]);
    assert_eq!((change.required_approval_count, change.run_after_approval), (2, RunAfterApproval::Manual));
}

#[test]
fn a_project_protects_any_name_and_a_group_one_of_five_tiers() {
    let world = world();
    let named = |name: &str| NewProtection { name: Some(name.into()), ..deploy(rows(&world, &["30"])) };
    for good in ["production", "review/*", "a \"b\" 'c'", "ä", &"é".repeat(1024)] {
        assert_eq!(create(&world, "top/app", &named(good)).unwrap().name, good);
    }
    for bad in ["", " ", &"a".repeat(1025)] {
        let (kind, field, _) = refused(create(&world, "top/app", &named(bad)));
        assert_eq!((kind, field.as_str()), (Kind::Invalid, "name"), "{bad}");
    }
    for tier in ["production", "staging", "testing", "development", "other"] {
        assert!(create(&world, "top", &named(tier)).is_ok());
    }
    for bad in ["prod", "Production", "", "production "] {
        let (kind, field, why) = refused(create(&world, "top", &named(bad)));
        assert_eq!((kind, field.as_str()), (Kind::Invalid, "name"));
        assert!(why.contains("production, staging, testing, development, other"), "{why}");
    }
}

#[test]
fn somebody_must_be_allowed_to_deploy_from_the_start() {
    let world = world();
    for none in [None, Some(Vec::new())] {
        let asked = NewProtection { deploy: none, ..deploy(Vec::new()) };
        let (kind, field, _) = refused(create(&world, "top/app", &asked));
        assert_eq!((kind, field.as_str()), (Kind::Invalid, "deploy_access_levels"));
    }
}

#[test]
fn an_entry_names_exactly_one_party_of_a_known_kind() {
    let world = world();
    let cases = [
        (NewEntry::default(), "deploy_access_levels"),
        (NewEntry { user_id: row(&world, "@dev").user_id, ..row(&world, "qa") }, "deploy_access_levels"),
        (NewEntry { access_level: Some(50), ..NewEntry::default() }, "deploy_access_levels.access_level"),
        (NewEntry { access_level: Some(0), ..row(&world, "qa") }, "deploy_access_levels.access_level"),
        (
            NewEntry { group_inheritance_type: Some(2), ..row(&world, "qa") },
            "deploy_access_levels.group_inheritance_type",
        ),
    ];
    for (entry, expected) in cases {
        let (kind, field, _) = refused(create(&world, "top/app", &deploy(vec![entry.clone()])));
        assert_eq!((kind, field.as_str()), (Kind::Invalid, expected), "{entry:?}");
    }
    let twice = deploy(rows(&world, &["qa", "30", "qa"]));
    assert_eq!(refused(create(&world, "top/app", &twice)).1, "deploy_access_levels");
    let both_lists = NewProtection { rules: Some(rows(&world, &["qa"])), ..deploy(rows(&world, &["qa"])) };
    assert!(create(&world, "top/app", &both_lists).is_ok());
}

#[test]
fn counts_have_bounds_and_say_which() {
    let world = world();
    let ask = |count, required| NewProtection {
        required_approval_count: Some(count),
        rules: Some(vec![NewEntry { required_approvals: Some(required), ..row(&world, "qa") }]),
        ..deploy(rows(&world, &["30"]))
    };
    assert!(create(&world, "top/app", &ask(0, 1)).is_ok());
    let count = "required_approval_count";
    let rule = "approval_rules.required_approvals";
    let cases = [
        (-1, 1, count, "must be greater than or equal to 0"),
        (i64::MAX, 1, count, "must be less than or equal to 1000000"),
        (0, 0, rule, "must be greater than or equal to 1"),
        (0, i64::MIN, rule, "must be greater than or equal to 1"),
        (0, 1 << 40, rule, "must be less than or equal to 1000000"),
    ];
    for (asked, required, field, why) in cases {
        let refusal = refused(create(&world, "top/app", &ask(asked, required)));
        assert_eq!(refusal, (Kind::Invalid, field.into(), why.into()));
    }
    let on_a_deploy_entry = NewEntry { required_approvals: Some(0), ..row(&world, "qa") };
    let change = create(&world, "top/app", &deploy(vec![on_a_deploy_entry])).unwrap();
    assert_eq!(change.deploy, [EntryChange::Add(content(world.who("qa")))], "it is no parameter there");
}

#[test]
fn who_is_not_assignable_is_refused_with_field_and_reason_never_dropped() {
    let world = world();
    let cases = [
        ("top/app", "@rep", "deploy_access_levels.user_id", "developer access to the project"),
        ("top/app", "out", "deploy_access_levels.group_id", "invited to the project"),
        ("top", "@dev", "deploy_access_levels.user_id", "maintainer access in the group"),
        ("top", "qa", "deploy_access_levels.group_id", "a subgroup of the group"),
        ("top", "top", "deploy_access_levels.group_id", "a subgroup of the group"),
    ];
    for (place, who, field, reason) in cases {
        let (kind, at, why) = refused(create(&world, place, &deploy(rows(&world, &["30", who]))));
        assert_eq!((kind, at.as_str()), (Kind::Unprocessable, field), "{who}");
        assert!(why.contains(reason), "{why}");
    }
    let stranger = NewEntry { user_id: Some(-7), ..NewEntry::default() };
    assert_eq!(refused(create(&world, "top/app", &deploy(vec![stranger]))).0, Kind::Unprocessable);
}

#[test]
fn bots_may_deploy_but_not_approve() {
    let world = world();
    let mut asked = deploy(rows(&world, &["@robot"]));
    assert!(create(&world, "top/app", &asked).is_ok());
    asked.rules = asked.deploy.clone();
    let (kind, field, why) = refused(create(&world, "top/app", &asked));
    assert_eq!((kind, field.as_str()), (Kind::Unprocessable, "approval_rules.user_id"));
    assert!(why.contains("bots cannot approve"));
}

#[test]
fn creation_ignores_ids_but_not_what_was_to_be_destroyed() {
    let world = world();
    let with_id = NewEntry { id: Some(5), ..row(&world, "30") };
    let change = create(&world, "top/app", &deploy(vec![with_id.clone()])).unwrap();
    assert_eq!(change.deploy, [EntryChange::Add(content(world.who("30")))]);
    let destroyed = NewEntry { destroy: true, ..with_id };
    assert!(matches!(create(&world, "top/app", &deploy(vec![destroyed])), Err(Refusal::Field(..))));
}
