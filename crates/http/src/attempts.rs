//! Limits how often secrets that open nothing may be shown from one address.
//!
//! When an address has shown too many, only secrets that worked lately are still looked at: whoever shares the address
//! with somebody who guesses goes on as before.

#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use countersign_domain::time::Timestamp;
use governor::Quota;

use crate::places::{Place, Places};
use crate::reply::ApiError;

/// How many failures an address may have at once; it regains one a second.
const BURST: NonZeroU32 = match NonZeroU32::new(30) {
    Some(burst) => burst,
    None => NonZeroU32::MIN,
};
/// How many secrets that worked are remembered, by a mark each, before all are forgotten.
const MOST_PROVEN: usize = 10_000;
/// From how many refused places on those are looked for that are refused no more.
const MANY_REFUSED: usize = 1_000;

/// What is known of failed authentications.
#[derive(Debug)]
pub(crate) struct Attempts {
    failures: Places,
    refused_until: Mutex<HashMap<Place, Timestamp>>,
    proven: Mutex<HashSet<u64>>,
}

/// One secret being shown.
#[derive(Debug)]
pub(crate) struct Attempt<'a> {
    attempts: &'a Attempts,
    /// Where; none if nobody is to be counted.
    place: Option<Place>,
    mark: u64,
    now: Timestamp,
}

impl Default for Attempts {
    fn default() -> Attempts {
        let failures = Places::new(Quota::per_second(NonZeroU32::MIN).allow_burst(BURST));
        Attempts { failures, refused_until: Mutex::default(), proven: Mutex::default() }
    }
}

impl Attempts {
    /// Somebody shows a secret; an empty one is none and does not count.
    ///
    /// # Errors
    /// 429: too many secrets from there opened nothing, and this one is not known to be better.
    pub(crate) fn begin(&self, from: Option<IpAddr>, secret: &str, now: Timestamp) -> Result<Attempt<'_>, ApiError> {
        let place = from.filter(|_| !secret.is_empty()).map(|address| self.failures.place(address));
        let until = place.and_then(|place| lock(&self.refused_until).get(&place).copied());
        let mark = self.failures.mark(secret);
        match until.map(|until| until.since(now)).filter(|wait| *wait > 0) {
            Some(wait) if !lock(&self.proven).contains(&mark) => Err(too_many(wait)),
            _ => Ok(Attempt { attempts: self, place, mark, now }),
        }
    }
}

impl Attempt<'_> {
    /// The secret opened what it was to open.
    pub(crate) fn worked(self) {
        if self.place.is_none() {
            return;
        }
        let mut proven = lock(&self.attempts.proven);
        if proven.len() >= MOST_PROVEN {
            proven.clear();
        }
        proven.insert(self.mark);
    }

    /// The secret opened nothing: what to answer, which is `why` unless that happens too often.
    pub(crate) fn failed(self, why: ApiError) -> ApiError {
        lock(&self.attempts.proven).remove(&self.mark);
        let Some(place) = self.place else { return why };
        let Err(wait) = self.attempts.failures.count(place) else { return why };
        let wait = milliseconds(wait);
        let mut refused = lock(&self.attempts.refused_until);
        if refused.len() >= MANY_REFUSED {
            refused.retain(|_, until| *until > self.now);
        }
        refused.insert(place, self.now.plus_ms(wait));
        tracing::warn!("too many failed authentications from one address");
        too_many(wait)
    }
}

fn too_many(wait: i64) -> ApiError {
    let wait = u64::try_from(wait).unwrap_or_default().div_ceil(1000);
    ApiError::too_many_requests(wait, "too many failed authentications from this address")
        .code("rate.failed_authentications")
}

fn milliseconds(of: Duration) -> i64 {
    i64::try_from(of.as_millis()).unwrap_or(i64::MAX).max(1)
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
