//! Groups, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod settings;

use super::{Changes, NewGroup, View, Wanted, create, delete, list, share, show, transfer, unshare, update};
use crate::authorize::Ref;
use crate::fixture::{NOW, PUBLIC, World, code, id, in_group, new_group, refusal};
use crate::invitations::Invite;
use crate::members as members_of;
use crate::projects;
use crate::protections;
use crate::users;
use countersign_domain::access::{Actor, Level, Person, Place, Via, Visibility};
use countersign_domain::event::Code;
use countersign_domain::ids::{GroupId, JobId, ProjectId, UserId};
use countersign_domain::protection::{NewEntry, NewProtection};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Date;
use countersign_domain::user::Change;
use countersign_store::members;
use countersign_store::testing::on_both;

fn look(world: &World<'_>, by: &Actor, at: &str) -> crate::Result<View> {
    let at = Ref::parse(at);
    world.read(by, move |tx, actor| show(tx, actor, &at, NOW))
}

fn change(world: &World<'_>, by: &Actor, group: GroupId, changes: Changes) -> crate::Result<View> {
    world.write(by, move |tx, actor| update(tx, actor, &Ref::Id(group.0), &changes, NOW))
}

fn moved(world: &World<'_>, by: &Actor, group: GroupId, to: Option<GroupId>) -> crate::Result<View> {
    let to = to.map(|g| Ref::Id(g.0));
    world.write(by, move |tx, actor| transfer(tx, actor, &Ref::Id(group.0), to.as_ref(), Level::Maintainer, NOW))
}

fn invite(world: &World<'_>, by: &Actor, group: GroupId, guest: GroupId, level: Level) -> crate::Result<View> {
    let invite = Invite { group: guest, level, expires_at: None };
    world.write(by, move |tx, actor| share(tx, actor, &Ref::Id(group.0), &invite, NOW))
}

#[test]
fn anybody_creates_at_the_top_and_maintainers_below() {
    on_both("groups_create", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let top = world.group(&ann, "Ops", None);
        assert_eq!(code(world.try_group(&bob, "x", Some(top))), "not_found");
        world.join(&in_group(top), &bob, Level::Developer);
        assert_eq!(refusal(world.try_group(&bob, "x", Some(top))), Refusal::Role("Maintainer"));
        for taken in ["oPS", "ann", "BOB", "root"] {
            assert_eq!(code(world.try_group(&ann, taken, None)), "taken", "{taken}");
        }
        assert_eq!(code(world.try_group(&ann, "api", None)), "invalid");
        let sub = world.group(&ann, "api", Some(top));
        world.project(&ann, "web", Some(top));
        assert_eq!(code(world.try_group(&ann, "WEB", Some(top))), "taken");
        let seen = look(&world, &ann, "ops/API").unwrap();
        assert_eq!((seen.full_name.as_str(), seen.group.full_path.as_str()), ("Ops / api", "Ops/api"));
        assert_eq!(seen.group.group_id(), sub);
        let wide = NewGroup { visibility: PUBLIC, ..new_group("wide", Some(top)) };
        assert_eq!(code(world.write(&ann, move |tx, actor| create(tx, actor, &wide, NOW))), "invalid");
        let job = Actor { via: Via::Job(JobId(1), ProjectId(1)), ..ann.clone() };
        assert_eq!(code(world.try_group(&job, "y", None)), "access.job_token");
    });
}

#[test]
fn groups_nest_twenty_deep() {
    on_both("groups_depth", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let mut line = vec![world.group(&ann, "g", None)];
        for _ in 1..20 {
            line.push(world.group(&ann, "g", line.last().copied()));
        }
        assert_eq!(code(world.try_group(&ann, "g", line.last().copied())), "invalid");
        let other = world.group(&ann, "other", None);
        assert_eq!(code(moved(&world, &ann, other, line.last().copied())), "group.transfer");
        assert_eq!(code(moved(&world, &ann, line[0], Some(other))), "group.transfer");
        assert_eq!(code(moved(&world, &ann, line[0], Some(line[7]))), "group.transfer");
        moved(&world, &ann, line[1], Some(other)).unwrap();
    });
}

