//! One transaction, on either engine: what a use case gets to read and write with.

use super::column::Row;
use super::dialect::{Dialect, LockTable};
use super::postgres::{self, Session};
use super::remembered::{Remembered, Shelf};
use super::sqlite;
use super::value::Value;
use crate::audit::Head;
use crate::error::{Error, Result};
use crate::many::MOST;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::Arc;

/// A statement that failed, and whether the whole use case may be run again because of it.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    /// What to report.
    pub(crate) error: Error,
    /// A lost race or connection: nothing was done, and another run may succeed.
    pub(crate) again: bool,
}

impl Fault {
    /// A fault that another run would meet again.
    pub(crate) fn last(error: Error) -> Fault {
        Fault { error, again: false }
    }
}

/// The connection a transaction runs on.
pub(crate) enum Engine<'a> {
    /// A connection of the embedded database.
    Sqlite(&'a rusqlite::Connection),
    /// A connection of it that only reads a little, with what it was answered before.
    SqliteReader(&'a rusqlite::Connection, &'a mut sqlite::Answers),
    /// A connection to a server, with its prepared statements.
    Postgres(&'a mut Session),
}

/// One transaction. It ends when the use case ends: nothing here commits or rolls back.
///
/// A statement that fails spoils the transaction, on both engines: every later statement fails
/// with the same error and nothing is kept.
pub struct Tx<'a> {
    engine: Engine<'a>,
    remembered: &'a Remembered,
    /// The policy stamp, and how many rows had been changed when it was read.
    stamp: Option<(u64, i64)>,
    /// The end of the audit chain, if it was read or moved: whoever commits saves it, once for all that share a commit.
    pub(crate) head: Option<Head>,
    dirty: u64,
    statements: u64,
    fault: Option<Fault>,
}

