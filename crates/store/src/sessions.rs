//! Who is signed in to the pages. Only hashes of cookies are stored; what has ended is deleted.

use crate::users::State;
use crate::{Result, Row, Tx, Value};
use countersign_domain::access::Person;
use countersign_domain::ids::{SessionId, UserId};
use countersign_domain::time::Timestamp;

/// Somebody being signed in with one browser.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Who signed in.
    pub user_id: UserId,
    /// The address they signed in from.
    pub address: Option<String>,
    /// What their browser called itself.
    pub agent: String,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was last used, give or take a minute.
    pub seen_at: Timestamp,
}

/// A session as presented, with the person whose it is.
#[derive(Debug, Clone)]
pub struct Presented {
    /// The session.
    pub session: Session,
    /// The stored hash, to be compared once more in constant time.
    pub hash: Vec<u8>,
    /// The person as they are now.
    pub person: Person,
    /// The person's state.
    pub state: State,
    /// Whether somebody else chose their password, so that they must change it.
    pub must_change_password: bool,
}

/// A new session.
#[derive(Debug, Clone)]
pub struct NewSession<'a> {
    /// Who signs in.
    pub user_id: UserId,
    /// The SHA-256 of the cookie.
    pub hash: Vec<u8>,
    /// Where from.
    pub address: Option<&'a str>,
    /// What the browser calls itself.
    pub agent: &'a str,
}

macro_rules! columns {
    () => {
        "s.id, s.user_id, s.address, s.agent, s.created_at, s.seen_at"
    };
}

/// The session with that hash, and whose it is.
pub fn presented(tx: &mut Tx<'_>, hash: &[u8]) -> Result<Option<Presented>> {
    tx.query_opt(
        concat!(
            "SELECT ",
            columns!(),
            ", s.hash, u.admin, u.bot, u.state, u.external, u.password_by_another \
             FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.hash = $1"
        ),
        &[hash.to_vec().into()],
        |row| {
            let (session, state) = (session(row)?, row.word(9, State::parse)?);
            let active = state == State::Active;
            let (admin, bot, external) = (row.get(7)?, row.get(8)?, row.get(10)?);
            let person = Person { id: session.user_id, admin, bot, active, external };
            Ok(Presented { session, hash: row.get(6)?, person, state, must_change_password: row.get(11)? })
        },
    )
}

/// The session with that id.
pub fn get(tx: &mut Tx<'_>, id: SessionId) -> Result<Option<Session>> {
    tx.query_opt(concat!("SELECT ", columns!(), " FROM sessions s WHERE s.id = $1"), &[id.into()], session)
}

/// Somebody's sessions, the latest used first.
pub fn of_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Session>> {
    let sql =
        concat!("SELECT ", columns!(), " FROM sessions s WHERE s.user_id = $1 ORDER BY s.seen_at DESC, s.id DESC");
    tx.query(sql, &[user.into()], session)
}

/// Begins a session.
pub fn insert(tx: &mut Tx<'_>, new: &NewSession<'_>, now: Timestamp) -> Result<SessionId> {
    let id = tx.insert(
        "INSERT INTO sessions (user_id, hash, address, agent, created_at, seen_at) VALUES ($1, $2, $3, $4, $5, $5)
         RETURNING id",
        &[new.user_id.into(), new.hash.clone().into(), new.address.into(), new.agent.into(), now.into()],
    )?;
    Ok(SessionId(id))
}

/// Notes that a session was used.
pub fn touch(tx: &mut Tx<'_>, id: SessionId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE sessions SET seen_at = $2 WHERE id = $1 AND seen_at < $2", &[id.into(), now.into()]).map(drop)
}

/// Ends a session.
pub fn end(tx: &mut Tx<'_>, id: SessionId) -> Result<()> {
    tx.execute("DELETE FROM sessions WHERE id = $1", &[id.into()]).map(drop)
}

/// Ends somebody's sessions, all but one; how many there were.
pub fn end_all(tx: &mut Tx<'_>, user: UserId, but: Option<SessionId>) -> Result<u64> {
    let but = but.map_or(Value::from(0_i64), Value::from);
    tx.execute("DELETE FROM sessions WHERE user_id = $1 AND id <> $2", &[user.into(), but])
}

/// Removes sessions that were last used before `seen` or began before `created`.
pub fn sweep(tx: &mut Tx<'_>, seen: Timestamp, created: Timestamp) -> Result<()> {
    tx.execute("DELETE FROM sessions WHERE seen_at < $1 OR created_at < $2", &[seen.into(), created.into()]).map(drop)
}

fn session(row: &Row<'_>) -> Result<Session> {
    Ok(Session {
        id: row.get(0)?,
        user_id: row.get(1)?,
        address: row.get(2)?,
        agent: row.get(3)?,
        created_at: row.get(4)?,
        seen_at: row.get(5)?,
    })
}
