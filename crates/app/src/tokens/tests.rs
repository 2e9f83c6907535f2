//! Tokens and how they let people in, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{
    Lives, Renewal, Rotated, Wanted, create, create_own, current, list, reused, revoke, revoke_current, rotate,
    rotate_current, show,
};
use crate::authenticate::{AuthError, Credential, authenticate, git_credential, refresh, sudo, touch};
use crate::fixture::{NOW, World, code, id};
use crate::{Failure, secrets, users};
use countersign_domain::access::{Actor, Person, Via};
use countersign_domain::ids::{TokenId, UserId};
use countersign_domain::time::{Date, Timestamp};
use countersign_domain::token::Scope;
use countersign_domain::user::Change;
use countersign_store::testing::on_both;
use countersign_store::tokens::{Filter, Order, Token};

fn wanted(expires_at: Option<&str>) -> Wanted {
    let expires_at = expires_at.map(|d| Date::parse(d).unwrap());
    Wanted { name: "ci".into(), description: None, scopes: vec![Scope::ReadApi], expires_at, lives: Lives::Bounded }
}

fn make(world: &World<'_>, by: &Actor, user: UserId, wanted: Wanted) -> crate::Result<(TokenId, String)> {
    let secret = secrets::personal_token().unwrap();
    let kept = secret.clone();
    let made = world.write(by, move |tx, actor| create(tx, actor, user, &wanted, &kept, NOW))?;
    Ok((made.id, secret))
}

fn enter(world: &World<'_>, secret: &str, now: Timestamp) -> Result<Actor, AuthError> {
    let credential = Credential::Personal(secret.to_owned());
    let found = world
        .store
        .read_blocking::<_, Failure>(move |tx| Ok(authenticate(tx, &credential, Some("10.0.0.1".into()), now)?));
    found.unwrap().map(|a| a.actor)
}

#[test]
fn a_token_lives_at_most_a_year_and_is_created_by_administrators() {
    on_both("tokens_create", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        assert_eq!(code(make(&world, &ann, id(&ann), wanted(None))), "access.admins_only");
        assert_eq!(code(make(&world, &world.root, UserId(999), wanted(None))), "not_found");
        for bad in ["2026-11-21", "2020-01-01", "2027-11-22"] {
            assert_eq!(code(make(&world, &world.root, id(&ann), wanted(Some(bad)))), "invalid", "{bad}");
        }
        make(&world, &world.root, id(&ann), wanted(Some("2027-11-21"))).unwrap();
        let none = Wanted { scopes: Vec::new(), ..wanted(None) };
        assert_eq!(code(make(&world, &world.root, id(&ann), none)), "invalid");
        let (token, _) = make(&world, &world.root, id(&ann), wanted(None)).unwrap();
        let found = world.read(&ann, move |tx, actor| show(tx, actor, token)).unwrap();
        assert_eq!(found.expires_at, Date::parse("2027-11-21"));
    });
}

#[test]
fn dead_tokens_and_blocked_people_do_not_get_in() {
    on_both("tokens_enter", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let (token, secret) = make(&world, &world.root, id(&ann), wanted(Some("2026-11-22"))).unwrap();
        let actor = enter(&world, &secret, NOW).unwrap();
        assert_eq!((actor.user(), actor.by.token), (ann.user(), Some(token)));
        assert_eq!(actor.via, Via::Token(vec![Scope::ReadApi]));
        assert_eq!(enter(&world, "glpat-unknown-unknown-unknown", NOW), Err(AuthError::Unknown));
        assert_eq!(enter(&world, "", NOW), Err(AuthError::Unknown));
        let tomorrow = NOW.plus_ms(24 * 3600 * 1000);
        assert_eq!(enter(&world, &secret, tomorrow), Err(AuthError::Expired));
        let user = id(&ann);
        world.write(&world.root, move |tx, actor| users::change_state(tx, actor, user, Change::Block, NOW)).unwrap();
        assert_eq!(enter(&world, &secret, NOW), Err(AuthError::Blocked));
        world.write(&world.root, move |tx, actor| users::change_state(tx, actor, user, Change::Unblock, NOW)).unwrap();
        world.write(&ann, move |tx, actor| revoke(tx, actor, token, NOW)).unwrap();
        world.write(&ann, move |tx, actor| revoke(tx, actor, token, NOW)).unwrap();
        assert_eq!(enter(&world, &secret, NOW), Err(AuthError::Revoked));
    });
}

