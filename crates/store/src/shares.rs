//! Groups invited to groups and projects.

use crate::directory::{columns_of, level, place_of};
use crate::many::{ids, params};
use crate::{Result, Row, Tx};
use countersign_domain::access::{Level, Place};
use countersign_domain::ids::GroupId;
use countersign_domain::time::{Date, Timestamp};

/// An invitation, with what is shown of the invited group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// To what.
    pub place: Place,
    /// The invited group.
    pub group_id: GroupId,
    /// Its name.
    pub group_name: String,
    /// Its whole address.
    pub group_full_path: String,
    /// The most its members get.
    pub level: Level,
    /// The first date on which it is dead.
    pub expires_at: Option<Date>,
}

macro_rules! select {
    ($tail:expr) => {
        concat!(
            "SELECT s.group_id, s.project_id, s.invited_group_id, n.name, n.full_path, s.access_level, s.expires_at \
             FROM shares s JOIN namespaces n ON n.id = s.invited_group_id ",
            $tail
        )
    };
}

/// All invitations to a place, oldest first; dead ones too.
pub fn list(tx: &mut Tx<'_>, place: Place) -> Result<Vec<Share>> {
    tx.query(select!("WHERE s.group_id = $1 OR s.project_id = $2 ORDER BY s.id"), &columns_of(place), share)
}

/// All invitations to the projects with those ids (at most [`crate::many::MOST`]), oldest first.
pub fn of_projects(tx: &mut Tx<'_>, projects: &[i64]) -> Result<Vec<Share>> {
    tx.query(select!(concat!("WHERE s.project_id IN (", ids!(), ") ORDER BY s.id")), &params(projects), share)
}

/// The invitation of that group to a place.
pub fn get(tx: &mut Tx<'_>, place: Place, invited: GroupId) -> Result<Option<Share>> {
    let [group, project] = columns_of(place);
    let sql = select!("WHERE (s.group_id = $1 OR s.project_id = $2) AND s.invited_group_id = $3");
    tx.query_opt(sql, &[group, project, invited.into()], share)
}

/// All invitations of a group, oldest first; dead ones too.
pub fn of_invited(tx: &mut Tx<'_>, invited: GroupId) -> Result<Vec<Share>> {
    tx.query(select!("WHERE s.invited_group_id = $1 ORDER BY s.id"), &[invited.into()], share)
}

/// Invites a group.
pub fn insert(
    tx: &mut Tx<'_>,
    place: Place,
    invited: GroupId,
    level: Level,
    expires_at: Option<Date>,
    now: Timestamp,
) -> Result<()> {
    let [group, project] = columns_of(place);
    tx.insert(
        "INSERT INTO shares (group_id, project_id, invited_group_id, access_level, expires_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6) RETURNING id",
        &[group, project, invited.into(), level.number().into(), expires_at.into(), now.into()],
    )
    .map(drop)
}

/// Ends an invitation.
pub fn delete(tx: &mut Tx<'_>, place: Place, invited: GroupId) -> Result<()> {
    let [group, project] = columns_of(place);
    let sql = "DELETE FROM shares WHERE (group_id = $1 OR project_id = $2) AND invited_group_id = $3";
    tx.execute(sql, &[group, project, invited.into()]).map(drop)
}

fn share(row: &Row<'_>) -> Result<Share> {
    Ok(Share {
        place: place_of(row, 0)?,
        group_id: row.get(2)?,
        group_name: row.get(3)?,
        group_full_path: row.get(4)?,
        level: level(row, 5)?,
        expires_at: row.get(6)?,
    })
}
