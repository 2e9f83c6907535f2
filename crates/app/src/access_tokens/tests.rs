//! Access tokens of projects and groups, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Held, Material, Wanted, create, list, revoke, rotate, rotate_current, show};
use crate::authenticate::{AuthError, Credential, authenticate, sudo};
use crate::authorize::Ref;
use crate::fixture::{NOW, World, code, id, in_group, in_project};
use crate::members::{self, Changes, Target};
use crate::tokens::{self, Lives, Renewal, Rotated};
use crate::users::{Deleted, PreparedChanges, delete, prepare_changes, update};
use crate::{Failure, Result, groups, projects, secrets, users};
use countersign_domain::access::{Action, Actor, Level};
use countersign_domain::ids::{GroupId, ProjectId, TokenId, UserId};
use countersign_domain::time::Date;
use countersign_domain::token::Scope;
use countersign_store::testing::on_both;
use countersign_store::tokens::Filter;

fn wanted(level: Level) -> Wanted {
    let (name, scopes) = ("deployer".into(), vec![Scope::Api]);
    Wanted { name, description: None, scopes, level, expires_at: None, lives: Lives::Bounded }
}

fn make(world: &World<'_>, by: &Actor, target: &Target, wanted: Wanted) -> Result<(Held, String)> {
    let host = "cs.example.org".to_owned();
    let made = Material { secret: secrets::personal_token().unwrap(), digits: secrets::digits().unwrap(), host };
    let (secret, target) = (made.secret.clone(), target.clone());
    let held = world.write(by, move |tx, actor| create(tx, actor, &target, &wanted, &made, NOW))?;
    Ok((held, secret))
}

fn enter(world: &World<'_>, secret: &str) -> Result<Actor, AuthError> {
    let credential = Credential::Personal(secret.to_owned());
    let found = world.store.read_blocking::<_, Failure>(move |tx| Ok(authenticate(tx, &credential, None, NOW)?));
    found.unwrap().map(|a| a.actor)
}

/// Whether they may do that with the project.
fn may(world: &World<'_>, who: &Actor, project: ProjectId, action: Action) -> bool {
    let at = Ref::Id(project.0);
    world.read(who, move |tx, actor| crate::authorize::project(tx, actor, &at, action, NOW)).is_ok()
}

fn members_of(world: &World<'_>, target: &Target) -> Vec<UserId> {
    let (target, wanted) = (target.clone(), members::Wanted { limit: 99, ..members::Wanted::default() });
    let (rows, _) = world.read(&world.root, move |tx, by| members::list(tx, by, &target, &wanted, NOW)).unwrap();
    rows.into_iter().map(|m| m.user_id).collect()
}

fn end(world: &World<'_>, by: &Actor, target: &Target, token: TokenId) -> Result<()> {
    let target = target.clone();
    world.write(by, move |tx, actor| revoke(tx, actor, &target, token, NOW))
}

fn renewed(world: &World<'_>, by: &Actor, target: &Target, token: TokenId) -> Result<(Rotated, Level)> {
    let (target, secret) = (target.clone(), secrets::personal_token().unwrap());
    world.write(by, move |tx, by| rotate(tx, by, &target, token, Renewal::default(), &secret, NOW))
}

/// A maintainer of a project in a group that another owns.
fn company(world: &World<'_>) -> (Actor, Actor, GroupId, ProjectId) {
    let (owner, ann) = (world.user("owner"), world.user("ann"));
    let group = world.group(&owner, "acme", None);
    let project = world.project(&owner, "shop", Some(group));
    world.join(&in_project(project), &ann, Level::Maintainer);
    (owner, ann, group, project)
}

