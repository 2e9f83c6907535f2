//! Who is told that a group is invited, and who belongs to a place by that.

use super::{Wanted, list, look, share, show};
use crate::authorize::Ref;
use crate::fixture::{NOW, PUBLIC, World, code, id, in_group, in_project, new_group};
use crate::groups::{self, NewGroup};
use crate::invitations::Invite;
use crate::members::{self, Target, Wanted as WantedMembers};
use crate::projects::NewProject;
use countersign_domain::access::{Actor, Level, Visibility};
use countersign_domain::ids::{GroupId, ProjectId};
use countersign_store::shares::Share;
use countersign_store::testing::on_both;

/// A public group with a public project, to both of which a private group is invited.
struct Scene {
    host: GroupId,
    project: ProjectId,
    /// Owns everything but the private group, in which she is a guest.
    ann: Actor,
    /// Owns the private group.
    bob: Actor,
    /// Maintains the project.
    mia: Actor,
    /// Is a guest of the project, and something more by the private group.
    gus: Actor,
}

impl Scene {
    fn new(world: &World<'_>) -> Scene {
        let [ann, bob, mia, gus] = ["ann", "bob", "mia", "gus"].map(|name| world.user(name));
        let public = NewGroup { visibility: PUBLIC, ..new_group("host", None) };
        let host = world.write(&ann, move |tx, by| groups::create(tx, by, &public, NOW)).unwrap().group.group_id();
        let new = NewProject {
            path: Some("app".into()),
            namespace_id: Some(host.0),
            visibility: PUBLIC,
            ..NewProject::default()
        };
        let project = world.write(&ann, move |tx, by| super::create(tx, by, &new, NOW)).unwrap().project.id;
        let secret = world.group(&bob, "secret", None);
        world.join(&in_group(secret), &ann, Level::Guest);
        world.join(&in_group(secret), &gus, Level::Developer);
        world.join(&in_project(project), &mia, Level::Maintainer);
        world.join(&in_project(project), &gus, Level::Guest);
        let invite = Invite { group: secret, level: Level::Developer, expires_at: None };
        let to_group = invite.clone();
        world.write(&ann, move |tx, by| share(tx, by, &Ref::Id(project.0), &invite, NOW)).unwrap();
        world.write(&ann, move |tx, by| groups::share(tx, by, &Ref::Id(host.0), &to_group, NOW)).unwrap();
        Scene { host, project, ann, bob, mia, gus }
    }
}

fn names(shares: &[Share]) -> Vec<&str> {
    shares.iter().map(|s| s.group_full_path.as_str()).collect()
}

fn belonging(world: &World<'_>, by: &Actor, target: Target) -> Vec<(String, Level)> {
    let wanted = WantedMembers { limit: 9, ..Default::default() };
    let found = world.read(by, move |tx, by| members::list_all(tx, by, &target, &wanted, NOW)).unwrap();
    found.0.into_iter().map(|m| (m.username, m.level)).collect()
}

#[test]
fn a_private_group_is_named_to_who_sees_it_or_manages_the_invitations() {
    on_both("invited_shares", |store| {
        let world = World::new(store);
        let scene = Scene::new(&world);
        let (host, project, dan) = (scene.host, scene.project, world.user("dan"));
        let nobody = Actor::anonymous();
        // Who, whether they are told of the project's invitation, and of the group's.
        let rows = [
            (&nobody, false, false),
            (&dan, false, false),
            (&scene.mia, true, false),
            (&scene.gus, true, true),
            (&scene.bob, true, true),
            (&scene.ann, true, true),
            (&world.root, true, true),
        ];
        for (by, on_project, on_group) in rows {
            let expected = |told: bool| if told { vec!["secret"] } else { vec![] };
            assert_eq!(names(&look(&world, by, "host/app").unwrap().shares), expected(on_project), "{by:?}");
            let wanted = Wanted { limit: 9, ..Wanted::default() };
            let rows = world.read(by, move |tx, by| list(tx, by, &wanted, NOW)).unwrap().0;
            assert_eq!((rows.len(), names(&rows[0].shares)), (1, expected(on_project)), "{by:?}");
            let group = world.read(by, move |tx, by| groups::show(tx, by, &Ref::Id(host.0), NOW)).unwrap();
            assert_eq!(names(&group.shares), expected(on_group), "{by:?}");
        }
        // As soon as the group is open to all, so is its name.
        let wide = groups::Changes { visibility: Some(Visibility::Internal), ..Default::default() };
        let secret = Ref::Path("secret".into());
        world.write(&scene.bob, move |tx, by| groups::update(tx, by, &secret, &wide, NOW)).unwrap();
        assert_eq!(names(&look(&world, &dan, "host/app").unwrap().shares), ["secret"]);
        let at = Ref::Id(project.0);
        let unseen = world.read(&nobody, move |tx, by| show(tx, by, &at, NOW)).unwrap();
        assert!(unseen.shares.is_empty());
    });
}

#[test]
fn who_belongs_to_a_place_by_a_private_group_alone_is_hidden_with_it() {
    on_both("invited_members", |store| {
        let world = World::new(store);
        let scene = Scene::new(&world);
        let dan = world.user("dan");
        let (on_project, on_group) = (in_project(scene.project), in_group(scene.host));
        let of = |rows: &[(&str, Level)]| rows.iter().map(|(n, l)| ((*n).to_owned(), *l)).collect::<Vec<_>>();
        let (ann, mia) = (("ann", Level::Owner), ("mia", Level::Maintainer));
        let by_group = [("bob", Level::Developer), ("gus", Level::Developer)];
        for by in [&Actor::anonymous(), &dan] {
            let open = of(&[ann, mia, ("gus", Level::Guest)]);
            assert_eq!(belonging(&world, by, on_project.clone()), open, "not what gus is by the private group");
            assert_eq!(belonging(&world, by, on_group.clone()), of(&[ann]));
            let (target, bob) = (on_project.clone(), id(&scene.bob));
            let one = world.read(by, move |tx, by| members::show_all(tx, by, &target, bob, NOW));
            assert_eq!(code(one), "not_found");
        }
        for by in [&scene.mia, &scene.gus, &scene.bob, &scene.ann, &world.root] {
            let all = of(&[ann, by_group[0], mia, by_group[1]]);
            assert_eq!(belonging(&world, by, on_project.clone()), all, "{by:?}");
        }
        assert_eq!(belonging(&world, &scene.mia, on_group.clone()), of(&[ann]), "she maintains the project only");
        assert_eq!(belonging(&world, &scene.gus, on_group.clone()), of(&[ann, by_group[0], by_group[1]]));
        // Direct members are direct members: the private group plays no part.
        let wanted = WantedMembers { limit: 9, ..Default::default() };
        let direct = world.read(&dan, move |tx, by| members::list(tx, by, &on_project, &wanted, NOW)).unwrap().0;
        let direct: Vec<_> = direct.into_iter().map(|m| m.username).collect();
        assert_eq!(direct, ["mia", "gus"]);
    });
}
