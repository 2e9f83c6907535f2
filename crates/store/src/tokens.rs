//! Personal access tokens, and the tokens of running jobs. Only hashes are stored.

use crate::directory::columns_of;
use crate::fold::{fold, pattern};
use crate::users::{State, optional};
use crate::{Result, Row, Tx, Value};
use countersign_domain::access::{Person, Place};
use countersign_domain::ids::{JobId, ProjectId, TokenId, UserId};
use countersign_domain::time::{Date, Timestamp};
use countersign_domain::token::Scope;
use std::sync::Arc;

/// A personal access token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Whom it belongs to.
    pub user_id: UserId,
    /// The first of the tokens that came to replace one another, this one among them.
    pub family: TokenId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it may be used for.
    pub scopes: Vec<Scope>,
    /// The first date on which it is dead.
    pub expires_at: Option<Date>,
    /// Whether it was revoked.
    pub revoked: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last used, give or take ten minutes.
    pub last_used_at: Option<Timestamp>,
}

impl Token {
    /// Whether it works on `today`.
    pub fn is_active(&self, today: Date) -> bool {
        countersign_domain::token::dead(self.revoked, self.expires_at, today).is_none()
    }
}

/// A new token.
#[derive(Debug, Clone)]
pub struct NewToken<'a> {
    /// Whom it belongs to.
    pub user_id: UserId,
    /// The first of the tokens it comes to replace, if it replaces any.
    pub family: Option<TokenId>,
    /// Its name.
    pub name: &'a str,
    /// What it is for.
    pub description: Option<&'a str>,
    /// The SHA-256 of its secret.
    pub hash: Vec<u8>,
    /// What it may be used for.
    pub scopes: &'a [Scope],
    /// The first date on which it is dead.
    pub expires_at: Option<Date>,
}

/// A token as presented, with the person it belongs to.
#[derive(Debug, Clone)]
pub struct Presented {
    /// The token.
    pub token: Token,
    /// The stored hash, to be compared once more in constant time.
    pub hash: Vec<u8>,
    /// The person as they are now.
    pub person: Person,
    /// The person's state.
    pub state: State,
}

/// The token of a running job as presented, with the person who started the job.
#[derive(Debug, Clone)]
pub struct PresentedJob {
    /// The job.
    pub job: JobId,
    /// Its project.
    pub project: ProjectId,
    /// The stored hash, to be compared once more in constant time.
    pub hash: Vec<u8>,
    /// The person as they are now.
    pub person: Person,
    /// The person's state.
    pub state: State,
}

/// By what a list is ordered; ties are broken by id, and what never happened comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The time of creation.
    #[default]
    Created,
    /// The first date on which they are dead.
    Expires,
    /// The time they were last used.
    LastUsed,
    /// The name.
    Name,
}

/// Which tokens are listed, and in which order.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose.
    pub user: Option<UserId>,
    /// Only those of the bots of a project or group.
    pub home: Option<Place>,
    /// Only those that work on the day given, or only those that do not.
    pub active: Option<(bool, Date)>,
    /// Only revoked ones, or only others.
    pub revoked: Option<bool>,
    /// Part of the name.
    pub search: Option<String>,
    /// Created after and before those times.
    pub created: (Option<Timestamp>, Option<Timestamp>),
    /// Dead from a date after and before those.
    pub expires: (Option<Date>, Option<Date>),
    /// Last used after and before those times.
    pub last_used: (Option<Timestamp>, Option<Timestamp>),
    /// By what it is ordered.
    pub order: Order,
    /// Whether the highest come first.
    pub descending: bool,
    /// How many rows at most.
    pub limit: i64,
    /// How many rows are left out at the start.
    pub offset: i64,
}

macro_rules! columns {
    () => {
        "t.id, t.user_id, t.name, t.description, t.scopes, t.expires_at, t.revoked, t.created_at, t.last_used_at, \
         COALESCE(t.family_id, t.id)"
    };
}

