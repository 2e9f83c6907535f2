//! Everything that goes in comes out, on both engines.

use super::*;
use countersign_domain::ids::DeploymentId;
use countersign_domain::time::Date;

#[test]
fn values_of_every_kind_come_back_as_they_were() {
    with_scratch("values", |store| {
        let numbers = [Some(i64::MIN), Some(i64::MAX), Some(0), Some(-1), None];
        let texts = [Some(String::new()), Some("Ä'\"\\ 日本 \u{1F600}".to_owned()), Some("x".repeat(100_000)), None];
        let blobs = [Some(vec![]), Some((0..=255).collect::<Vec<u8>>()), None];
        for (n, t, b, d) in numbers
            .iter()
            .flat_map(|n| texts.iter().map(move |t| (*n, t.clone())))
            .flat_map(|(n, t)| blobs.iter().map(move |d| (n, t.clone(), n == Some(0), d.clone())))
        {
            let params = [Value::from(n), t.clone().into(), b.into(), d.clone().into()];
            let read = store
                .housekeeping_blocking(move |tx| {
                    tx.execute("DELETE FROM scratch", &[])?;
                    let id =
                        tx.insert("INSERT INTO scratch (n, t, b, d) VALUES ($1, $2, $3, $4) RETURNING id", &params)?;
                    Ok(tx.query_one("SELECT n, t, b, d FROM scratch WHERE id = $1", &[id.into()], |row| {
                        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
                    })?)
                })
                .unwrap();
            assert_eq!(read, (n, t, b, d));
        }
    });
}

#[test]
fn domain_types_come_back_as_they_were() {
    with_scratch("domain", |store| {
        let date = Date::parse("2026-02-28").unwrap();
        store
            .housekeeping_blocking(move |tx| {
                Ok(tx.execute(
                    "INSERT INTO scratch (id, n, t) VALUES ($1, $2, $3)",
                    &[DeploymentId(7).into(), NOW.into(), date.into()],
                )?)
            })
            .unwrap();
        let read = store
            .read_blocking(|tx| {
                tx.query_one("SELECT id, n, t, b FROM scratch", &[], |row| {
                    Ok((row.get::<DeploymentId>(0)?, row.get(1)?, row.get(2)?, row.get::<Option<bool>>(3)?))
                })
            })
            .unwrap();
        assert_eq!(read, (DeploymentId(7), NOW, date, None));
    });
}

#[test]
fn a_column_of_another_type_is_corrupt_and_named() {
    with_scratch("corrupt", |store| {
        store.housekeeping_blocking(|tx| Ok(add(tx, -5, "{\"a\":")?)).unwrap();
        fn read<T: crate::Column + Send + 'static>(store: &Store, index: usize) -> Result<T> {
            store.read_blocking(move |tx| tx.query_one("SELECT n, t, d FROM scratch", &[], |row| row.get::<T>(index)))
        }
        for wrong in [
            read::<u32>(store, 0).map(drop),
            read::<String>(store, 0).map(drop),
            read::<bool>(store, 0).map(drop),
            read::<i64>(store, 1).map(drop),
            read::<Date>(store, 1).map(drop),
            read::<Vec<u8>>(store, 2).map(drop),
            read::<i64>(store, 3).map(drop),
            store.read_blocking(|tx| {
                tx.query_one("SELECT n, t FROM scratch", &[], |row| row.json::<Vec<i64>>(1)).map(drop)
            }),
        ] {
            assert!(matches!(&wrong, Err(Error::Corrupt(why)) if why.contains("column ")), "{wrong:?}");
        }
        assert_eq!(
            read::<u32>(store, 0),
            Err(Error::Corrupt("column 0 (n) should hold a number from 0 to 4294967295, but holds a number".into()))
        );
    });
}

#[test]
fn one_row_means_one_row() {
    with_scratch("one_row", |store| {
        store.housekeeping_blocking(|tx| Ok((add(tx, 1, "a")?, add(tx, 2, "b")?))).unwrap();
        let find = |most: i64| {
            let opt = store.read_blocking(move |tx| {
                tx.query_opt("SELECT n FROM scratch WHERE n <= $1", &[most.into()], |row| row.get::<i64>(0))
            });
            let one = store.read_blocking(move |tx| {
                tx.query_one("SELECT n FROM scratch WHERE n <= $1", &[most.into()], |row| row.get::<i64>(0))
            });
            (opt, one)
        };
        assert!(matches!(find(0), (Ok(None), Err(Error::Corrupt(_)))));
        assert!(matches!(find(1), (Ok(Some(1)), Ok(1))));
        assert!(matches!(find(2), (Err(Error::Corrupt(_)), Err(Error::Corrupt(_)))));
    });
}

#[test]
fn parameters_may_repeat_and_come_in_any_order_but_must_fit() {
    with_scratch("parameters", |store| {
        let run = |params: Vec<Value>| {
            store.read_blocking(move |tx| {
                tx.query_one("SELECT CAST($2 AS TEXT), CAST($1 AS BIGINT) + $1, '$3'", &params, |row| {
                    Ok((row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<String>(2)?))
                })
            })
        };
        assert_eq!(run(vec![21.into(), "a".into()]), Ok(("a".into(), 42, "$3".into())));
        assert!(matches!(run(vec![21.into()]), Err(Error::Database(_))));
        assert!(matches!(run(vec![21.into(), "a".into(), 1.into()]), Err(Error::Database(_))));
    });
}

#[test]
fn reading_and_writing_statements_are_kept_apart() {
    with_scratch("apart", |store| {
        let wrong = store.read_blocking(|tx| add(tx, 1, "a"));
        assert!(matches!(wrong, Err(Error::Database(_))), "a read must not write: {wrong:?}");
        let wrong = store.housekeeping_blocking(|tx| {
            Ok(tx.query("INSERT INTO scratch (n) VALUES (1) RETURNING id", &[], |row| row.get::<i64>(0))?)
        });
        assert!(matches!(wrong, Err(Failure::Store(Error::Database(_)))), "{wrong:?}");
        let wrong = store.housekeeping_blocking(|tx| Ok(tx.execute("SELECT 1", &[])?));
        assert!(matches!(wrong, Err(Failure::Store(Error::Database(_)))), "{wrong:?}");
        assert_eq!(count(store), 0);
    });
}
