//! Trigger tokens: each creates pipelines of one project as its owner. Only hashes are stored.

use crate::tokens::person;
use crate::users::State;
use crate::{Result, Row, Tx};
use countersign_domain::access::Person;
use countersign_domain::ids::{ProjectId, TriggerId, UserId};
use countersign_domain::time::Timestamp;

/// A trigger token, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// Its id.
    pub id: TriggerId,
    /// The project whose pipelines it creates.
    pub project: ProjectId,
    /// As whom it creates them.
    pub owner: UserId,
    /// What it is for.
    pub description: String,
    /// The first characters of the secret.
    pub beginning: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its description last changed.
    pub updated_at: Timestamp,
    /// When it last created a pipeline.
    pub last_used_at: Option<Timestamp>,
}

/// A new trigger token.
#[derive(Debug, Clone)]
pub struct NewTrigger<'a> {
    /// The project whose pipelines it creates.
    pub project: ProjectId,
    /// As whom it creates them.
    pub owner: UserId,
    /// What it is for.
    pub description: &'a str,
    /// The SHA-256 of its secret.
    pub hash: Vec<u8>,
    /// The first characters of the secret.
    pub beginning: &'a str,
}

/// A trigger token as presented, with its owner.
#[derive(Debug, Clone)]
pub struct Presented {
    /// The trigger token.
    pub trigger: Trigger,
    /// The stored hash, to be compared once more in constant time.
    pub hash: Vec<u8>,
    /// The owner as they are now.
    pub person: Person,
    /// The owner's state.
    pub state: State,
}

macro_rules! select {
    ($more:literal, $tail:literal) => {
        concat!(
            "SELECT t.id, t.project_id, t.owner_id, t.description, t.beginning, t.created_at, t.updated_at, \
             t.last_used_at",
            $more,
            " FROM triggers t ",
            $tail
        )
    };
}

/// The trigger token with that id.
pub fn get(tx: &mut Tx<'_>, id: TriggerId) -> Result<Option<Trigger>> {
    tx.query_opt(select!("", "WHERE t.id = $1"), &[id.into()], trigger)
}

/// The trigger token with that hash, and whose it is.
pub fn presented(tx: &mut Tx<'_>, hash: &[u8]) -> Result<Option<Presented>> {
    let sql =
        select!(", t.hash, u.admin, u.bot, u.state, u.external", "JOIN users u ON u.id = t.owner_id WHERE t.hash = $1");
    tx.query_opt(sql, &[hash.to_vec().into()], |row| {
        let trigger = trigger(row)?;
        let (person, state) = person(row, trigger.owner, 9)?;
        Ok(Presented { trigger, hash: row.get(8)?, person, state })
    })
}

/// One page of the trigger tokens of a project, the oldest first, and how many there are in all.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, limit: i64, offset: i64) -> Result<(Vec<Trigger>, i64)> {
    let sql = "SELECT count(*) FROM triggers WHERE project_id = $1";
    let total = tx.query_one(sql, &[project.into()], |row| row.get(0))?;
    let sql = select!("", "WHERE t.project_id = $1 ORDER BY t.id LIMIT $2 OFFSET $3");
    Ok((tx.query(sql, &[project.into(), limit.into(), offset.into()], trigger)?, total))
}

/// The trigger tokens of an owner, in all projects.
pub fn owned(tx: &mut Tx<'_>, owner: UserId) -> Result<Vec<Trigger>> {
    tx.query(select!("", "WHERE t.owner_id = $1 ORDER BY t.id"), &[owner.into()], trigger)
}

/// Creates a trigger token.
pub fn insert(tx: &mut Tx<'_>, new: &NewTrigger<'_>, now: Timestamp) -> Result<TriggerId> {
    let id = tx.insert(
        "INSERT INTO triggers (project_id, owner_id, description, hash, beginning, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id",
        &[
            new.project.into(),
            new.owner.into(),
            new.description.into(),
            new.hash.clone().into(),
            new.beginning.into(),
            now.into(),
        ],
    )?;
    Ok(TriggerId(id))
}

/// Saves another description.
pub fn describe(tx: &mut Tx<'_>, id: TriggerId, description: &str, now: Timestamp) -> Result<()> {
    let sql = "UPDATE triggers SET description = $2, updated_at = $3 WHERE id = $1";
    tx.execute(sql, &[id.into(), description.into(), now.into()]).map(drop)
}

/// Deletes a trigger token.
pub fn delete(tx: &mut Tx<'_>, id: TriggerId) -> Result<()> {
    tx.execute("DELETE FROM triggers WHERE id = $1", &[id.into()]).map(drop)
}

/// Notes that a trigger token created a pipeline.
pub fn touch(tx: &mut Tx<'_>, id: TriggerId, now: Timestamp) -> Result<()> {
    let sql = "UPDATE triggers SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at < $2)";
    tx.execute(sql, &[id.into(), now.into()]).map(drop)
}

fn trigger(row: &Row<'_>) -> Result<Trigger> {
    Ok(Trigger {
        id: row.get(0)?,
        project: row.get(1)?,
        owner: row.get(2)?,
        description: row.get(3)?,
        beginning: row.get(4)?,
        created_at: row.get(5)?,
        updated_at: row.get(6)?,
        last_used_at: row.get(7)?,
    })
}