#[test]
fn a_new_path_moves_all_addresses_below() {
    on_both("groups_path", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let top = world.group(&ann, "ops", None);
        let sub = world.group(&ann, "sub", Some(top));
        let project = world.project(&ann, "web", Some(sub));
        world.group(&ann, "ops-2", None);
        let path = |p: &str| Changes { path: Some(p.into()), ..Changes::default() };
        assert_eq!(code(change(&world, &ann, top, path("OPS-2"))), "taken");
        assert_eq!(code(change(&world, &ann, top, path("admin"))), "invalid");
        change(&world, &ann, top, path("platform")).unwrap();
        let shown =
            world.read(&ann, |tx, a| projects::show(tx, a, &Ref::Path("PLATFORM/sub/web".into()), NOW)).unwrap();
        assert_eq!((shown.project.id, shown.project.full_path.as_str()), (project, "platform/sub/web"));
        assert_eq!(code(look(&world, &ann, "ops/sub")), "not_found");
        change(&world, &ann, sub, path("SUB")).unwrap();
        assert_eq!(look(&world, &ann, "platform/sub").unwrap().group.full_path, "platform/SUB");
        moved(&world, &ann, sub, None).unwrap();
        assert_eq!(look(&world, &ann, "sub").unwrap().full_name, "sub");
        let shown = world.read(&ann, |tx, a| projects::show(tx, a, &Ref::Path("sub/web".into()), NOW)).unwrap();
        assert_eq!(shown.project.full_path, "SUB/web");
        world.group(&ann, "ops", None);
    });
}

#[test]
fn moving_needs_both_ends_and_a_free_place() {
    on_both("groups_transfer", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let (from, to) = (world.group(&ann, "from", None), world.group(&bob, "to", None));
        let sub = world.group(&ann, "sub", Some(from));
        assert_eq!(code(moved(&world, &ann, sub, Some(to))), "not_found");
        assert_eq!(code(moved(&world, &bob, sub, Some(to))), "not_found");
        world.join(&in_group(to), &ann, Level::Maintainer);
        assert_eq!(code(moved(&world, &ann, sub, Some(from))), "group.transfer");
        assert_eq!(code(moved(&world, &ann, from, None)), "group.transfer");
        assert_eq!(code(moved(&world, &ann, from, Some(sub))), "group.transfer");
        assert_eq!(code(moved(&world, &ann, from, Some(from))), "group.transfer");
        world.group(&bob, "Sub", Some(to));
        assert_eq!(code(moved(&world, &ann, sub, Some(to))), "group.transfer");
        let wide = Changes { visibility: PUBLIC, ..Changes::default() };
        change(&world, &ann, from, wide.clone()).unwrap();
        change(&world, &ann, sub, wide).unwrap();
        let shown = moved(&world, &ann, from, Some(to)).unwrap();
        assert_eq!((shown.group.visibility, shown.group.full_path.as_str()), (Visibility::Private, "to/from"));
        assert_eq!(look(&world, &bob, "to/from/sub").unwrap().group.visibility, Visibility::Private);
    });
}

#[test]
fn moving_to_the_top_is_for_whoever_may_create_groups_there() {
    on_both("groups_to_the_top", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let top = world.group(&ann, "ops", None);
        world.join(&in_group(top), &bob, Level::Maintainer);
        let sub = world.group(&bob, "sub", Some(top));
        let below = world.group(&bob, "below", Some(sub));
        world.change(&bob, users::Changes { can_create_group: Some(false), ..users::Changes::default() });
        assert_eq!(refusal(moved(&world, &bob, sub, None)), Refusal::MayNotCreateGroups);
        moved(&world, &bob, below, Some(top)).expect("not at the top");
        moved(&world, &ann, sub, None).unwrap();
    });
}

