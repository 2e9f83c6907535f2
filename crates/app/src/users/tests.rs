//! People, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{
    Admission, Changes, NewUser, Password, admit, change_state, create, delete, list, memberships, prepare,
    prepare_changes, show, update,
};
use crate::authorize::Ref;
use crate::fixture::{NOW, World, code, id, in_group, in_project, new_group, refusal};
use crate::invitations::Invite;
use crate::{projects, tokens, triggers};
use countersign_domain::access::{Actor, Level, Person, Visibility};
use countersign_domain::event::Code;
use countersign_domain::ids::UserId;
use countersign_domain::refusal::{Kind, Text};
use countersign_domain::token::Scope;
use countersign_domain::user::{Change, Settings};
use countersign_store::members::MembershipFilter;
use countersign_store::testing::on_both;
use countersign_store::users::{Filter, Order, User};

fn new(username: &str, email: &str) -> NewUser {
    NewUser {
        username: username.into(),
        name: "Somebody".into(),
        email: email.into(),
        password: Password::Unusable,
        admin: false,
        note: None,
        settings: Settings::default(),
    }
}

fn try_create(world: &World<'_>, by: &Actor, new: NewUser) -> crate::Result<UserId> {
    let prepared = prepare(by, new)?;
    world.write(by, move |tx, actor| create(tx, actor, &prepared, NOW)).map(|u| u.id)
}

#[test]
fn only_administrators_create_people_and_names_are_unique_in_any_case() {
    on_both("users_create", |store| {
        let world = World::new(store);
        let ann = world.user("Ann");
        assert_eq!(code(try_create(&world, &ann, new("bob", "bob@example.org"))), "access.admins_only");
        let taken = refusal(try_create(&world, &world.root, new("bob", "ANN@example.org")));
        assert_eq!(taken.text(), Text::Message("Email has already been taken".into()));
        let taken = refusal(try_create(&world, &world.root, new("aNN", "x@example.org")));
        assert_eq!(taken.text(), Text::Message("Username has already been taken".into()));
        world.group(&ann, "ops", None);
        assert_eq!(code(try_create(&world, &world.root, new("OPS", "x@example.org"))), "taken");
        for bad in ["", "api", "-x", "a b", "x/y", "x.git"] {
            assert_eq!(code(try_create(&world, &world.root, new(bad, "x@example.org"))), "invalid", "{bad}");
        }
        for password in ["1234567", &"x".repeat(129)] {
            let with = NewUser { password: Password::Given(password.into()), ..new("bob", "x@example.org") };
            assert_eq!(code(try_create(&world, &world.root, with)), "invalid");
        }
        try_create(&world, &world.root, new("bob", "x@example.org")).unwrap();
    });
}

#[test]
fn people_are_found_by_name_and_listed_in_a_stable_order() {
    on_both("users_list", |store| {
        let world = World::new(store);
        let people: Vec<_> = ["Zoe", "Äda", "mia"]
            .iter()
            .enumerate()
            .map(|(n, name)| {
                let user = NewUser { name: (*name).into(), ..new(&format!("user{n}"), &format!("u{n}@example.org")) };
                try_create(&world, &world.root, user).unwrap()
            })
            .collect();
        let found = |filter: Filter, by: &Actor| {
            let (rows, total) = world.read(by, move |tx, actor| list(tx, actor, &filter)).unwrap();
            (rows.into_iter().map(|u| u.id).collect::<Vec<_>>(), total)
        };
        let all = Filter { limit: 2, descending: true, ..Filter::default() };
        assert_eq!(found(all.clone(), &world.root), (vec![people[2], people[1]], 4));
        assert_eq!(found(Filter { offset: 2, ..all.clone() }, &world.root), (vec![people[0], id(&world.root)], 4));
        let search = |text: &str| Filter { search: Some(text.into()), limit: 9, ..Filter::default() };
        assert_eq!(found(search("äDA"), &world.root).0, [people[1]]);
        assert_eq!(found(search("SER2"), &world.root).0, [people[2]]);
        assert_eq!(found(search("%"), &world.root).0, []);
        assert_eq!(found(search("u0@EXAMPLE.org"), &world.root).0, [people[0]]);
        let ann = world.user("ann");
        assert_eq!(found(search("u0@EXAMPLE.org"), &ann).0, []);
        let named = Filter { username: Some("USER1".into()), limit: 9, ..Filter::default() };
        assert_eq!(found(named, &ann).0, [people[1]]);
        let by_name = Filter { order: Order::Name, limit: 9, ..Filter::default() };
        assert_eq!(found(by_name, &ann).1, 5);
        let admins = Filter { admin: Some(true), bot: Some(false), limit: 9, ..Filter::default() };
        assert_eq!(found(admins, &world.root).0, [id(&world.root)]);
        assert!(world.read(&Actor::anonymous(), |tx, actor| show(tx, actor, UserId(1))).is_err());
        assert_eq!(code(world.read(&ann, |tx, actor| show(tx, actor, UserId(999)))), "not_found");
    });
}

