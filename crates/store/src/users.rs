//! People and bots.

use crate::fold::{fold, pattern};
use crate::many::{ids, params};
use crate::{Result, Row, Tx, Value};
use countersign_domain::ids::{NamespaceId, UserId};
use countersign_domain::time::{Date, Timestamp};

/// Whether a user may do anything at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Yes.
    Active,
    /// No: an administrator blocked them.
    Blocked,
}

impl State {
    /// The word as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Blocked => "blocked",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<State> {
        [State::Active, State::Blocked].into_iter().find(|s| s.as_str() == text)
    }
}

/// A person or bot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// The unique name they sign in with.
    pub username: String,
    /// The name people call them.
    pub name: String,
    /// The mail address.
    pub email: String,
    /// Whether they administer the instance.
    pub admin: bool,
    /// Whether they are a bot.
    pub bot: bool,
    /// Whether they may do anything.
    pub state: State,
    /// What administrators noted about them.
    pub note: Option<String>,
    /// Who created them.
    pub created_by: Option<UserId>,
    /// When they were created.
    pub created_at: Timestamp,
    /// The day they were last seen.
    pub last_activity_on: Option<Date>,
    /// Their personal namespace.
    pub namespace_id: Option<NamespaceId>,
}

/// A new user.
#[derive(Debug, Clone)]
pub struct NewUser<'a> {
    /// The unique name.
    pub username: &'a str,
    /// The name people call them.
    pub name: &'a str,
    /// The mail address.
    pub email: &'a str,
    /// The argon2 hash of the password; `None` for one that cannot be guessed because there is none.
    pub password_hash: Option<&'a str>,
    /// Whether they administer the instance.
    pub admin: bool,
    /// Whether they are a bot.
    pub bot: bool,
    /// A note for administrators.
    pub note: Option<&'a str>,
    /// Who creates them.
    pub created_by: Option<UserId>,
}

/// By what a list is ordered; ties are broken by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The id, which grows with time.
    #[default]
    Id,
    /// The name.
    Name,
    /// The username.
    Username,
}

/// Which users are listed, and in which order.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The exact username, in any case.
    pub username: Option<String>,
    /// Part of the name or username, or the whole mail address if `by_email`.
    pub search: Option<String>,
    /// Whether the search also finds mail addresses: for administrators.
    pub by_email: bool,
    /// The state.
    pub state: Option<State>,
    /// Only administrators, or only others.
    pub admin: Option<bool>,
    /// Only bots, or only people.
    pub bot: Option<bool>,
    /// Created after that time.
    pub created_after: Option<Timestamp>,
    /// Created before that time.
    pub created_before: Option<Timestamp>,
    /// By what it is ordered.
    pub order: Order,
    /// Whether the highest come first.
    pub descending: bool,
    /// How many rows at most.
    pub limit: i64,
    /// How many rows are left out at the start.
    pub offset: i64,
}

macro_rules! select {
    ($tail:expr) => {
        concat!(
            "SELECT u.id, u.username, u.name, u.email, u.admin, u.bot, u.state, u.note, u.created_by, u.created_at, \
             u.last_activity_on, n.id FROM users u LEFT JOIN namespaces n ON n.owner_id = u.id ",
            $tail
        )
    };
}

macro_rules! filtered {
    ($tail:expr) => {
        concat!(
            "WHERE (CAST($1 AS TEXT) IS NULL OR u.username_key = $1) \
             AND (CAST($2 AS TEXT) IS NULL OR u.search_key LIKE $2 ESCAPE '!' OR u.email_key = CAST($3 AS TEXT)) \
             AND (CAST($4 AS TEXT) IS NULL OR u.state = $4) AND (CAST($5 AS BOOLEAN) IS NULL OR u.admin = $5) \
             AND (CAST($6 AS BOOLEAN) IS NULL OR u.bot = $6) AND (CAST($7 AS BIGINT) IS NULL OR u.created_at > $7) \
             AND (CAST($8 AS BIGINT) IS NULL OR u.created_at < $8) ",
            $tail
        )
    };
}

macro_rules! page {
    ($order:literal) => {
        select!(filtered!(concat!("ORDER BY ", $order, " LIMIT $9 OFFSET $10")))
    };
}

/// The user with that id.
pub fn get(tx: &mut Tx<'_>, id: UserId) -> Result<Option<User>> {
    tx.query_opt(select!("WHERE u.id = $1"), &[id.into()], user)
}

/// The user with that username, in any case.
pub fn by_username(tx: &mut Tx<'_>, username: &str) -> Result<Option<User>> {
    tx.query_opt(select!("WHERE u.username_key = $1"), &[fold(username).into()], user)
}