#[test]
fn the_use_of_a_token_is_noted_every_ten_minutes() {
    on_both("tokens_touch", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let (token, secret) = make(&world, &world.root, id(&ann), wanted(None)).unwrap();
        let unnoted = |now| {
            let credential = Credential::Personal(secret.clone());
            let found =
                world.store.read_blocking::<_, Failure>(move |tx| Ok(authenticate(tx, &credential, None, now)?));
            found.unwrap().unwrap().unnoted
        };
        let note = |now| {
            let user = id(&ann);
            world.store.housekeeping_blocking(move |tx| Ok(touch(tx, token, user, now)?)).unwrap();
        };
        assert_eq!(unnoted(NOW), Some(token));
        note(NOW);
        assert_eq!(unnoted(NOW.plus_ms(599_999)), None);
        assert_eq!(unnoted(NOW.plus_ms(600_000)), Some(token));
        note(NOW.plus_ms(1000));
        let seen = world.read(&ann, move |tx, actor| show(tx, actor, token)).unwrap();
        assert_eq!(seen.last_used_at, Some(NOW));
    });
}

#[test]
fn foreign_tokens_are_missing_except_for_administrators() {
    on_both("tokens_list", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let (of_ann, _) = make(&world, &world.root, id(&ann), wanted(None)).unwrap();
        let other = Wanted { name: "Ünique".into(), ..wanted(None) };
        let (of_bob, _) = make(&world, &world.root, id(&bob), other).unwrap();
        assert_eq!(code(world.read(&bob, move |tx, actor| show(tx, actor, of_ann))), "not_found");
        assert_eq!(code(world.write(&bob, move |tx, actor| revoke(tx, actor, of_ann, NOW))), "not_found");
        let found = |by: &Actor, filter: Filter| {
            let filter = Filter { limit: 9, ..filter };
            let found = world.read(by, move |tx, actor| list(tx, actor, &filter));
            found.map(|(rows, _)| rows.into_iter().map(|t| t.id).collect::<Vec<_>>())
        };
        assert_eq!(found(&bob, Filter::default()).unwrap(), [of_bob]);
        assert_eq!(code(found(&bob, Filter { user: ann.user(), ..Filter::default() })), "access.admins_only");
        assert_eq!(found(&world.root, Filter::default()).unwrap(), [of_ann, of_bob]);
        assert_eq!(found(&world.root, Filter { search: Some("ünI".into()), ..Filter::default() }).unwrap(), [of_bob]);
        world.write(&world.root, move |tx, actor| revoke(tx, actor, of_ann, NOW)).unwrap();
        let active = |on| Filter { active: Some((on, NOW.date())), ..Filter::default() };
        assert_eq!(found(&world.root, active(true)).unwrap(), [of_bob]);
        assert_eq!(found(&world.root, active(false)).unwrap(), [of_ann]);
        assert_eq!(found(&world.root, Filter { revoked: Some(false), ..Filter::default() }).unwrap(), [of_bob]);
        let mut with = bob.clone();
        with.by.token = Some(of_bob);
        assert_eq!(world.read(&with, current).unwrap().id, of_bob);
        assert_eq!(code(world.read(&bob, current)), "not_found");
        world.write(&with, |tx, actor| revoke_current(tx, actor, NOW)).unwrap();
    });
}

#[test]
fn git_presents_tokens_as_passwords() {
    assert!(git_credential("ann", "").is_none());
    assert!(git_credential("ann", "glpat-x") == Some(Credential::Personal("glpat-x".into())));
    assert!(git_credential("gitlab-ci-token", "glcbt-x") == Some(Credential::Job("glcbt-x".into())));
}

