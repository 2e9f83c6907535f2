//! Proves that no audit record was changed, dropped or moved.

use super::chain::Head;
use super::record::{Link, Record};
use crate::engine::dialect::Dialect;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::Result;

/// How many records are read at a time.
const PAGE: u32 = 1000;

/// What verification found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Records that were found sealed and in their place.
    pub sealed: u64,
    /// Records that are not sealed yet (PostgreSQL only): nothing is proven about those.
    pub unsealed_tail: u64,
    /// The end of the chain, worth writing down elsewhere.
    pub head: Head,
    /// The first thing that is wrong, if anything is.
    pub problem: Option<Problem>,
}

/// Where the chain breaks, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The position in the chain.
    pub seq: i64,
    /// What is wrong there.
    pub what: String,
}

/// Checks records one by one, in the order of the chain; from a database or from an export.
#[derive(Debug, Default)]
pub struct Verifier {
    head: Head,
    problem: Option<Problem>,
}

impl Verifier {
    /// A verifier that has seen nothing yet.
    pub fn new() -> Verifier {
        Verifier::default()
    }

    /// Checks the next record. After a first problem nothing more is checked.
    ///
    /// # Errors
    /// [`crate::Error::Audit`] if the record cannot be written as JSON.
    pub fn check(&mut self, record: &Record, link: &Link) -> Result<()> {
        if self.problem.is_some() {
            return Ok(());
        }
        let seq = self.head.seq + 1;
        if link.seq != seq {
            self.report(seq, format!("the record with position {seq} is missing"));
        } else if link.previous_hash != self.head.hash {
            self.report(
                seq,
                format!("record {} does not follow the one before it: they were moved or replaced", record.id),
            );
        } else if link.hash != record.hash(seq, self.head.hash.as_deref())? {
            self.report(seq, format!("record {} was changed after it was written", record.id));
        } else {
            self.head = Head { seq, hash: Some(link.hash.clone()) };
        }
        Ok(())
    }

    /// Ends the check. `head` is the end as remembered, if it is known: a chain that ends before it was cut off.
    pub fn finish(mut self, head: Option<&Head>, unsealed_tail: u64) -> Report {
        if let Some(expected) = head.filter(|expected| self.problem.is_none() && **expected != self.head) {
            let text = format!("the chain ends at position {}, but should end at {}", self.head.seq, expected.seq);
            self.report(self.head.seq + 1, text);
        }
        Report { sealed: self.head.seq.unsigned_abs(), unsealed_tail, head: self.head, problem: self.problem }
    }

    fn report(&mut self, seq: i64, what: String) {
        self.problem = Some(Problem { seq, what });
    }
}

/// Verifies all records of a database. Run it in a `scan`: it reads them all.
///
/// # Errors
/// Those of reading; a broken chain is no error but the report's [`Report::problem`].
pub fn verify(tx: &mut Tx<'_>) -> Result<Report> {
    let mut verifier = Verifier::new();
    let mut last = 0;
    loop {
        let page = tx.query(
            "SELECT id, occurred_at, code, user_id, token_id, address, subject_kind, subject_id, project_id, group_id,
               before, after, sudo_user_id, seq, previous_hash, hash
             FROM audit_events WHERE seq > $1 ORDER BY seq LIMIT $2",
            &[Value::from(last), PAGE.into()],
            |row| {
                let hash: Option<Vec<u8>> = row.get(15)?;
                let link = Link { seq: row.get(13)?, previous_hash: row.get(14)?, hash: hash.unwrap_or_default() };
                Ok((Record::read(row)?, link))
            },
        )?;
        let Some((_, link)) = page.last() else { break };
        last = link.seq;
        for (record, link) in &page {
            verifier.check(record, link)?;
        }
    }
    let outside: i64 =
        tx.query_one("SELECT COUNT(*) FROM audit_events WHERE seq IS NULL OR seq < 1", &[], |row| row.get(0))?;
    let head = Head::load(tx)?;
    let mut report = verifier.finish(Some(&head), outside.unsigned_abs());
    if tx.dialect() == Dialect::Sqlite && outside > 0 && report.problem.is_none() {
        let what = format!("{outside} records are outside the chain");
        report.problem = Some(Problem { seq: report.head.seq + 1, what });
    }
    Ok(report)
}

/// The hash that the record at position `seq` has; `None` if there is no such record. It proves something only together
/// with a [`verify`] in the same transaction, and then that the trail up to there is the one of which the hash was kept.
///
/// # Errors
/// Those of reading.
pub fn hash_at(tx: &mut Tx<'_>, seq: i64) -> Result<Option<Vec<u8>>> {
    tx.query_opt("SELECT hash FROM audit_events WHERE seq = $1", &[seq.into()], |row| row.get(0))
}
