//! Failed attempts to sign in, by the hash of the name given: kept for names of nobody too, so that both look alike.

use crate::{Error, Result, Tx};
use countersign_domain::session::Attempts;
use countersign_domain::time::Timestamp;

/// What is known of a name, which stays so until this transaction ends: attempts at the same moment count one by one.
pub fn locked(tx: &mut Tx<'_>, name_hash: &[u8], now: Timestamp) -> Result<Attempts> {
    let found = tx.returning(
        "INSERT INTO sign_in_attempts (name_hash, failures, last_at) VALUES ($1, 0, $2)
         ON CONFLICT (name_hash) DO UPDATE SET failures = sign_in_attempts.failures RETURNING failures, last_at",
        &[name_hash.to_vec().into(), now.into()],
        |row| Ok(Attempts { failures: row.get(0)?, last_at: row.get(1)? }),
    )?;
    found.first().copied().ok_or_else(|| Error::Corrupt("an attempt was not kept".into()))
}

/// Keeps what is known of a name.
pub fn keep(tx: &mut Tx<'_>, name_hash: &[u8], of: Attempts) -> Result<()> {
    let sql = "UPDATE sign_in_attempts SET failures = $2, last_at = $3 WHERE name_hash = $1";
    tx.execute(sql, &[name_hash.to_vec().into(), of.failures.into(), of.last_at.into()]).map(drop)
}

/// Forgets a name, under which somebody has signed in.
pub fn forget(tx: &mut Tx<'_>, name_hash: &[u8]) -> Result<()> {
    tx.execute("DELETE FROM sign_in_attempts WHERE name_hash = $1", &[name_hash.to_vec().into()]).map(drop)
}

/// Forgets all names under which nobody has tried since `before`.
pub fn sweep(tx: &mut Tx<'_>, before: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM sign_in_attempts WHERE last_at < $1", &[before.into()]).map(drop)
}
