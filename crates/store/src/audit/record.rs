//! One record, and its place in the chain.

use crate::engine::column::Row;
use crate::error::{Error, Result};
use countersign_domain::event::{By, Event};
use countersign_domain::ids::AuditId;
use countersign_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What an audit record says. The order of the fields is the order in which they are hashed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its number. On PostgreSQL not the order of the chain: see [`Link::seq`].
    pub id: AuditId,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What happened: a stable code of `domain::event`.
    pub code: String,
    /// Who did it; `None` for the server itself.
    pub user_id: Option<i64>,
    /// With which token.
    pub token_id: Option<i64>,
    /// From which address.
    pub address: Option<String>,
    /// To what kind of thing.
    pub subject_kind: String,
    /// To which one.
    pub subject_id: i64,
    /// In which project.
    pub project_id: Option<i64>,
    /// In which group.
    pub group_id: Option<i64>,
    /// The state before, as JSON text.
    pub before: String,
    /// The state after, as JSON text.
    pub after: String,
    /// The administrator who did it in the name of `user_id`, if one did.
    pub sudo_user_id: Option<i64>,
}

/// The place of a record in the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its position, from 1 without gaps.
    pub seq: i64,
    /// The hash of the record before it; `None` for the first.
    pub previous_hash: Option<Vec<u8>>,
    /// SHA-256 of the previous hash and the record.
    pub hash: Vec<u8>,
}

impl Record {
    /// The record of an event.
    pub(crate) fn new(id: i64, by: &By, now: Timestamp, event: &Event) -> Result<Record> {
        let json = |value| serde_json::to_string(value).map_err(|e| Error::Audit(format!("not JSON: {e}")));
        Ok(Record {
            id: AuditId(id),
            occurred_at: now,
            code: event.code.as_str().into(),
            user_id: by.user.map(i64::from),
            token_id: by.token.map(i64::from),
            address: by.address.clone(),
            subject_kind: event.subject.kind.into(),
            subject_id: event.subject.id,
            project_id: event.subject.project,
            group_id: event.subject.group,
            before: json(&event.before)?,
            after: json(&event.after)?,
            sudo_user_id: by.sudo.map(i64::from),
        })
    }

    /// Reads the thirteen columns of a record, in the order of the fields.
    pub(crate) fn read(row: &Row<'_>) -> Result<Record> {
        Ok(Record {
            id: row.get(0)?,
            occurred_at: row.get(1)?,
            code: row.get(2)?,
            user_id: row.get(3)?,
            token_id: row.get(4)?,
            address: row.get(5)?,
            subject_kind: row.get(6)?,
            subject_id: row.get(7)?,
            project_id: row.get(8)?,
            group_id: row.get(9)?,
            before: row.get(10)?,
            after: row.get(11)?,
            sudo_user_id: row.get(12)?,
        })
    }

    /// The hash of this record at position `seq` of a chain, after a record with the hash `previous`.
    pub(crate) fn hash(&self, seq: i64, previous: Option<&[u8]>) -> Result<Vec<u8>> {
        let text = serde_json::to_vec(&(seq, self)).map_err(|e| Error::Audit(format!("not JSON: {e}")))?;
        let mut hash = Sha256::new();
        hash.update(previous.unwrap_or_default());
        hash.update(&text);
        Ok(hash.finalize().to_vec())
    }
}
