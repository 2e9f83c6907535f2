//! Both engines have the same tables.

use super::*;
use std::collections::BTreeMap;

/// Per `table.column`: its class of type, and whether it may be NULL.
type Schema = BTreeMap<String, (&'static str, bool)>;

fn sqlite(tx: &mut Tx<'_>) -> Result<Schema> {
    let rows = tx.query(
        "SELECT t.name, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_master t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'",
        &[],
        |row| {
            let class = match row.get::<String>(2)?.as_str() {
                "INTEGER" => "number",
                "TEXT" => "text",
                "BLOB" => "bytes",
                other => panic!("unexpected type {other}"),
            };
            let nullable = row.get::<i64>(3)? == 0 && row.get::<i64>(4)? == 0;
            Ok((format!("{}.{}", row.get::<String>(0)?, row.get::<String>(1)?), (class, nullable)))
        },
    )?;
    Ok(rows.into_iter().collect())
}

fn postgres(tx: &mut Tx<'_>) -> Result<Schema> {
    let rows = tx.query(
        "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT), is_nullable = 'YES'
         FROM information_schema.columns WHERE table_schema = 'public'",
        &[],
        |row| {
            let class = match row.get::<String>(2)?.as_str() {
                "bigint" | "boolean" => "number",
                "text" => "text",
                "bytea" => "bytes",
                other => panic!("unexpected type {other}"),
            };
            Ok((format!("{}.{}", row.get::<String>(0)?, row.get::<String>(1)?), (class, row.get(3)?)))
        },
    )?;
    Ok(rows.into_iter().collect())
}

#[test]
fn both_schemas_have_the_same_tables_and_columns() {
    let schemas = std::cell::RefCell::new(Vec::new());
    on_both("schema", |store| {
        let schema = store.read_blocking(|tx| match tx.dialect() {
            Dialect::Sqlite => sqlite(tx),
            Dialect::Postgres => postgres(tx),
        });
        schemas.borrow_mut().push(schema.unwrap());
    });
    let [sqlite, postgres] = &schemas.into_inner()[..] else { panic!("two engines") };
    assert!(sqlite.len() > 100, "{} columns", sqlite.len());
    for column in sqlite.keys().chain(postgres.keys()) {
        assert_eq!(sqlite.get(column), postgres.get(column), "{column}: SQLite on the left, PostgreSQL on the right");
    }
}

/// Names of all indexes that are ours and of all tables' unique sets would differ in spelling; which columns they cover must not.
fn indexes(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    let sql = tx.dialect().pick(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL ORDER BY name",
        "SELECT CAST(c.relname AS TEXT) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
           JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.contype IN ('p', 'u')
         WHERE n.nspname = 'public' AND k.oid IS NULL ORDER BY 1",
    );
    tx.query(sql, &[], |row| row.get(0))
}

#[test]
fn both_schemas_have_the_same_indexes() {
    let found = std::cell::RefCell::new(Vec::new());
    on_both("indexes", |store| found.borrow_mut().push(store.read_blocking(indexes).unwrap()));
    let [mut sqlite, mut postgres] = <[Vec<String>; 2]>::try_from(found.into_inner()).unwrap();
    sqlite.sort();
    postgres.sort();
    assert_eq!(sqlite, postgres);
}

#[test]
fn migrations_are_applied_once_and_databases_of_newer_versions_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let config = crate::Config::sqlite(dir.path().join("test.db"));
    Store::open(&config).unwrap().close();
    let again = Store::open(&config).unwrap();
    again
        .housekeeping_blocking(|tx| Ok(tx.execute("INSERT INTO schema_migrations (name) VALUES ('9999_later')", &[])?))
        .unwrap();
    again.close();
    assert!(matches!(Store::open(&config).map(drop), Err(Error::Unavailable(why)) if why.contains("9999_later")));
}
