//! Many at a time: nothing is lost, nobody is told too early, and nobody waits for ever.

use super::*;
use crate::testing::{Database, on_postgres, on_sqlite};
use crate::{Config, LockTable};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, mpsc};
use std::thread;

#[test]
fn every_writer_of_64_reads_its_own_change_as_soon_as_it_is_told() {
    with_scratch("writers", |store| {
        thread::scope(|scope| {
            for writer in 0..64 {
                scope.spawn(move || {
                    for round in 0..4 {
                        let text = format!("{writer}-{round}");
                        let id = write(store, move |tx| Ok(Ending::done(add(tx, writer, &text)?, event(1)))).unwrap();
                        let found = store
                            .read_blocking(move |tx| {
                                tx.query_opt("SELECT n FROM scratch WHERE id = $1", &[id.into()], |row| {
                                    row.get::<i64>(0)
                                })
                            })
                            .unwrap();
                        assert_eq!(found, Some(writer));
                    }
                });
            }
        });
        assert_eq!((count(store), records(store)), (256, 256));
    });
}

#[test]
fn jobs_that_share_a_commit_do_not_share_their_fate() {
    with_scratch("fate", |store| {
        let together = Barrier::new(30);
        thread::scope(|scope| {
            for n in 0..30 {
                let together = &together;
                scope.spawn(move || {
                    together.wait();
                    let ended = write(store, move |tx| {
                        add(tx, n, "a")?;
                        match n % 5 {
                            0 => Ok(Ending::done((), event(n))),
                            1 => Err(Refusal::AdminsOnly.into()),
                            2 => panic!("as planned"),
                            3 => add(tx, n, "a").map(|_| Ending::Unchanged(())).map_err(Failure::Store),
                            _ => Ok(Ending::Unchanged(())),
                        }
                    });
                    assert_eq!(ended.is_ok(), n % 5 == 0, "{n}: {ended:?}");
                });
            }
        });
        assert_eq!((count(store), records(store)), (6, 6));
    });
}

/// No answer leaves before its commit: another connection, which sees only what is committed, sees it.
#[test]
fn answers_come_after_the_commit() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("test.db");
    let store = Store::open(&Config::sqlite(&path)).unwrap();
    scratch(&store);
    thread::scope(|scope| {
        for writer in 0..8 {
            let (store, path) = (&store, &path);
            scope.spawn(move || {
                let other = rusqlite::Connection::open(path).unwrap();
                for round in 0..20 {
                    let text = round.to_string();
                    let id = write(store, move |tx| Ok(Ending::done(add(tx, writer, &text)?, event(1)))).unwrap();
                    let seen: i64 =
                        other.query_row("SELECT COUNT(*) FROM scratch WHERE id = ?1", [id], |row| row.get(0)).unwrap();
                    assert_eq!(seen, 1);
                }
            });
        }
    });
    store.close();
    drop(store);
    let again = Store::open(&Config::sqlite(&path)).unwrap();
    assert_eq!((count(&again), records(&again)), (160, 160));
}

#[test]
fn a_full_queue_is_busy_and_works_again_afterwards() {
    let dir = tempfile::tempdir().unwrap();
    let database = Database::new("busy");
    let sqlite = Config::Sqlite { path: dir.path().join("test.db"), readers: 1 };
    let postgres = Config::Postgres { url: database.url().into(), threads: 1 };
    for config in [sqlite, postgres] {
        let store = Store::open_narrow(&config, 2).unwrap();
        let (started, running) = mpsc::channel();
        let gate = Arc::new(Barrier::new(2));
        thread::scope(|scope| {
            let held = gate.clone();
            scope.spawn(|| {
                store.housekeeping_blocking(move |_| {
                    let _ = started.send(());
                    held.wait();
                    Ok(())
                })
            });
            running.recv().unwrap();
            let (told, answers) = mpsc::channel();
            for _ in 0..10 {
                let (store, told) = (&store, told.clone());
                scope.spawn(move || told.send(store.housekeeping_blocking(|_| Ok(()))));
            }
            // Two wait; the other eight are told at once, while the first still runs.
            for _ in 0..8 {
                assert_eq!(answers.recv().unwrap(), Err(Failure::Store(Error::Busy)));
            }
            gate.wait();
            assert_eq!((answers.recv().unwrap(), answers.recv().unwrap()), (Ok(()), Ok(())));
        });
        assert_eq!(store.housekeeping_blocking(|_| Ok(1)), Ok(1));
        store.close();
    }
}