macro_rules! filtered {
    ($head:expr, $tail:expr) => {
        concat!(
            $head,
            " FROM personal_access_tokens t WHERE (CAST($1 AS BIGINT) IS NULL OR t.user_id = $1) \
             AND (CAST($2 AS BOOLEAN) IS NULL OR \
                  (NOT t.revoked AND (t.expires_at IS NULL OR t.expires_at > CAST($3 AS TEXT))) = $2) \
             AND (CAST($4 AS BOOLEAN) IS NULL OR t.revoked = $4) \
             AND (CAST($5 AS TEXT) IS NULL OR t.search_key LIKE $5 ESCAPE '!') \
             AND (CAST($6 AS BIGINT) IS NULL OR t.created_at > $6) \
             AND (CAST($7 AS BIGINT) IS NULL OR t.created_at < $7) \
             AND (CAST($8 AS TEXT) IS NULL OR t.expires_at > $8) \
             AND (CAST($9 AS TEXT) IS NULL OR t.expires_at < $9) \
             AND (CAST($10 AS BIGINT) IS NULL OR t.last_used_at > $10) \
             AND (CAST($11 AS BIGINT) IS NULL OR t.last_used_at < $11) \
             AND ((CAST($12 AS BIGINT) IS NULL AND CAST($13 AS BIGINT) IS NULL) OR t.user_id IN \
                  (SELECT b.user_id FROM bots b WHERE b.group_id = $12 OR b.project_id = $13)) ",
            $tail
        )
    };
}

macro_rules! page {
    ($order:literal) => {
        filtered!(concat!("SELECT ", columns!()), concat!("ORDER BY ", $order, " LIMIT $14 OFFSET $15"))
    };
}

/// The personal access token with that hash, and whose it is: one statement, for every request passes here.
pub fn presented(tx: &mut Tx<'_>, hash: &[u8]) -> Result<Arc<Option<Presented>>> {
    tx.remembered(|shelves| &shelves.presented, hash.to_vec(), |tx| read_presented(tx, hash))
}

fn read_presented(tx: &mut Tx<'_>, hash: &[u8]) -> Result<Option<Presented>> {
    tx.query_opt(
        concat!(
            "SELECT ",
            columns!(),
            ", t.hash, u.admin, u.bot, u.state, u.external FROM personal_access_tokens t JOIN users u ON u.id = t.user_id \
             WHERE t.hash = $1"
        ),
        &[hash.to_vec().into()],
        |row| {
            let token = token(row)?;
            let (person, state) = person(row, token.user_id, 11)?;
            Ok(Presented { token, hash: row.get(10)?, person, state })
        },
    )
}

/// The job that runs with the token of that hash, and who started it.
pub fn presented_by_job(tx: &mut Tx<'_>, hash: &[u8]) -> Result<Option<PresentedJob>> {
    tx.query_opt(
        "SELECT j.id, j.project_id, j.token_hash, u.id, u.admin, u.bot, u.state, u.external FROM jobs j
         JOIN users u ON u.id = j.user_id WHERE j.token_hash = $1 AND j.status IN ('running', 'canceling')",
        &[hash.to_vec().into()],
        |row| {
            let (person, state) = person(row, row.get(3)?, 4)?;
            Ok(PresentedJob { job: row.get(0)?, project: row.get(1)?, hash: row.get(2)?, person, state })
        },
    )
}

/// The token with that id.
pub fn get(tx: &mut Tx<'_>, id: TokenId) -> Result<Option<Token>> {
    let sql = concat!("SELECT ", columns!(), " FROM personal_access_tokens t WHERE t.id = $1");
    let load = |tx: &mut Tx<'_>| tx.query_opt(sql, &[id.into()], token);
    tx.remembered(|shelves| &shelves.tokens, id, load).map(|found| found.as_ref().clone())
}

