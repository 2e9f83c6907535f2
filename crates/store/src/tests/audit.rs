//! The chain of audit records, and what breaks it.

use super::*;
use crate::audit::{self, Report};
use crate::engine::block_on::block_on;

fn verify(store: &Store) -> Report {
    block_on(store.scan(audit::verify)).unwrap()
}

fn fill(store: &Store, count: i64) {
    for id in 0..count {
        write(store, move |_| Ok(Ending::from_events((), vec![event(id), event(id + 1)]))).unwrap();
    }
}

fn seal(store: &Store, batch: u32) -> usize {
    block_on(store.seal_audit(batch)).unwrap()
}

#[test]
fn records_are_sealed_where_they_are_made_or_by_the_sealer() {
    on_both("sealed", |store| {
        assert_eq!(verify(store).sealed, 0);
        assert_eq!(seal(store, 10), 0);
        fill(store, 6);
        let report = verify(store);
        assert_eq!(report.problem, None);
        match store.dialect() {
            Dialect::Sqlite => assert_eq!((report.sealed, report.unsealed_tail), (12, 0)),
            Dialect::Postgres => {
                assert_eq!((report.sealed, report.unsealed_tail), (0, 12));
                assert_eq!((seal(store, 7), verify(store).sealed, verify(store).unsealed_tail), (7, 7, 5));
                assert_eq!((seal(store, 7), seal(store, 7)), (5, 0));
                let report = verify(store);
                assert_eq!((report.sealed, report.unsealed_tail, report.problem), (12, 0, None));
            }
        }
    });
}

#[test]
fn whatever_is_done_to_a_sealed_record_is_found() {
    let tampering: &[(&str, i64, &str)] = &[
        ("UPDATE audit_events SET user_id = 2 WHERE seq = 3", 3, "changed"),
        ("UPDATE audit_events SET user_id = NULL WHERE seq = 3", 3, "changed"),
        ("UPDATE audit_events SET sudo_user_id = 1 WHERE seq = 3", 3, "changed"),
        ("UPDATE audit_events SET occurred_at = occurred_at + 1 WHERE seq = 12", 12, "changed"),
        ("UPDATE audit_events SET after = '{}' WHERE seq = 1", 1, "changed"),
        ("UPDATE audit_events SET hash = previous_hash WHERE seq = 5", 5, "changed"),
        ("UPDATE audit_events SET hash = NULL WHERE seq = 5", 5, "changed"),
        ("UPDATE audit_events SET previous_hash = hash WHERE seq = 5", 5, "follow"),
        ("UPDATE audit_events SET previous_hash = NULL WHERE seq = 5", 5, "follow"),
        ("UPDATE audit_events SET id = id + 100 WHERE seq = 4", 4, "changed"),
        ("DELETE FROM audit_events WHERE seq = 1", 1, "missing"),
        ("DELETE FROM audit_events WHERE seq = 6", 6, "missing"),
        ("DELETE FROM audit_events WHERE seq = 12", 12, "ends at position 11"),
        ("DELETE FROM audit_events", 1, "ends at position 0"),
        ("UPDATE audit_events SET seq = NULL WHERE seq = 6", 6, "missing"),
        ("UPDATE audit_events SET seq = 13 WHERE seq = 6", 6, "missing"),
        ("DELETE FROM settings WHERE key = 'audit.head'", 13, "should end at 0"),
    ];
    for (sql, at, what) in tampering.iter().copied() {
        on_both("tampered", |store| {
            fill(store, 6);
            seal(store, 100);
            assert_eq!(verify(store).problem, None);
            store.housekeeping_blocking(move |tx| Ok(tx.execute(sql, &[])?)).unwrap();
            let problem = verify(store).problem.unwrap_or_else(|| panic!("not found: {sql}"));
            assert_eq!(problem.seq, at, "{sql}: {problem:?}");
            assert!(problem.what.contains(what), "{sql}: {problem:?}");
        });
    }
}

#[test]
fn two_records_that_change_places_are_found() {
    on_both("swapped", |store| {
        fill(store, 2);
        seal(store, 100);
        let swap = |tx: &mut Tx<'_>| {
            for (from, to) in [(2, 90), (3, 2), (90, 3)] {
                tx.execute("UPDATE audit_events SET seq = $2 WHERE seq = $1", &[i64::into(from), i64::into(to)])?;
            }
            Ok(())
        };
        store.housekeeping_blocking(swap).unwrap();
        assert_eq!(verify(store).problem.map(|p| p.seq), Some(2));
    });
}

#[test]
fn a_chain_whose_end_was_tampered_with_takes_no_more_records() {
    on_both("cut", |store| {
        fill(store, 2);
        seal(store, 100);
        store.housekeeping_blocking(|tx| Ok(tx.execute("DELETE FROM settings", &[])?)).unwrap();
        let next = write(store, |_| Ok(Ending::done((), event(9))));
        match store.dialect() {
            Dialect::Sqlite => assert!(matches!(next, Err(Failure::Store(Error::Audit(_)))), "{next:?}"),
            Dialect::Postgres => {
                assert_eq!(next, Ok(()));
                assert!(matches!(block_on(store.seal_audit(10)), Err(Error::Audit(_))));
            }
        }
    });
}

#[test]
fn sealers_beside_each_other_and_beside_writers_make_one_chain() {
    on_both("sealers", |store| {
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| fill(store, 20));
                scope.spawn(|| (0..20).map(|_| seal(store, 3)).sum::<usize>());
            }
        });
        while seal(store, 50) > 0 {}
        let report = verify(store);
        assert_eq!((report.sealed, report.unsealed_tail, report.problem), (120, 0, None));
    });
}
