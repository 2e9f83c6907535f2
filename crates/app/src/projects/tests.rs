//! Projects, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod around;
mod invited;
mod reach;
mod settings;

use super::{
    Changes, InGroup, NewProject, Of, View, Wanted, create, delete, list, share, show, transfer, unshare, update,
};
use crate::authorize::Ref;
use crate::fixture::{NOW, PUBLIC, World, code, id, in_group, in_project, new_group, refusal};
use crate::groups;
use crate::invitations::Invite;
use crate::members::{Wanted as WantedMembers, list as members};
use crate::protections;
use crate::users;
use countersign_domain::access::{Actor, Level, Visibility};
use countersign_domain::ids::{GroupId, ProjectId};
use countersign_domain::pipeline::{OnNewCommit, Status};
use countersign_domain::protection::{NewEntry, NewProtection};
use countersign_domain::refusal::Refusal;
use countersign_store::pipelines::{self, NewPipeline};
use countersign_store::testing::on_both;

fn look(world: &World<'_>, by: &Actor, at: &str) -> crate::Result<View> {
    let at = Ref::parse(at);
    world.read(by, move |tx, actor| show(tx, actor, &at, NOW))
}

fn make(world: &World<'_>, by: &Actor, new: NewProject) -> crate::Result<View> {
    world.write(by, move |tx, actor| create(tx, actor, &new, NOW))
}

fn change(world: &World<'_>, by: &Actor, project: ProjectId, changes: Changes) -> crate::Result<View> {
    world.write(by, move |tx, actor| update(tx, actor, &Ref::Id(project.0), &changes, NOW))
}

fn named(name: &str) -> NewProject {
    NewProject { name: Some(name.into()), ..NewProject::default() }
}

fn direct(world: &World<'_>, project: ProjectId) -> Vec<(String, Level)> {
    let wanted = WantedMembers { limit: 9, ..Default::default() };
    let (rows, _) = world.read(&world.root, move |tx, a| members(tx, a, &in_project(project), &wanted, NOW)).unwrap();
    rows.into_iter().map(|m| (m.username, m.level)).collect()
}

#[test]
fn a_project_lies_where_its_creator_may_create_one() {
    on_both("projects_create", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        assert_eq!(code(make(&world, &ann, named("My Shop (2)"))), "invalid");
        let own = make(&world, &ann, named("My Shop 2")).unwrap();
        assert_eq!((own.project.path.as_str(), own.project.full_path.as_str()), ("my-shop-2", "ann/my-shop-2"));
        assert_eq!((own.project.default_branch.as_str(), own.project.visibility), ("main", Visibility::Private));
        assert_eq!((own.namespace_full_name.as_str(), own.owner.map(|o| o.id)), ("ann", ann.user()));
        assert_eq!(direct(&world, own.project.id), [("ann".into(), Level::Owner)]);
        assert_eq!(code(make(&world, &ann, named("my-SHOP-2"))), "taken");
        let group = world.group(&ann, "ops", None);
        assert_eq!(code(world.try_project(&bob, "x", Some(group))), "not_found");
        world.join(&in_group(group), &bob, Level::Reporter);
        assert_eq!(refusal(world.try_project(&bob, "x", Some(group))), Refusal::Role("Developer"));
        let carl = world.user("carl");
        world.join(&in_group(group), &carl, Level::Developer);
        let by_carl = world.project(&carl, "by-carl", Some(group));
        assert_eq!(direct(&world, by_carl), [("carl".into(), Level::Owner)]);
        let by_ann = world.project(&ann, "by-ann", Some(group));
        assert_eq!(direct(&world, by_ann), [], "the group's owner needs no more");
        let elsewhere = own.project.namespace.id.0;
        let foreign = NewProject { namespace_id: Some(elsewhere), ..named("x") };
        assert_eq!(code(make(&world, &bob, foreign.clone())), "not_found");
        let by_root = make(&world, &world.root, foreign).unwrap();
        assert_eq!(direct(&world, by_root.project.id), [("ann".into(), Level::Owner)]);
        assert_eq!(code(make(&world, &bob, NewProject { namespace_id: Some(99_999), ..named("x") })), "not_found");
    });
}

