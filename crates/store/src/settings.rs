//! What the server must remember of itself.

use crate::{Result, Tx};

/// The value kept under that key.
pub fn get(tx: &mut Tx<'_>, key: &str) -> Result<Option<String>> {
    tx.query_opt("SELECT value FROM settings WHERE key = $1", &[key.into()], |row| row.get(0))
}

/// Keeps a value under that key, in place of the one before.
pub fn set(tx: &mut Tx<'_>, key: &str, value: &str) -> Result<()> {
    let sql = "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2";
    tx.execute(sql, &[key.into(), value.into()]).map(drop)
}

/// Keeps a value under that key unless one is kept there; the one that is.
pub fn keep_first(tx: &mut Tx<'_>, key: &str, value: &str) -> Result<String> {
    tx.execute(
        "INSERT INTO settings (key, value) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        &[key.into(), value.into()],
    )?;
    Ok(get(tx, key)?.unwrap_or_else(|| value.to_owned()))
}
