//! Effective access, sentence by sentence of semantics, section 1.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use crate::access::{Actor, Level, Place, Via, Visibility};
use crate::event::By;
use crate::ids::{GroupId, JobId, ProjectId, UserId};
use crate::testing::{TODAY, World};

const YESTERDAY: &str = "2026-11-20";
const TOMORROW: &str = "2026-11-22";

/// `top` with a subgroup and a project each; `guild/qa`, a group elsewhere; `temps`, invited to that.
fn world() -> World {
    World::new()
        .groups(&["top", "top/sub", "top/sub/deep", "guild", "guild/qa", "temps"])
        .project("top/app")
        .project("top/sub/app")
        .members("guild/qa", &[("dan", 40), ("fay", 20)])
        .members("guild", &[("eve", 40)])
        .members("temps", &[("gil", 50)])
        .invite("guild/qa", "temps", 50)
}

#[track_caller]
fn check(world: &World, rows: &[(&str, &str, i64)]) {
    for (who, place, expected) in rows {
        let level = match world.at(place) {
            Place::Group(group) => world.dir.on_group(world.u(who), group),
            Place::Project(project) => world.dir.on_project(world.u(who), project),
        };
        assert_eq!(level.number(), *expected, "{who} on {place}");
        let highest = world.dir.ways(world.u(who), world.at(place)).first().map_or(0, |way| way.level.number());
        assert_eq!(highest, *expected, "the highest way of {who} on {place}");
    }
}

#[test]
fn it_is_the_highest_of_direct_and_inherited_and_never_flows_upwards() {
    let world = world()
        .members("top", &[("ann", 30), ("both", 20)])
        .members("top/sub", &[("ann", 20), ("bob", 40), ("both", 40)])
        .members("top/sub/app", &[("carl", 50), ("bob", 30)]);
    check(
        &world,
        &[
            ("ann", "top", 30),
            ("ann", "top/sub", 30),
            ("ann", "top/sub/deep", 30),
            ("ann", "top/sub/app", 30),
            ("bob", "top", 0),
            ("bob", "top/app", 0),
            ("bob", "top/sub/deep", 40),
            ("bob", "top/sub/app", 40),
            ("both", "top", 20),
            ("both", "top/sub", 40),
            ("carl", "top/sub/app", 50),
            ("carl", "top/sub", 0),
        ],
    );
}

#[test]
fn an_invitation_to_a_group_gives_its_direct_members_the_lower_level_there_and_below() {
    let world = world().invite("top", "guild/qa", 30);
    check(
        &world,
        &[
            ("dan", "top", 30),
            ("dan", "top/sub", 30),
            ("dan", "top/sub/app", 30),
            ("fay", "top", 20),
            ("fay", "top/app", 20),
            ("eve", "top", 0),
            ("eve", "top/app", 0),
            ("dan", "guild", 0),
        ],
    );
    check(&world.invite("top/sub", "guild/qa", 40), &[("dan", "top", 30), ("dan", "top/sub", 40)]);
}

#[test]
fn an_invitation_to_a_project_counts_inherited_members_too() {
    let world = world().invite("top/app", "guild/qa", 30);
    check(
        &world,
        &[("dan", "top/app", 30), ("eve", "top/app", 30), ("fay", "top/app", 20), ("dan", "top", 0), ("eve", "top", 0)],
    );
}

#[test]
fn invitations_are_not_transitive() {
    let world = world().invite("top", "guild/qa", 50).invite("top/app", "guild/qa", 50);
    check(&world, &[("gil", "guild/qa", 50), ("gil", "top", 0), ("gil", "top/sub", 0), ("gil", "top/app", 0)]);
}

#[test]
fn memberships_and_invitations_are_dead_on_their_very_date() {
    let world = world()
        .member_until("top", "past", 40, YESTERDAY)
        .member_until("top", "last", 40, TODAY)
        .member_until("top", "soon", 40, TOMORROW)
        .member_until("top/sub", "falls", 40, TODAY)
        .members("top", &[("falls", 20)]);
    check(
        &world,
        &[
            ("past", "top", 0),
            ("last", "top", 0),
            ("last", "top/app", 0),
            ("soon", "top", 40),
            ("soon", "top/sub/app", 40),
            ("falls", "top/sub", 20),
        ],
    );
    let invited = |until| world.clone().invite_until("top", "guild/qa", 30, until);
    check(&invited(TODAY), &[("dan", "top", 0), ("dan", "top/app", 0)]);
    check(&invited(TOMORROW), &[("dan", "top", 30), ("dan", "top/app", 30)]);
    let invited = |until| world.clone().invite_until("top/app", "guild/qa", 30, until);
    check(&invited(TODAY), &[("dan", "top/app", 0)]);
    check(&invited(TOMORROW), &[("dan", "top/app", 30)]);
    let expired_in_the_invited_group =
        World::new().groups(&["a", "b"]).member_until("b", "x", 40, TODAY).invite("a", "b", 40);
    check(&expired_in_the_invited_group, &[("x", "a", 0)]);
}

#[test]
fn minimal_access_gives_nothing_on_projects() {
    let world = world()
        .members("top", &[("min", 5)])
        .members("top/app", &[("here", 5)])
        .invite("top/app", "guild/qa", 5)
        .members("temps", &[("tess", 5)])
        .invite("top/sub", "temps", 40);
    check(
        &world,
        &[
            ("min", "top", 5),
            ("min", "top/sub", 5),
            ("min", "top/app", 0),
            ("here", "top/app", 0),
            ("dan", "top/app", 0),
            ("tess", "top/sub", 5),
            ("tess", "top/sub/app", 0),
            ("gil", "top/sub/app", 40),
        ],
    );
}