#[test]
fn bad_fields_are_refused_one_by_one() {
    on_both("projects_fields", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let group = world.group(&ann, "ops", None);
        let bad = [
            named(""),
            named("-dash"),
            named("ÄÖ"),
            NewProject { path: Some("tree".into()), ..NewProject::default() },
            NewProject { path: Some("a/b".into()), ..NewProject::default() },
            NewProject { default_branch: Some("a..b".into()), ..named("x") },
            NewProject { build_timeout: Some(1), ..named("x") },
            NewProject { description: Some("x".repeat(2001)), ..named("x") },
            NewProject { visibility: PUBLIC, namespace_id: Some(group.0), ..named("x") },
            NewProject::default(),
        ];
        for new in bad {
            let what = format!("{new:?}");
            assert_eq!(code(make(&world, &ann, new)), "invalid", "{what}");
        }
    });
}

#[test]
fn what_is_not_seen_is_missing_and_what_is_seen_is_explained() {
    on_both("projects_access", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let group = world.group(&ann, "ops", None);
        let project = world.project(&ann, "web", Some(group));
        let rename = Changes { name: Some("Web".into()), ..Changes::default() };
        assert_eq!(code(change(&world, &bob, project, rename.clone())), "not_found");
        world.join(&in_project(project), &bob, Level::Developer);
        let seen = look(&world, &bob, "ops/web").unwrap();
        assert_eq!((seen.direct, seen.group), (Some(Level::Developer), None));
        assert_eq!(refusal(change(&world, &bob, project, rename.clone())), Refusal::Role("Maintainer"));
        let go = |by: &Actor| world.write(by, move |tx, a| delete(tx, a, &Ref::Id(project.0), None, NOW));
        assert_eq!(refusal(go(&bob)), Refusal::Role("Owner"));
        assert_eq!(change(&world, &ann, project, rename.clone()).unwrap().project.name, "Web");
        change(&world, &ann, project, rename).unwrap();
        let wide = Changes { visibility: PUBLIC, ..Changes::default() };
        assert_eq!(code(change(&world, &ann, project, wide)), "invalid");
        let unsure =
            move |tx: &mut crate::Tx<'_>, by: &Actor| delete(tx, by, &Ref::Id(project.0), Some("ops/shop"), NOW);
        assert_eq!(code(world.write(&ann, unsure)), "delete.full_path");
        assert_eq!(go(&ann).unwrap(), project);
        assert_eq!(code(go(&ann)), "not_found");
        assert_eq!(code(look(&world, &world.root, "ops/web")), "not_found");
    });
}

#[test]
fn addresses_are_free_or_taken_in_any_case() {
    on_both("projects_path", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let group = world.group(&ann, "ops", None);
        world.group(&ann, "sub", Some(group));
        let (one, _) = (world.project(&ann, "one", Some(group)), world.project(&ann, "two", Some(group)));
        let path = |p: &str| Changes { path: Some(p.into()), ..Changes::default() };
        for taken in ["TWO", "Sub"] {
            assert_eq!(code(change(&world, &ann, one, path(taken))), "taken", "{taken}");
        }
        assert_eq!(change(&world, &ann, one, path("ONE")).unwrap().project.full_path, "ops/ONE");
        assert_eq!(look(&world, &ann, "OPS/one").unwrap().project.id, one);
    });
}

#[test]
fn a_project_moves_to_where_its_owner_may_create_one() {
    on_both("projects_transfer", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let public = groups::NewGroup { visibility: PUBLIC, ..new_group("from", None) };
        let from = world.write(&ann, move |tx, a| groups::create(tx, a, &public, NOW)).unwrap().group.group_id();
        let to = world.group(&bob, "to", None);
        let new = NewProject { visibility: PUBLIC, namespace_id: Some(from.0), ..named("web") };
        let project = make(&world, &ann, new).unwrap().project.id;
        let go = |by: &Actor, to: Ref| {
            world.write(by, move |tx, a| transfer(tx, a, &Ref::Id(project.0), &to, Level::Maintainer, NOW))
        };
        assert_eq!(code(go(&ann, Ref::Id(to.0))), "not_found");
        assert_eq!(refusal(go(&bob, Ref::Id(to.0))), Refusal::Role("Owner"));
        assert_eq!(code(go(&ann, Ref::Path("from".into()))), "project.transfer");
        assert_eq!(code(go(&ann, Ref::Path("bob".into()))), "not_found");
        assert_eq!(code(go(&ann, Ref::Path("nowhere".into()))), "not_found");
        world.join(&in_group(to), &ann, Level::Developer);
        let taken = world.project(&bob, "WEB", Some(to));
        assert_eq!(code(go(&ann, Ref::Id(to.0))), "project.transfer");
        world.write(&bob, move |tx, a| delete(tx, a, &Ref::Id(taken.0), None, NOW)).unwrap();
        let moved = go(&ann, Ref::Path("TO".into())).unwrap().project;
        assert_eq!((moved.full_path.as_str(), moved.visibility), ("to/web", Visibility::Private));
        assert_eq!(refusal(go(&ann, Ref::Path("ann".into()))), Refusal::Role("Owner"));
        let home = go(&world.root, Ref::Path("ann".into())).unwrap().project;
        assert_eq!((home.full_path.as_str(), home.namespace.owner_id), ("ann/web", ann.user()));
        assert_eq!(code(look(&world, &bob, "ann/web")), "not_found");
        look(&world, &ann, "ann/web").unwrap();
    });
}

