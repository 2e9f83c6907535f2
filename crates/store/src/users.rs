//! People and bots.

use crate::fold::{fold, pattern};
use crate::many::{MOST, ids, params};
use crate::seek::{Key, Seek};
use crate::{Result, Row, Tx, Value, sessions};
use countersign_domain::ids::{NamespaceId, UserId};
use countersign_domain::time::{Date, Timestamp};
use countersign_domain::user::Settings;

pub use countersign_domain::user::State;

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
    /// What administrators decided about them.
    pub settings: Settings,
    /// Who created them.
    pub created_by: Option<UserId>,
    /// When they were created.
    pub created_at: Timestamp,
    /// When what is kept of them last changed.
    pub updated_at: Timestamp,
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
    /// What administrators decided about them.
    pub settings: Settings,
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
    /// The time they last changed.
    UpdatedAt,
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
    /// Only those who are not active.
    pub not_active: bool,
    /// Only administrators, or only others.
    pub admin: Option<bool>,
    /// Only bots, or only people.
    pub bot: Option<bool>,
    /// Only external users, or only others.
    pub external: Option<bool>,
    /// Only those who have access to no project on that day.
    pub without_projects: Option<Date>,
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
    /// Where the page begins: the offset, or a key.
    pub seek: Seek,
}

macro_rules! select {
    ($tail:expr) => {
        concat!(
            "SELECT u.id, u.username, u.name, u.email, u.admin, u.bot, u.state, u.note, u.created_by, u.created_at, \
             u.last_activity_on, n.id, u.external, u.private_profile, u.can_create_group, u.projects_limit, \
             u.updated_at FROM users u LEFT JOIN namespaces n ON n.owner_id = u.id ",
            $tail
        )
    };
}

/// `busy`: whoever has access to a project on day `$11`: as a member of it, of a group above it, or of one invited to
/// either, or as the owner of the namespace it lies in.
macro_rules! busy {
    ($tail:expr) => {
        concat!(
            "WITH RECURSIVE holding(id) AS (
               SELECT namespace_id FROM projects
               UNION SELECT n.parent_id FROM namespaces n JOIN holding h ON n.id = h.id WHERE n.parent_id IS NOT NULL
             ), alive(group_id, project_id, invited_group_id) AS (
               SELECT group_id, project_id, invited_group_id FROM shares
               WHERE expires_at IS NULL OR expires_at > CAST($11 AS TEXT)
             ), line(id) AS (
               SELECT invited_group_id FROM alive WHERE project_id IS NOT NULL
               UNION SELECT n.parent_id FROM namespaces n JOIN line l ON n.id = l.id WHERE n.parent_id IS NOT NULL
             ), giving(id) AS (
               SELECT id FROM holding UNION SELECT id FROM line
               UNION SELECT a.invited_group_id FROM alive a JOIN holding h ON h.id = a.group_id
             ), busy(id) AS (
               SELECT m.user_id FROM members m
               WHERE m.access_level >= 10 AND (m.expires_at IS NULL OR m.expires_at > CAST($11 AS TEXT))
               AND (m.project_id IS NOT NULL OR m.group_id IN (SELECT id FROM giving))
               UNION SELECT n.owner_id FROM namespaces n JOIN projects p ON p.namespace_id = n.id
               WHERE n.owner_id IS NOT NULL
             ) ",
            $tail
        )
    };
}

macro_rules! filtered {
    ($tail:expr) => {
        concat!(
            "WHERE u.state <> 'deleted' AND (CAST($1 AS TEXT) IS NULL OR u.username_key = $1) \
             AND (CAST($2 AS TEXT) IS NULL OR u.search_key LIKE $2 ESCAPE '!' OR u.email_key = CAST($3 AS TEXT)) \
             AND (CAST($4 AS TEXT) IS NULL OR u.state = $4) AND (CAST($5 AS BOOLEAN) IS NULL OR u.admin = $5) \
             AND (CAST($6 AS BOOLEAN) IS NULL OR u.bot = $6) AND (CAST($7 AS BIGINT) IS NULL OR u.created_at > $7) \
             AND (CAST($8 AS BIGINT) IS NULL OR u.created_at < $8) \
             AND (CAST($9 AS BOOLEAN) IS NULL OR u.external = $9) \
             AND (NOT CAST($10 AS BOOLEAN) OR u.state <> 'active') \
             AND (CAST($11 AS TEXT) IS NULL OR u.id NOT IN (SELECT id FROM busy)) ",
            $tail
        )
    };
}

macro_rules! page {
    ($order:literal) => {
        busy!(select!(filtered!(concat!("ORDER BY ", $order, " LIMIT $12 OFFSET $13"))))
    };
}

macro_rules! after {
    ($key:literal, $order:literal) => {
        busy!(select!(filtered!(concat!("AND ", $key, " ORDER BY ", $order, " LIMIT $12"))))
    };
}