#[test]
fn managers_make_tokens_up_to_their_own_role() {
    on_both("access_tokens_create", |store| {
        let world = World::new(store);
        let (owner, ann, group, project) = company(&world);
        let (at, in_acme) = (in_project(project), in_group(group));
        assert_eq!(code(make(&world, &ann, &at, wanted(Level::Owner))), "token.above_own");
        assert_eq!(code(make(&world, &ann, &at, wanted(Level::Minimal))), "invalid");
        assert_eq!(code(make(&world, &ann, &in_acme, wanted(Level::Guest))), "not_found");
        assert_eq!(code(make(&world, &world.user("bob"), &at, wanted(Level::Guest))), "not_found");
        let dev = world.user("dev");
        world.join(&in_acme, &dev, Level::Maintainer);
        assert_eq!(code(make(&world, &dev, &in_acme, wanted(Level::Guest))), "access.role");
        for scopes in [vec![], vec![Scope::Sudo], vec![Scope::ReadUser, Scope::Api]] {
            assert_eq!(code(make(&world, &ann, &at, Wanted { scopes, ..wanted(Level::Guest) })), "invalid");
        }
        let past = Wanted { expires_at: Date::parse("2026-11-21"), ..wanted(Level::Guest) };
        assert_eq!(code(make(&world, &ann, &at, past)), "invalid");

        let (held, secret) = make(&world, &ann, &at, wanted(Level::Maintainer)).unwrap();
        assert_eq!((held.level, held.token.expires_at), (Level::Maintainer, Date::parse("2027-11-21")));
        let bot = enter(&world, &secret).unwrap();
        let user = world.read(&world.root, move |tx, by| users::show(tx, by, held.token.user_id)).unwrap();
        assert!(user.bot && user.settings.external && user.username.starts_with(&format!("project_{project}_bot_")));
        assert_eq!(user.email, format!("{}@noreply.cs.example.org", user.username));
        assert!(members_of(&world, &at).contains(&user.id));
        assert!(may(&world, &bot, project, Action::ManageProject) && !may(&world, &bot, project, Action::OwnProject));
        let sibling = world.project(&owner, "sibling", Some(group));
        assert!(!may(&world, &bot, sibling, Action::Read), "a project's token opens that project alone");
        let (_, secret) = make(&world, &owner, &in_acme, wanted(Level::Reporter)).unwrap();
        let bot = enter(&world, &secret).unwrap();
        assert!(may(&world, &bot, sibling, Action::ReadCode) && !may(&world, &bot, sibling, Action::PushCode));
        let own = world.project(&ann, "own", None);
        assert!(!may(&world, &bot, own, Action::Read));
    });
}

#[test]
fn tokens_are_shown_where_they_belong_and_end_with_their_membership() {
    on_both("access_tokens_end", |store| {
        let world = World::new(store);
        let (owner, ann, group, project) = company(&world);
        let (at, in_acme) = (in_project(project), in_group(group));
        let (held, secret) = make(&world, &ann, &at, wanted(Level::Developer)).unwrap();
        let (other, _) = make(&world, &owner, &in_acme, wanted(Level::Owner)).unwrap();
        let token = held.token.id;
        let listed = |by: &Actor, target: &Target, filter: Filter| {
            let target = target.clone();
            let filter = Filter { limit: 9, ..filter };
            world.read(by, move |tx, by| list(tx, by, &target, &filter, NOW))
        };
        assert_eq!(listed(&ann, &at, Filter::default()).unwrap(), (vec![held.clone()], 1));
        assert_eq!(listed(&owner, &in_acme, Filter::default()).unwrap(), (vec![other.clone()], 1));
        assert_eq!(code(listed(&ann, &in_acme, Filter::default())), "not_found");
        for (target, id) in [(&at, other.token.id), (&in_acme, token), (&at, TokenId(999))] {
            let target = target.clone();
            assert_eq!(code(world.read(&world.root, move |tx, by| show(tx, by, &target, id, NOW))), "not_found");
        }
        end(&world, &ann, &at, token).unwrap();
        end(&world, &ann, &at, token).unwrap();
        assert_eq!(enter(&world, &secret), Err(AuthError::Revoked));
        assert!(!members_of(&world, &at).contains(&held.token.user_id));
        let dead = Filter { active: Some((false, NOW.date())), ..Filter::default() };
        let (rows, total) = listed(&ann, &at, dead).unwrap();
        assert_eq!((rows.len(), total, rows[0].level), (1, 1, Level::Developer), "what was revoked is remembered");
        let above = make(&world, &owner, &at, wanted(Level::Owner)).unwrap().0.token.id;
        end(&world, &ann, &at, above).unwrap();
        // An administrator who revokes it as any other token ends the membership too.
        world.write(&world.root, move |tx, by| tokens::revoke(tx, by, other.token.id, NOW)).unwrap();
        assert!(!members_of(&world, &in_acme).contains(&other.token.user_id));
    });
}