impl<'a> Tx<'a> {
    /// A transaction on an engine on which one was begun.
    pub(crate) fn new(engine: Engine<'a>, remembered: &'a Remembered) -> Tx<'a> {
        Tx { engine, remembered, stamp: None, head: None, dirty: 0, statements: 0, fault: None }
    }

    /// What a shelf holds under a key: as remembered, or else as `load` reads it now.
    pub(crate) fn remembered<K: Eq + Hash, V>(
        &mut self,
        shelf: fn(&Remembered) -> &Shelf<K, V>,
        key: K,
        load: impl FnOnce(&mut Self) -> Result<V>,
    ) -> Result<Arc<V>> {
        let stamp = self.policy_stamp()?;
        if let Some(found) = shelf(self.remembered).get(stamp, &key) {
            return Ok(found);
        }
        let found = Arc::new(load(self)?);
        shelf(self.remembered).put(stamp, key, Arc::clone(&found));
        Ok(found)
    }

    /// As [`Tx::remembered`], for what never changes once it is there: no stamp is asked for. What this transaction may
    /// have made itself is not remembered, as it may be rolled back.
    pub(crate) fn remembered_for_good<K: Eq + Hash, V>(
        &mut self,
        shelf: fn(&Remembered) -> &Shelf<K, V>,
        key: K,
        load: impl FnOnce(&mut Self) -> Result<Option<V>>,
    ) -> Result<Option<Arc<V>>> {
        const UNCHANGING: i64 = 0;
        if let Some(found) = shelf(self.remembered).get(UNCHANGING, &key) {
            return Ok(Some(found));
        }
        let found = load(self)?.map(Arc::new);
        if let Some(found) = found.as_ref().filter(|_| self.dirty == 0) {
            shelf(self.remembered).put(UNCHANGING, key, Arc::clone(found));
        }
        Ok(found)
    }

    /// As [`Tx::remembered`], for many keys: `load` is asked once for all that is not remembered. A key that is asked for
    /// twice is found once.
    pub(crate) fn remembered_many<K: Copy + Ord + Hash, T>(
        &mut self,
        shelf: fn(&Remembered) -> &Shelf<K, Option<T>>,
        keys: &[K],
        load: impl Fn(&mut Self, &[K]) -> Result<Vec<(K, T)>>,
    ) -> Result<Vec<Arc<Option<T>>>> {
        let stamp = self.policy_stamp()?;
        let mut found = Vec::with_capacity(keys.len());
        let mut missing = Vec::new();
        for key in keys.iter().copied().collect::<BTreeSet<K>>() {
            match shelf(self.remembered).get(stamp, &key) {
                Some(known) => found.push(known),
                None => missing.push(key),
            }
        }
        for some in missing.chunks(MOST) {
            let mut loaded: HashMap<K, T> = load(self, some)?.into_iter().collect();
            for key in some {
                let thing = Arc::new(loaded.remove(key));
                shelf(self.remembered).put(stamp, *key, Arc::clone(&thing));
                found.push(thing);
            }
        }
        Ok(found)
    }

    /// The number under which things are remembered now: see [`Remembered`].
    pub(crate) fn policy_stamp(&mut self) -> Result<i64> {
        match self.stamp {
            Some((dirty, stamp)) if dirty == self.dirty => Ok(stamp),
            _ => {
                let stamp = self.query_one("SELECT stamp FROM policy_stamp", &[], |row| row.get(0))?;
                self.stamp = Some((self.dirty, stamp));
                Ok(stamp)
            }
        }
    }

    /// Runs a statement that reads, and reads each row with `map`.
    pub fn query<T>(
        &mut self,
        sql: &'static str,
        params: &[Value],
        map: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        if !reads(sql) {
            return Err(Error::Database(format!("not a reading statement, use execute, insert or returning: {sql}")));
        }
        self.rows(sql, params, map)?
    }

    /// Runs a statement that reads exactly one row; [`Error::Corrupt`] otherwise.
    pub fn query_one<T>(
        &mut self,
        sql: &'static str,
        params: &[Value],
        map: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.query_opt(sql, params, map)?.ok_or_else(|| Error::Corrupt(format!("no row, but one was expected: {sql}")))
    }

    /// Runs a statement that reads at most one row; [`Error::Corrupt`] if there are more.
    pub fn query_opt<T>(
        &mut self,
        sql: &'static str,
        params: &[Value],
        map: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut rows = self.query(sql, params, map)?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            n => Err(Error::Corrupt(format!("{n} rows, but at most one was expected: {sql}"))),
        }
    }

    /// Runs a statement that writes; how many rows it changed.
    pub fn execute(&mut self, sql: &'static str, params: &[Value]) -> Result<u64> {
        if reads(sql) {
            return Err(Error::Database(format!("not a writing statement, use query: {sql}")));
        }
        let changed = self.guarded(|engine| match engine {
            Engine::Sqlite(conn) | Engine::SqliteReader(conn, _) => sqlite::execute(conn, sql, params),
            Engine::Postgres(session) => postgres::execute(session, sql, params),
        })?;
        self.dirty += changed;
        Ok(changed)
    }

    /// Runs an `INSERT`, `UPDATE` or `DELETE` with `RETURNING`, and reads each returned row with `map`.
    pub fn returning<T>(
        &mut self,
        sql: &'static str,
        params: &[Value],
        map: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        if reads(sql) {
            return Err(Error::Database(format!("not a writing statement, use query: {sql}")));
        }
        match self.rows(sql, params, map)? {
            Ok(rows) => {
                self.dirty += rows.len() as u64;
                Ok(rows)
            }
            Err(error) => {
                self.fault = Some(Fault::last(error.clone()));
                Err(error)
            }
        }
    }

    /// Runs an `INSERT … RETURNING id` of one row; its id.
    pub fn insert(&mut self, sql: &'static str, params: &[Value]) -> Result<i64> {
        if let Engine::Sqlite(conn) = self.engine {
            // SQLite knows the last id anyway, and would make a table of what is returned.
            let plain = sql.strip_suffix(" RETURNING id");
            let plain = plain.ok_or_else(|| Error::Database(format!("it does not end in RETURNING id: {sql}")))?;
            return match self.execute(plain, params)? {
                1 => Ok(conn.last_insert_rowid()),
                n => Err(Error::Corrupt(format!("{n} rows inserted, but one was expected: {sql}"))),
            };
        }
        let ids = self.returning(sql, params, |row| row.get(0))?;
        match ids[..] {
            [id] => Ok(id),
            _ => Err(Error::Corrupt(format!("{} rows inserted, but one was expected: {sql}", ids.len()))),
        }
    }

    /// Keeps everybody else from deciding about that row until this transaction ends.
    pub fn lock_row(&mut self, table: LockTable, id: i64) -> Result<()> {
        match table.statement(self.dialect()) {
            Some(sql) => self.query(sql, &[id.into()], |_| Ok(())).map(drop),
            None => Ok(()),
        }
    }

    /// Keeps everybody else from sealing audit records until this transaction ends.
    pub(crate) fn lock_sealer(&mut self) -> Result<()> {
        match self.dialect() {
            Dialect::Sqlite => Ok(()),
            Dialect::Postgres => {
                self.query("SELECT pg_advisory_xact_lock($1)", &[postgres::SEAL_LOCK.into()], |_| Ok(())).map(drop)
            }
        }
    }

    /// Which engine runs the statements.
    pub fn dialect(&self) -> Dialect {
        match self.engine {
            Engine::Sqlite(_) | Engine::SqliteReader(..) => Dialect::Sqlite,
            Engine::Postgres(_) => Dialect::Postgres,
        }
    }

    /// What transactions on this database remember.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn shelves(&self) -> &'a Remembered {
        self.remembered
    }

    /// Takes back what was read of the stamp, after a transaction inside this one.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn reread_stamp(&mut self) {
        self.stamp = None;
    }

    /// How many statements ran so far.
    pub fn statements(&self) -> u64 {
        self.statements
    }

    /// How many rows were changed so far.
    pub fn dirty(&self) -> u64 {
        self.dirty
    }

    /// The statement that failed, if one did: then nothing may be kept.
    pub(crate) fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// The connection below.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn engine(&mut self) -> &mut Engine<'a> {
        &mut self.engine
    }

    fn rows<T>(
        &mut self,
        sql: &'static str,
        params: &[Value],
        map: impl Fn(&Row<'_>) -> Result<T>,
    ) -> Result<Result<Vec<T>>> {
        self.guarded(|engine| match engine {
            Engine::Sqlite(conn) => sqlite::query(conn, sql, params, map),
            Engine::SqliteReader(conn, answers) => sqlite::query_or_recall(conn, answers, sql, params, map),
            Engine::Postgres(session) => postgres::query(session, sql, params, map),
        })
    }

    fn guarded<T>(&mut self, run: impl FnOnce(&mut Engine<'a>) -> Result<T, Fault>) -> Result<T> {
        if let Some(fault) = &self.fault {
            return Err(fault.error.clone());
        }
        self.statements += 1;
        run(&mut self.engine).map_err(|fault| {
            let error = fault.error.clone();
            self.fault = Some(fault);
            error
        })
    }
}

/// Whether a statement only reads. (Common table expressions that write are not used: SQLite has none.)
fn reads(sql: &str) -> bool {
    let first = sql.split_ascii_whitespace().next().unwrap_or_default();
    first.eq_ignore_ascii_case("SELECT") || first.eq_ignore_ascii_case("WITH")
}
