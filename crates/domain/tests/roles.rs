//! The golden table: what each role may do with groups and projects, and what it is told otherwise (semantics, 1 and 5).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use countersign_domain::access::{Action, Actor, Directory, Home, Level, Membership, Person, Place, Via, Visibility};
use countersign_domain::event::By;
use countersign_domain::ids::{GroupId, JobId, ProjectId, UserId};
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Date;

const GROUP: Place = Place::Group(GroupId(1));
const PROJECT: Place = Place::Project(ProjectId(1));
const OF_GROUPS: [Action; 5] =
    [Action::Read, Action::CreateProjects, Action::CreateSubgroups, Action::ProtectGroup, Action::ManageGroup];

/// Somebody who asks: their column, and what they are.
fn actors() -> Vec<(String, Actor, Level)> {
    let person = Person { id: UserId(1), admin: false, bot: false, active: true, external: false };
    let by = |person: Person, via: Via| Actor { person: Some(person), via, by: By::default() };
    let job = || Via::Job(JobId(1), ProjectId(1));
    let mut all = vec![
        ("anonymous".into(), Actor::anonymous(), Level::None),
        ("blocked".into(), by(Person { active: false, ..person }, Via::Server), Level::Owner),
    ];
    for level in Level::ALL {
        let name = if level == Level::None { "stranger".into() } else { level.name().to_lowercase() };
        all.push((name, by(person, Via::Server), level));
    }
    let admin = Person { admin: true, ..person };
    all.push(("admin".into(), by(admin, Via::Server), Level::None));
    all.push(("blocked admin".into(), by(Person { active: false, ..admin }, Via::Server), Level::None));
    all.push(("owner's job".into(), by(person, job()), Level::Owner));
    all.push(("reporter's job".into(), by(person, job()), Level::Reporter));
    all.push(("admin's job".into(), by(admin, job()), Level::None));
    all
}

fn cell(actor: &Actor, level: Level, place: Place, visibility: Visibility, action: Action) -> String {
    let mut directory = Directory::new(Date::parse("2026-11-21").unwrap());
    directory.parents.insert(GroupId(1), None);
    directory.homes.insert(ProjectId(1), Home::Group(GroupId(1)));
    directory.people.extend(actor.person.map(|p| (p.id, p)));
    if level > Level::None {
        directory.members.insert((place, UserId(1)), Membership { level, expires_at: None });
    }
    match directory.standing(actor, place, visibility).may(action) {
        Ok(()) => "yes".into(),
        Err(Refusal::NotFound(_)) => "404".into(),
        Err(Refusal::Role(_)) => "403".into(),
        Err(Refusal::JobToken) => "job".into(),
        Err(other) => panic!("{other:?}"),
    }
}

fn table(place: Place, actions: &[Action]) -> String {
    let mut text = String::new();
    for visibility in [Visibility::Private, Visibility::Internal, Visibility::Public] {
        let names: Vec<String> = actions.iter().map(|a| format!("{a:?}")).collect();
        text += &format!("{:<15} {}\n", visibility.as_str(), names.join(" "));
        for (name, actor, level) in actors() {
            let cells = actions.iter().zip(&names).map(|(a, n)| {
                let width = n.len();
                format!("{:<width$}", cell(&actor, level, place, visibility, *a))
            });
            text += format!("{name:<15} {}", cells.collect::<Vec<_>>().join(" ")).trim_end();
            text += "\n";
        }
        text += "\n";
    }
    text
}

#[test]
fn roles_on_a_group() {
    insta::assert_snapshot!(table(GROUP, &OF_GROUPS));
}

#[test]
fn roles_on_a_project() {
    let of_projects: Vec<Action> =
        Action::ALL.iter().copied().filter(|a| *a == Action::Read || !OF_GROUPS.contains(a)).collect();
    insta::assert_snapshot!(table(PROJECT, &of_projects));
}
