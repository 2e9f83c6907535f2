//! The lists' SQL says the same as the rules: every person, group and project of a tangled world, compared.

use super::{Wanted, list};
use crate::authorize::Ref;
use crate::fixture::{NOW, World, actor, id, in_group, in_project};
use crate::groups;
use crate::invitations::Invite;
use crate::projects;
use crate::sight;
use countersign_domain::access::{Level, Place};
use countersign_domain::ids::{GroupId, ProjectId};
use countersign_domain::time::Date;
use countersign_store::directory::{self, People};
use countersign_store::testing::on_both;
use std::collections::BTreeMap;

/// People in groups within groups, invited to each other, some of it over.
fn tangle(world: &World<'_>) -> (Vec<GroupId>, Vec<ProjectId>, Vec<countersign_domain::access::Actor>) {
    let people: Vec<_> = (0..6).map(|n| world.user(&format!("p{n}"))).collect();
    let root = &world.root;
    let a = world.group(root, "a", None);
    let aa = world.group(root, "aa", Some(a));
    let aaa = world.group(root, "aaa", Some(aa));
    let b = world.group(root, "b", None);
    let bb = world.group(root, "bb", Some(b));
    let c = world.group(root, "c", None);
    let projects = vec![
        world.project(root, "x", Some(a)),
        world.project(root, "y", Some(aaa)),
        world.project(root, "z", Some(bb)),
        world.project(&people[5], "own", None),
    ];
    world.join(&in_group(a), &people[0], Level::Minimal);
    world.join(&in_group(b), &people[1], Level::Developer);
    world.join(&in_group(bb), &people[2], Level::Maintainer);
    world.join(&in_group(c), &people[3], Level::Owner);
    world.join(&in_project(projects[1]), &people[0], Level::Reporter);
    let over = Date::parse("2026-11-22");
    world.try_join(root, &in_group(aa), &people[4], Level::Guest, over).unwrap();
    for (host, guest, level) in [(aa, bb, Level::Reporter), (a, c, Level::Developer), (b, aa, Level::Planner)] {
        let invite = Invite { group: guest, level, expires_at: None };
        world.write(root, move |tx, by| groups::share(tx, by, &Ref::Id(host.0), &invite, NOW)).unwrap();
    }
    for (host, guest, expires_at) in [(projects[0], bb, None), (projects[3], b, over), (projects[2], c, None)] {
        let invite = Invite { group: guest, level: Level::Maintainer, expires_at };
        world.write(root, move |tx, by| projects::share(tx, by, &Ref::Id(host.0), &invite, NOW)).unwrap();
    }
    (vec![a, aa, aaa, b, bb, c], projects, people)
}

#[test]
fn lists_agree_with_the_rules() {
    on_both("reach", |store| {
        let world = World::new(store);
        let (groups, projects, people) = tangle(&world);
        for person in &people {
            for later in [0, 24 * 3600 * 1000] {
                let now = NOW.plus_ms(later);
                let mut seen_groups: BTreeMap<GroupId, Level> = BTreeMap::new();
                let mut seen_projects: BTreeMap<ProjectId, Level> = BTreeMap::new();
                for level in Level::ALL.into_iter().filter(|l| *l > Level::None) {
                    let wanted = Wanted { min_level: Some(level), limit: 99, ..Wanted::default() };
                    let rows = world.read(person, move |tx, by| list(tx, by, &wanted, now)).unwrap().0;
                    seen_projects.extend(rows.into_iter().map(|v| (v.project.id, level)));
                    let wanted = groups::Wanted { min_level: Some(level), limit: 99, ..Default::default() };
                    let rows = world.read(person, move |tx, by| groups::list(tx, by, &wanted, now)).unwrap().0;
                    seen_groups.extend(rows.into_iter().map(|v| (v.group.group_id(), level)));
                }
                let user = id(person);
                for project in &projects {
                    let (project, people) = (*project, People::One(Some(user)));
                    let by_rule = world.read(person, move |tx, _| {
                        let all = directory::load(tx, now.date(), Place::Project(project), people)?;
                        Ok(all.on_project(user, project))
                    });
                    let listed = seen_projects.get(&project).copied().unwrap_or(Level::None);
                    assert_eq!(listed, by_rule.unwrap(), "{user} on project {project}, {later}");
                }
                let all = groups.clone();
                let seen = world.read(person, move |tx, by| sight::groups(tx, by, all.clone(), now)).unwrap();
                for group in &groups {
                    let (group, people) = (*group, People::One(Some(user)));
                    let by_rule = world.read(person, move |tx, _| {
                        let all = directory::load(tx, now.date(), Place::Group(group), people)?;
                        Ok(all.on_group(user, group))
                    });
                    let listed = seen_groups.get(&group).copied().unwrap_or(Level::None);
                    let by_rule = by_rule.unwrap();
                    assert_eq!(listed, by_rule, "{user} on group {group}, {later}");
                    assert_eq!(seen.contains(&group), by_rule > Level::None, "{user} on group {group}, {later}");
                }
            }
        }
        let nobody = actor(countersign_domain::ids::UserId(999), false);
        let wanted = Wanted { limit: 99, ..Wanted::default() };
        assert_eq!(world.read(&nobody, move |tx, by| list(tx, by, &wanted, NOW)).unwrap().1, 0);
    });
}
