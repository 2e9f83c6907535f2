//! Direct memberships of groups and projects.

use crate::directory::{columns_of, level, place_of};
use crate::many::{MOST, ids};
use crate::users::{State, optional};
use crate::{Result, Row, Tx, Value};
use countersign_domain::access::{Level, Place};
use countersign_domain::ids::{GroupId, UserId};
use countersign_domain::time::{Date, Timestamp};

/// A direct membership, with what is shown of the member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Of what.
    pub place: Place,
    /// Who.
    pub user_id: UserId,
    /// Their username.
    pub username: String,
    /// Their name.
    pub name: String,
    /// Their mail address.
    pub email: String,
    /// Whether they are active.
    pub state: State,
    /// Whether they are a bot.
    pub bot: bool,
    /// The level.
    pub level: Level,
    /// The first date on which it is dead.
    pub expires_at: Option<Date>,
    /// Who made it.
    pub created_by: Option<Creator>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Who made a membership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creator {
    /// Who.
    pub id: UserId,
    /// Their username.
    pub username: String,
    /// Their name.
    pub name: String,
    /// Whether they are active.
    pub state: State,
}

/// A membership as seen from the user: where, and how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    /// Of what.
    pub place: Place,
    /// What that is called.
    pub name: String,
    /// Its full path.
    pub path: String,
    /// The level.
    pub level: Level,
}

/// Which memberships of a user are listed, oldest first.
#[derive(Debug, Clone, Copy, Default)]
pub struct MembershipFilter {
    /// Only those of projects, or only those of groups.
    pub projects: Option<bool>,
    /// How many rows at most.
    pub limit: i64,
    /// How many rows are left out at the start.
    pub offset: i64,
}

macro_rules! select {
    ($tail:expr) => {
        concat!(
            "SELECT m.group_id, m.project_id, m.user_id, u.username, u.name, u.email, u.state, m.access_level, \
             m.expires_at, m.created_at, c.id, c.username, c.name, c.state, u.bot FROM members m \
             JOIN users u ON u.id = m.user_id LEFT JOIN users c ON c.id = m.created_by ",
            $tail
        )
    };
}

/// All direct members of a place, by user id; dead memberships too.
pub fn list(tx: &mut Tx<'_>, place: Place) -> Result<Vec<Member>> {
    tx.query(select!("WHERE m.group_id = $1 OR m.project_id = $2 ORDER BY m.user_id"), &columns_of(place), member)
}

/// The direct membership of a user.
pub fn get(tx: &mut Tx<'_>, place: Place, user: UserId) -> Result<Option<Member>> {
    let [group, project] = columns_of(place);
    let sql = select!("WHERE (m.group_id = $1 OR m.project_id = $2) AND m.user_id = $3");
    tx.query_opt(sql, &[group, project, user.into()], member)
}

/// A direct membership, without what is shown of the member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holding {
    /// Its number, which grows with time.
    pub id: i64,
    /// Of what.
    pub place: Place,
    /// Who.
    pub user_id: UserId,
    /// The level.
    pub level: Level,
    /// The first date on which it is dead.
    pub expires_at: Option<Date>,
    /// Who made it.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// How many places the shorter look-up of [`of_places`] takes. There are rarely more around a place, and a list of
/// [`MOST`] ids costs more than the rows.
const FEW: usize = 8;