#[test]
fn nobody_gets_more_projects_of_their_own_by_moving_them() {
    on_both("projects_transfer_limit", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let group = world.group(&ann, "ops", None);
        let (one, two) = (world.project(&ann, "one", None), world.project(&ann, "two", Some(group)));
        world.change(&ann, users::Changes { projects_limit: Some(1), ..users::Changes::default() });
        let go = |project: ProjectId, to: &str| {
            let to = Ref::Path(to.into());
            world.write(&ann, move |tx, a| transfer(tx, a, &Ref::Id(project.0), &to, Level::Maintainer, NOW))
        };
        assert_eq!(code(go(two, "ann")), "invalid");
        assert_eq!(code(go(one, "ann")), "project.transfer", "it is there");
        go(one, "ops").expect("others hold any number");
        assert_eq!(go(two, "ann").unwrap().project.full_path, "ann/two");
    });
}

#[test]
fn a_project_does_not_shed_its_groups_four_eyes_by_moving_out() {
    on_both("projects_leave", |store| {
        let world = World::new(store);
        let (ann, dev) = (world.user("ann"), world.user("dev"));
        let group = world.group(&ann, "bank", None);
        world.join(&in_group(group), &dev, Level::Developer);
        let project = world.project(&dev, "web", Some(group));
        let protect = |by: &Actor| {
            let entry = NewEntry { access_level: Some(40), ..NewEntry::default() };
            let (name, deploy) = (Some("production".to_owned()), Some(vec![entry]));
            let asked = NewProtection { name, deploy, required_approval_count: Some(1), ..NewProtection::default() };
            let at = protections::Target::Group(Ref::Id(group.0), Level::Maintainer);
            world.write(by, move |tx, a| protections::protect(tx, a, &at, &asked, NOW))
        };
        let go = |by: &Actor, to: &str| {
            let to = Ref::Path(to.into());
            world.write(by, move |tx, a| transfer(tx, a, &Ref::Id(project.0), &to, Level::Maintainer, NOW))
        };
        go(&dev, "dev").expect("nothing is protected yet");
        go(&dev, "bank").unwrap();
        protect(&ann).unwrap();
        assert_eq!(refusal(go(&dev, "dev")), Refusal::Role("Maintainer"));
        world.join(&in_project(project), &ann, Level::Owner);
        let below = world.group(&ann, "sub", Some(group));
        world.join(&in_group(below), &dev, Level::Developer);
        go(&dev, "bank/sub").expect("still below the protection");
        go(&world.root, "dev").expect("an administrator could lift it");
    });
}

#[test]
fn maintainers_invite_groups_up_to_their_own_level() {
    on_both("projects_share", |store| {
        let world = World::new(store);
        let (ann, bob, carl) = (world.user("ann"), world.user("bob"), world.user("carl"));
        let top = world.group(&ann, "ops", None);
        let home = world.group(&ann, "home", Some(top));
        let guests = world.group(&carl, "guests", None);
        let inner = world.group(&carl, "inner", Some(guests));
        let project = world.project(&ann, "web", Some(home));
        world.join(&in_project(project), &bob, Level::Maintainer);
        world.join(&in_group(guests), &bob, Level::Guest);
        let invite = |by: &Actor, group: GroupId, level: Level| {
            let invite = Invite { group, level, expires_at: None };
            world.write(by, move |tx, a| share(tx, a, &Ref::Id(project.0), &invite, NOW))
        };
        assert_eq!(refusal(invite(&bob, inner, Level::Owner)), Refusal::Role("Owner"));
        for own in [home, top] {
            assert_eq!(code(invite(&ann, own, Level::Guest)), "invalid");
        }
        assert_eq!(code(look(&world, &carl, "ops/home/web")), "not_found");
        assert_eq!(invite(&bob, inner, Level::Developer).unwrap().shares.len(), 1);
        assert_eq!(code(invite(&bob, inner, Level::Developer)), "share.exists");
        // Carl is an owner of the group above the invited one: inherited members count on projects.
        look(&world, &carl, "ops/home/web").unwrap();
        let end = |by: &Actor| world.write(by, move |tx, a| unshare(tx, a, &Ref::Id(project.0), inner, NOW));
        assert_eq!(refusal(end(&carl)), Refusal::Role("Maintainer"));
        end(&bob).unwrap();
        assert_eq!(code(end(&bob)), "not_found");
    });
}

