//! Members of groups and projects, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Changes, NewMembers, Target, Wanted, Who, add, change, list, list_all, remove, show, show_all};
use crate::fixture::{NOW, World, code, id, in_group, in_project, refusal};
use countersign_domain::access::{Actor, Level};
use countersign_domain::event::Code;
use countersign_domain::ids::UserId;
use countersign_domain::refusal::{Refusal, Text};
use countersign_domain::time::Date;
use countersign_domain::user::Change;
use countersign_store::members::Member;
use countersign_store::testing::{on_both, recorded};

fn set(world: &World<'_>, by: &Actor, target: &Target, who: &Actor, level: Level) -> crate::Result<Member> {
    let (target, user) = (target.clone(), id(who));
    let changes = Changes { level: Some(level), expires_at: None };
    world.write(by, move |tx, actor| change(tx, actor, &target, user, &changes, NOW))
}

fn leave(world: &World<'_>, by: &Actor, target: &Target, who: &Actor) -> crate::Result<()> {
    let (target, user) = (target.clone(), id(who));
    world.write(by, move |tx, actor| remove(tx, actor, &target, user, false, NOW))
}

fn names(world: &World<'_>, by: &Actor, target: &Target, all: bool, wanted: Wanted) -> Vec<(String, Level)> {
    let (target, wanted) = (target.clone(), Wanted { limit: 9, ..wanted });
    let found = world.read(by, move |tx, actor| match all {
        true => list_all(tx, actor, &target, &wanted, NOW),
        false => list(tx, actor, &target, &wanted, NOW),
    });
    found.unwrap().0.into_iter().map(|m| (m.username, m.level)).collect()
}

#[test]
fn nobody_gives_more_than_they_have() {
    on_both("members_add", |store| {
        let world = World::new(store);
        let (ann, bob, carl) = (world.user("ann"), world.user("bob"), world.user("carl"));
        let group = world.group(&ann, "ops", None);
        let project = world.project(&ann, "web", Some(group));
        let (on_group, on_project) = (in_group(group), in_project(project));
        assert_eq!(code(world.try_join(&bob, &on_group, &carl, Level::Guest, None)), "not_found");
        world.join(&on_group, &bob, Level::Maintainer);
        assert_eq!(refusal(world.try_join(&bob, &on_group, &carl, Level::Guest, None)), Refusal::Role("Owner"));
        let above = refusal(world.try_join(&bob, &on_project, &carl, Level::Owner, None));
        assert_eq!(above, Refusal::Role("Owner"));
        world.try_join(&bob, &on_project, &carl, Level::Maintainer, None).unwrap();
        assert_eq!(code(world.try_join(&bob, &on_project, &carl, Level::Guest, None)), "member.exists");
        for bad in [Level::None, Level::Minimal] {
            assert_eq!(code(world.try_join(&ann, &on_project, &bob, bad, None)), "invalid");
        }
        let past = Date::parse("2026-11-21");
        assert_eq!(code(world.try_join(&ann, &on_group, &carl, Level::Guest, past)), "invalid");
        let lower = refusal(world.try_join(&ann, &on_project, &bob, Level::Developer, None));
        let text = "should be greater than or equal to Maintainer inherited membership from group ops";
        assert_eq!(lower.text(), Text::Field("access_level".into(), vec![text.into()]));
        world.try_join(&ann, &on_project, &bob, Level::Owner, None).unwrap();
        world.try_join(&ann, &on_group, &carl, Level::Minimal, None).unwrap();
        assert_eq!(code(leave(&world, &carl, &on_project, &bob)), "access.role");
    });
}

