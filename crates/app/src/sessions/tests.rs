//! Signing in, staying in, and being thrown out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{Asked, Browser, Change, change_password, list, revoke, sign_in};
use crate::authenticate::{InSession, refresh, session};
use crate::fixture::NOW;
use crate::git::{GitSettings, Repositories};
use crate::users::{self, Changes, Password};
use crate::{App, Config, Failure, bootstrap};
use countersign_domain::access::{Actor, Person, Via};
use countersign_domain::event::{By, Code};
use countersign_domain::ids::UserId;
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::Refusal;
use countersign_domain::session::{IDLE_MS, LIFE_MS, LOCK_MS, MOST_FAILURES};
use countersign_domain::time::Timestamp;
use countersign_store::testing::{at_once, on_both};
use countersign_store::{Config as StoreConfig, Intent, Store};
use tempfile::TempDir;

const PASSWORD: &str = "correct horse";

struct Site {
    app: App,
    _dir: TempDir,
}

impl Site {
    fn new() -> Site {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&StoreConfig::Sqlite { path: dir.path().join("db"), readers: 1 }).unwrap();
        Site::on(store, dir)
    }

    fn on(store: Store, dir: TempDir) -> Site {
        let repositories = Repositories::new(dir.path(), GitSettings::default()).unwrap();
        let prepared = bootstrap::prepare(PASSWORD, "glpat-root-root-root-root").unwrap();
        let root = move |tx: &mut crate::Tx<'_>| bootstrap::administrator(tx, &prepared, NOW);
        store.write_blocking(By::default(), NOW, Intent::Edit, root).unwrap();
        let config = Config::new(dir.path().to_owned(), "http://countersign.test".into());
        Site { app: App::new(store, repositories, config), _dir: dir }
    }

    async fn sign_in(&self, name: &str, password: &str, now: Timestamp) -> Result<String, Refusal> {
        let browser = Browser { address: Some("192.0.2.1".into()), agent: "Test/1".into() };
        let asked = Asked { name: name.into(), password: password.into(), browser, replaces: None };
        sign_in(&self.app, asked, now).await.map(|begun| begun.cookie).map_err(refusal)
    }

    fn session(&self, cookie: &str, now: Timestamp) -> Option<InSession> {
        let cookie = cookie.to_owned();
        self.app.store.read_blocking(move |tx| session(tx, &cookie, None, now)).unwrap()
    }

    fn codes(&self) -> Vec<String> {
        let sql = "SELECT code FROM audit_events ORDER BY id";
        self.app.store.read_blocking(|tx| tx.query(sql, &[], |row| row.get(0))).unwrap()
    }
}

fn refusal(why: Failure) -> Refusal {
    match why {
        Failure::Refused(why) => why,
        Failure::Store(why) => panic!("{why}"),
    }
}

#[tokio::test]
async fn a_session_lasts_while_it_is_used_and_not_for_ever() {
    let site = Site::new();
    let cookie = site.sign_in("ROOT", PASSWORD, NOW).await.unwrap();
    assert!(site.sign_in("root@localhost", PASSWORD, NOW).await.is_ok());
    let found = site.session(&cookie, NOW.plus_ms(IDLE_MS - 1)).unwrap();
    assert!(found.unnoted && !found.must_change_password && found.actor.is_admin());
    assert!(site.session(&cookie, NOW.plus_ms(IDLE_MS)).is_none() && site.session("other", NOW).is_none());
    let (mut at, id) = (NOW, found.session);
    while at < NOW.plus_ms(LIFE_MS) {
        assert!(site.session(&cookie, at).is_some());
        at = at.plus_ms(IDLE_MS - 1);
        site.app.store.housekeeping_blocking(move |tx| Ok(super::touch(tx, id, at)?)).unwrap();
    }
    assert!(site.session(&cookie, at).is_none());
    assert!(site.codes().iter().any(|c| c == "session.created"));
}

#[tokio::test]
async fn a_name_is_locked_whether_it_is_anybodys_or_not() {
    let site = Site::new();
    for name in ["root", "nobody"] {
        for _ in 0..MOST_FAILURES {
            assert_eq!(site.sign_in(name, "wrong wrong", NOW).await, Err(Refusal::WrongPassword), "{name}");
        }
        assert_eq!(site.sign_in(name, PASSWORD, NOW.plus_ms(1)).await, Err(Refusal::SignInLocked(LOCK_MS - 1)));
    }
    assert_eq!(site.codes().iter().filter(|c| *c == "session.locked").count(), 2);
    assert!(site.sign_in("root", PASSWORD, NOW.plus_ms(LOCK_MS)).await.is_ok());
    assert_eq!(site.sign_in("nobody", PASSWORD, NOW.plus_ms(LOCK_MS)).await, Err(Refusal::WrongPassword));
}