#[test]
fn a_group_that_comes_to_the_top_has_an_owner_of_its_own() {
    on_both("groups_ownerless", |store| {
        let world = World::new(store);
        let (ann, bob, carl) = (world.user("ann"), world.user("bob"), world.user("carl"));
        let top = world.group(&ann, "ops", None);
        let owners = |group: GroupId| -> Vec<UserId> {
            let direct = move |tx: &mut crate::Tx<'_>, _: &Actor| Ok(members::list(tx, Place::Group(group))?);
            let all = world.read(&world.root, direct).unwrap().into_iter();
            let mut endless: Vec<_> =
                all.filter(|m| m.level == Level::Owner && m.expires_at.is_none()).map(|m| m.user_id).collect();
            endless.sort();
            endless
        };
        let sub = |name: &str, member: Option<Level>| {
            let group = world.group(&ann, name, Some(top));
            let user = id(&ann);
            world.write(&ann, move |tx, by| members_of::remove(tx, by, &in_group(group), user, false, NOW)).unwrap();
            member.into_iter().for_each(|level| world.join(&in_group(group), &bob, level));
            group
        };
        let (none, low, own) = (sub("none", None), sub("low", Some(Level::Maintainer)), sub("own", Some(Level::Owner)));
        moved(&world, &bob, own, None).unwrap();
        assert_eq!(owners(own), [id(&bob)], "it had one");
        let gone = sub("gone", Some(Level::Owner));
        let user = id(&bob);
        let block = move |tx: &mut crate::Tx<'_>, by: &Actor| users::change_state(tx, by, user, Change::Block, NOW);
        world.write(&world.root, block).unwrap();
        moved(&world, &ann, gone, None).unwrap();
        assert_eq!(owners(gone), [id(&ann), id(&bob)], "a blocked owner cannot act");
        moved(&world, &ann, none, None).unwrap();
        assert_eq!(owners(none), [id(&ann)]);
        world.join(&in_group(low), &ann, Level::Owner);
        world.join(&in_group(top), &carl, Level::Owner);
        let (user, ends) = (id(&ann), Date::parse("2026-11-22"));
        let end = members_of::Changes { level: None, expires_at: Some(ends) };
        world.write(&ann, move |tx, by| members_of::change(tx, by, &in_group(low), user, &end, NOW)).unwrap();
        let later = NOW.plus_ms(24 * 3600 * 1000);
        world.write(&ann, move |tx, a| transfer(tx, a, &Ref::Id(low.0), None, Level::Maintainer, later)).unwrap();
        assert_eq!(owners(low), [id(&ann)], "a dead membership lives again");

        let below = sub("below", None);
        let person = Person { id: id(&carl), admin: false, bot: true, active: true, external: false };
        let bot = Actor { person: Some(person), ..carl.clone() };
        assert_eq!(refusal(moved(&world, &bot, below, None)), Refusal::LastOwner);
        assert_eq!(look(&world, &ann, "ops/below").unwrap().group.group_id(), below);
    });
}

#[test]
fn a_group_does_not_leave_the_protections_above_it_behind() {
    on_both("groups_leave", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let top = world.group(&ann, "top", None);
        let middle = world.group(&ann, "middle", Some(top));
        let sub = world.group(&ann, "sub", Some(middle));
        let beside = world.group(&ann, "beside", Some(top));
        world.join(&in_group(sub), &bob, Level::Owner);
        world.join(&in_group(beside), &bob, Level::Maintainer);
        let protect = |group: GroupId| {
            let entry = NewEntry { access_level: Some(40), ..NewEntry::default() };
            let (name, deploy) = (Some("production".to_owned()), Some(vec![entry]));
            let asked = NewProtection { name, deploy, required_approval_count: Some(1), ..NewProtection::default() };
            let at = protections::Target::Group(Ref::Id(group.0), Level::Maintainer);
            world.write(&ann, move |tx, a| protections::protect(tx, a, &at, &asked, NOW)).unwrap();
        };
        protect(top);
        moved(&world, &bob, sub, Some(beside)).expect("still below the protection");
        moved(&world, &ann, sub, Some(middle)).unwrap();
        protect(middle);
        for to in [Some(beside), None] {
            assert_eq!(refusal(moved(&world, &bob, sub, to)), Refusal::NotFound(Missing::Group), "not even seen");
        }
        world.join(&in_group(top), &bob, Level::Developer);
        for to in [Some(beside), None] {
            assert_eq!(refusal(moved(&world, &bob, sub, to)), Refusal::Role("Maintainer"));
        }
        assert_eq!(look(&world, &ann, "top/middle/sub").unwrap().group.group_id(), sub);
        world.join(&in_group(middle), &bob, Level::Maintainer);
        moved(&world, &bob, sub, Some(beside)).expect("he could lift the protection that is left");
        assert_eq!(refusal(moved(&world, &bob, sub, None)), Refusal::Role("Maintainer"));
        moved(&world, &world.root, sub, None).expect("an administrator could lift them all");
    });
}

