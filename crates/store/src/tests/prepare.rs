//! Every statement of the crate can be prepared on both engines, with parameters and columns that we can give and read.

use super::source::statements;
use crate::engine::postgres::{config, connect, on_own_thread};
use crate::engine::sqlite::in_memory;
use crate::testing::Database;
use ::postgres::types::Type;
use ::postgres::{Client, Error};

#[test]
fn sqlite_takes_every_statement() {
    let conn = in_memory().unwrap();
    crate::migrate::sqlite(&conn).unwrap();
    let found = statements();
    assert!(found.len() > 50, "only {} statements were found: is the search broken?", found.len());
    let mut wrong = Vec::new();
    for statement in found.iter().filter(|s| s.sqlite) {
        if let Err(error) = conn.prepare(&statement.sql) {
            wrong.push(format!("{}: {error}", statement.file));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn postgres_takes_every_statement() {
    let database = Database::new("prepare");
    let wrong = on_own_thread(|| {
        let mut client = connect(&config(database.url())?)?;
        let found = statements();
        let problems = found.iter().filter(|s| s.postgres).filter_map(|statement| {
            let problem = problem(&mut client, &statement.sql)
                .unwrap_or_else(|e| Some(e.as_db_error().map_or_else(|| e.to_string(), |db| db.to_string())))?;
            Some(format!("{}: {problem}\n{}", statement.file, statement.sql))
        });
        Ok(problems.collect::<Vec<_>>())
    });
    let wrong = wrong.unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

/// What we could not bind or read.
fn problem(client: &mut Client, sql: &str) -> Result<Option<String>, Error> {
    let statement = client.prepare(sql)?;
    let ours = [Type::INT8, Type::TEXT, Type::BOOL, Type::BYTEA];
    for (index, ty) in statement.params().iter().enumerate() {
        if !ours.contains(ty) {
            return Ok(Some(format!("parameter ${} is {ty}: CAST it", index + 1)));
        }
    }
    for column in statement.columns() {
        // A literal 1 is int4, which is read as a number too.
        if !ours.contains(column.type_()) && *column.type_() != Type::INT4 {
            return Ok(Some(format!("column {} is {}: CAST it", column.name(), column.type_())));
        }
    }
    Ok(None)
}
