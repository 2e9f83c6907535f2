//! What is remembered between transactions is never out of date.

use super::*;
use crate::users::{self, NewUser};
use countersign_domain::user::Settings;
use std::collections::BTreeSet;

/// The tables that remembered things are read from.
const TABLES: [&str; 9] = [
    "users",
    "personal_access_tokens",
    "namespaces",
    "projects",
    "members",
    "shares",
    "protected_environments",
    "deploy_access_levels",
    "approval_rules",
];

fn stamp(store: &Store) -> i64 {
    store.read_blocking(|tx| tx.policy_stamp()).unwrap()
}

fn user(tx: &mut Tx<'_>) -> Result<UserId> {
    let new = NewUser {
        username: "ada",
        name: "Ada",
        email: "ada@example.com",
        password_hash: None,
        admin: false,
        bot: false,
        note: None,
        settings: Settings::default(),
        created_by: None,
    };
    users::insert(tx, &new, NOW)
}

fn rename(tx: &mut Tx<'_>, to: &'static str) -> Result<()> {
    tx.execute("UPDATE users SET name = $1", &[to.into()]).map(drop)
}

fn name(store: &Store, of: UserId) -> Option<String> {
    store.read_blocking(move |tx| users::get(tx, of)).unwrap().map(|user| user.name)
}

#[test]
fn every_change_of_a_table_draws_a_new_stamp() {
    on_both("triggers", |store| {
        let sql = match store.dialect() {
            Dialect::Sqlite => "SELECT name FROM sqlite_master WHERE type = 'trigger'",
            Dialect::Postgres => {
                "SELECT CAST(lower(event_object_table || '_' || event_manipulation) AS TEXT) || '_policy'
                 FROM information_schema.triggers WHERE trigger_schema = 'public'"
            }
        };
        let found = store.read_blocking(move |tx| tx.query(sql, &[], |row| row.get::<String>(0))).unwrap();
        let events = |table: &str| ["insert", "update", "delete"].map(|event| format!("{table}_{event}_policy"));
        let mut wanted: BTreeSet<String> = TABLES.iter().flat_map(|table| events(table)).collect();
        // Of refs only matters whether there are any.
        wanted.extend(["repository_refs_insert_policy", "repository_refs_delete_policy"].map(str::to_owned));
        assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), wanted);
        let first = stamp(store);
        store.housekeeping_blocking(|tx| Ok(user(tx)?)).unwrap();
        let second = stamp(store);
        store.housekeeping_blocking(|tx| Ok(rename(tx, "Ada L.")?)).unwrap();
        assert_eq!(BTreeSet::from([first, second, stamp(store)]).len(), 3);
    });
}

#[test]
fn a_change_is_seen_by_whoever_reads_next() {
    on_both("changed", |store| {
        let id = store.housekeeping_blocking(|tx| Ok(user(tx)?)).unwrap();
        assert_eq!(name(store, id).as_deref(), Some("Ada"));
        for to in ["Ada L.", "Ada K."] {
            store.housekeeping_blocking(move |tx| Ok(rename(tx, to)?)).unwrap();
            assert_eq!(name(store, id).as_deref(), Some(to));
        }
        let never = UserId(id.0 + 1);
        assert_eq!(name(store, never), None);
        store.housekeeping_blocking(|tx| Ok(tx.execute("UPDATE users SET id = id + 1", &[]).map(drop)?)).unwrap();
        assert_eq!((name(store, id), name(store, never).as_deref()), (None, Some("Ada K.")));
    });
}

#[test]
fn what_was_rolled_back_was_never_remembered() {
    on_both("undone", |store| {
        let id = store.housekeeping_blocking(|tx| Ok(user(tx)?)).unwrap();
        let before = stamp(store);
        for _ in 0..3 {
            let refused = write(store, move |tx| {
                rename(tx, "Mallory")?;
                assert_eq!(users::get(tx, id)?.map(|user| user.name).as_deref(), Some("Mallory"));
                Err::<Ending<()>, _>(Refusal::NotFound(Missing::Row).into())
            });
            assert!(refused.is_err());
            assert_eq!((stamp(store), name(store, id).as_deref()), (before, Some("Ada")));
        }
    });
}

#[test]
fn many_are_remembered_and_read_in_one_go() {
    on_both("many", |store| {
        let id = store.housekeeping_blocking(|tx| Ok(user(tx)?)).unwrap();
        let asked = [id.0, id.0 + 7, id.0];
        for statements in [2, 1] {
            let (found, ran) =
                store.read_blocking(move |tx| users::many(tx, &asked).map(|found| (found, tx.statements()))).unwrap();
            assert_eq!((found.len(), ran), (1, statements), "the stamp, and what was not remembered");
            assert_eq!(name(store, id).as_deref(), Some("Ada"));
        }
    });
}
