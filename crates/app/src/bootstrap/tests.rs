//! The first start, on both engines.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::{ROOT, Unfit, administrator, is_needed, prepare, runner};
use crate::{Failure, Tx};
use countersign_domain::event::By;
use countersign_domain::ids::UserId;
use countersign_domain::time::Timestamp;
use countersign_domain::token;
use countersign_store::testing::on_both;
use countersign_store::{Intent, Store, tokens, users};

const NOW: Timestamp = Timestamp(1_700_000_000_000);
const PASSWORD: &str = "long enough";
const TOKEN: &str = "twenty-characters-ok";

fn start(store: &Store, token: &str) -> bool {
    let prepared = prepare(PASSWORD, token).unwrap();
    let job = move |tx: &mut Tx<'_>| administrator(tx, &prepared, NOW);
    store.write_blocking(By::default(), NOW, Intent::Edit, job).unwrap()
}

#[test]
fn an_empty_database_gets_one_root_and_a_full_one_keeps_its_own() {
    on_both("bootstrap", |store| {
        assert!(store.read_blocking::<_, Failure>(is_needed).unwrap());
        assert!(start(store, TOKEN));
        assert!(!start(store, "another-token-of-20-characters"));
        let user = store.read_blocking::<_, Failure>(|tx| Ok(users::get(tx, UserId(1))?)).unwrap().expect("user 1");
        assert_eq!((user.username.as_str(), user.admin), (ROOT, true));
        assert!(user.namespace_id.is_some());
        let found = |text: &'static str| {
            store.read_blocking::<_, Failure>(move |tx| Ok(tokens::presented(tx, &token::hash(text))?)).unwrap()
        };
        assert!(found(TOKEN).is_some() && found("another-token-of-20-characters").is_none());
    });
}

#[test]
fn of_servers_that_start_together_one_creates_root() {
    on_both("bootstrap_race", |store| {
        let created = std::thread::scope(|scope| {
            let starts: Vec<_> =
                (0..4).map(|n| scope.spawn(move || start(store, &format!("token-of-server-number-{n}")))).collect();
            starts.into_iter().map(|start| start.join().unwrap()).filter(|created| *created).count()
        });
        assert_eq!(created, 1);
        assert_eq!(store.read_blocking::<_, Failure>(|tx| Ok(users::count(tx)?)).unwrap(), 1);
    });
}

#[test]
fn the_runner_of_the_machine_is_created_once() {
    on_both("bootstrap_runner", |store| {
        let create = || {
            let job = |tx: &mut Tx<'_>| runner(tx, "glrt-the-same-token", NOW);
            store.write_blocking(By::default(), NOW, Intent::Decide, job).unwrap()
        };
        assert_eq!(create(), create());
    });
}

#[test]
fn weak_first_secrets_are_refused_with_the_right_length() {
    assert!(matches!(prepare("short", TOKEN), Err(Unfit::Password(5))));
    assert!(matches!(prepare(PASSWORD, "nineteen-characters"), Err(Unfit::TokenLength(19))));
    assert!(matches!(prepare(PASSWORD, "twenty characters ok"), Err(Unfit::TokenCharacter)));
    let text = Unfit::TokenLength(3).to_string();
    assert!(text.contains("20 to 255"), "{text}");
}