/// The user with that id.
pub fn get(tx: &mut Tx<'_>, id: UserId) -> Result<Option<User>> {
    Ok(record(tx, id)?.filter(|u| u.state != State::Deleted))
}

/// The user with that id, also one who was deleted: for telling who did something.
pub fn record(tx: &mut Tx<'_>, id: UserId) -> Result<Option<User>> {
    let load = |tx: &mut Tx<'_>| tx.query_opt(select!("WHERE u.id = $1"), &[id.into()], user);
    tx.remembered(|shelves| &shelves.users, id, load).map(|found| found.as_ref().clone())
}

/// The user with that username, in any case.
pub fn by_username(tx: &mut Tx<'_>, username: &str) -> Result<Option<User>> {
    tx.query_opt(select!("WHERE u.username_key = $1"), &[fold(username).into()], user)
}

/// The user with that mail address, in any case.
pub fn by_email(tx: &mut Tx<'_>, email: &str) -> Result<Option<User>> {
    tx.query_opt(select!("WHERE u.email_key = $1"), &[fold(email).into()], user)
}

/// The users with those ids (at most [`crate::many::MOST`]), by id; as [`record`], also those who were deleted.
pub fn many(tx: &mut Tx<'_>, users: &[i64]) -> Result<Vec<User>> {
    let ids: Vec<UserId> = users.iter().take(MOST).copied().map(UserId).collect();
    let found = tx.remembered_many(
        |shelves| &shelves.users,
        &ids,
        |tx, ids| {
            let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
            let sql = select!(concat!("WHERE u.id IN (", ids!(), ")"));
            tx.query(sql, &params(&ids), |row| user(row).map(|user| (user.id, user)))
        },
    )?;
    let mut users: Vec<User> = found.iter().filter_map(|user| user.as_ref().clone()).collect();
    users.sort_by_key(|user| user.id);
    Ok(users)
}

/// One page of a list, and how many there are in all; that is not counted where the page begins by a key.
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
        optional(filter.external),
        filter.not_active.into(),
        filter.without_projects.into(),
    ];
    params.push(filter.limit.into());
    if let Seek::After(key) = &filter.seek {
        return Ok((after(tx, filter, key, params)?, 0));
    }
    let count = busy!(concat!("SELECT count(*) FROM users u ", filtered!("")));
    let total = match filter.seek {
        Seek::Offset => tx.query_one(count, &params[..11], |row| row.get(0))?,
        _ => 0,
    };
    params.push(filter.offset.into());
    let sql = match (filter.order, filter.descending) {
        (Order::Id, false) => page!("u.id"),
        (Order::Id, true) => page!("u.id DESC"),
        (Order::Name, false) => page!("u.search_key, u.id"),
        (Order::Name, true) => page!("u.search_key DESC, u.id DESC"),
        (Order::Username, false) => page!("u.username_key"),
        (Order::Username, true) => page!("u.username_key DESC"),
        (Order::UpdatedAt, false) => page!("u.updated_at, u.id"),
        (Order::UpdatedAt, true) => page!("u.updated_at DESC, u.id DESC"),
    };
    Ok((tx.query(sql, &params, user)?, total))
}

/// The page behind a key.
fn after(tx: &mut Tx<'_>, filter: &Filter, key: &Key, mut params: Vec<Value>) -> Result<Vec<User>> {
    match filter.order {
        Order::Id => {}
        Order::UpdatedAt => params.push(key.text.parse().unwrap_or(0_i64).into()),
        Order::Name | Order::Username => params.push(key.text.as_str().into()),
    }
    params.push(key.id.into());
    let sql = match (filter.order, filter.descending) {
        (Order::Id, false) => after!("u.id > $13", "u.id"),
        (Order::Id, true) => after!("u.id < $13", "u.id DESC"),
        (Order::Name, false) => after!("(u.search_key, u.id) > ($13, $14)", "u.search_key, u.id"),
        (Order::Name, true) => after!("(u.search_key, u.id) < ($13, $14)", "u.search_key DESC, u.id DESC"),
        (Order::Username, false) => after!("(u.username_key, u.id) > ($13, $14)", "u.username_key, u.id"),
        (Order::Username, true) => after!("(u.username_key, u.id) < ($13, $14)", "u.username_key DESC, u.id DESC"),
        (Order::UpdatedAt, false) => after!("(u.updated_at, u.id) > ($13, $14)", "u.updated_at, u.id"),
        (Order::UpdatedAt, true) => after!("(u.updated_at, u.id) < ($13, $14)", "u.updated_at DESC, u.id DESC"),
    };
    tx.query(sql, &params, user)
}

