//! Where the bots of access tokens belong, and as what.

use crate::directory::{columns_of, level, place_of};
use crate::many::{MOST, ids, params};
use crate::{Result, Row, Tx};
use countersign_domain::access::{Level, Place};
use countersign_domain::ids::{GroupId, UserId};

/// The bot of an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bot {
    /// The bot as a user.
    pub user: UserId,
    /// The project or group it belongs to, and to nothing else.
    pub home: Place,
    /// What it may do there, as long as it is a member.
    pub level: Level,
}

/// Notes where a bot belongs.
pub fn insert(tx: &mut Tx<'_>, bot: Bot) -> Result<()> {
    let [group, project] = columns_of(bot.home);
    tx.execute(
        "INSERT INTO bots (user_id, group_id, project_id, access_level) VALUES ($1, $2, $3, $4)",
        &[bot.user.into(), group, project, bot.level.number().into()],
    )
    .map(drop)
}

/// The bot that is that user, if they are one.
pub fn get(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Bot>> {
    let sql = "SELECT user_id, group_id, project_id, access_level FROM bots WHERE user_id = $1";
    tx.query_opt(sql, &[user.into()], bot)
}

/// The bots among those users (at most [`MOST`]).
pub fn many(tx: &mut Tx<'_>, users: &[i64]) -> Result<Vec<Bot>> {
    let sql = concat!("SELECT user_id, group_id, project_id, access_level FROM bots WHERE user_id IN (", ids!(), ")");
    tx.query(sql, &params(users.get(..MOST).unwrap_or(users)), bot)
}

/// The bots of a project; or of a group, and of everything below it.
pub fn within(tx: &mut Tx<'_>, place: Place) -> Result<Vec<Bot>> {
    match place {
        Place::Project(project) => {
            let sql = "SELECT user_id, group_id, project_id, access_level FROM bots WHERE project_id = $1
                 ORDER BY user_id";
            tx.query(sql, &[project.into()], bot)
        }
        Place::Group(group) => below(tx, group),
    }
}

fn below(tx: &mut Tx<'_>, group: GroupId) -> Result<Vec<Bot>> {
    tx.query(
        "WITH RECURSIVE tree(id) AS (SELECT id FROM namespaces WHERE id = $1
           UNION SELECT n.id FROM namespaces n JOIN tree t ON n.parent_id = t.id)
         SELECT b.user_id, b.group_id, b.project_id, b.access_level FROM bots b
         WHERE b.group_id IN (SELECT id FROM tree)
         OR b.project_id IN (SELECT p.id FROM projects p JOIN tree t ON t.id = p.namespace_id)
         ORDER BY b.user_id",
        &[group.into()],
        bot,
    )
}

fn bot(row: &Row<'_>) -> Result<Bot> {
    Ok(Bot { user: row.get(0)?, home: place_of(row, 1)?, level: level(row, 3)? })
}