#[test]
fn blocking_twice_changes_nothing_and_somebody_always_administers() {
    on_both("users_block", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let group = world.group(&ann, "ops", None);
        let set = |by: &Actor, who: UserId, on: bool| {
            let change = if on { Change::Block } else { Change::Unblock };
            world.write(by, move |tx, actor| change_state(tx, actor, who, change, NOW))
        };
        assert_eq!(code(set(&ann, id(&ann), true)), "access.admins_only");
        assert!(set(&world.root, id(&ann), true).unwrap());
        assert!(!set(&world.root, id(&ann), true).unwrap());
        let target = in_group(group);
        let level = world.read(&world.root, move |tx, actor| {
            crate::members::list_all(
                tx,
                actor,
                &target,
                &crate::members::Wanted { limit: 9, ..Default::default() },
                NOW,
            )
        });
        assert_eq!(level.unwrap().1, 0, "a blocked owner counts for nothing");
        assert!(set(&world.root, id(&ann), false).unwrap());
        assert!(!set(&world.root, id(&ann), false).unwrap());
        let why = refusal(set(&world.root, id(&world.root), true));
        assert_eq!((why.code(), why.kind()), ("user.last_admin", Kind::Forbidden));
        assert_eq!(code(set(&world.root, UserId(999), true)), "not_found");
        world.join(&in_group(group), &world.user("bob"), Level::Guest);
    });
}

fn try_update(world: &World<'_>, by: &Actor, who: UserId, changes: Changes) -> crate::Result<User> {
    let prepared = prepare_changes(by, changes)?;
    world.write(by, move |tx, actor| update(tx, actor, who, &prepared, NOW))
}

fn try_delete(world: &World<'_>, who: UserId, groups_too: bool) -> crate::Result<usize> {
    let deleted = world.write(&world.root, move |tx, actor| delete(tx, actor, who, groups_too, NOW))?;
    Ok(deleted.projects.len())
}

#[test]
fn whoever_is_not_active_counts_for_nothing() {
    on_both("users_states", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let group = world.group(&ann, "ops", None);
        let change = |change: Change| {
            let who = id(&ann);
            world.write(&world.root, move |tx, actor| change_state(tx, actor, who, change, NOW))
        };
        let members = || {
            let wanted = crate::members::Wanted { limit: 9, ..Default::default() };
            let all = move |tx: &mut crate::Tx<'_>, actor: &Actor| {
                crate::members::list_all(tx, actor, &in_group(group), &wanted, NOW)
            };
            world.read(&world.root, all).unwrap().1
        };
        for (there, back) in
            [(Change::Deactivate, Change::Activate), (Change::Ban, Change::Unban), (Change::Block, Change::Unblock)]
        {
            assert_eq!(members(), 1);
            assert!(change(there).unwrap());
            assert_eq!(members(), 0, "{there:?}");
            assert!(change(back).unwrap());
        }
        assert_eq!(code(change(Change::Unban)), "user.state");
        for admission in [Admission::Approve, Admission::Reject] {
            let who = id(&ann);
            let asked = |by: &Actor| world.read(by, move |tx, actor| admit(tx, actor, who, admission));
            assert_eq!(refusal(asked(&world.root)).kind(), Kind::Conflict);
            assert_eq!(code(asked(&ann)), "access.admins_only");
        }
    });
}

#[test]
fn changes_of_names_move_addresses_and_are_checked() {
    on_both("users_update", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let project = world.project(&ann, "web", None);
        assert_eq!(code(try_update(&world, &ann, id(&ann), Changes::default())), "access.admins_only");
        let renamed = Changes { username: Some("Anna".into()), name: Some("Anna B".into()), ..Changes::default() };
        let changed = try_update(&world, &world.root, id(&ann), renamed).unwrap();
        assert_eq!((changed.username.as_str(), changed.name.as_str()), ("Anna", "Anna B"));
        let at = world.read(&world.root, move |tx, _| Ok(countersign_store::projects::get(tx, project)?));
        assert_eq!(at.unwrap().unwrap().full_path, "Anna/web");
        for (changes, field) in [
            (Changes { username: Some("BOB".into()), ..Changes::default() }, "Username"),
            (Changes { email: Some("Bob@example.org".into()), ..Changes::default() }, "Email"),
        ] {
            let taken = refusal(try_update(&world, &world.root, id(&ann), changes));
            assert_eq!(taken.text(), Text::Message(format!("{field} has already been taken")));
        }
        let case_only = Changes { username: Some("anna".into()), ..Changes::default() };
        assert_eq!(try_update(&world, &world.root, id(&ann), case_only).unwrap().username, "anna");
        for bad in [
            Changes { username: Some("a b".into()), ..Changes::default() },
            Changes { email: Some("nobody".into()), ..Changes::default() },
            Changes { name: Some(String::new()), ..Changes::default() },
            Changes { password: Some(Password::Given("short".into())), ..Changes::default() },
            Changes { projects_limit: Some(-1), ..Changes::default() },
        ] {
            assert_eq!(code(try_update(&world, &world.root, id(&bob), bad)), "invalid");
        }
        let demoted = Changes { admin: Some(false), ..Changes::default() };
        assert_eq!(code(try_update(&world, &world.root, id(&world.root), demoted.clone())), "user.last_admin");
        let promoted = Changes { admin: Some(true), ..Changes::default() };
        assert!(try_update(&world, &world.root, id(&bob), promoted).unwrap().admin);
        assert!(!try_update(&world, &world.root, id(&bob), demoted).unwrap().admin);
        assert_eq!(code(try_update(&world, &world.root, UserId(999), Changes::default())), "not_found");
    });
}