#[test]
fn several_are_added_or_none() {
    on_both("members_several", |store| {
        let world = World::new(store);
        let (ann, bob, carl) = (world.user("ann"), world.user("bob"), world.user("carl"));
        let group = world.group(&ann, "ops", None);
        let many = |who: Vec<Who>| {
            let new = NewMembers { who, level: Level::Developer, expires_at: None };
            world.write(&ann, move |tx, actor| add(tx, actor, &in_group(group), &new, NOW)).map(|m| m.len())
        };
        let bob_id = Who::Id(id(&bob).0);
        assert_eq!(code(many(vec![bob_id.clone(), Who::Id(99_999)])), "not_found");
        assert_eq!(code(many(vec![bob_id.clone(), bob_id.clone()])), "member.exists");
        assert_eq!(names(&world, &ann, &in_group(group), false, Wanted::default()).len(), 1);
        assert_eq!(many(vec![bob_id, Who::Username("CARL".into())]).unwrap(), 2);
        let found =
            |wanted| names(&world, &ann, &in_group(group), false, wanted).into_iter().map(|m| m.0).collect::<Vec<_>>();
        assert_eq!(found(Wanted::default()), ["ann", "bob", "carl"]);
        assert_eq!(found(Wanted { query: Some("AR".into()), ..Wanted::default() }), ["carl"]);
        assert_eq!(found(Wanted { user_ids: vec![id(&carl).0, 7], ..Wanted::default() }), ["carl"]);
        assert_eq!(found(Wanted { offset: 1, ..Wanted::default() }), ["bob", "carl"]);
    });
}

#[test]
fn a_group_at_the_top_keeps_an_owner() {
    on_both("members_last_owner", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let top = world.group(&ann, "ops", None);
        let sub = world.group(&ann, "sub", Some(top));
        let target = in_group(top);
        for by in [&ann, &world.root] {
            assert_eq!(code(set(&world, by, &target, &ann, Level::Maintainer)), "member.last_owner");
            assert_eq!(code(leave(&world, by, &target, &ann)), "member.last_owner");
        }
        leave(&world, &ann, &in_group(sub), &ann).unwrap();
        world.join(&target, &bob, Level::Owner);
        let user = id(&bob);
        world
            .write(&world.root, move |tx, actor| crate::users::change_state(tx, actor, user, Change::Block, NOW))
            .unwrap();
        assert_eq!(code(leave(&world, &ann, &target, &ann)), "member.last_owner", "a blocked owner cannot act");
        world
            .write(&world.root, move |tx, actor| crate::users::change_state(tx, actor, user, Change::Unblock, NOW))
            .unwrap();
        set(&world, &ann, &target, &ann, Level::Guest).unwrap();
        assert_eq!(code(set(&world, &ann, &target, &bob, Level::Guest)), "access.role");
        leave(&world, &ann, &target, &ann).unwrap();
        assert_eq!(code(leave(&world, &ann, &target, &ann)), "not_found");
    });
}

#[test]
fn the_last_owner_of_a_group_at_the_top_is_given_no_end() {
    on_both("members_last_end", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let top = world.group(&ann, "ops", None);
        let target = in_group(top);
        let until = |who: &Actor, end: Option<&str>| {
            let (target, user) = (target.clone(), id(who));
            let changes = Changes { level: None, expires_at: Some(end.map(|end| Date::parse(end).unwrap())) };
            world.write(&ann, move |tx, actor| change(tx, actor, &target, user, &changes, NOW))
        };
        assert_eq!(code(until(&ann, Some("2026-12-24"))), "member.last_owner");
        world.try_join(&ann, &target, &bob, Level::Owner, Date::parse("2027-01-01")).unwrap();
        assert_eq!(code(until(&ann, Some("2026-12-24"))), "member.last_owner", "there would be none in January");
        assert_eq!(code(leave(&world, &ann, &target, &ann)), "member.last_owner");
        until(&bob, Some("2026-12-31")).expect("somebody else stays");
        until(&bob, None).unwrap();
        until(&ann, Some("2026-12-24")).unwrap();
        assert_eq!(code(until(&bob, Some("2026-12-25"))), "member.last_owner");
        let sub = world.group(&ann, "sub", Some(top));
        let (below, user) = (in_group(sub), id(&ann));
        let ends = Changes { level: None, expires_at: Some(Date::parse("2026-12-24")) };
        world.write(&ann, move |tx, actor| change(tx, actor, &below, user, &ends, NOW)).expect("the top has one");
    });
}

