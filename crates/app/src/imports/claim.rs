//! Fetches are taken on by one server at a time, which says again and again that it is still at it.

use crate::{App, Failure, Result, Tx};
use countersign_domain::time::Timestamp;
use countersign_store::imports;

pub use countersign_store::imports::Claim as Claimed;

/// For how long a fetch is taken on, in milliseconds, unless that is renewed.
const LEASE_MS: i64 = 60 * 1000;

/// Takes on at most `limit` fetches whose time has come.
///
/// # Errors
/// The store's.
pub async fn claim(app: &App, limit: usize, now: Timestamp) -> Result<Vec<Claimed>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let due = move |tx: &mut Tx<'_>| imports::claimable(tx, now);
    if limit == 0 || !app.store.scan(due).await? {
        return Ok(Vec::new());
    }
    let take = move |tx: &mut Tx<'_>| imports::claim(tx, limit, now, now.plus_ms(LEASE_MS)).map_err(Failure::from);
    app.store.housekeeping(take).await
}

/// Says that this server is still at these fetches.
///
/// # Errors
/// The store's.
pub async fn renew(app: &App, claims: Vec<Claimed>, now: Timestamp) -> Result<()> {
    let renew = move |tx: &mut Tx<'_>| {
        for claim in &claims {
            imports::renew(tx, *claim, now.plus_ms(LEASE_MS))?;
        }
        Ok(())
    };
    app.store.housekeeping(renew).await
}
