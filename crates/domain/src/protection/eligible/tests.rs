//! Who satisfies an entry, who may be named by one, and what is odd: semantics, section 3.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::Sight;
use crate::access::Place;
use crate::protection::{Inheritance, Scope, Warning};
use crate::testing::{TODAY, World};

fn world() -> World {
    World::new()
        .groups(&["top", "top/sub", "top/sub/deep", "other", "qa", "qa/night"])
        .project("top/sub/app")
        .members("top", &[("boss", 50), ("lead", 40)])
        .members("top/sub", &[("dev", 30), ("maint", 40)])
        .members("top/sub/app", &[("rep", 20), ("pm", 40)])
        .members("qa", &[("quin", 10), ("min", 5), ("over", 40)])
        .members("qa/night", &[("nat", 30)])
        .admin("root")
}

fn scope(world: &World, place: &str) -> Scope {
    match world.at(place) {
        Place::Group(group) => Scope::Group(group),
        Place::Project(project) => Scope::Project(project),
    }
}

#[track_caller]
fn assignable(world: &World, place: &str, yes: &[&str], no: &[&str]) {
    let may = |who: &&&str| world.dir.unassignable(world.who(who), scope(world, place)).is_none();
    assert_eq!(yes.iter().filter(|w| !may(w)).collect::<Vec<_>>(), Vec::<&&str>::new(), "refused");
    assert_eq!(no.iter().filter(may).collect::<Vec<_>>(), Vec::<&&str>::new(), "accepted");
}

/// Exactly `expected` satisfy an entry naming `who` of a protection in `place`.
#[track_caller]
fn satisfied_by(world: &World, place: &str, who: &str, inheritance: Inheritance, expected: &[&str]) {
    let mut world = world.clone();
    let mut entry = world.entry(who);
    entry.inheritance = inheritance;
    let scope = scope(&world, place);
    let people = world.dir.people.keys().filter(|u| world.dir.satisfies(**u, &entry, scope));
    let mut found: Vec<_> = people.copied().collect();
    let mut wanted: Vec<_> = expected.iter().map(|w| world.u(w)).collect();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted, "{who} at {place}: expected {expected:?}");
}

#[test]
fn users_and_groups_assignable_on_a_project() {
    let world = world()
        .invite("top/sub/app", "qa", 20)
        .groups(&["guests", "late", "above"])
        .invite("top/sub/app", "guests", 15)
        .invite_until("top/sub/app", "late", 40, TODAY)
        .invite("top/sub", "above", 40)
        .member_until("top/sub/app", "left", 40, TODAY)
        .members("top/sub/app", &[("gone", 40), ("robot", 30)])
        .blocked("gone")
        .bot("robot");
    let yes = ["@dev", "@maint", "@pm", "@boss", "@robot", "qa", "top/sub", "top", "30", "40", "60"];
    let no =
        ["@rep", "@quin", "@root", "@left", "@gone", "guests", "late", "above", "top/sub/deep", "other", "qa/night"];
    assignable(&world, "top/sub/app", &yes, &no);
    assignable(&world.clone().invite("top/sub/app", "qa", 40), "top/sub/app", &["@over"], &["@quin", "@min"]);
    let mine = World::new().groups(&["qa"]).personal("ann/app", "ann").members("ann/app", &[("bob", 20)]);
    assignable(&mine.invite("ann/app", "qa", 20), "ann/app", &["@ann", "qa"], &["@bob"]);
}

#[test]
fn users_and_groups_assignable_in_a_group() {
    let world = world().invite("top", "qa", 40).members("top", &[("worker", 30)]);
    let yes = ["@boss", "@lead", "@over", "top/sub", "top/sub/deep", "30", "40", "60"];
    let no = ["@worker", "@maint", "@pm", "@root", "@quin", "top", "qa", "other"];
    assignable(&world, "top", &yes, &no);
    assignable(&world, "top/sub", &["@boss", "@maint", "top/sub/deep"], &["@dev", "top", "top/sub"]);
}