#[test]
fn nothing_inside_is_wider_than_its_group() {
    on_both("groups_visibility", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let top = world.group(&ann, "ops", None);
        let sub = world.group(&ann, "sub", Some(top));
        let visible = |v: Visibility| Changes { visibility: Some(v), ..Changes::default() };
        assert_eq!(code(change(&world, &ann, sub, visible(Visibility::Internal))), "invalid");
        change(&world, &ann, top, visible(Visibility::Public)).unwrap();
        change(&world, &ann, sub, visible(Visibility::Internal)).unwrap();
        assert_eq!(code(change(&world, &ann, top, visible(Visibility::Private))), "invalid");
        change(&world, &ann, top, visible(Visibility::Internal)).unwrap();
        let bob = world.user("bob");
        assert_eq!(look(&world, &bob, "ops/sub").unwrap().group.group_id(), sub);
        assert_eq!(code(look(&world, &Actor::anonymous(), "ops/sub")), "not_found");
        let allow = Changes { allow_pipeline_trigger_approve_deployment: Some(true), ..Changes::default() };
        assert_eq!(refusal(change(&world, &bob, sub, allow.clone())), Refusal::Role("Owner"));
        assert!(change(&world, &ann, sub, allow.clone()).unwrap().group.allow_pipeline_trigger_approve_deployment);
        change(&world, &ann, sub, allow).unwrap();
    });
}

#[test]
fn deleting_takes_everything_below_and_frees_the_names() {
    on_both("groups_delete", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let top = world.group(&ann, "ops", None);
        let sub = world.group(&ann, "sub", Some(top));
        let projects = [world.project(&ann, "a", Some(top)), world.project(&ann, "b", Some(sub))];
        world.join(&in_group(top), &bob, Level::Maintainer);
        let go = |by: &Actor| world.write(by, move |tx, actor| delete(tx, actor, &Ref::Id(top.0), None, NOW));
        assert_eq!(refusal(go(&bob)), Refusal::Role("Owner"));
        let unsure = move |tx: &mut crate::Tx<'_>, by: &Actor| delete(tx, by, &Ref::Id(top.0), Some("ops/sub"), NOW);
        assert_eq!(code(world.write(&ann, unsure)), "delete.full_path");
        assert_eq!(go(&ann).unwrap().projects, projects);
        assert_eq!(code(go(&ann)), "not_found");
        assert_eq!(code(look(&world, &world.root, "ops/sub")), "not_found");
        let again = world.group(&bob, "ops", None);
        assert!(again > sub, "ids are not used again");
    });
}

