//! Personal access tokens, and the tokens of running jobs. Only hashes are stored.

use crate::fold::fold;
use crate::users::optional;
use crate::{Result, Row, Tx, Value};
use countersign_domain::access::Person;
use countersign_domain::ids::{JobId, ProjectId, TokenId, UserId};
use countersign_domain::time::{Date, Timestamp};
use countersign_domain::token::Scope;

/// A personal access token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// Whom it belongs to.
    pub user_id: UserId,
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
}

/// Which tokens are listed, in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Whose.
    pub user: Option<UserId>,
    /// Only those that work on the day given, or only those that do not.
    pub active: Option<(bool, Date)>,
    /// Only revoked ones, or only others.
    pub revoked: Option<bool>,
    /// Part of the name.
    pub search: Option<String>,
    /// How many rows at most.
    pub limit: i64,
    /// How many rows are left out at the start.
    pub offset: i64,
}

macro_rules! columns {
    () => {
        "t.id, t.user_id, t.name, t.description, t.scopes, t.expires_at, t.revoked, t.created_at, t.last_used_at"
    };
}

macro_rules! filtered {
    ($head:expr, $tail:expr) => {
        concat!(
            $head,
            " FROM personal_access_tokens t WHERE (CAST($1 AS BIGINT) IS NULL OR t.user_id = $1) \
             AND (CAST($2 AS BOOLEAN) IS NULL OR \
                  (NOT t.revoked AND (t.expires_at IS NULL OR t.expires_at > CAST($3 AS TEXT))) = $2) \
             AND (CAST($4 AS BOOLEAN) IS NULL OR t.revoked = $4) ",
            $tail
        )
    };
}

/// The personal access token with that hash, and whose it is: one statement, for every request passes here.
pub fn presented(tx: &mut Tx<'_>, hash: &[u8]) -> Result<Option<Presented>> {
    tx.query_opt(
        concat!(
            "SELECT ",
            columns!(),
            ", t.hash, u.admin, u.bot, u.state FROM personal_access_tokens t JOIN users u ON u.id = t.user_id \
             WHERE t.hash = $1"
        ),
        &[hash.to_vec().into()],
        |row| {
            let token = token(row)?;
            let person = person(row, token.user_id, 10)?;
            Ok(Presented { token, hash: row.get(9)?, person })
        },
    )
}

/// The job that runs with the token of that hash, and who started it.
pub fn presented_by_job(tx: &mut Tx<'_>, hash: &[u8]) -> Result<Option<PresentedJob>> {
    tx.query_opt(
        "SELECT j.id, j.project_id, j.token_hash, u.id, u.admin, u.bot, u.state FROM jobs j
         JOIN users u ON u.id = j.user_id WHERE j.token_hash = $1 AND j.status IN ('running', 'canceling')",
        &[hash.to_vec().into()],
        |row| {
            let person = person(row, row.get(3)?, 4)?;
            Ok(PresentedJob { job: row.get(0)?, project: row.get(1)?, hash: row.get(2)?, person })
        },
    )
}

/// The token with that id.
pub fn get(tx: &mut Tx<'_>, id: TokenId) -> Result<Option<Token>> {
    let sql = concat!("SELECT ", columns!(), " FROM personal_access_tokens t WHERE t.id = $1");
    tx.query_opt(sql, &[id.into()], token)
}

/// One page of a list, and how many there are in all.
pub fn list(tx: &mut Tx<'_>, filter: &Filter) -> Result<(Vec<Token>, i64)> {
    let (active, today) = filter.active.unzip();
    let mut params: Vec<Value> = vec![filter.user.into(), optional(active), today.into(), optional(filter.revoked)];
    let Some(search) = &filter.search else {
        let total = tx.query_one(filtered!("SELECT count(*)", ""), &params, |row| row.get(0))?;
        params.extend([filter.limit.into(), filter.offset.into()]);
        let sql = filtered!(concat!("SELECT ", columns!()), "ORDER BY t.id LIMIT $5 OFFSET $6");
        return Ok((tx.query(sql, &params, token)?, total));
    };
    // Names are not folded in their table, and the engines fold differently: a search is rare and done here.
    let mut all = tx.query(filtered!(concat!("SELECT ", columns!()), "ORDER BY t.id"), &params, token)?;
    let wanted = fold(search);
    all.retain(|t| fold(&t.name).contains(&wanted));
    let total = i64::try_from(all.len()).unwrap_or(i64::MAX);
    let (skip, take) = (count(filter.offset), count(filter.limit));
    Ok((all.into_iter().skip(skip).take(take).collect(), total))
}

/// Creates a token.
pub fn insert(tx: &mut Tx<'_>, new: &NewToken<'_>, now: Timestamp) -> Result<TokenId> {
    let scopes: Vec<_> = new.scopes.iter().map(|s| s.as_str()).collect();
    let id = tx.insert(
        "INSERT INTO personal_access_tokens (user_id, name, description, hash, scopes, expires_at, revoked, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        &[
            new.user_id.into(),
            new.name.into(),
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

/// Revokes a token.
pub fn revoke(tx: &mut Tx<'_>, id: TokenId) -> Result<()> {
    tx.execute("UPDATE personal_access_tokens SET revoked = $2 WHERE id = $1", &[id.into(), true.into()]).map(drop)
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

fn count(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

fn person(row: &Row<'_>, id: UserId, at: usize) -> Result<Person> {
    let active = row.get::<String>(at + 2)? == "active";
    Ok(Person { id, admin: row.get(at)?, bot: row.get(at + 1)?, active })
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
    })
}
