//! How a use case ends in the database: what it says it did is recorded, and anything else is not kept.

use super::chain::{Head, off};
use super::record::Record;
use crate::engine::dialect::Dialect;
use crate::engine::job::Settled;
use crate::engine::tx::Tx;
use crate::engine::value::Value;
use crate::error::{Error, Failure, Result};
use countersign_domain::event::{By, Event};
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_domain::token::hex;

/// For how long the same refusal of the same person is not recorded again.
const COLLAPSE_MS: i64 = 60_000;

/// A key that no other write has.
pub(crate) fn new_key() -> Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| Error::Unavailable(format!("no random numbers: {e}")))?;
    Ok(hex(&bytes))
}

/// Whether a write with that key left records.
pub(crate) fn has_key(tx: &mut Tx<'_>, key: &str) -> Result<bool> {
    let found =
        tx.query("SELECT id FROM audit_events WHERE idempotency_key = $1 LIMIT 1", &[key.into()], |_| Ok(()))?;
    Ok(!found.is_empty())
}

/// Runs a use case and records its ending.
pub(crate) fn settle<T>(
    tx: &mut Tx<'_>,
    by: &By,
    now: Timestamp,
    key: Option<&str>,
    job: &impl Fn(&mut Tx<'_>) -> Result<Ending<T>, Failure>,
) -> Settled<T, Failure> {
    match job(tx) {
        Err(failure) => Settled::drop_with(Err(failure)),
        Ok(Ending::Unchanged(value)) => Settled::drop_with(unchanged(tx).map(|()| value).map_err(Failure::Store)),
        Ok(Ending::Done(outcome)) => {
            let (value, events) = outcome.into_parts();
            match append(tx, by, now, key, &events) {
                Ok(()) => Settled { keep: true, answer: Ok(value) },
                Err(error) => Settled::drop_with(Err(error.into())),
            }
        }
        Ok(Ending::Refused { why, record }) => {
            match unchanged(tx).and_then(|()| refused(tx, by, now, key, record.as_ref())) {
                Ok(keep) => Settled { keep, answer: Err(why.into()) },
                Err(error) => Settled::drop_with(Err(error.into())),
            }
        }
    }
}

fn unchanged(tx: &Tx<'_>) -> Result<()> {
    match tx.dirty() {
        0 => Ok(()),
        n => Err(Error::Audit(format!("{n} rows were changed, but no event says why; the change was rolled back"))),
    }
}

/// Records a refused attempt; whether there is anything to keep.
fn refused(tx: &mut Tx<'_>, by: &By, now: Timestamp, key: Option<&str>, record: Option<&Event>) -> Result<bool> {
    match record {
        Some(event) if !repeated(tx, by, now, event)? => {
            append(tx, by, now, key, std::slice::from_ref(event))?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

/// Whether the same was recorded of the same person (or, of nobody in particular, the same address) just before.
fn repeated(tx: &mut Tx<'_>, by: &By, now: Timestamp, event: &Event) -> Result<bool> {
    let after = Value::from(now.plus_ms(-COLLAPSE_MS));
    let what = [event.code.as_str().into(), event.subject.kind.into(), event.subject.id.into(), after];
    let detail = Value::from(event.after.to_string());
    let (sql, who) = match by.user {
        Some(user) => (
            "SELECT id FROM audit_events WHERE code = $1 AND subject_kind = $2 AND subject_id = $3 AND occurred_at > $4
               AND user_id = $5 AND after = $6 LIMIT 1",
            Value::from(user),
        ),
        None => (
            "SELECT id FROM audit_events WHERE code = $1 AND subject_kind = $2 AND subject_id = $3 AND occurred_at > $4
               AND user_id IS NULL AND COALESCE(address, '') = $5 AND after = $6 LIMIT 1",
            Value::from(by.address.as_deref().unwrap_or_default()),
        ),
    };
    let params: Vec<Value> = what.into_iter().chain([who, detail]).collect();
    Ok(!tx.query(sql, &params, |_| Ok(()))?.is_empty())
}

fn append(tx: &mut Tx<'_>, by: &By, now: Timestamp, key: Option<&str>, events: &[Event]) -> Result<()> {
    match tx.dialect() {
        Dialect::Sqlite => append_sealed(tx, by, now, events),
        Dialect::Postgres => append_unsealed(tx, by, now, key, events),
    }
}

fn append_sealed(tx: &mut Tx<'_>, by: &By, now: Timestamp, events: &[Event]) -> Result<()> {
    let mut head = match tx.head.take() {
        Some(head) => head,
        None => Head::load(tx)?,
    };
    for event in events {
        // One writer, no deletions: the place in the chain serves as the id.
        let record = Record::new(head.seq + 1, by, now, event)?;
        let link = head.append(&record)?;
        let mut params = vec![record.id.into()];
        params.extend(content(record));
        params.extend([link.seq.into(), link.previous_hash.into(), link.hash.into()]);
        tx.execute(
            "INSERT INTO audit_events (id, occurred_at, code, user_id, token_id, address, subject_kind, subject_id,
               project_id, group_id, before, after, sudo_user_id, seq, previous_hash, hash)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
            &params,
        )
        .map_err(|error| off(&error))?;
    }
    tx.head = Some(head);
    Ok(())
}

fn append_unsealed(tx: &mut Tx<'_>, by: &By, now: Timestamp, key: Option<&str>, events: &[Event]) -> Result<()> {
    for event in events {
        let mut params = content(Record::new(0, by, now, event)?);
        params.push(key.into());
        tx.execute(
            "INSERT INTO audit_events (occurred_at, code, user_id, token_id, address, subject_kind, subject_id,
               project_id, group_id, before, after, sudo_user_id, idempotency_key)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            &params,
        )?;
    }
    Ok(())
}

/// The columns of a record but its id.
fn content(record: Record) -> Vec<Value> {
    vec![
        record.occurred_at.into(),
        record.code.into(),
        record.user_id.into(),
        record.token_id.into(),
        record.address.into(),
        record.subject_kind.into(),
        record.subject_id.into(),
        record.project_id.into(),
        record.group_id.into(),
        record.before.into(),
        record.after.into(),
        record.sudo_user_id.into(),
    ]
}