#[tokio::test]
async fn changing_the_password_ends_all_sessions_and_begins_another() {
    let site = Site::new();
    let (one, other) =
        (site.sign_in("root", PASSWORD, NOW).await.unwrap(), site.sign_in("root", PASSWORD, NOW).await.unwrap());
    let actor = site.session(&one, NOW).unwrap().actor;
    let change =
        |current: &str, new: &str| Change { current: current.into(), new: new.into(), browser: Browser::default() };
    let mut wrong = Vec::new();
    for (current, new) in [("wrong wrong", "battery staple"), (PASSWORD, "short"), (PASSWORD, PASSWORD)] {
        wrong.push(refusal(change_password(&site.app, &actor, change(current, new), NOW).await.unwrap_err()));
    }
    assert_eq!(wrong[0], Refusal::WrongPassword);
    assert!(matches!(&wrong[1..], [Refusal::Field(..), Refusal::Field(..)]));
    let begun = change_password(&site.app, &actor, change(PASSWORD, "battery staple"), NOW).await.unwrap();
    assert!(site.session(&begun.cookie, NOW).is_some());
    assert!(site.session(&one, NOW).is_none() && site.session(&other, NOW).is_none());
    assert_eq!(site.sign_in("root", PASSWORD, NOW).await, Err(Refusal::WrongPassword));
    assert!(site.sign_in("root", "battery staple", NOW).await.is_ok());
    let gone = site.app.store.read_blocking(move |tx| refresh(tx, &actor, NOW).map(drop));
    assert_eq!(refusal(gone.unwrap_err()), Refusal::SignedOut);
}

#[test]
fn a_session_that_begins_while_the_password_changes_does_not_outlive_it() {
    on_both("sessions_beside", |store| {
        let site = Site::on(store.clone(), tempfile::tempdir().unwrap());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let cookie = runtime.block_on(site.sign_in("root", PASSWORD, NOW)).unwrap();
        let actor = site.session(&cookie, NOW).unwrap().actor;
        // It is begun, by somebody who knows the old password, but not committed.
        let begin = |tx: &mut crate::Tx<'_>| {
            super::begin(tx, UserId(1), "beside", &Browser::default(), NOW)?;
            Ok(Ending::done((), super::event(Code::SignedIn, UserId(1))))
        };
        let change = || {
            let to = Change { current: PASSWORD.into(), new: "battery staple".into(), browser: Browser::default() };
            runtime.block_on(change_password(&site.app, &actor, to, NOW)).unwrap()
        };
        let (begun, changed) = at_once(&site.app.store, NOW, begin, change);
        begun.unwrap();
        assert!(site.session("beside", NOW).is_none());
        assert!(site.session(&changed.cookie, NOW).is_some());
    });
}

#[tokio::test]
async fn a_password_set_by_another_must_be_changed_and_ends_what_was() {
    let site = Site::new();
    let cookie = site.sign_in("root", PASSWORD, NOW).await.unwrap();
    let person = Person { id: UserId(99), admin: true, bot: false, active: true, external: false };
    let admin = Actor { person: Some(person), via: Via::Server, by: By::default() };
    let set = Changes { password: Some(Password::Given("set by another".into())), ..Changes::default() };
    let prepared = users::prepare_changes(&admin, set).unwrap();
    let update = move |tx: &mut crate::Tx<'_>| users::update(tx, &admin, UserId(1), &prepared, NOW);
    site.app.store.write_blocking(By::default(), NOW, Intent::Edit, update).unwrap();
    assert!(site.session(&cookie, NOW).is_none());
    let cookie = site.sign_in("root", "set by another", NOW).await.unwrap();
    assert!(site.session(&cookie, NOW).unwrap().must_change_password);
}

#[tokio::test]
async fn people_see_and_end_their_own_sessions_alone() {
    let site = Site::new();
    let (one, other) =
        (site.sign_in("root", PASSWORD, NOW).await.unwrap(), site.sign_in("root", PASSWORD, NOW).await.unwrap());
    let (mine, elsewhere) = (site.session(&one, NOW).unwrap(), site.session(&other, NOW).unwrap());
    let actor = mine.actor.clone();
    let listed = site.app.store.read_blocking(move |tx| list(tx, &actor, NOW)).unwrap();
    assert_eq!(listed.len(), 2);
    let stranger = Actor { person: None, ..mine.actor.clone() };
    for (who, expected) in [(stranger, false), (mine.actor.clone(), true)] {
        let id = elsewhere.session;
        let by = By::default();
        let ended = site.app.store.write_blocking(by, NOW, Intent::Decide, move |tx| revoke(tx, &who, id));
        assert_eq!(ended.is_ok(), expected);
    }
    assert!(site.session(&other, NOW).is_none() && site.session(&one, NOW).is_some());
}
