//! What is kept of a use case, and what its caller is told.

use super::*;

fn refused() -> Refusal {
    Refusal::NotFound(Missing::Row)
}

#[test]
fn a_change_is_kept_with_its_records() {
    with_scratch("done", |store| {
        let id = write(store, |tx| {
            let id = add(tx, 1, "a")?;
            Ok(Ending::from_events(id, vec![event(id), event(id + 1)]))
        })
        .unwrap();
        assert_eq!((id, count(store), records(store)), (1, 1, 2));
        let read = store
            .read_blocking(|tx| {
                tx.query(
                    "SELECT code, user_id, address, before, after, sudo_user_id FROM audit_events ORDER BY id LIMIT 1",
                    &[],
                    |row| {
                        let (before, after): (serde_json::Value, serde_json::Value) = (row.json(3)?, row.json(4)?);
                        let who = (row.get::<UserId>(1)?, row.get::<UserId>(5)?);
                        Ok((row.get::<String>(0)?, who, row.get::<String>(2)?, before, after))
                    },
                )
            })
            .unwrap();
        let stored = event(1);
        let expected =
            ("environment.created".into(), (UserId(1), UserId(8)), "192.0.2.7".into(), stored.before, stored.after);
        assert_eq!(read, [expected]);
    });
}

#[test]
fn a_change_without_a_record_is_not_kept() {
    with_scratch("unaudited", |store| {
        let add_or_update: [fn(&mut Tx<'_>) -> Result<()>; 3] = [
            |tx| add(tx, 2, "b").map(drop),
            |tx| tx.execute("UPDATE scratch SET t = 'c' WHERE n = $1", &[1.into()]).map(drop),
            |tx| tx.returning("DELETE FROM scratch RETURNING id", &[], |row| row.get::<i64>(0)).map(drop),
        ];
        store.housekeeping_blocking(|tx| Ok(add(tx, 1, "a")?)).unwrap();
        for change in add_or_update {
            let unchanged = write(store, move |tx| {
                change(tx)?;
                Ok(Ending::Unchanged(()))
            });
            assert!(matches!(unchanged, Err(Failure::Store(Error::Audit(_)))), "{unchanged:?}");
            let refused = write(store, move |tx| {
                change(tx)?;
                Ok(Ending::<()>::Refused { why: refused(), record: Some(event(1)) })
            });
            assert!(matches!(refused, Err(Failure::Store(Error::Audit(_)))), "{refused:?}");
        }
        let text = store.read_blocking(|tx| tx.query_one("SELECT t FROM scratch", &[], |row| row.get::<String>(0)));
        assert_eq!((text, records(store)), (Ok("a".into()), 0));
    });
}

#[test]
fn statements_that_change_no_row_are_no_change() {
    with_scratch("no_row", |store| {
        let ended = write(store, |tx| {
            let n = tx.execute("UPDATE scratch SET t = 'c' WHERE n = $1", &[1.into()])?;
            tx.execute("INSERT INTO settings (key, value) SELECT 'a', 'b' FROM scratch", &[])?;
            assert_eq!((tx.dirty(), tx.statements()), (0, 2));
            Ok(Ending::Unchanged(n))
        });
        assert_eq!(ended, Ok(0));
    });
}

#[test]
fn a_refusal_keeps_nothing_but_its_record_and_that_once_a_minute() {
    with_scratch("refused", |store| {
        let attempt = |user: Option<i64>, subject: i64, at: Timestamp| {
            let by = By { user: user.map(UserId), ..by(0) };
            store.write_blocking(by, at, Intent::Decide, move |_| {
                Ok(Ending::<()>::Refused { why: refused(), record: Some(event(subject)) })
            })
        };
        for (user, subject, ms, total) in [
            (Some(1), 1, 0, 1),
            (Some(1), 1, 59_999, 1),
            (Some(1), 2, 59_999, 2),
            (Some(2), 1, 59_999, 3),
            (None, 1, 59_999, 4),
            (None, 1, 59_999, 4),
            (Some(1), 1, 60_000, 5),
        ] {
            assert_eq!(attempt(user, subject, NOW.plus_ms(ms)), Err(Failure::Refused(refused())));
            assert_eq!(records(store), total, "user {user:?}, subject {subject}, after {ms} ms");
        }
        let unrecorded = write(store, |_| Ok(Ending::<()>::Refused { why: refused(), record: None }));
        assert_eq!((unrecorded, records(store)), (Err(Failure::Refused(refused())), 5));
    });
}

#[test]
fn a_refusal_half_way_undoes_what_was_done() {
    with_scratch("half_way", |store| {
        let ended = write(store, |tx| {
            add(tx, 1, "a")?;
            Err::<Ending<()>, _>(refused().into())
        });
        assert_eq!((ended, count(store), records(store)), (Err(Failure::Refused(refused())), 0, 0));
    });
}

#[test]
fn a_panic_undoes_its_own_changes_only() {
    with_scratch("panic", |store| {
        let ended = write(store, |tx| {
            add(tx, 1, "a")?;
            if tx.dirty() > 0 {
                panic!("boom {}", 1);
            }
            Ok(Ending::Unchanged(()))
        });
        assert_eq!(ended, Err(Failure::Store(Error::Database("panicked: boom 1".into()))));
        let read = store.read_blocking(|_| -> Result<()> { panic!("boom") });
        assert_eq!(read, Err(Error::Database("panicked: boom".into())));
        write(store, |tx| Ok(Ending::done(add(tx, 2, "b")?, event(1)))).unwrap();
        assert_eq!((count(store), records(store)), (1, 1));
    });
}

#[test]
fn unique_violations_name_table_and_columns() {
    with_scratch("unique", |store| {
        store.housekeeping_blocking(|tx| Ok(add(tx, 1, "a")?)).unwrap();
        let again = store.housekeeping_blocking(|tx| Ok(add(tx, 1, "a")?));
        assert_eq!(again, Err(Failure::Store(Error::UniqueViolation("scratch.n, scratch.t".into()))));
        let key =
            store.housekeeping_blocking(|tx| Ok(tx.execute("INSERT INTO scratch (id) VALUES ($1)", &[1.into()])?));
        assert_eq!(key, Err(Failure::Store(Error::UniqueViolation("scratch.id".into()))));
    });
}

#[test]
fn a_failed_statement_spoils_the_transaction_but_not_the_answer() {
    with_scratch("spoiled", |store| {
        store.housekeeping_blocking(|tx| Ok(add(tx, 1, "a")?)).unwrap();
        let taken = write(store, |tx| {
            add(tx, 2, "b")?;
            match add(tx, 1, "a") {
                Err(Error::UniqueViolation(_)) => Err::<Ending<()>, _>(refused().into()),
                other => panic!("{other:?}"),
            }
        });
        assert_eq!(taken, Err(Failure::Refused(refused())));
        let passed_over = write(store, |tx| {
            let _ = add(tx, 1, "a");
            assert!(matches!(add(tx, 3, "c"), Err(Error::UniqueViolation(_))));
            Ok(Ending::done((), event(1)))
        });
        assert!(matches!(passed_over, Err(Failure::Store(Error::UniqueViolation(_)))), "{passed_over:?}");
        let passed_over = store.housekeeping_blocking(|tx| {
            let _ = add(tx, 1, "a");
            Ok(())
        });
        assert!(matches!(passed_over, Err(Failure::Store(Error::UniqueViolation(_)))), "{passed_over:?}");
        assert_eq!((count(store), records(store)), (1, 0));
    });
}

#[test]
fn a_closed_store_says_so() {
    on_both("closed", |store| {
        store.close();
        let read = store.read_blocking(|_| Ok::<_, Error>(()));
        let scan = crate::engine::block_on::block_on(store.scan(|_| Ok::<_, Error>(())));
        let write = write(store, |_| Ok(Ending::Unchanged(())));
        assert!(matches!(read, Err(Error::Unavailable(_))), "{read:?}");
        assert!(matches!(scan, Err(Error::Unavailable(_))), "{scan:?}");
        assert!(matches!(write, Err(Failure::Store(Error::Unavailable(_)))), "{write:?}");
        store.close();
    });
}

/// As SQLite does by itself when the disk is full.
#[test]
fn a_group_whose_transaction_is_gone_fails_as_one_and_the_next_works() {
    crate::testing::on_sqlite(|store| {
        scratch(store);
        let gone = write(store, |tx| {
            let id = add(tx, 1, "a")?;
            tx.execute("ROLLBACK", &[])?;
            Ok(Ending::done(id, event(1)))
        });
        assert!(matches!(gone, Err(Failure::Store(Error::Unavailable(_)))), "{gone:?}");
        assert_eq!(write(store, |tx| Ok(Ending::done(add(tx, 2, "b")?, event(1)))), Ok(1));
        assert_eq!((count(store), records(store)), (1, 1));
    });
}