/// One page of a list, and how many there are in all.
pub fn list(tx: &mut Tx<'_>, filter: &Filter) -> Result<(Vec<Token>, i64)> {
    let (active, today) = filter.active.unzip();
    let mut params: Vec<Value> = vec![
        filter.user.into(),
        optional(active),
        today.into(),
        optional(filter.revoked),
        filter.search.as_deref().map(pattern).into(),
        filter.created.0.into(),
        filter.created.1.into(),
        filter.expires.0.into(),
        filter.expires.1.into(),
        filter.last_used.0.into(),
        filter.last_used.1.into(),
    ];
    params.extend(filter.home.map_or([Value::Int(None), Value::Int(None)], columns_of));
    let total = tx.query_one(filtered!("SELECT count(*)", ""), &params, |row| row.get(0))?;
    params.extend([filter.limit.into(), filter.offset.into()]);
    let sql = match (filter.order, filter.descending) {
        (Order::Created, false) => page!("t.id"),
        (Order::Created, true) => page!("t.id DESC"),
        (Order::Expires, false) => page!("COALESCE(t.expires_at, ''), t.id"),
        (Order::Expires, true) => page!("COALESCE(t.expires_at, '') DESC, t.id DESC"),
        (Order::LastUsed, false) => page!("COALESCE(t.last_used_at, 0), t.id"),
        (Order::LastUsed, true) => page!("COALESCE(t.last_used_at, 0) DESC, t.id DESC"),
        (Order::Name, false) => page!("t.search_key, t.id"),
        (Order::Name, true) => page!("t.search_key DESC, t.id DESC"),
    };
    Ok((tx.query(sql, &params, token)?, total))
}

/// The tokens of a family that were not revoked: at most one, as each revokes the one it replaces.
pub fn living_in_family(tx: &mut Tx<'_>, family: TokenId) -> Result<Vec<Token>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM personal_access_tokens t WHERE (t.id = $1 OR t.family_id = $1) AND NOT t.revoked ORDER BY t.id"
    );
    tx.query(sql, &[family.into()], token)
}

/// The tokens of a user that were not revoked.
pub fn unrevoked(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<Token>> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM personal_access_tokens t WHERE t.user_id = $1 AND NOT t.revoked ORDER BY t.id"
    );
    tx.query(sql, &[user.into()], token)
}

/// Creates a token.
pub fn insert(tx: &mut Tx<'_>, new: &NewToken<'_>, now: Timestamp) -> Result<TokenId> {
    let scopes: Vec<_> = new.scopes.iter().map(|s| s.as_str()).collect();
    let id = tx.insert(
        "INSERT INTO personal_access_tokens (user_id, family_id, name, search_key, description, hash, scopes, expires_at,
           revoked, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id",
        &[
            new.user_id.into(),
            new.family.into(),
            new.name.into(),
            fold(new.name).into(),
            new.description.into(),
            new.hash.clone().into(),
            scopes.join(" ").into(),
            new.expires_at.into(),
            false.into(),
            now.into(),
        ],
    )?;
    Ok(TokenId(id))
}

/// Revokes a token; whether it was not revoked before.
pub fn revoke(tx: &mut Tx<'_>, id: TokenId) -> Result<bool> {
    let sql = "UPDATE personal_access_tokens SET revoked = $2 WHERE id = $1 AND NOT revoked";
    Ok(tx.execute(sql, &[id.into(), true.into()])? > 0)
}

/// Notes that a token was used, unless that was noted after `unless_after`.
pub fn touch(tx: &mut Tx<'_>, id: TokenId, now: Timestamp, unless_after: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE personal_access_tokens SET last_used_at = $2
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $3)",
        &[id.into(), now.into(), unless_after.into()],
    )
    .map(drop)
}

pub(crate) fn person(row: &Row<'_>, id: UserId, at: usize) -> Result<(Person, State)> {
    let state = row.word(at + 2, State::parse)?;
    let active = state == State::Active;
    Ok((Person { id, admin: row.get(at)?, bot: row.get(at + 1)?, active, external: row.get(at + 3)? }, state))
}

fn token(row: &Row<'_>) -> Result<Token> {
    let scopes = row.get::<String>(4)?;
    Ok(Token {
        id: row.get(0)?,
        user_id: row.get(1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        // A scope that this version does not know gives nothing.
        scopes: scopes.split_whitespace().filter_map(Scope::parse).collect(),
        expires_at: row.get(5)?,
        revoked: row.get(6)?,
        created_at: row.get(7)?,
        last_used_at: row.get(8)?,
        family: row.get(9)?,
    })
}
