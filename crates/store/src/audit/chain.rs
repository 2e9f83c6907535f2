//! The chain of hashes. Its end is remembered beside it, so that records cut off the end are missed too.
//!
//! On SQLite a record gets its place where it is made. On PostgreSQL that would make every change wait for every
//! other, so records are made without a place and a sealer gives them one later, in batches. Records may become visible
//! out of the order of their ids; the chain is in the order of sealing (`seq`), so a late one just comes later.

use super::record::{Link, Record};
use crate::engine::tx::Tx;
use crate::error::{Error, Result};
use countersign_domain::token::hex;

/// Where `settings` remembers the end of the chain.
const HEAD: &str = "audit.head";

/// The end of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Head {
    /// How many records are in the chain.
    pub seq: i64,
    /// The hash of the last; `None` while there is none.
    pub hash: Option<Vec<u8>>,
}

impl Head {
    /// Reads the remembered end.
    pub(crate) fn load(tx: &mut Tx<'_>) -> Result<Head> {
        let value = tx.query_opt("SELECT value FROM settings WHERE key = $1", &[HEAD.into()], |row| row.get(0))?;
        value.map_or_else(|| Ok(Head::default()), |text: String| Head::parse(&text))
    }

    /// Remembers this end.
    pub(crate) fn save(&self, tx: &mut Tx<'_>) -> Result<()> {
        tx.execute(
            "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            &[HEAD.into(), self.text().into()],
        )
        .map(drop)
    }

    /// Adds a record to the end.
    pub(crate) fn append(&mut self, record: &Record) -> Result<Link> {
        let seq = self.seq + 1;
        let hash = record.hash(seq, self.hash.as_deref())?;
        let previous_hash = std::mem::replace(self, Head { seq, hash: Some(hash.clone()) }).hash;
        Ok(Link { seq, previous_hash, hash })
    }

    fn parse(text: &str) -> Result<Head> {
        let read = || {
            let (seq, hash) = text.split_once(' ')?;
            let pairs = (0..hash.len()).step_by(2).map(|at| u8::from_str_radix(hash.get(at..at + 2)?, 16).ok());
            Some(Head { seq: seq.parse().ok()?, hash: Some(pairs.collect::<Option<Vec<u8>>>()?) })
        };
        read().ok_or_else(|| Error::Audit(format!("the remembered end of the audit chain cannot be read: '{text}'")))
    }

    fn text(&self) -> String {
        format!("{} {}", self.seq, hex(self.hash.as_deref().unwrap_or_default()))
    }
}

/// Gives up to `batch` records without a place their place; how many there were.
pub(crate) fn seal(tx: &mut Tx<'_>, batch: u32) -> Result<usize> {
    tx.lock_sealer()?;
    let mut head = Head::load(tx)?;
    let records = tx.query(
        "SELECT id, occurred_at, code, user_id, token_id, address, subject_kind, subject_id, project_id, group_id, before,
           after, sudo_user_id FROM audit_events WHERE seq IS NULL ORDER BY id LIMIT $1",
        &[batch.into()],
        Record::read,
    )?;
    for record in &records {
        let link = head.append(record)?;
        tx.execute(
            "UPDATE audit_events SET seq = $2, previous_hash = $3, hash = $4 WHERE id = $1",
            &[record.id.into(), link.seq.into(), link.previous_hash.into(), link.hash.into()],
        )
        .map_err(|error| off(&error))?;
    }
    if !records.is_empty() {
        head.save(tx)?;
    }
    Ok(records.len())
}

/// What a record that does not fit behind the remembered end means.
pub(super) fn off(error: &Error) -> Error {
    match error {
        Error::UniqueViolation(_) => Error::Audit(
            "the audit records do not end where the chain is remembered to; run `countersign audit verify`".into(),
        ),
        other => other.clone(),
    }
}
