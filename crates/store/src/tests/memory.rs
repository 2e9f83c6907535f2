//! The database in memory does what a store does.

use super::*;
use crate::testing::{self, Memory};

fn total(tx: &mut Tx<'_>) -> i64 {
    tx.query_one("SELECT COUNT(*) FROM audit_events", &[], |row| row.get(0)).unwrap()
}

#[test]
fn a_transaction_leaves_nothing_behind_and_kept_rows_stay() {
    let mut memory = Memory::new();
    memory.keep(|tx| testing::write(tx, &by(1), NOW, |_| Ok(Ending::done((), event(1))))).unwrap();
    for _ in 0..3 {
        memory.transaction(|tx| {
            testing::write(tx, &by(1), NOW, |_| Ok(Ending::done((), event(2)))).unwrap();
            assert_eq!(total(tx), 2);
        });
    }
    assert_eq!(memory.transaction(total), 1);
}

#[test]
fn steps_are_kept_or_undone_one_by_one() {
    Memory::new().transaction(|tx| {
        let set = |tx: &mut Tx<'_>, key: &str| {
            tx.execute("INSERT INTO settings (key, value) VALUES ($1, 'x')", &[key.into()])
        };
        testing::write(tx, &by(1), NOW, |tx| Ok(Ending::done(set(tx, "a")?, event(1)))).unwrap();
        let refused = testing::write(tx, &by(1), NOW, |tx| {
            set(tx, "b")?;
            Err::<Ending<()>, _>(Refusal::AdminsOnly.into())
        });
        assert_eq!(refused, Err(Refusal::AdminsOnly.into()));
        let unaudited = testing::write(tx, &by(1), NOW, |tx| Ok(Ending::Unchanged(set(tx, "c")?)));
        assert!(matches!(unaudited, Err(Failure::Store(Error::Audit(_)))));
        let taken = testing::write(tx, &by(1), NOW, |tx| Ok(Ending::done(set(tx, "a")?, event(1))));
        assert!(matches!(taken, Err(Failure::Store(Error::UniqueViolation(_)))));
        testing::write(tx, &by(1), NOW, |tx| Ok(Ending::done(set(tx, "d")?, event(1)))).unwrap();
        let keys = tx.query("SELECT key FROM settings WHERE value = 'x' ORDER BY key", &[], |row| row.get::<String>(0));
        assert_eq!(keys.unwrap(), ["a", "d"]);
        assert_eq!(crate::audit::verify(tx).unwrap().problem, None);
    });
}