#[test]
fn a_role_is_read_where_the_protection_lives() {
    let world = world().invite("top/sub/app", "qa", 30).invite("top", "qa/night", 30);
    let (direct, app) = (Inheritance::Direct, "top/sub/app");
    satisfied_by(&world, app, "30", direct, &["boss", "lead", "dev", "maint", "pm", "over", "nat"]);
    satisfied_by(&world, app, "40", direct, &["boss", "lead", "maint", "pm"]);
    satisfied_by(&world, "top", "30", direct, &["boss", "lead", "nat"]);
    satisfied_by(&world, "top", "40", direct, &["boss", "lead"]);
    satisfied_by(&world, "top/sub", "40", direct, &["boss", "lead", "maint"]);
    for place in [app, "top"] {
        satisfied_by(&world, place, "60", direct, &["root"]);
        satisfied_by(&world.clone().blocked("root"), place, "60", direct, &[]);
    }
}

#[test]
fn a_named_user_is_that_user_alone() {
    satisfied_by(&world(), "top/sub/app", "@dev", Inheritance::Direct, &["dev"]);
    satisfied_by(&world().blocked("dev"), "top/sub/app", "@dev", Inheritance::Direct, &[]);
    satisfied_by(&world(), "top", "@lead", Inheritance::Direct, &["lead"]);
}

#[test]
fn of_a_named_group_direct_members_count_or_those_of_its_ancestors_too_but_never_invited_ones() {
    let world = world()
        .invite("top/sub/app", "qa/night", 20)
        .groups(&["temps"])
        .members("temps", &[("tom", 50)])
        .invite("qa/night", "temps", 50)
        .invite("qa", "temps", 50)
        .member_until("qa/night", "late", 40, TODAY)
        .members("qa/night", &[("gone", 40), ("least", 10), ("mini", 5)])
        .blocked("gone");
    satisfied_by(&world, "top/sub/app", "qa/night", Inheritance::Direct, &["nat", "least"]);
    satisfied_by(&world, "top/sub/app", "qa/night", Inheritance::Inherited, &["nat", "least", "quin", "over"]);
    satisfied_by(&world, "top", "top/sub", Inheritance::Direct, &["dev", "maint"]);
    satisfied_by(&world, "top", "top/sub", Inheritance::Inherited, &["dev", "maint", "boss", "lead"]);
    satisfied_by(&world, "top/sub/app", "top", Inheritance::Direct, &["boss", "lead"]);
}

#[test]
fn an_entry_counts_for_nobody_while_orphaned_or_not_assignable_and_again_afterwards() {
    let world = world().invite("top/sub/app", "qa", 20).protect("top/sub/app", &["qa", "@dev"], &[("qa", 1)]);
    let dir = |w: &World, who: &str| w.dir.sight(w.u(who), &w.protections[0]);
    assert_eq!(dir(&world, "quin"), Sight::Deploy);
    assert_eq!(dir(&world, "dev"), Sight::Deploy);
    let left = world.clone().leave("top/sub", "dev");
    assert_eq!(dir(&left, "dev"), Sight::None);
    assert_eq!(dir(&left.members("top/sub/app", &[("dev", 30)]), "dev"), Sight::Deploy);
    let mut uninvited = world.clone();
    uninvited.dir.invitations.clear();
    assert_eq!(dir(&uninvited, "quin"), Sight::None);
    assert_eq!(dir(&uninvited.invite("top/sub/app", "qa", 30), "quin"), Sight::Deploy);
    let orphaned = world.last(|p| p.deploy[0].orphaned = true).last(|p| p.rules[0].entry.orphaned = true);
    assert_eq!(dir(&orphaned, "quin"), Sight::None);
}

#[test]
fn a_group_that_moves_away_counts_no_more() {
    let mut world = world().protect("top", &["top/sub"], &[]);
    assert!(world.dir.on_deploy_list(world.u("dev"), &world.protections[0]));
    let (sub, other) = (world.g("top/sub"), world.g("other"));
    world.dir.parents.insert(sub, Some(other));
    assert!(!world.dir.on_deploy_list(world.u("dev"), &world.protections[0]));
}

#[test]
fn rules_let_people_vote_and_deploy_entries_let_them_deploy_neither_implies_the_other() {
    let world = world().invite("top/sub/app", "qa", 20).protect("top/sub/app", &["@dev"], &[("qa", 1)]);
    let sight = |who: &str| world.dir.sight(world.u(who), &world.protections[0]);
    assert_eq!([sight("dev"), sight("quin"), sight("min")], [Sight::Deploy, Sight::Approve, Sight::None]);
    assert_eq!([sight("boss"), sight("root")], [Sight::None; 2]);
    assert!(!world.dir.on_deploy_list(world.u("quin"), &world.protections[0]));
    assert!(!world.dir.satisfies(world.u("dev"), &world.protections[0].rules[0].entry, world.protections[0].scope));
}

