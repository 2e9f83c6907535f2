//! Being signed in to the pages: with a name and a password, until one signs out, for as long as that is used.

mod end;
mod password;
mod sign_in;
#[cfg(test)]
mod tests;

pub use end::{list, revoke, sign_out};
pub use password::{Change, change_password};
pub use sign_in::{Asked, sign_in};

use crate::{App, Result, Tx, secrets};
use countersign_domain::event::{Event, Subject};
use countersign_domain::ids::{SessionId, UserId};
use countersign_domain::session::{Attempts, IDLE_MS, LIFE_MS, LOCK_MS};
use countersign_domain::time::Timestamp;
use countersign_domain::token;
use countersign_store::fold::fold;
use countersign_store::sessions::NewSession;
use countersign_store::{Error, Failure, sessions, sign_in_attempts};

/// The most of a browser's name that is kept, in characters.
const LONGEST_AGENT: usize = 200;

/// The browser that somebody signs in with.
#[derive(Debug, Clone, Default)]
pub struct Browser {
    /// Where it is.
    pub address: Option<String>,
    /// What it calls itself.
    pub agent: String,
}

/// A session that has begun, with the secret for its cookie, shown this once.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The secret.
    pub cookie: String,
    /// Whose session it is.
    pub user: UserId,
}

/// A new secret for a cookie.
fn new_cookie() -> Result<String> {
    secrets::random("").map_err(|why| Failure::Store(Error::Unavailable(why.to_string())))
}

fn begin(tx: &mut Tx<'_>, user: UserId, cookie: &str, with: &Browser, now: Timestamp) -> Result<SessionId, Error> {
    sessions::sweep(tx, now.plus_ms(-IDLE_MS), now.plus_ms(-LIFE_MS))?;
    let agent: String = with.agent.chars().filter(|c| !c.is_control()).take(LONGEST_AGENT).collect();
    let new = NewSession { user_id: user, hash: token::hash(cookie), address: with.address.as_deref(), agent: &agent };
    sessions::insert(tx, &new, now)
}

/// Notes that a session was used. Housekeeping: nobody decides this.
///
/// # Errors
/// The store's.
pub fn touch(tx: &mut Tx<'_>, id: SessionId, now: Timestamp) -> Result<(), Error> {
    sessions::touch(tx, id, now)
}

/// What attempts are counted under.
fn name_hash(name: &str) -> Vec<u8> {
    token::hash(&fold(name))
}

/// Counts an attempt before it is made, so that many at once are not more than many one by one.
async fn count(app: &App, name: &[u8], now: Timestamp) -> Result<Attempts> {
    let name = name.to_vec();
    let counted = app.store.housekeeping(move |tx| {
        sign_in_attempts::sweep(tx, now.plus_ms(-LOCK_MS))?;
        let next = sign_in_attempts::locked(tx, &name, now)?.another(now)?;
        sign_in_attempts::keep(tx, &name, next)?;
        Ok(next)
    });
    counted.await
}

fn event(code: countersign_domain::event::Code, user: UserId) -> Event {
    Event::new(code, Subject::instance("User", user.0))
}
