//! People, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{NewUser, Password, block, create, list, prepare, show, unblock};
use crate::fixture::{NOW, World, code, id, in_group, refusal};
use countersign_domain::access::{Actor, Level};
use countersign_domain::ids::UserId;
use countersign_domain::refusal::{Kind, Text};
use countersign_store::testing::on_both;
use countersign_store::users::{Filter, Order};

fn new(username: &str, email: &str) -> NewUser {
    NewUser {
        username: username.into(),
        name: "Somebody".into(),
        email: email.into(),
        password: Password::Unusable,
        admin: false,
        note: None,
    }
}

fn try_create(world: &World<'_>, by: &Actor, new: NewUser) -> crate::Result<UserId> {
    let prepared = prepare(by, new)?;
    world.write(by, move |tx, actor| create(tx, actor, &prepared, NOW)).map(|u| u.id)
}

#[test]
fn only_administrators_create_people_and_names_are_unique_in_any_case() {
    on_both("users_create", |store| {
        let world = World::new(store);
        let ann = world.user("Ann");
        assert_eq!(code(try_create(&world, &ann, new("bob", "bob@example.org"))), "access.admins_only");
        let taken = refusal(try_create(&world, &world.root, new("bob", "ANN@example.org")));
        assert_eq!(taken.text(), Text::Field("email".into(), vec!["has already been taken".into()]));
        let taken = refusal(try_create(&world, &world.root, new("aNN", "x@example.org")));
        assert_eq!(taken.text(), Text::Field("username".into(), vec!["has already been taken".into()]));
        world.group(&ann, "ops", None);
        assert_eq!(code(try_create(&world, &world.root, new("OPS", "x@example.org"))), "taken");
        for bad in ["", "api", "-x", "a b", "x/y", "x.git"] {
            assert_eq!(code(try_create(&world, &world.root, new(bad, "x@example.org"))), "invalid", "{bad}");
        }
        for password in ["1234567", &"x".repeat(129)] {
            let with = NewUser { password: Password::Given(password.into()), ..new("bob", "x@example.org") };
            assert_eq!(code(try_create(&world, &world.root, with)), "invalid");
        }
        try_create(&world, &world.root, new("bob", "x@example.org")).unwrap();
    });
}

#[test]
fn people_are_found_by_name_and_listed_in_a_stable_order() {
    on_both("users_list", |store| {
        let world = World::new(store);
        let people: Vec<_> = ["Zoe", "Äda", "mia"]
            .iter()
            .enumerate()
            .map(|(n, name)| {
                let user = NewUser { name: (*name).into(), ..new(&format!("user{n}"), &format!("u{n}@example.org")) };
                try_create(&world, &world.root, user).unwrap()
            })
            .collect();
        let found = |filter: Filter, by: &Actor| {
            let (rows, total) = world.read(by, move |tx, actor| list(tx, actor, &filter)).unwrap();
            (rows.into_iter().map(|u| u.id).collect::<Vec<_>>(), total)
        };
        let all = Filter { limit: 2, descending: true, ..Filter::default() };
        assert_eq!(found(all.clone(), &world.root), (vec![people[2], people[1]], 4));
        assert_eq!(found(Filter { offset: 2, ..all.clone() }, &world.root), (vec![people[0], id(&world.root)], 4));
        let search = |text: &str| Filter { search: Some(text.into()), limit: 9, ..Filter::default() };
        assert_eq!(found(search("äDA"), &world.root).0, [people[1]]);
        assert_eq!(found(search("SER2"), &world.root).0, [people[2]]);
        assert_eq!(found(search("%"), &world.root).0, []);
        assert_eq!(found(search("u0@EXAMPLE.org"), &world.root).0, [people[0]]);
        let ann = world.user("ann");
        assert_eq!(found(search("u0@EXAMPLE.org"), &ann).0, []);
        let named = Filter { username: Some("USER1".into()), limit: 9, ..Filter::default() };
        assert_eq!(found(named, &ann).0, [people[1]]);
        let by_name = Filter { order: Order::Name, limit: 9, ..Filter::default() };
        assert_eq!(found(by_name, &ann).1, 5);
        let admins = Filter { admin: Some(true), bot: Some(false), limit: 9, ..Filter::default() };
        assert_eq!(found(admins, &world.root).0, [id(&world.root)]);
        assert!(world.read(&Actor::anonymous(), |tx, actor| show(tx, actor, UserId(1))).is_err());
        assert_eq!(code(world.read(&ann, |tx, actor| show(tx, actor, UserId(999)))), "not_found");
    });
}

#[test]
fn blocking_twice_changes_nothing_and_somebody_always_administers() {
    on_both("users_block", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let group = world.group(&ann, "ops", None);
        let set = |by: &Actor, who: UserId, on: bool| {
            world.write(by, move |tx, actor| if on { block(tx, actor, who, NOW) } else { unblock(tx, actor, who, NOW) })
        };
        assert_eq!(code(set(&ann, id(&ann), true)), "access.admins_only");
        assert!(set(&world.root, id(&ann), true).unwrap());
        assert!(!set(&world.root, id(&ann), true).unwrap());
        let target = in_group(group);
        let level = world.read(&world.root, move |tx, actor| {
            crate::members::list_all(
                tx,
                actor,
                &target,
                &crate::members::Wanted { limit: 9, ..Default::default() },
                NOW,
            )
        });
        assert_eq!(level.unwrap().1, 0, "a blocked owner counts for nothing");
        assert!(set(&world.root, id(&ann), false).unwrap());
        assert!(!set(&world.root, id(&ann), false).unwrap());
        let why = refusal(set(&world.root, id(&world.root), true));
        assert_eq!((why.code(), why.kind()), ("user.last_admin", Kind::Forbidden));
        assert_eq!(code(set(&world.root, UserId(999), true)), "not_found");
        world.join(&in_group(group), &world.user("bob"), Level::Guest);
    });
}