#[test]
fn oddities_are_warned_about() {
    let world = world().invite("top/sub/app", "qa", 20);
    let app = "top/sub/app";
    let of = |w: World| w.dir.warnings(w.protections.last().unwrap());
    assert_eq!(of(world.clone().protect(app, &["30"], &[("qa", 2), ("@dev", 1)])), []);
    let few = Warning::TooFewApprovers { rule: "QA".into(), needed: 3, eligible: 2 };
    assert_eq!(of(world.clone().protect(app, &["30"], &[("qa", 3)])), vec![few.clone()]);
    let text = "the rule for 'QA' needs more approvals (3) than there are people who can give one (2)";
    assert_eq!(few.to_string(), text);
    let bots = world.clone().bot("quin").members("qa", &[("third", 30)]);
    assert_eq!(of(bots.protect(app, &["30"], &[("qa", 3)])), [few]);
    assert_eq!(of(world.clone().protect(app, &[], &[])), [Warning::AdministratorsOnly]);
    let unified = |count| of(world.clone().unified(app, &["qa", "@dev", "@maint", "40"], count));
    assert_eq!(unified(6), []);
    assert_eq!(unified(7), [Warning::TooFewDeployers { needed: 7, allowed: 7 }]);
    let deployers = |deploy: &[&str], count| of(world.clone().unified(app, deploy, count));
    assert_eq!(deployers(&["40"], 1), [], "administrators are not among the maintainers");
    assert_eq!(deployers(&["40"], 4), [Warning::TooFewDeployers { needed: 4, allowed: 4 }]);
    assert_eq!(deployers(&["60"], 1), [Warning::TooFewDeployers { needed: 1, allowed: 1 }], "unless named");
    let gone = world.clone().protect(app, &["30", "qa"], &[]).last(|p| p.deploy[1].orphaned = true);
    assert_eq!(of(gone), [Warning::Orphaned("QA".into())]);
    let left = world.protect(app, &["30", "@rep"], &[]);
    assert_eq!(of(left), [Warning::NotAssignable("REP".into())]);
}

#[test]
fn what_is_told_of_a_person_is_what_the_directory_and_the_entries_tell() {
    let mut world = world().members("qa", &[("quin", 30)]).invite("top/sub/app", "qa", 40);
    let (role, user) = ([world.entry("30")], [world.entry("@quin")]);
    let (quin, scope) = (world.u("quin"), scope(&world, "top/sub/app"));
    assert!(world.dir.tells(quin, &role, scope));
    world.dir.invitations.clear();
    assert!(!world.dir.tells(quin, &role, scope));
    assert!(world.dir.tells(quin, &user, scope), "the entry names them");
}

#[test]
fn who_belongs_to_a_party_is_known_to_who_sees_its_group_or_the_project_or_administers() {
    let mut world = world();
    let (of_project, of_group) = (scope(&world, "top/sub/app"), scope(&world, "top"));
    let mut open = |entry: &str, sees: bool, reader| world.entry(entry).principal.is_open(of_project, |_| sees, reader);
    assert!(open("qa", true, (false, false)) && !open("qa", false, (true, true)));
    assert!(open("30", false, (false, true)) && !open("30", true, (true, false)));
    assert!(open("60", false, (true, false)) && !open("60", true, (false, true)));
    assert!(open("@quin", false, (false, false)), "the entry names them");
    assert!(world.entry("30").principal.is_open(of_group, |_| true, (false, false)));
    assert!(!world.entry("60").principal.is_open(of_group, |_| true, (false, true)));
}

#[test]
fn a_role_in_a_group_stands_for_its_members_unless_it_is_that_of_administrators() {
    let world = world();
    let (project, top) = (scope(&world, "top/sub/app"), scope(&world, "top"));
    let rows = [
        ("qa", project, Some("qa")),
        ("top/sub", top, Some("top/sub")),
        ("30", top, Some("top")),
        ("40", top, Some("top")),
        ("60", top, None),
        ("30", project, None),
        ("@quin", top, None),
    ];
    for (who, scope, expected) in rows {
        assert_eq!(world.who(who).group(scope), expected.map(|path| world.g(path)), "{who} in {scope:?}");
    }
}