#[test]
fn what_somebody_may_create_is_an_administrators_to_say() {
    on_both("users_limits", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let one = Changes { projects_limit: Some(1), can_create_group: Some(false), ..Changes::default() };
        try_update(&world, &world.root, id(&ann), one).unwrap();
        world.project(&ann, "one", None);
        assert_eq!(code(world.try_project(&ann, "two", None)), "invalid");
        assert_eq!(code(world.try_group(&ann, "ops", None)), "group.not_allowed");
        let group = world.group(&world.root, "ops", None);
        world.join(&in_group(group), &ann, Level::Owner);
        world.group(&ann, "sub", Some(group));
        world.project(&ann, "two", Some(group));
        let external = Changes { external: Some(true), can_create_group: Some(true), ..Changes::default() };
        let changed = try_update(&world, &world.root, id(&ann), external).unwrap().settings;
        assert_eq!((changed.can_create_group, changed.projects_limit), (false, 0));
    });
}

#[test]
fn whoever_is_deleted_leaves_no_name_and_no_group_without_an_owner() {
    on_both("users_delete", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let group = world.group(&ann, "ops", None);
        world.group(&bob, "beside", None);
        world.project(&ann, "own", None);
        let in_ops = world.project(&ann, "web", Some(group));
        let only = refusal(try_delete(&world, id(&ann), false));
        assert_eq!((only.code(), only.kind()), ("user.only_owner", Kind::Conflict));
        assert!(only.reason().contains("ops") && !only.reason().contains("beside"));
        world.join(&in_group(group), &bob, Level::Owner);
        assert_eq!(try_delete(&world, id(&ann), false).unwrap(), 1);
        assert_eq!(code(try_delete(&world, id(&ann), false)), "not_found");
        let gone = id(&ann);
        assert_eq!(code(world.read(&world.root, move |tx, actor| show(tx, actor, gone))), "not_found");
        let told = world.read(&world.root, move |tx, _| Ok(countersign_store::users::record(tx, gone)?)).unwrap();
        let told = told.unwrap();
        assert_eq!((told.name.as_str(), told.email.as_str(), told.admin), ("Deleted user", "", false));
        assert!(world.read(&bob, move |tx, _| Ok(countersign_store::projects::get(tx, in_ops)?)).unwrap().is_some());
        // Names and addresses are free again.
        world.user("ann");
        assert_eq!(try_delete(&world, id(&bob), true).unwrap(), 1, "the project of the group that went too");
        assert_eq!(code(try_delete(&world, id(&world.root), true)), "user.last_admin");
    });
}

#[test]
fn what_ends_with_somebody_is_recorded_where_it_was() {
    on_both("users_ended", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let group = world.group(&ann, "ops", None);
        let project = world.project(&ann, "web", Some(group));
        world.join(&in_group(group), &bob, Level::Developer);
        world.join(&in_project(project), &bob, Level::Maintainer);
        let (whose, wanted) = (id(&bob), wanted_token());
        world.write(&world.root, move |tx, by| tokens::create(tx, by, whose, &wanted, "glpat-one", NOW)).unwrap();
        let at = Ref::Id(project.0);
        world.write(&bob, move |tx, by| triggers::create(tx, by, &at, "nightly", "glptt-one", NOW)).unwrap();
        try_delete(&world, id(&bob), false).unwrap();
        let sql = "SELECT code, group_id, project_id FROM audit_events
                   WHERE code IN ('member.removed', 'token.revoked', 'trigger.deleted') ORDER BY code, id";
        type Told = (String, Option<i64>, Option<i64>);
        let told: Vec<Told> = world
            .read(&world.root, move |tx, _| Ok(tx.query(sql, &[], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?))
            .unwrap();
        let at = |code: Code, group: Option<i64>, project: Option<i64>| (code.as_str().to_owned(), group, project);
        let expected = [
            at(Code::MemberRemoved, Some(group.0), None),
            at(Code::MemberRemoved, None, Some(project.0)),
            at(Code::TokenRevoked, None, None),
            at(Code::TriggerDeleted, None, Some(project.0)),
        ];
        assert_eq!(told, expected);
    });
}