fn renew(world: &World<'_>, by: &Actor, token: TokenId, expires_at: Option<&str>) -> crate::Result<Rotated> {
    let secret = secrets::personal_token().unwrap();
    let renewal = Renewal { expires_at: expires_at.map(|d| Date::parse(d).unwrap()), lives: Lives::Bounded };
    world.write(by, move |tx, actor| rotate(tx, actor, token, renewal, &secret, NOW))
}

fn renewed(rotated: crate::Result<Rotated>) -> Token {
    match rotated.unwrap() {
        Rotated::New(made) => *made,
        Rotated::Reused => panic!("a new token was expected"),
    }
}

#[test]
fn a_rotated_token_is_dead_and_whoever_uses_it_again_kills_its_family() {
    on_both("tokens_rotate", |store| {
        let world = World::new(store);
        let (ann, bob) = (world.user("ann"), world.user("bob"));
        let (first, secret) = make(&world, &world.root, id(&ann), wanted(None)).unwrap();
        assert_eq!(code(renew(&world, &bob, first, None)), "not_found");
        assert_eq!(code(renew(&world, &ann, first, Some("2027-11-22"))), "invalid");
        assert!(enter(&world, &secret, NOW).is_ok(), "what was refused changed nothing");
        let second = renewed(renew(&world, &ann, first, None));
        assert_eq!((second.expires_at, &second.name), (Date::parse("2026-11-28"), &"ci".to_owned()));
        assert_eq!(second.scopes, [Scope::ReadApi]);
        assert_ne!(second.id, first);
        let third = renewed(renew(&world, &world.root, second.id, Some("2027-01-01")));
        let active = |token: TokenId| world.read(&ann, move |tx, a| show(tx, a, token)).unwrap().is_active(NOW.date());
        assert!(active(third.id) && !active(second.id) && !active(first));
        assert_eq!(enter(&world, &secret, NOW), Err(AuthError::Reused(first, id(&ann))));
        world.write(&ann, move |tx, _| reused(tx, first, NOW)).unwrap();
        assert!(!active(third.id));
        assert_eq!(enter(&world, &secret, NOW), Err(AuthError::Revoked));
        world.write(&ann, move |tx, _| reused(tx, first, NOW)).unwrap();
        assert_eq!(code(renew(&world, &ann, first, None)), "token.dead");
        let (fourth, _) = make(&world, &world.root, id(&ann), wanted(None)).unwrap();
        let fifth = renewed(renew(&world, &ann, fourth, None));
        assert_eq!(renew(&world, &ann, fourth, None).unwrap(), Rotated::Reused);
        assert!(!active(fifth.id));
        let events = world.read(&world.root, |tx, _| {
            let sql = "SELECT count(*) FROM audit_events WHERE code = 'token.reused'";
            Ok(tx.query_one(sql, &[], |row| row.get::<i64>(0))?)
        });
        assert_eq!(events.unwrap(), 2);
        let (sixth, _) = make(&world, &world.root, id(&ann), wanted(None)).unwrap();
        let mut with = ann.clone();
        with.by.token = Some(sixth);
        let secret = secrets::personal_token().unwrap();
        let renew_it =
            move |tx: &mut crate::Tx<'_>, actor: &Actor| rotate_current(tx, actor, Renewal::default(), &secret, NOW);
        renewed(world.write(&with, renew_it));
        assert!(!active(sixth));
    });
}

#[test]
fn a_token_for_oneself_may_live_forever_only_where_the_instance_lets_it() {
    on_both("tokens_own", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let own = |wanted: Wanted| {
            let secret = secrets::personal_token().unwrap();
            world.write(&ann, move |tx, actor| create_own(tx, actor, &wanted, &secret, NOW))
        };
        assert_eq!(own(wanted(None)).unwrap().expires_at, Date::parse("2027-11-21"));
        let forever = Wanted { lives: Lives::AsAsked, ..wanted(None) };
        assert_eq!(own(forever).unwrap().expires_at, None);
        let late = Wanted { lives: Lives::AsAsked, ..wanted(Some("2040-01-01")) };
        assert_eq!(own(late).unwrap().expires_at, Date::parse("2040-01-01"));
        let bot = Actor { person: ann.person.map(|p| Person { bot: true, ..p }), ..ann.clone() };
        let secret = secrets::personal_token().unwrap();
        let by_bot = world.write(&bot, move |tx, actor| create_own(tx, actor, &wanted(None), &secret, NOW));
        assert_eq!(code(by_bot), "token.bot");
    });
}