#[test]
fn rotation_keeps_the_bot_and_gives_nobody_more_than_they_have() {
    on_both("access_tokens_rotate", |store| {
        let world = World::new(store);
        let (owner, ann, _, project) = company(&world);
        let at = in_project(project);
        let (held, secret) = make(&world, &ann, &at, wanted(Level::Maintainer)).unwrap();
        let (Rotated::New(new), Level::Maintainer) = renewed(&world, &ann, &at, held.token.id).unwrap() else {
            panic!("it was not replaced");
        };
        assert_eq!((new.user_id, new.expires_at), (held.token.user_id, Date::parse("2026-11-28")));
        assert!(matches!(enter(&world, &secret), Err(AuthError::Reused(..))));
        let target = at.clone();
        let member = world.read(&ann, move |tx, by| members::show(tx, by, &target, new.user_id, NOW)).unwrap();
        assert_eq!(member.expires_at, Date::parse("2026-11-28"), "the membership ends with the new token");
        // Whoever replaces what was replaced ends both.
        assert_eq!(renewed(&world, &ann, &at, held.token.id).unwrap().0, Rotated::Reused);
        assert!(!members_of(&world, &at).contains(&held.token.user_id));

        let (above, _) = make(&world, &owner, &at, wanted(Level::Owner)).unwrap();
        assert_eq!(code(renewed(&world, &ann, &at, above.token.id)), "token.above_own");
        let (low, secret) = make(&world, &ann, &at, wanted(Level::Guest)).unwrap();
        let bot = enter(&world, &secret).unwrap();
        let (target, next) = (at.clone(), secrets::personal_token().unwrap());
        let kept = next.clone();
        let own =
            move |tx: &mut crate::Tx<'_>, by: &Actor| rotate_current(tx, by, &target, Renewal::default(), &kept, NOW);
        world.write(&bot, own).unwrap();
        assert_eq!(enter(&world, &next).unwrap().user(), Some(low.token.user_id));
        let (target, secret) = (at.clone(), secrets::personal_token().unwrap());
        let by_ann = world.write(&ann, move |tx, by| rotate_current(tx, by, &target, Renewal::default(), &secret, NOW));
        assert_eq!(code(by_ann), "not_found", "a person's token is none of the project's");
    });
}