#[test]
fn who_owns_a_personal_namespace_owns_its_projects() {
    let world = World::new().personal("ann/app", "ann").members("ann/app", &[("bob", 30), ("ann", 20)]);
    check(&world, &[("ann", "ann/app", 50), ("bob", "ann/app", 30)]);
    assert_eq!(world.dir.groups_above(world.p("ann/app")), []);
    check(&world.blocked("ann").blocked("bob"), &[("ann", "ann/app", 0), ("bob", "ann/app", 0)]);
}

#[test]
fn blocked_people_strangers_administrators_and_rowless_bots_have_no_level() {
    let world = world()
        .members("top", &[("gone", 50), ("robot", 30)])
        .members("top/app", &[("gone", 50)])
        .invite("top", "guild/qa", 50)
        .blocked("gone")
        .blocked("dan")
        .bot("robot")
        .bot("idle")
        .admin("root");
    check(
        &world,
        &[
            ("gone", "top", 0),
            ("gone", "top/app", 0),
            ("dan", "top", 0),
            ("robot", "top/app", 30),
            ("idle", "top/app", 0),
            ("root", "top/app", 0),
        ],
    );
    assert_eq!(world.dir.on_group(UserId(999), world.g("top")), Level::None);
}

#[test]
fn what_is_not_there_gives_nothing_and_a_cycle_ends() {
    let mut world = world().members("top", &[("ann", 50)]);
    let (ann, top, sub) = (world.u("ann"), world.g("top"), world.g("top/sub"));
    assert_eq!(world.dir.on_group(ann, GroupId(999)), Level::None);
    assert_eq!(world.dir.on_project(ann, ProjectId(999)), Level::None);
    world.dir.parents.insert(top, Some(sub));
    assert_eq!(world.dir.lineage(sub), [sub, top]);
    assert_eq!(world.dir.on_group(ann, sub), Level::Owner);
}

#[test]
fn lineage_is_nearest_first_and_below_means_strictly() {
    let world = world();
    let (top, sub, deep) = (world.g("top"), world.g("top/sub"), world.g("top/sub/deep"));
    assert_eq!(world.dir.lineage(deep), [deep, sub, top]);
    assert_eq!(world.dir.groups_above(world.p("top/sub/app")), [sub, top]);
    assert!(world.dir.is_below(deep, top) && world.dir.is_below(sub, top));
    assert!(!world.dir.is_below(top, top) && !world.dir.is_below(top, sub));
    assert!(!world.dir.is_below(world.g("guild/qa"), top));
}

#[test]
fn visibility_shows_and_hides() {
    let world = world().members("top", &[("ann", 10), ("min", 5)]).person("out", |_| ()).blocked("gone").admin("root");
    let actor = |who: &str, via| Actor { person: Some(world.dir.people[&world.u(who)]), via, by: By::default() };
    let sees = |actor: &Actor, place: &str| {
        let all = [Visibility::Private, Visibility::Internal, Visibility::Public];
        all.map(|v| world.dir.standing(actor, world.at(place), v).sees())
    };
    assert_eq!(sees(&Actor::anonymous(), "top/app"), [false, false, true]);
    assert_eq!(sees(&actor("gone", Via::Server), "top/app"), [false, false, true]);
    assert_eq!(sees(&actor("out", Via::Server), "top/app"), [false, true, true]);
    assert_eq!(sees(&actor("min", Via::Server), "top/app"), [false, true, true]);
    assert_eq!(sees(&actor("min", Via::Server), "top"), [true; 3]);
    let (own, other) = (Via::Job(JobId(1), world.p("top/app")), Via::Job(JobId(1), ProjectId(999)));
    assert_eq!(sees(&actor("ann", own.clone()), "top/app"), [true; 3]);
    assert_eq!(sees(&actor("ann", other), "top/app"), [false, false, true], "a key to its own project only");
    assert_eq!(sees(&actor("root", Via::Server), "top/app"), [true; 3]);
    assert_eq!(sees(&actor("root", own), "top/app"), [false, true, true]);
}

#[test]
fn whoever_is_not_told_of_an_invitation_is_told_of_nobody_it_brings() {
    let world = world()
        .members("top", &[("lead", 40), ("boss", 50)])
        .members("top/app", &[("own", 40)])
        .invite("top", "guild/qa", 30)
        .invite("top/app", "guild/qa", 40);
    let dan = |who: &str, place: &str, sees: bool| {
        let person = Some(world.dir.people[&world.u(who)]);
        let actor = Actor { person, via: Via::Server, by: By::default() };
        let standing = world.dir.standing(&actor, world.at(place), Visibility::Private);
        let told = world.dir.clone().told(&standing, |group| sees && group == world.g("guild/qa"));
        match world.at(place) {
            Place::Group(group) => told.on_group(world.u("dan"), group).number(),
            Place::Project(project) => told.on_project(world.u("dan"), project).number(),
        }
    };
    assert_eq!(
        (dan("lead", "top", false), dan("lead", "top", true)),
        (0, 30),
        "no owner: only with sight of the group"
    );
    assert_eq!((dan("fay", "top/app", false), dan("fay", "top/app", true)), (0, 40));
    assert_eq!((dan("boss", "top", false), dan("own", "top/app", false)), (30, 40), "those who could end it");
}