fn wanted_token() -> tokens::Wanted {
    let lives = tokens::Lives::Bounded;
    tokens::Wanted { name: "t".into(), description: None, scopes: vec![Scope::Api], expires_at: None, lives }
}

#[test]
fn people_are_filtered_by_what_administrators_know() {
    on_both("users_filters", |store| {
        let world = World::new(store);
        let [ann, bob, carl, dan, eve] = ["ann", "bob", "carl", "dan", "eve"].map(|name| world.user(name));
        let top = world.group(&world.root, "ops", None);
        let sub = world.group(&world.root, "sub", Some(top));
        let invited = world.group(&world.root, "invited", None);
        let project = world.project(&world.root, "web", Some(sub));
        world.join(&in_group(top), &ann, Level::Guest);
        world.join(&in_group(invited), &bob, Level::Developer);
        world.join(&in_group(top), &dan, Level::Minimal);
        world.project(&eve, "own", None);
        let found = |filter: Filter| {
            let filter = Filter { limit: 99, ..filter };
            let (rows, total) = world.read(&world.root, move |tx, actor| list(tx, actor, &filter)).unwrap();
            assert_eq!(rows.len(), usize::try_from(total).unwrap());
            rows.into_iter().map(|u| u.username).collect::<Vec<_>>()
        };
        let idle = || found(Filter { without_projects: Some(NOW.date()), ..Filter::default() });
        assert_eq!(idle(), ["bob", "carl", "dan"]);
        let invite = Invite { group: invited, level: Level::Reporter, expires_at: None };
        let at = Ref::Id(project.0);
        let share = move |tx: &mut crate::Tx<'_>, actor: &Actor| projects::share(tx, actor, &at, &invite, NOW);
        world.write(&world.root, share).unwrap();
        assert_eq!(idle(), ["carl", "dan"]);
        let external = Changes { external: Some(true), ..Changes::default() };
        try_update(&world, &world.root, id(&carl), external).unwrap();
        assert_eq!(found(Filter { external: Some(true), ..Filter::default() }), ["carl"]);
        assert!(!found(Filter { external: Some(false), ..Filter::default() }).contains(&"carl".into()));
        let who = id(&dan);
        world.write(&world.root, move |tx, by| change_state(tx, by, who, Change::Ban, NOW)).unwrap();
        assert_eq!(found(Filter { not_active: true, ..Filter::default() }), ["dan"]);
        let latest = Filter { order: Order::UpdatedAt, descending: true, ..Filter::default() };
        assert_eq!(found(latest).first().map(String::as_str), Some("eve"), "all at one time: by id");
        try_delete(&world, id(&eve), false).unwrap();
        assert_eq!(found(Filter::default()).len(), 5);
        let filter = MembershipFilter { projects: Some(false), limit: 9, offset: 0 };
        let rows = world.read(&world.root, move |tx, by| memberships(tx, by, id(&ann), filter, NOW)).unwrap().0;
        assert_eq!(rows.iter().map(|m| (m.name.as_str(), m.level)).collect::<Vec<_>>(), [("ops", Level::Guest)]);
    });
}

#[test]
fn external_people_see_of_what_is_internal_only_their_own() {
    on_both("users_external", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let new = crate::groups::NewGroup { visibility: Some(Visibility::Internal), ..new_group("open", None) };
        let open = world.write(&world.root, move |tx, by| crate::groups::create(tx, by, &new, NOW)).unwrap();
        let open = Ref::Id(open.group.id.0);
        let external = Actor { person: ann.person.map(|p| Person { external: true, ..p }), ..ann.clone() };
        let sees = |by: &Actor| {
            let at = open.clone();
            world.read(by, move |tx, actor| crate::groups::show(tx, actor, &at, NOW)).is_ok()
        };
        let listed = |by: &Actor| {
            let wanted = crate::groups::Wanted { limit: 9, ..Default::default() };
            world.read(by, move |tx, actor| crate::groups::list(tx, actor, &wanted, NOW)).unwrap().1
        };
        assert!(sees(&ann) && listed(&ann) == 1);
        try_update(&world, &world.root, id(&ann), Changes { external: Some(true), ..Changes::default() }).unwrap();
        assert!(!sees(&external) && listed(&external) == 0);
    });
}