/// The user with that mail address, in any case.
pub fn by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<User>> {
    tx.query_opt(select!("WHERE u.email_key = $1"), &[fold(email).into()], user)
}

/// The users with those ids (at most [`crate::many::MOST`]), by id.
pub fn many(tx: &mut Tx<'_>, users: &[i64]) -> Result<Vec<User>> {
    tx.query(select!(concat!("WHERE u.id IN (", ids!(), ") ORDER BY u.id")), &params(users), user)
}

/// One page of a list, and how many there are in all.
pub fn list(tx: &mut Tx<'_>, filter: &Filter) -> Result<(Vec<User>, i64)> {
    let by_email = filter.search.as_deref().filter(|_| filter.by_email).map(fold);
    let mut params: Vec<Value> = vec![
        filter.username.as_deref().map(fold).into(),
        filter.search.as_deref().map(pattern).into(),
        by_email.into(),
        filter.state.map(State::as_str).into(),
        optional(filter.admin),
        optional(filter.bot),
        filter.created_after.into(),
        filter.created_before.into(),
    ];
    let count = concat!("SELECT count(*) FROM users u ", filtered!(""));
    let total = tx.query_one(count, &params, |row| row.get(0))?;
    params.extend([filter.limit.into(), filter.offset.into()]);
    let sql = match (filter.order, filter.descending) {
        (Order::Id, false) => page!("u.id"),
        (Order::Id, true) => page!("u.id DESC"),
        (Order::Name, false) => page!("u.search_key, u.id"),
        (Order::Name, true) => page!("u.search_key DESC, u.id DESC"),
        (Order::Username, false) => page!("u.username_key"),
        (Order::Username, true) => page!("u.username_key DESC"),
    };
    Ok((tx.query(sql, &params, user)?, total))
}

/// How many users there are, so that an empty database is recognised.
pub fn count(tx: &mut Tx<'_>) -> Result<i64> {
    tx.query_one("SELECT count(*) FROM users", &[], |row| row.get(0))
}

/// Whether there is an active administrator besides that user.
pub fn another_admin(tx: &mut Tx<'_>, user: UserId) -> Result<bool> {
    let sql = "SELECT id FROM users WHERE admin AND state = 'active' AND id <> $1 LIMIT 1";
    Ok(tx.query_opt(sql, &[user.into()], |row| row.get::<i64>(0))?.is_some())
}

/// Creates an active user.
pub fn insert(tx: &mut Tx<'_>, new: &NewUser<'_>, now: Timestamp) -> Result<UserId> {
    let id = tx.insert(
        "INSERT INTO users (username, username_key, name, search_key, email, email_key, password_hash, admin, bot,
           state, note, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'active', $10, $11, $12) RETURNING id",
        &[
            new.username.into(),
            fold(new.username).into(),
            new.name.into(),
            fold(&format!("{}\n{}", new.name, new.username)).into(),
            new.email.into(),
            fold(new.email).into(),
            new.password_hash.into(),
            new.admin.into(),
            new.bot.into(),
            new.note.into(),
            new.created_by.into(),
            now.into(),
        ],
    )?;
    Ok(UserId(id))
}

/// Saves another state.
pub fn set_state(tx: &mut Tx<'_>, id: UserId, state: State) -> Result<()> {
    tx.execute("UPDATE users SET state = $2 WHERE id = $1", &[id.into(), state.as_str().into()]).map(drop)
}

/// The argon2 hash of a user's password, if they have one.
pub fn password_hash(tx: &mut Tx<'_>, id: UserId) -> Result<Option<String>> {
    let found = tx.query_opt("SELECT password_hash FROM users WHERE id = $1", &[id.into()], |row| row.get(0))?;
    Ok(found.flatten())
}

/// Notes the day on which a user was seen.
pub fn seen(tx: &mut Tx<'_>, id: UserId, day: Date) -> Result<()> {
    let sql =
        "UPDATE users SET last_activity_on = $2 WHERE id = $1 AND (last_activity_on IS NULL OR last_activity_on < $2)";
    tx.execute(sql, &[id.into(), day.into()]).map(drop)
}

/// A filter's truth value, or nothing.
pub(crate) fn optional(value: Option<bool>) -> Value {
    value.map_or(Value::Int(None), Value::Bool)
}

fn user(row: &Row<'_>) -> Result<User> {
    Ok(User {
        id: row.get(0)?,
        username: row.get(1)?,
        name: row.get(2)?,
        email: row.get(3)?,
        admin: row.get(4)?,
        bot: row.get(5)?,
        state: row.word(6, State::parse)?,
        note: row.get(7)?,
        created_by: row.get(8)?,
        created_at: row.get(9)?,
        last_activity_on: row.get(10)?,
        namespace_id: row.get(11)?,
    })
}
