//! Tables of rights, and requests that are accepted or refused.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::access::{Actor, Directory, Home, Membership, Person, Place, Via, Visibility};
use crate::event::By;
use crate::ids::{GroupId, UserId};
use crate::refusal::Refusal;
use crate::time::Date;

const MAIN: Named<'_> = Named { kind: Kind::Branch, name: "main" };

fn standing(level: Level, admin: bool) -> Standing {
    let person = Person { id: UserId(1), admin, bot: false, external: false, active: true };
    let place = Place::Project(ProjectId(1));
    let mut directory = Directory::new(Date::parse("2026-11-21").unwrap());
    directory.homes.insert(ProjectId(1), Home::Group(GroupId(1)));
    directory.people.insert(person.id, person);
    directory.members.insert((place, person.id), Membership { level, expires_at: None });
    let actor = Actor { person: Some(person), via: Via::Server, by: By::default() };
    directory.standing(&actor, place, Visibility::Private)
}

/// Somebody of each role, and an administrator without one.
fn everybody() -> [(&'static str, Standing); 4] {
    [
        ("developer", standing(Level::Developer, false)),
        ("maintainer", standing(Level::Maintainer, false)),
        ("owner", standing(Level::Owner, false)),
        ("admin", standing(Level::None, true)),
    ]
}

fn protection(kind: Kind, name: &str, levels: &[(Right, Least)]) -> ProtectedRef {
    let levels = levels.iter().enumerate();
    let levels =
        levels.map(|(at, (right, least))| AccessLevel { id: EntryId(at as i64 + 1), right: *right, least: *least });
    ProtectedRef {
        id: ProtectedRefId(1),
        project: ProjectId(1),
        kind,
        name: name.into(),
        allow_force_push: false,
        levels: levels.collect(),
    }
}

fn rules(all: &[ProtectedRef]) -> RefRules {
    RefRules { all: all.to_vec() }
}

fn of_change(change: &Change) -> Vec<(Right, Least)> {
    let added = change.levels.iter().map(|c| match c {
        LevelChange::Add(right, least) => (*right, *least),
        other => panic!("{other:?}"),
    });
    added.collect()
}

#[test]
fn who_may_move_what() {
    let default = of_change(&Change::default_branch("main"));
    let rules = rules(&[
        protection(Kind::Branch, "main", &default),
        protection(Kind::Branch, "closed", &[(Right::Push, Least::Nobody), (Right::Merge, Least::Developer)]),
        protection(
            Kind::Branch,
            "admin/*",
            &[(Right::Push, Least::Administrator), (Right::Merge, Least::Administrator)],
        ),
        protection(Kind::Tag, "v*", &[(Right::Create, Least::Maintainer)]),
    ]);
    let mut table = String::new();
    let refs = [
        MAIN,
        Named::branch("free"),
        Named::branch("closed"),
        Named::branch("admin/x"),
        Named::tag("v1"),
        Named::tag("x"),
    ];
    for at in refs {
        for (step, way) in
            [(Move::Create, Way::Git), (Move::Update, Way::Git), (Move::Delete, Way::Git), (Move::Delete, Way::Api)]
        {
            let may = everybody().map(|(who, standing)| match rules.may_move(&standing, "main", at, step, way) {
                Ok(()) => format!("{who}=yes"),
                Err(why) => format!("{who}={}", why.code()),
            });
            table += &format!("{} {} {step:?} by {way:?}: {}\n", at.kind.as_str(), at.name, may.join(" "));
        }
        let run = everybody().map(|(who, standing)| format!("{who}={}", rules.may_run(&standing, at).is_ok()));
        table += &format!("{} {} run: {}\n", at.kind.as_str(), at.name, run.join(" "));
    }
    insta::assert_snapshot!(table);
}

#[test]
fn the_most_permissive_of_several_protections_decides() {
    let strict = protection(Kind::Branch, "main", &[(Right::Push, Least::Nobody)]);
    let mut open = protection(Kind::Branch, "m*", &[(Right::Push, Least::Developer)]);
    let [(_, developer), ..] = everybody();
    let push = |rules: &RefRules| rules.may_move(&developer, "x", MAIN, Move::Update, Way::Git);
    assert!(push(&rules(std::slice::from_ref(&strict))).is_err());
    assert!(push(&rules(&[strict.clone(), open.clone()])).is_ok());
    assert!(rules(&[strict.clone(), open.clone()]).only_grows(MAIN));
    open.allow_force_push = true;
    assert!(!rules(&[strict, open]).only_grows(MAIN));
    assert!(!rules(&[]).only_grows(MAIN) && !rules(&[]).protects(MAIN));
}

#[test]
fn a_refusal_names_who_may() {
    let levels = [(Right::Push, Least::Maintainer), (Right::Push, Least::Administrator)];
    let [(_, developer), ..] = everybody();
    let refused = |levels: &[(Right, Least)]| {
        let rules = rules(&[protection(Kind::Branch, "main", levels)]);
        rules.may_move(&developer, "x", MAIN, Move::Update, Way::Git).unwrap_err().reason()
    };
    let text = "You are not allowed to push to the protected branch 'main'";
    assert_eq!(refused(&levels), format!("{text}: Maintainers, Administrators may"));
    assert_eq!(refused(&[(Right::Push, Least::Nobody)]), format!("{text}: nobody may"));
}

fn level(number: i64) -> AskedLevel {
    AskedLevel { access_level: Some(number), ..AskedLevel::default() }
}

#[test]
fn what_is_not_asked_for_is_for_maintainers() {
    let asked = |levels: Vec<(Right, Option<i64>, Vec<AskedLevel>)>| {
        let asked = NewProtectedRef { name: "x".into(), allow_force_push: false, levels };
        check_new(&asked, Kind::Branch).map(|change| of_change(&change))
    };
    let (push, merge, lift) = (Right::Push, Right::Merge, Right::Unprotect);
    let all = [(push, Least::Maintainer), (merge, Least::Maintainer), (lift, Least::Maintainer)];
    assert_eq!(asked(vec![]).unwrap(), all);
    let given = asked(vec![(push, Some(0), vec![]), (merge, Some(30), vec![level(60)])]).unwrap();
    let merges = [(merge, Least::Developer), (merge, Least::Administrator)];
    assert_eq!(given, [&[(push, Least::Nobody)], &merges[..], &[(lift, Least::Maintainer)]].concat());
    for (levels, word) in [
        (vec![(push, Some(50), vec![])], "valid value"),
        (vec![(push, Some(40), vec![level(40)])], "already been taken"),
        (vec![(push, None, vec![AskedLevel { names_somebody: true, ..level(40) }])], "not supported"),
        (vec![(push, None, vec![AskedLevel::default()])], "missing"),
    ] {
        let Err(Refusal::Field(field, why)) = asked(levels) else { panic!("accepted: {word}") };
        assert!(field == "push_access_levels" && why.contains(word), "{field} {why}");
    }
    for bad in ["", " ", "a\nb", &"x".repeat(256)] {
        let asked = NewProtectedRef { name: bad.into(), ..NewProtectedRef::default() };
        assert!(check_new(&asked, Kind::Tag).is_err(), "{bad:?}");
    }
}

#[test]
fn updates_are_partial_and_judged_as_a_whole() {
    let now = protection(Kind::Branch, "x", &[(Right::Push, Least::Maintainer), (Right::Merge, Least::Developer)]);
    let update = |list: Vec<AskedLevel>| {
        check_update(&UpdateProtectedRef { allow_force_push: None, levels: vec![(Right::Push, list)] }, &now)
    };
    let (id, of_another) = (Some(1), Some(2));
    let gone = AskedLevel { id, destroy: true, ..AskedLevel::default() };
    let swapped = update(vec![level(40), gone.clone()]).unwrap();
    assert_eq!(swapped.levels, [LevelChange::Delete(EntryId(1)), LevelChange::Add(Right::Push, Least::Maintainer)]);
    let changed = update(vec![AskedLevel { id, ..level(30) }]).unwrap();
    assert_eq!(changed.levels, [LevelChange::Update(EntryId(1), Least::Developer)]);
    assert!(matches!(update(vec![level(40)]), Err(Refusal::Field(..))));
    assert!(matches!(update(vec![AskedLevel { id: of_another, ..level(30) }]), Err(Refusal::NotFound(_))));
    assert!(matches!(update(vec![AskedLevel { id: None, ..gone }]), Err(Refusal::Field(..))));
}