#[test]
fn a_read_sees_one_moment() {
    with_scratch("moment", |store| {
        let (between, changed) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
        thread::scope(|scope| {
            let (reached, go_on) = (between.clone(), changed.clone());
            let reader = scope.spawn(move || {
                store.read_blocking(move |tx| {
                    let sum = "SELECT COUNT(*) FROM scratch";
                    let before: i64 = tx.query_one(sum, &[], |row| row.get(0))?;
                    reached.wait();
                    go_on.wait();
                    let after: i64 = tx.query_one(sum, &[], |row| row.get(0))?;
                    Ok::<_, Error>((before, after))
                })
            });
            between.wait();
            store.housekeeping_blocking(|tx| Ok(add(tx, 1, "a")?)).unwrap();
            changed.wait();
            assert_eq!(reader.join().unwrap(), Ok((0, 0)));
        });
        assert_eq!(count(store), 1);
    });
}

#[test]
fn reads_may_be_nested_and_stores_are_not_mixed_up() {
    on_sqlite(|one| {
        on_sqlite(|two| {
            scratch(one);
            scratch(two);
            one.housekeeping_blocking(|tx| Ok(add(tx, 1, "a")?)).unwrap();
            let inner = two.clone();
            let counts = one.read_blocking(move |tx| {
                let here: i64 = tx.query_one("SELECT COUNT(*) FROM scratch", &[], |row| row.get(0))?;
                Ok::<_, Error>((here, count(&inner)))
            });
            assert_eq!(counts, Ok((1, 0)));
        });
    });
}

#[test]
fn a_deadlock_is_run_again() {
    on_postgres("deadlock", |store| {
        scratch(store);
        store.housekeeping_blocking(|tx| Ok((add(tx, 1, "a")?, add(tx, 2, "b")?))).unwrap();
        let (both, runs) = (Arc::new(Barrier::new(2)), Arc::new(AtomicUsize::new(0)));
        thread::scope(|scope| {
            for order in [[1_i64, 2], [2, 1]] {
                let (both, runs) = (both.clone(), runs.clone());
                scope.spawn(move || {
                    let first = AtomicUsize::new(0);
                    let done = write(store, move |tx| {
                        runs.fetch_add(1, Ordering::SeqCst);
                        let touch = "UPDATE scratch SET b = TRUE WHERE n = $1";
                        tx.execute(touch, &[order[0].into()])?;
                        if first.fetch_add(1, Ordering::SeqCst) == 0 {
                            both.wait();
                        }
                        tx.execute(touch, &[order[1].into()])?;
                        Ok(Ending::done((), event(order[0])))
                    });
                    assert_eq!(done, Ok(()));
                });
            }
        });
        // Three runs, or more where the second attempt meets the other one again.
        assert!(runs.load(Ordering::SeqCst) >= 3);
        assert_eq!(records(store), 2);
    });
}

/// The race that row locks alone lose: a decision counts under a rule while an edit raises it.
#[test]
fn an_edit_of_the_rules_waits_for_decisions_and_decisions_wait_for_it() {
    on_both("policy", |store| {
        let running = AtomicUsize::new(0);
        let running: &'static AtomicUsize = Box::leak(Box::new(running));
        thread::scope(|scope| {
            for n in 0..24 {
                scope.spawn(move || {
                    let intent = if n % 4 == 0 { Intent::Edit } else { Intent::Decide };
                    let ended = store.write_blocking(by(n), NOW, intent, move |_| {
                        let weight = if intent == Intent::Edit { 1000 } else { 1 };
                        let others = running.fetch_add(weight, Ordering::SeqCst);
                        thread::sleep(std::time::Duration::from_millis(2));
                        running.fetch_sub(weight, Ordering::SeqCst);
                        assert!(
                            others < 1000 && (intent == Intent::Decide || others == 0),
                            "{intent:?} beside {others}"
                        );
                        Ok(Ending::done((), event(n)))
                    });
                    assert_eq!(ended, Ok(()));
                });
            }
        });
        assert_eq!(records(store), 24);
    });
}