impl User {
    /// Where the user stands in a list of that order.
    pub fn key(&self, order: Order) -> Key {
        let text = match order {
            Order::Id => String::new(),
            Order::Name => search_key(&self.name, &self.username, self.bot),
            Order::Username => fold(&self.username),
            Order::UpdatedAt => self.updated_at.0.to_string(),
        };
        Key { text, id: self.id.0 }
    }
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
           state, note, external, private_profile, can_create_group, projects_limit, created_by, created_at, updated_at,
           password_by_another)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'active', $10, $11, $12, $13, $14, $15, $16, $16, $17)
         RETURNING id",
        &[
            new.username.into(),
            fold(new.username).into(),
            new.name.into(),
            search_key(new.name, new.username, new.bot).into(),
            new.email.into(),
            fold(new.email).into(),
            new.password_hash.into(),
            new.admin.into(),
            new.bot.into(),
            new.note.into(),
            new.settings.external.into(),
            new.settings.private_profile.into(),
            new.settings.can_create_group.into(),
            new.settings.projects_limit.into(),
            new.created_by.into(),
            now.into(),
            (new.created_by.is_some() && new.password_hash.is_some()).into(),
        ],
    )?;
    Ok(UserId(id))
}

/// Saves what administrators change: names, address, role, note and settings.
pub fn save(tx: &mut Tx<'_>, of: &User, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE users SET username = $2, username_key = $3, name = $4, search_key = $5, email = $6, email_key = $7,
           admin = $8, note = $9, external = $10, private_profile = $11, can_create_group = $12, projects_limit = $13,
           updated_at = $14 WHERE id = $1",
        &[
            of.id.into(),
            of.username.as_str().into(),
            fold(&of.username).into(),
            of.name.as_str().into(),
            search_key(&of.name, &of.username, of.bot).into(),
            of.email.as_str().into(),
            fold(&of.email).into(),
            of.admin.into(),
            of.note.as_deref().into(),
            of.settings.external.into(),
            of.settings.private_profile.into(),
            of.settings.can_create_group.into(),
            of.settings.projects_limit.into(),
            now.into(),
        ],
    )
    .map(drop)
}

/// Saves another password, as its argon2 hash; nothing for none that could be guessed. One that somebody else chose
/// (`by_another`) is to be changed.
pub fn set_password(tx: &mut Tx<'_>, id: UserId, hash: Option<&str>, by_another: bool) -> Result<()> {
    let sql = "UPDATE users SET password_hash = $2, password_by_another = $3 WHERE id = $1";
    tx.execute(sql, &[id.into(), hash.into(), by_another.into()]).map(drop)
}

/// Whose username or mail address that is, in any case, and the argon2 hash of their password, if they have one.
pub fn credentials(tx: &mut Tx<'_>, login: &str) -> Result<Option<(UserId, Option<String>)>> {
    tx.query_opt(
        "SELECT id, password_hash FROM users WHERE username_key = $1 OR email_key = $1
         ORDER BY username_key = $1 DESC LIMIT 1",
        &[fold(login).into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Deletes a user with their memberships, tokens, triggers and personal namespace, in which nothing may be left. Their row stays
/// without a name, for what they did; so do the entries of protections that name them, and remember the name.
pub fn delete(tx: &mut Tx<'_>, of: &User, now: Timestamp) -> Result<()> {
    let names: [Value; 2] = [of.id.into(), of.name.as_str().into()];
    tx.execute("UPDATE deploy_access_levels SET last_known_name = $2 WHERE user_id = $1", &names)?;
    tx.execute("UPDATE approval_rules SET last_known_name = $2 WHERE user_id = $1", &names)?;
    tx.execute("DELETE FROM members WHERE user_id = $1", &[of.id.into()])?;
    tx.execute("DELETE FROM personal_access_tokens WHERE user_id = $1", &[of.id.into()])?;
    tx.execute("DELETE FROM bots WHERE user_id = $1", &[of.id.into()])?;
    tx.execute("DELETE FROM triggers WHERE owner_id = $1", &[of.id.into()])?;
    sessions::end_all(tx, of.id, None)?;
    tx.execute("DELETE FROM namespaces WHERE owner_id = $1", &[of.id.into()])?;
    // Neither key can be anybody's: names and addresses hold no spaces.
    let nobody = format!("deleted {}", of.id);
    tx.execute(
        "UPDATE users SET state = 'deleted', username = $2, username_key = $3, name = $4, search_key = $3, email = '',
           email_key = $3, password_hash = NULL, admin = $5, note = NULL, last_activity_on = NULL, updated_at = $6
         WHERE id = $1",
        &[
            of.id.into(),
            nobody.replace(' ', "-").into(),
            nobody.into(),
            "Deleted user".into(),
            false.into(),
            now.into(),
        ],
    )
    .map(drop)
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

/// What a search for a user looks at, besides the mail address. A bot is called as its token is, which is not for everybody.
fn search_key(name: &str, username: &str, bot: bool) -> String {
    if bot { fold(username) } else { fold(&format!("{name}\n{username}")) }
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
        settings: Settings {
            external: row.get(12)?,
            private_profile: row.get(13)?,
            can_create_group: row.get(14)?,
            projects_limit: row.get(15)?,
        },
        created_by: row.get(8)?,
        created_at: row.get(9)?,
        updated_at: row.get(16)?,
        last_activity_on: row.get(10)?,
        namespace_id: row.get(11)?,
    })
}