#[test]
fn where_a_deleted_group_was_invited_its_invitation_is_recorded_as_ended() {
    on_both("groups_uninvited", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let (host, guest) = (world.group(&ann, "host", None), world.group(&ann, "guest", None));
        let (below, within) = (world.group(&ann, "below", Some(guest)), world.group(&ann, "within", Some(guest)));
        let project = world.project(&ann, "app", Some(host));
        invite(&world, &ann, host, below, Level::Developer).unwrap();
        invite(&world, &ann, within, below, Level::Developer).unwrap();
        let asked = Invite { group: guest, level: Level::Reporter, expires_at: None };
        let at = Ref::Id(project.0);
        world.write(&ann, move |tx, by| projects::share(tx, by, &at, &asked, NOW)).unwrap();
        world.write(&ann, move |tx, by| delete(tx, by, &Ref::Id(guest.0), None, NOW)).unwrap();
        let sql = "SELECT group_id, project_id, before FROM audit_events WHERE code = $1 ORDER BY id";
        type Told = (Option<i64>, Option<i64>, String);
        let removed = Code::ShareRemoved.as_str();
        let told: Vec<Told> = world
            .read(&ann, move |tx, _| {
                Ok(tx.query(sql, &[removed.into()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
            })
            .unwrap();
        assert_eq!(told.len(), 2, "the one that went along has nobody to tell: {told:?}");
        let about = |(group, project, before): &Told, invited: GroupId| {
            assert!(before.contains(&format!("\"group_id\":{invited}")), "{before}");
            (*group, *project)
        };
        assert_eq!(about(&told[0], guest), (None, Some(project.0)));
        assert_eq!(about(&told[1], below), (Some(host.0), None));
    });
}

#[test]
fn a_group_is_invited_once_by_somebody_who_belongs_to_it() {
    on_both("groups_share", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let (host, guests) = (world.group(&ann, "host", None), world.group(&bob, "guests", None));
        let sub = world.group(&ann, "sub", Some(host));
        assert_eq!(code(invite(&world, &ann, host, guests, Level::Developer)), "not_found");
        world.join(&in_group(guests), &ann, Level::Guest);
        assert_eq!(code(invite(&world, &ann, host, guests, Level::None)), "invalid");
        assert_eq!(code(invite(&world, &ann, host, host, Level::Guest)), "invalid");
        assert_eq!(code(invite(&world, &ann, sub, host, Level::Guest)), "invalid");
        assert_eq!(code(look(&world, &bob, "host/sub")), "not_found");
        let shown = invite(&world, &ann, host, guests, Level::Developer).unwrap();
        assert_eq!(shown.shares[0].group_full_path, "guests");
        assert_eq!(code(invite(&world, &ann, host, guests, Level::Developer)), "share.exists");
        look(&world, &bob, "host/sub").unwrap();
        let end = |by: &Actor| world.write(by, move |tx, a| unshare(tx, a, &Ref::Id(host.0), guests, NOW));
        assert_eq!(refusal(end(&bob)), Refusal::Role("Owner"));
        end(&ann).unwrap();
        assert_eq!(code(end(&ann)), "not_found");
        assert_eq!(code(look(&world, &bob, "host/sub")), "not_found");
        let past = Invite { group: guests, level: Level::Guest, expires_at: Date::parse("2026-11-21") };
        let ended = world.write(&ann, move |tx, actor| share(tx, actor, &Ref::Id(host.0), &past, NOW));
        assert_eq!(code(ended), "invalid");
        let short = Invite { group: guests, level: Level::Guest, expires_at: Date::parse("2026-11-22") };
        let again = |now| {
            let short = short.clone();
            world.write(&ann, move |tx, actor| {
                let short = Invite { expires_at: Date::parse("2026-12-24"), ..short.clone() };
                share(tx, actor, &Ref::Id(host.0), &short, now)
            })
        };
        let first = short.clone();
        world.write(&ann, move |tx, actor| share(tx, actor, &Ref::Id(host.0), &first, NOW)).unwrap();
        assert_eq!(code(again(NOW)), "share.exists");
        assert_eq!(again(NOW.plus_ms(24 * 3600 * 1000)).unwrap().shares.len(), 1, "a dead invitation is replaced");
    });
}

#[test]
fn lists_show_what_may_be_seen() {
    on_both("groups_list", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let top = world.group(&ann, "zebra", None);
        let sub = world.group(&ann, "apple", Some(top));
        let open = NewGroup { visibility: PUBLIC, ..new_group("middle", None) };
        let open = world.write(&ann, move |tx, actor| create(tx, actor, &open, NOW)).unwrap().group.group_id();
        world.join(&in_group(sub), &bob, Level::Guest);
        let found = |by: &Actor, wanted: Wanted| {
            let wanted = Wanted { limit: 9, ..wanted };
            let (rows, _) = world.read(by, move |tx, actor| list(tx, actor, &wanted, NOW)).unwrap();
            rows.into_iter().map(|v| v.group.group_id()).collect::<Vec<_>>()
        };
        assert_eq!(found(&ann, Wanted::default()), [sub, open, top]);
        assert_eq!(found(&ann, Wanted { descending: true, ..Wanted::default() }), [top, open, sub]);
        assert_eq!(found(&bob, Wanted::default()), [sub, open]);
        assert_eq!(found(&Actor::anonymous(), Wanted::default()), [open]);
        assert_eq!(found(&world.root, Wanted::default()), [sub, open, top]);
        assert_eq!(found(&ann, Wanted { top_level_only: true, ..Wanted::default() }), [open, top]);
        assert_eq!(found(&ann, Wanted { search: Some("APP".into()), ..Wanted::default() }), [sub]);
        assert_eq!(found(&ann, Wanted { parent: Some(Ref::Id(top.0)), ..Wanted::default() }), [sub]);
        let all = Wanted { parent: Some(Ref::Id(top.0)), below: true, ..Wanted::default() };
        assert_eq!(found(&ann, all.clone()), [sub]);
        let deep = world.group(&ann, "deep", Some(sub));
        assert_eq!(found(&ann, all.clone()), [sub, deep]);
        assert_eq!(found(&ann, Wanted { below: false, ..all }), [sub]);
        assert_eq!(found(&ann, Wanted { skip: vec![sub.0, top.0, 99], ..Wanted::default() }), [deep, open]);
        let least = |level| Wanted { min_level: Some(level), ..Wanted::default() };
        assert_eq!(found(&bob, least(Level::Guest)), [sub, deep]);
        assert_eq!(found(&bob, least(Level::Owner)), []);
        assert_eq!(found(&world.root, least(Level::Guest)), []);
    });
}
