//! One connection with its prepared statements, and how statements run on it.

use super::error::fault;
use crate::engine::column::{Cell, Row};
use crate::engine::tx::Fault;
use crate::engine::value::Value;
use crate::error::Result;
use ::postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use ::postgres::{Client, Statement};
use bytes::BytesMut;
use std::collections::HashMap;
use std::error::Error as StdError;

/// A connection with what was prepared on it.
pub(crate) struct Session {
    /// The connection.
    pub(crate) client: Client,
    statements: HashMap<&'static str, Statement>,
}

impl Session {
    /// A connection on which nothing is prepared yet.
    pub(crate) fn new(client: Client) -> Session {
        Session { client, statements: HashMap::new() }
    }

    fn prepared(&mut self, sql: &'static str) -> Result<Statement, Fault> {
        if let Some(statement) = self.statements.get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).map_err(|e| self.fault(e))?;
        self.statements.insert(sql, statement.clone());
        Ok(statement)
    }

    fn fault(&self, error: ::postgres::Error) -> Fault {
        fault(error, self.client.is_closed())
    }
}

/// Runs a statement that writes; how many rows it changed.
pub(crate) fn execute(session: &mut Session, sql: &'static str, params: &[Value]) -> Result<u64, Fault> {
    let statement = session.prepared(sql)?;
    session.client.execute(&statement, &bound(params)).map_err(|e| session.fault(e))
}

/// Runs a statement that gives rows.
pub(crate) fn query<T>(
    session: &mut Session,
    sql: &'static str,
    params: &[Value],
    map: impl Fn(&Row<'_>) -> Result<T>,
) -> Result<Result<Vec<T>>, Fault> {
    let statement = session.prepared(sql)?;
    let rows = session.client.query(&statement, &bound(params)).map_err(|e| session.fault(e))?;
    Ok(rows.iter().map(|row| map(&Row::Postgres(row))).collect())
}

fn bound(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match self {
            Value::Int(None) | Value::Text(None) | Value::Blob(None) => Ok(IsNull::Yes),
            Value::Int(Some(number)) if *ty == Type::INT8 => number.to_sql(ty, out),
            Value::Bool(truth) if *ty == Type::BOOL => truth.to_sql(ty, out),
            Value::Text(Some(text)) if <&str as ToSql>::accepts(ty) => text.to_sql(ty, out),
            Value::Blob(Some(bytes)) if *ty == Type::BYTEA => bytes.to_sql(ty, out),
            // Not the value itself: it may be a secret's hash.
            Value::Int(_) => Err(format!("the statement takes {ty}, but was given a number (bigint)").into()),
            Value::Bool(_) => Err(format!("the statement takes {ty}, but was given a boolean").into()),
            Value::Text(_) => Err(format!("the statement takes {ty}, but was given a text").into()),
            Value::Blob(_) => Err(format!("the statement takes {ty}, but was given bytes (bytea)").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

impl<'r> FromSql<'r> for Cell<'r> {
    fn from_sql(ty: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(match *ty {
            Type::INT8 => Cell::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Cell::Int(i64::from(i32::from_sql(ty, raw)?)),
            Type::BOOL => Cell::Bool(bool::from_sql(ty, raw)?),
            Type::BYTEA => Cell::Blob(raw),
            _ => Cell::Text(<&str>::from_sql(ty, raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn StdError + Sync + Send>> {
        Ok(Cell::Null)
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::INT8 | Type::INT4 | Type::BOOL | Type::BYTEA) || <&str as FromSql<'_>>::accepts(ty)
    }
}

/// The cell at `index` of a row.
pub(crate) fn cell(row: &::postgres::Row, index: usize) -> Result<Cell<'_>, String> {
    row.try_get(index).map_err(|e| super::error::text(&e))
}
