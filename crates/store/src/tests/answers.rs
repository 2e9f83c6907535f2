//! What a connection was answered before is given again only while the database is the same.

use super::*;
use crate::engine::tx::Engine;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::thread;

fn total(tx: &mut Tx<'_>) -> Result<i64> {
    tx.query_one("SELECT coalesce(max(n), 0) FROM scratch", &[], |row| row.get(0))
}

fn raise(store: &Store, to: i64) {
    store
        .housekeeping_blocking(move |tx| {
            add(tx, to, "raised")?;
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_change_is_seen_however_often_one_asked_before() {
    with_scratch("answers", |store| {
        for round in 0..20 {
            for _ in 0..4 {
                assert_eq!(store.read_blocking(total).unwrap(), round);
            }
            raise(store, round + 1);
        }
    });
}

#[test]
fn what_was_asked_before_takes_no_transaction() {
    with_scratch("answers_recalled", |store| {
        if store.dialect() == Dialect::Postgres {
            return;
        }
        let recalled = |tx: &mut Tx<'_>| {
            total(tx)?;
            Ok::<_, Error>(matches!(tx.engine(), Engine::SqliteReader(conn, _) if conn.is_autocommit()))
        };
        // It may take more than the second and third time, on a machine that is busy.
        assert!((0..10_000).any(|_| store.read_blocking(recalled).unwrap()));
    });
}

#[test]
fn a_change_of_another_process_is_seen() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    let open = || Store::open(&crate::Config::Sqlite { path: path.clone(), readers: 1 }).unwrap();
    let (ours, theirs) = (open(), open());
    scratch(&ours);
    for round in 0..20 {
        for _ in 0..4 {
            assert_eq!(ours.read_blocking(total).unwrap(), round);
        }
        raise(&theirs, round + 1);
        thread::sleep(std::time::Duration::from_millis(15));
    }
}

#[test]
fn what_is_taken_back_was_never_there() {
    with_scratch("answers_rollback", |store| {
        for _ in 0..5 {
            for _ in 0..3 {
                assert_eq!(store.read_blocking(total).unwrap(), 0);
            }
            let refused: Result<(), Failure> = store.housekeeping_blocking(|tx| {
                add(tx, 7, "never")?;
                Err(Refusal::NotFound(Missing::Row).into())
            });
            assert!(refused.is_err());
        }
    });
}

#[test]
fn one_snapshot_is_one_state() {
    with_scratch("answers_snapshot", |store| {
        for round in 0..20 {
            let other = store.clone();
            let (before, after) = store
                .read_blocking(move |tx| {
                    let before = total(tx)?;
                    thread::scope(|scope| scope.spawn(|| raise(&other, round + 1)).join()).unwrap();
                    Ok::<_, Error>((before, total(tx)?))
                })
                .unwrap();
            assert_eq!((before, after), (round, round));
        }
    });
}

/// Whoever asks after a change was acknowledged is given it, or something newer, on every connection.
#[test]
fn acknowledged_changes_are_in_every_later_answer() {
    const CHANGES: i64 = 300;
    with_scratch("answers_race", |store| {
        let (acknowledged, over) = (AtomicI64::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !over.load(Ordering::SeqCst) {
                        let least = acknowledged.load(Ordering::SeqCst);
                        let seen = store.read_blocking(total).unwrap();
                        assert!(seen >= least, "{seen} was read after {least} was acknowledged");
                    }
                });
            }
            for change in 1..=CHANGES {
                raise(store, change);
                acknowledged.store(change, Ordering::SeqCst);
                if change % 10 == 0 {
                    // Time to be asked the same again.
                    thread::sleep(std::time::Duration::from_millis(2));
                }
            }
            over.store(true, Ordering::SeqCst);
        });
        assert_eq!(store.read_blocking(total).unwrap(), CHANGES);
    });
}
