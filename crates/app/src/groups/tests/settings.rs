//! What people choose for a group, and what follows from it.

use super::{Changes, change, code, create, look, refusal};
use crate::authorize::Ref;
use crate::fixture::{NOW, World, in_group, in_project, new_group};
use crate::groups::NewGroup;
use crate::invitations::Invite;
use crate::projects;
use countersign_domain::access::Level;
use countersign_domain::refusal::Refusal;
use countersign_domain::settings::{GroupSettings, GroupSettingsChanges, ProjectCreation, SubgroupCreation};
use countersign_store::testing::on_both;

fn chosen(settings: GroupSettingsChanges) -> Changes {
    Changes { settings, ..Changes::default() }
}

#[test]
fn settings_are_kept_from_the_start_and_when_they_change() {
    on_both("groups_settings", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let wanted = GroupSettingsChanges { two_factor_grace_period: Some(56), ..Default::default() };
        let new = NewGroup { settings: wanted, ..new_group("ops", None) };
        let made = world.write(&ann, move |tx, a| create(tx, a, &new, NOW)).unwrap().group;
        assert_eq!(made.settings, GroupSettings { two_factor_grace_period: 56, ..GroupSettings::default() });
        let wanted = GroupSettingsChanges { mentions_disabled: Some(true), ..Default::default() };
        change(&world, &ann, made.group_id(), chosen(wanted.clone())).unwrap();
        let expected = GroupSettings { mentions_disabled: true, ..made.settings.clone() };
        assert_eq!(look(&world, &ann, "ops").unwrap().group.settings, expected);
        let records = |store: &countersign_store::Store| {
            store.read_blocking(|tx| tx.query_one("SELECT count(*) FROM audit_events", &[], |row| row.get::<i64>(0)))
        };
        let before = records(store).unwrap();
        change(&world, &ann, made.group_id(), chosen(wanted)).unwrap();
        assert_eq!(records(store).unwrap(), before, "nothing changed, so nothing is recorded");
        let odd = GroupSettingsChanges { default_branch: Some(Some("a..b".into())), ..Default::default() };
        assert_eq!(code(change(&world, &ann, made.group_id(), chosen(odd))), "invalid");
    });
}

#[test]
fn a_group_says_who_creates_what_in_it() {
    on_both("groups_creation", |store| {
        let world = World::new(store);
        let (ann, dev, main) = (world.user("ann"), world.user("dev"), world.user("main"));
        let group = world.group(&ann, "ops", None);
        world.join(&in_group(group), &dev, Level::Developer);
        world.join(&in_group(group), &main, Level::Maintainer);
        world.project(&dev, "first", Some(group));
        world.group(&main, "sub", Some(group));
        let projects = |by: ProjectCreation| {
            let wanted = GroupSettingsChanges { project_creation_level: Some(by), ..Default::default() };
            change(&world, &ann, group, chosen(wanted)).unwrap();
        };
        projects(ProjectCreation::Maintainer);
        assert_eq!(refusal(world.try_project(&dev, "x", Some(group))), Refusal::Role("Maintainer"));
        world.project(&main, "second", Some(group));
        projects(ProjectCreation::Administrator);
        assert_eq!(refusal(world.try_project(&ann, "x", Some(group))), Refusal::AdminsOnly);
        world.project(&world.root, "third", Some(group));
        projects(ProjectCreation::NoOne);
        assert_eq!(refusal(world.try_project(&ann, "x", Some(group))), Refusal::SwitchedOff);
        let wanted =
            GroupSettingsChanges { subgroup_creation_level: Some(SubgroupCreation::Owner), ..Default::default() };
        change(&world, &ann, group, chosen(wanted)).unwrap();
        assert_eq!(refusal(world.try_group(&main, "x", Some(group))), Refusal::Role("Owner"));
        let own = world.project(&dev, "own", None);
        let to = Ref::Id(group.0);
        let moved = move |tx: &mut crate::Tx<'_>, by: &countersign_domain::access::Actor| {
            projects::transfer(tx, by, &Ref::Id(own.0), &to, Level::Maintainer, NOW)
        };
        assert_eq!(refusal(world.write(&dev, moved)), Refusal::SwitchedOff);
    });
}

#[test]
fn new_projects_take_their_branch_from_the_nearest_group_that_names_one() {
    on_both("groups_default_branch", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let top = world.group(&ann, "top", None);
        let sub = world.group(&ann, "sub", Some(top));
        let name = |group, branch: Option<&str>| {
            let wanted = GroupSettingsChanges { default_branch: Some(branch.map(str::to_owned)), ..Default::default() };
            change(&world, &ann, group, chosen(wanted)).unwrap();
        };
        let branch = |path: &str| {
            let project = world.project(&ann, path, Some(sub));
            let shown = world.read(&ann, move |tx, by| projects::show(tx, by, &Ref::Id(project.0), NOW));
            shown.unwrap().project.default_branch
        };
        assert_eq!(branch("a"), "main");
        name(top, Some("trunk"));
        assert_eq!(branch("b"), "trunk");
        name(sub, Some("work"));
        assert_eq!(branch("c"), "work");
        name(sub, None);
        assert_eq!(branch("d"), "trunk");
    });
}

#[test]
fn a_group_can_keep_the_projects_below_it_from_being_shared() {
    on_both("groups_share_lock", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let (top, guests) = (world.group(&ann, "top", None), world.group(&ann, "guests", None));
        let sub = world.group(&ann, "sub", Some(top));
        let project = world.project(&ann, "web", Some(sub));
        let lock = |on: bool| {
            let wanted = GroupSettingsChanges { share_with_group_lock: Some(on), ..Default::default() };
            change(&world, &ann, top, chosen(wanted)).unwrap();
        };
        let share = || {
            let invite = Invite { group: guests, level: Level::Guest, expires_at: None };
            world.write(&ann, move |tx, by| projects::share(tx, by, &Ref::Id(project.0), &invite, NOW))
        };
        lock(true);
        assert_eq!(code(share()), "share.locked");
        lock(false);
        share().unwrap();
    });
}

#[test]
fn a_group_can_keep_the_projects_below_it_from_having_members_of_their_own() {
    on_both("groups_membership_lock", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let top = world.group(&ann, "top", None);
        let sub = world.group(&ann, "sub", Some(top));
        let project = world.project(&ann, "web", Some(sub));
        let wanted = GroupSettingsChanges { membership_lock: Some(true), ..Default::default() };
        change(&world, &ann, top, chosen(wanted)).unwrap();
        let join = |to| world.try_join(&ann, &to, &bob, Level::Developer, None);
        assert_eq!(refusal(join(in_project(project))), Refusal::SwitchedOff);
        join(in_group(sub)).unwrap();
    });
}