#[test]
fn tokens_are_filtered_by_their_times_and_ordered() {
    on_both("tokens_filters", |store| {
        let world = World::new(store);
        let ann = world.user("ann");
        let named = |name: &str, expires_at| Wanted { name: name.into(), ..wanted(Some(expires_at)) };
        let (b, _) = make(&world, &world.root, id(&ann), named("b", "2027-03-01")).unwrap();
        let (a, _) = make(&world, &world.root, id(&ann), named("A", "2027-02-01")).unwrap();
        let user = id(&ann);
        store.housekeeping_blocking(move |tx| Ok(touch(tx, b, user, NOW.plus_ms(5000))?)).unwrap();
        let found = |filter: Filter| {
            let filter = Filter { limit: 9, ..filter };
            let (rows, total) = world.read(&ann, move |tx, actor| list(tx, actor, &filter)).unwrap();
            assert_eq!(rows.len(), usize::try_from(total).unwrap());
            rows.into_iter().map(|t| t.id).collect::<Vec<_>>()
        };
        let ordered = |order| found(Filter { order, ..Filter::default() });
        assert_eq!(ordered(Order::Created), [b, a]);
        assert_eq!(ordered(Order::Name), [a, b]);
        assert_eq!(ordered(Order::Expires), [a, b]);
        assert_eq!(ordered(Order::LastUsed), [a, b]);
        for order in [Order::Created, Order::Name, Order::Expires, Order::LastUsed] {
            let mut backwards = ordered(order);
            backwards.reverse();
            assert_eq!(found(Filter { order, descending: true, ..Filter::default() }), backwards);
        }
        let (day, moment) = (Date::parse("2027-02-15"), Some(NOW));
        assert_eq!(found(Filter { expires: (day, None), ..Filter::default() }), [b]);
        assert_eq!(found(Filter { expires: (None, day), ..Filter::default() }), [a]);
        assert_eq!(found(Filter { last_used: (moment, None), ..Filter::default() }), [b]);
        assert_eq!(found(Filter { last_used: (None, moment), ..Filter::default() }), []);
        assert_eq!(found(Filter { created: (moment, None), ..Filter::default() }), []);
        assert_eq!(found(Filter { created: (None, Some(NOW.plus_ms(1))), ..Filter::default() }), [b, a]);
    });
}

#[test]
fn acting_in_somebodys_name_ends_with_either_of_the_two() {
    on_both("tokens_sudo", |store| {
        let world = World::new(store);
        let (ann, boss) = (id(&world.user("ann")), world.person("boss", true));
        let acting = |who: &str| {
            let who = who.to_owned();
            world.read(&boss, move |tx, actor| sudo(tx, actor, &who))
        };
        let as_ann = acting("ANN").unwrap();
        assert_eq!((as_ann.user(), as_ann.by.user, as_ann.by.sudo), (Some(ann), Some(ann), Some(id(&boss))));
        assert_eq!(acting(&ann.0.to_string()).unwrap(), as_ann);
        for nobody in ["nobody", "999", "-1", ""] {
            assert_eq!(code(acting(nobody)), "sudo.unknown_user", "{nobody}");
        }
        let still = || world.read(&as_ann, |tx, actor| refresh(tx, actor, NOW));
        assert_eq!(still().unwrap(), as_ann);
        for gone in [ann, id(&boss)] {
            world
                .write(&world.root, move |tx, actor| users::change_state(tx, actor, gone, Change::Block, NOW))
                .unwrap();
            assert_eq!(code(still()), "access.signed_out");
            world
                .write(&world.root, move |tx, actor| users::change_state(tx, actor, gone, Change::Unblock, NOW))
                .unwrap();
        }
        assert!(still().is_ok());
    });
}