/// The memberships of some groups, and of a project.
macro_rules! held {
    ($groups:expr, $project:literal) => {
        concat!(
            "SELECT id, group_id, project_id, user_id, access_level, expires_at, created_by, created_at FROM members
             WHERE group_id IN (",
            $groups,
            ") UNION ALL SELECT id, group_id, project_id, user_id, access_level, expires_at, created_by, created_at
             FROM members WHERE project_id = ",
            $project
        )
    };
}

/// The direct memberships of groups and of one project at most, the oldest first; dead ones too.
pub fn of_places(tx: &mut Tx<'_>, places: &[Place]) -> Result<Vec<Holding>> {
    let (room, sql) = match places.len() <= FEW {
        true => (FEW, held!("$1, $2, $3, $4, $5, $6, $7, $8", "$9")),
        false => (MOST, held!(ids!(), "$101")),
    };
    let mut all = Vec::new();
    for some in places.chunks(room) {
        let mut values = vec![Value::Int(None); room];
        let mut project = Value::Int(None);
        for (place, value) in some.iter().zip(&mut values) {
            match place {
                Place::Group(id) => *value = (*id).into(),
                Place::Project(id) => project = (*id).into(),
            }
        }
        values.push(project);
        all.extend(tx.query(sql, &values, holding)?);
    }
    all.sort_unstable_by_key(|held| held.id);
    Ok(all)
}

fn holding(row: &Row<'_>) -> Result<Holding> {
    Ok(Holding {
        id: row.get(0)?,
        place: place_of(row, 1)?,
        user_id: row.get(3)?,
        level: level(row, 4)?,
        expires_at: row.get(5)?,
        created_by: row.get(6)?,
        created_at: row.get(7)?,
    })
}

macro_rules! of_user {
    ($head:literal, $tail:literal) => {
        concat!(
            $head,
            " FROM members m LEFT JOIN namespaces n ON n.id = m.group_id LEFT JOIN projects p ON p.id = m.project_id \
             WHERE m.user_id = $1 AND (m.expires_at IS NULL OR m.expires_at > $2) \
             AND (CAST($3 AS BOOLEAN) IS NULL OR (m.project_id IS NOT NULL) = $3) ",
            $tail
        )
    };
}

/// One page of the living memberships of a user, and how many there are in all.
pub fn of_user(tx: &mut Tx<'_>, user: UserId, filter: MembershipFilter, today: Date) -> Result<(Vec<Membership>, i64)> {
    let mut params: Vec<Value> = vec![user.into(), today.into(), optional(filter.projects)];
    let total = tx.query_one(of_user!("SELECT count(*)", ""), &params, |row| row.get(0))?;
    params.extend([filter.limit.into(), filter.offset.into()]);
    let sql = of_user!(
        "SELECT m.group_id, m.project_id, COALESCE(n.name, p.name), COALESCE(n.full_path, p.full_path), m.access_level",
        "ORDER BY m.id LIMIT $4 OFFSET $5"
    );
    let found = tx.query(sql, &params, |row| {
        Ok(Membership { place: place_of(row, 0)?, name: row.get(2)?, path: row.get(3)?, level: level(row, 4)? })
    })?;
    Ok((found, total))
}

/// The groups at the top that no other person owns who can act: ids and full paths.
pub fn solely_owned(tx: &mut Tx<'_>, user: UserId, today: Date) -> Result<Vec<(GroupId, String)>> {
    tx.query(
        "SELECT n.id, n.full_path FROM members m JOIN namespaces n ON n.id = m.group_id
         WHERE m.user_id = $1 AND n.parent_id IS NULL AND m.access_level = 50
         AND (m.expires_at IS NULL OR m.expires_at > $2) AND NOT EXISTS (
           SELECT 1 FROM members o JOIN users u ON u.id = o.user_id WHERE o.group_id = n.id AND o.user_id <> $1
           AND o.access_level = 50 AND u.state = 'active' AND NOT u.bot AND (o.expires_at IS NULL OR o.expires_at > $2))
         ORDER BY n.id",
        &[user.into(), today.into()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Adds a membership.
pub fn insert(
    tx: &mut Tx<'_>,
    place: Place,
    user: UserId,
    level: Level,
    expires_at: Option<Date>,
    made: (Option<UserId>, Timestamp),
) -> Result<()> {
    let [group, project] = columns_of(place);
    let (by, now) = made;
    tx.insert(
        "INSERT INTO members (group_id, project_id, user_id, access_level, expires_at, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        &[group, project, user.into(), level.number().into(), expires_at.into(), by.into(), now.into()],
    )
    .map(drop)
}

/// Saves another level and end.
pub fn save(tx: &mut Tx<'_>, place: Place, user: UserId, level: Level, expires_at: Option<Date>) -> Result<()> {
    let [group, project] = columns_of(place);
    tx.execute(
        "UPDATE members SET access_level = $4, expires_at = $5
         WHERE (group_id = $1 OR project_id = $2) AND user_id = $3",
        &[group, project, user.into(), level.number().into(), expires_at.into()],
    )
    .map(drop)
}

/// Ends a membership.
pub fn delete(tx: &mut Tx<'_>, place: Place, user: UserId) -> Result<()> {
    let [group, project] = columns_of(place);
    let sql = "DELETE FROM members WHERE (group_id = $1 OR project_id = $2) AND user_id = $3";
    tx.execute(sql, &[group, project, user.into()]).map(drop)
}

/// All direct memberships of a user, with their levels and ends; dead ones too.
pub fn direct(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<(Place, Level, Option<Date>)>> {
    let sql = "SELECT group_id, project_id, access_level, expires_at FROM members WHERE user_id = $1 ORDER BY id";
    tx.query(sql, &[user.into()], |row| Ok((place_of(row, 0)?, level(row, 2)?, row.get(3)?)))
}

/// Ends the memberships of a user in everything below a group; which they were, with their levels and ends.
pub fn delete_below(tx: &mut Tx<'_>, group: GroupId, user: UserId) -> Result<Vec<(Place, Level, Option<Date>)>> {
    tx.returning(
        "DELETE FROM members WHERE user_id = $2 AND (
           group_id IN (WITH RECURSIVE tree(id) AS (SELECT id FROM namespaces WHERE parent_id = $1
             UNION SELECT n.id FROM namespaces n JOIN tree t ON n.parent_id = t.id) SELECT id FROM tree)
           OR project_id IN (WITH RECURSIVE tree(id) AS (SELECT id FROM namespaces WHERE id = $1
             UNION SELECT n.id FROM namespaces n JOIN tree t ON n.parent_id = t.id)
             SELECT p.id FROM projects p JOIN tree t ON t.id = p.namespace_id))
         RETURNING group_id, project_id, access_level, expires_at",
        &[group.into(), user.into()],
        |row| Ok((place_of(row, 0)?, level(row, 2)?, row.get(3)?)),
    )
}

fn member(row: &Row<'_>) -> Result<Member> {
    let created_by = match row.get::<Option<UserId>>(10)? {
        None => None,
        Some(id) => {
            let state = row.word(13, State::parse)?;
            Some(Creator { id, username: row.get(11)?, name: row.get(12)?, state })
        }
    };
    Ok(Member {
        place: place_of(row, 0)?,
        user_id: row.get(2)?,
        username: row.get(3)?,
        name: row.get(4)?,
        email: row.get(5)?,
        state: row.word(6, State::parse)?,
        bot: row.get(14)?,
        level: level(row, 7)?,
        expires_at: row.get(8)?,
        created_by,
        created_at: row.get(9)?,
    })
}
