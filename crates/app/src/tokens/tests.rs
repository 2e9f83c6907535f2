//! Tokens and how they let people in, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Wanted, create, current, list, revoke, revoke_current, show};
use crate::authenticate::{AuthError, Credential, authenticate, git_credential, touch};
use crate::fixture::{NOW, World, code, id};
use crate::{Failure, secrets, users};
use countersign_domain::access::{Actor, Via};
use countersign_domain::ids::{TokenId, UserId};
use countersign_domain::time::{Date, Timestamp};
use countersign_domain::token::Scope;
use countersign_store::testing::on_both;
use countersign_store::tokens::Filter;

fn wanted(expires_at: Option<&str>) -> Wanted {
    let expires_at = expires_at.map(|d| Date::parse(d).unwrap());
    Wanted { name: "ci".into(), description: None, scopes: vec![Scope::ReadApi], expires_at }
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
        world.write(&world.root, move |tx, actor| users::block(tx, actor, user, NOW)).unwrap();
        assert_eq!(enter(&world, &secret, NOW), Err(AuthError::Blocked));
        world.write(&world.root, move |tx, actor| users::unblock(tx, actor, user, NOW)).unwrap();
        world.write(&ann, move |tx, actor| revoke(tx, actor, token)).unwrap();
        world.write(&ann, move |tx, actor| revoke(tx, actor, token)).unwrap();
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
        assert_eq!(code(world.write(&bob, move |tx, actor| revoke(tx, actor, of_ann))), "not_found");
        let found = |by: &Actor, filter: Filter| {
            let filter = Filter { limit: 9, ..filter };
            let found = world.read(by, move |tx, actor| list(tx, actor, &filter));
            found.map(|(rows, _)| rows.into_iter().map(|t| t.id).collect::<Vec<_>>())
        };
        assert_eq!(found(&bob, Filter::default()).unwrap(), [of_bob]);
        assert_eq!(code(found(&bob, Filter { user: ann.user(), ..Filter::default() })), "access.admins_only");
        assert_eq!(found(&world.root, Filter::default()).unwrap(), [of_ann, of_bob]);
        assert_eq!(found(&world.root, Filter { search: Some("ünI".into()), ..Filter::default() }).unwrap(), [of_bob]);
        world.write(&world.root, move |tx, actor| revoke(tx, actor, of_ann)).unwrap();
        let active = |on| Filter { active: Some((on, NOW.date())), ..Filter::default() };
        assert_eq!(found(&world.root, active(true)).unwrap(), [of_bob]);
        assert_eq!(found(&world.root, active(false)).unwrap(), [of_ann]);
        assert_eq!(found(&world.root, Filter { revoked: Some(false), ..Filter::default() }).unwrap(), [of_bob]);
        let mut with = bob.clone();
        with.by.token = Some(of_bob);
        assert_eq!(world.read(&with, current).unwrap().id, of_bob);
        assert_eq!(code(world.read(&bob, current)), "not_found");
        world.write(&with, revoke_current).unwrap();
    });
}

#[test]
fn git_presents_tokens_as_passwords() {
    assert!(git_credential("ann", "").is_none());
    assert!(git_credential("ann", "glpat-x") == Some(Credential::Personal("glpat-x".into())));
    assert!(git_credential("gitlab-ci-token", "glcbt-x") == Some(Credential::Job("glcbt-x".into())));
}