#[test]
fn everybody_with_access_is_shown_with_their_highest_level() {
    on_both("members_all", |store| {
        let world = World::new(store);
        let (ann, bob, carl) = (world.user("ann"), world.user("bob"), world.user("carl"));
        let top = world.group(&ann, "ops", None);
        let sub = world.group(&ann, "sub", Some(top));
        let project = world.project(&ann, "web", Some(sub));
        world.join(&in_group(top), &bob, Level::Reporter);
        world.join(&in_project(project), &bob, Level::Maintainer);
        world.join(&in_project(project), &carl, Level::Guest);
        let on_project = in_project(project);
        let all = names(&world, &carl, &on_project, true, Wanted::default());
        let expected = [("ann", Level::Owner), ("bob", Level::Maintainer), ("carl", Level::Guest)];
        assert_eq!(all, expected.map(|(n, l)| (n.to_owned(), l)));
        assert_eq!(names(&world, &carl, &on_project, false, Wanted::default()).len(), 2);
        let (ann_id, target) = (id(&ann), on_project.clone());
        assert_eq!(code(world.read(&carl, move |tx, a| show(tx, a, &target, ann_id, NOW))), "not_found");
        let target = on_project.clone();
        assert_eq!(world.read(&carl, move |tx, a| show_all(tx, a, &target, ann_id, NOW)).unwrap().level, Level::Owner);
        let target = on_project.clone();
        assert_eq!(code(world.read(&carl, move |tx, a| show_all(tx, a, &target, UserId(999), NOW))), "not_found");
        let dan = world.user("dan");
        let own = world.project(&dan, "own", None);
        leave(&world, &dan, &in_project(own), &dan).unwrap();
        assert_eq!(names(&world, &dan, &in_project(own), true, Wanted::default()), [("dan".to_owned(), Level::Owner)]);
    });
}

#[test]
fn leaving_a_group_ends_what_lies_below_unless_it_is_to_stay() {
    on_both("members_below", |store| {
        let world = World::new(store);
        let (ann, bob, carl) = (world.user("ann"), world.user("bob"), world.user("carl"));
        let top = world.group(&ann, "ops", None);
        let sub = world.group(&ann, "sub", Some(top));
        let project = world.project(&ann, "web", Some(sub));
        for who in [&bob, &carl] {
            world.join(&in_group(top), who, Level::Guest);
            world.join(&in_group(sub), who, Level::Developer);
            world.join(&in_project(project), who, Level::Maintainer);
        }
        leave(&world, &bob, &in_group(top), &bob).unwrap();
        assert_eq!(code(leave(&world, &bob, &in_project(project), &bob)), "not_found");
        assert_eq!(recorded(store, Code::MemberRemoved), 3, "each is recorded where it was");
        let user = id(&carl);
        world.write(&ann, move |tx, actor| remove(tx, actor, &in_group(top), user, true, NOW)).unwrap();
        let left = names(&world, &carl, &in_project(project), false, Wanted::default());
        assert_eq!(left, [("carl".to_owned(), Level::Maintainer)]);
    });
}

#[test]
fn a_dead_membership_is_none() {
    on_both("members_dead", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let group = world.group(&ann, "ops", None);
        let target = in_group(group);
        world.try_join(&ann, &target, &bob, Level::Developer, Date::parse("2026-11-22")).unwrap();
        let later = NOW.plus_ms(24 * 3600 * 1000);
        let (user, at) = (id(&bob), target.clone());
        assert_eq!(code(world.read(&ann, move |tx, a| show(tx, a, &at, user, later))), "not_found");
        let new = NewMembers { who: vec![Who::Id(user.0)], level: Level::Guest, expires_at: None };
        let at = target.clone();
        world.write(&ann, move |tx, actor| add(tx, actor, &at, &new, later)).unwrap();
        assert_eq!(set(&world, &ann, &target, &bob, Level::Reporter).unwrap().level, Level::Reporter);
        let never = Changes { level: None, expires_at: Some(None) };
        let at = target.clone();
        world.write(&ann, move |tx, actor| change(tx, actor, &at, user, &never, NOW)).unwrap();
    });
}