pub(super) fn project(store: &Store) -> i64 {
    store
        .housekeeping_blocking(|tx| {
            let user = tx.insert(
                "INSERT INTO users (username, username_key, name, search_key, email, email_key, admin, bot, state,
                   external, private_profile, can_create_group, projects_limit, created_at, updated_at,
                   password_by_another)
                 VALUES ('a', 'a', 'a', 'a', 'a', 'a', $1, $1, 'active', $1, $1, $1, 0, 0, 0, $1) RETURNING id",
                &[false.into()],
            )?;
            let namespace = tx.insert(
                "INSERT INTO namespaces (kind, owner_id, name, path, full_path, full_path_key, search_key,
                   description, visibility, allow_pipeline_trigger_approve_deployment, settings, created_at, updated_at)
                 VALUES ('user', $1, 'a', 'a', 'a', 'a', 'a', '', 'private', $2, '', 0, 0) RETURNING id",
                &[user.into(), false.into()],
            )?;
            Ok(tx.insert(
                "INSERT INTO projects (namespace_id, name, path, full_path, full_path_key, search_key, visibility,
                   default_branch, allow_pipeline_trigger_approve_deployment, build_timeout, archived, topics, topics_key,
                   shared_runners_enabled, group_runners_enabled, settings, pipelines_created, deployments_created,
                   created_at, updated_at, last_activity_at)
                 VALUES ($1, 'p', 'p', 'a/p', 'a/p', 'p', 'private', 'main', $2, 0, $2, '', '', $2, $2, '', 0, 0, 0, 0,
                   0) RETURNING id",
                &[namespace.into(), false.into()],
            )?)
        })
        .unwrap()
}

#[test]
fn a_locked_row_is_decided_about_by_one_at_a_time() {
    on_both("lock_row", |store| {
        store
            .housekeeping_blocking(|tx| Ok(tx.execute("INSERT INTO settings (key, value) VALUES ('n', '0')", &[])?))
            .unwrap();
        let project = project(store);
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(move || {
                    write(store, move |tx| {
                        tx.lock_row(LockTable::Projects, project)?;
                        let n: String =
                            tx.query_one("SELECT value FROM settings WHERE key = 'n'", &[], |row| row.get(0))?;
                        let next = (n.parse::<i64>().unwrap() + 1).to_string();
                        tx.execute("UPDATE settings SET value = $1 WHERE key = 'n'", &[next.into()])?;
                        Ok(Ending::done((), event(1)))
                    })
                    .unwrap();
                });
            }
        });
        let n = store.read_blocking(|tx| {
            tx.query_one("SELECT value FROM settings WHERE key = 'n'", &[], |row| row.get::<String>(0))
        });
        assert_eq!(n, Ok("16".into()));
    });
}

#[test]
fn blocking_calls_work_inside_a_runtime() {
    with_scratch("runtime", |store| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            for n in 0..300 {
                store.housekeeping_blocking(move |tx| Ok(add(tx, n, "a")?)).unwrap();
            }
            assert_eq!(
                store.scan(|tx| tx.query("SELECT n FROM scratch", &[], |row| row.get::<i64>(0))).await.unwrap().len(),
                300
            );
            assert_eq!(
                store.write(by(1), NOW, Intent::Edit, |tx| Ok(Ending::done(add(tx, -1, "b")?, event(1)))).await,
                Ok(301)
            );
        });
    });
}