#[test]
fn lists_are_paged_ordered_and_filtered() {
    on_both("projects_list", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let group = world.group(&ann, "ops", None);
        let b = world.project(&ann, "bravo", Some(group));
        let a = world.project(&ann, "alpha", Some(group));
        let open = make(&world, &bob, NewProject { visibility: PUBLIC, ..named("Charlie") }).unwrap().project.id;
        let found = |by: &Actor, wanted: Wanted| {
            let wanted = Wanted { limit: if wanted.limit == 0 { 9 } else { wanted.limit }, ..wanted };
            let (rows, total) = world.read(by, move |tx, actor| list(tx, actor, &wanted, NOW)).unwrap();
            (rows.iter().map(|v| v.project.id).collect::<Vec<_>>(), total)
        };
        use countersign_store::projects::Order;
        assert_eq!(found(&ann, Wanted { order: Order::Name, ..Wanted::default() }).0, [a, b, open]);
        assert_eq!(found(&ann, Wanted { limit: 1, offset: 1, descending: true, ..Wanted::default() }), (vec![a], 3));
        assert_eq!(found(&Actor::anonymous(), Wanted::default()).0, [open]);
        let owned = Wanted { min_level: Some(Level::Owner), ..Wanted::default() };
        assert_eq!(found(&bob, owned.clone()).0, [open]);
        assert_eq!(found(&world.root, owned).0, []);
        assert_eq!(found(&world.root, Wanted::default()).1, 3);
        assert_eq!(found(&ann, Wanted { search: Some("LPH".into()), ..Wanted::default() }).0, [a]);
        assert_eq!(
            found(&ann, Wanted { of: Of::Group(Ref::Path("ops".into()), InGroup::OWN), ..Wanted::default() }).0,
            [b, a]
        );
        assert_eq!(found(&ann, Wanted { id_after: Some(b.0), id_before: Some(open.0), ..Wanted::default() }).0, [a]);
        assert_eq!(found(&ann, Wanted { visibility: PUBLIC, ..Wanted::default() }).0, [open]);
        for order in [Order::Id, Order::Path, Order::UpdatedAt, Order::LastActivityAt] {
            for descending in [false, true] {
                assert_eq!(found(&ann, Wanted { order, descending, ..Wanted::default() }).1, 3);
            }
        }
        let wanted = Wanted { limit: 9, ..Wanted::default() };
        let (rows, _) = world.read(&bob, move |tx, actor| list(tx, actor, &wanted, NOW)).unwrap();
        assert_eq!(rows[0].owner.as_ref().map(|o| o.id), Some(id(&bob)));
        assert_eq!((rows[0].direct, rows[0].group), (Some(Level::Owner), None));
        assert!(rows[0].project.empty_repo);
    });
}

#[test]
fn what_happens_in_a_project_is_seen_at_once() {
    on_both("projects_active", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let project = world.project(&ann, "app", None);
        let shown = || world.read(&ann, move |tx, actor| show(tx, actor, &Ref::Id(project.0), NOW)).unwrap();
        assert_eq!(shown().project.last_activity_at, NOW);
        let later = NOW.plus_ms(5);
        let new = NewPipeline {
            project_id: project,
            user_id: ann.user(),
            status: Status::Created,
            source: "api",
            ref_name: "main",
            tag: false,
            sha: "1",
            before_sha: "0",
            yaml_errors: None,
            name: None,
            on_new_commit: OnNewCommit::Conservative,
        };
        store.housekeeping_blocking(move |tx| Ok(pipelines::insert(tx, &new, later)?)).unwrap();
        assert_eq!(shown().project.last_activity_at, later);
    });
}