#[test]
fn bots_make_no_tokens_and_belong_nowhere_else() {
    on_both("access_tokens_bots", |store| {
        let world = World::new(store);
        let (owner, ann, group, project) = company(&world);
        let (at, in_acme) = (in_project(project), in_group(group));
        let (held, secret) = make(&world, &owner, &at, wanted(Level::Owner)).unwrap();
        let bot = enter(&world, &secret).unwrap();
        let (other, _) = make(&world, &ann, &at, wanted(Level::Guest)).unwrap();
        assert_eq!(code(make(&world, &bot, &at, wanted(Level::Guest))), "token.bot");
        assert_eq!(code(renewed(&world, &bot, &at, other.token.id)), "token.bot");
        assert_eq!(code(world.try_group(&bot, "of-a-bot", None)), "group.not_allowed");
        assert_eq!(code(world.try_project(&bot, "of-a-bot", None)), "invalid");

        assert_eq!(code(world.try_join(&owner, &in_acme, &bot, Level::Guest, None)), "member.bot");
        let user = held.token.user_id;
        let target = at.clone();
        let changed = world.write(&owner, move |tx, by| {
            members::change(tx, by, &target, user, &Changes { level: Some(Level::Guest), expires_at: None }, NOW)
        });
        assert_eq!(code(changed), "member.bot");
        for by in [&owner, &bot] {
            let target = at.clone();
            let removed = world.write(by, move |tx, by| members::remove(tx, by, &target, user, true, NOW));
            assert_eq!(code(removed), "member.bot");
        }
        assert_eq!(code(world.read(&world.root, move |tx, by| sudo(tx, by, &user.0.to_string()))), "user.bot");
        let change = |changes: users::Changes| {
            let prepared: PreparedChanges = prepare_changes(&world.root, changes).unwrap();
            world.write(&world.root, move |tx, by| update(tx, by, user, &prepared, NOW))
        };
        let none = users::Changes::default;
        for bad in [
            users::Changes { admin: Some(true), ..none() },
            users::Changes { external: Some(false), ..none() },
            users::Changes { password: Some(users::Password::Unusable), ..none() },
            users::Changes { username: Some("somebody".into()), ..none() },
        ] {
            assert_eq!(code(change(bad)), "user.bot");
        }
        change(users::Changes { note: Some(Some("of the shop".into())), ..none() }).unwrap();
        let more = tokens::Wanted {
            name: "more".into(),
            description: None,
            scopes: vec![Scope::Api],
            expires_at: None,
            lives: Lives::Bounded,
        };
        let second = world.write(&world.root, move |tx, by| tokens::create(tx, by, user, &more, "glpat-x", NOW));
        assert_eq!(code(second), "user.bot");
    });
}

#[test]
fn a_bot_owns_no_group_alone_and_goes_with_its_home() {
    on_both("access_tokens_home", |store| {
        let world = World::new(store);
        let (owner, ann, group, project) = company(&world);
        let (at, in_acme) = (in_project(project), in_group(group));
        let (_, of_group) = make(&world, &owner, &in_acme, wanted(Level::Owner)).unwrap();
        let (leaver, target) = (id(&owner), in_acme.clone());
        let left = world.write(&owner, move |tx, by| members::remove(tx, by, &target, leaver, true, NOW));
        assert_eq!(code(left), "member.last_owner");
        // What the bot of a group makes in it belongs to the group, not to the bot.
        let bot = enter(&world, &of_group).unwrap();
        let made = world.project(&bot, "made", Some(group));
        let sub = world.group(&bot, "sub", Some(group));
        assert!(members_of(&world, &in_project(made)).is_empty() && members_of(&world, &in_group(sub)).is_empty());

        let (held, secret) = make(&world, &ann, &at, wanted(Level::Developer)).unwrap();
        let gone = world.write(&owner, move |tx, by| projects::delete(tx, by, &Ref::Id(project.0), None, NOW));
        gone.unwrap();
        assert_eq!(enter(&world, &secret), Err(AuthError::Unknown));
        let user = held.token.user_id;
        assert_eq!(code(world.read(&world.root, move |tx, by| users::show(tx, by, user))), "not_found");
        let (_, below) = make(&world, &owner, &in_group(sub), wanted(Level::Developer)).unwrap();
        world.write(&owner, move |tx, by| groups::delete(tx, by, &Ref::Id(group.0), None, NOW)).unwrap();
        for secret in [&of_group, &below] {
            assert_eq!(enter(&world, secret), Err(AuthError::Unknown));
        }
        // Who deletes the bot itself ends its token.
        let mine = world.project(&ann, "mine", None);
        let (held, secret) = make(&world, &ann, &in_project(mine), wanted(Level::Developer)).unwrap();
        let user = held.token.user_id;
        let deleted: Deleted = world.write(&world.root, move |tx, by| delete(tx, by, user, false, NOW)).unwrap();
        assert!(deleted.projects.is_empty());
        assert_eq!(enter(&world, &secret), Err(AuthError::Unknown));
    });
}
