//! What was recorded last of a thing.

use crate::directory::columns_of;
use crate::{Result, Tx};
use countersign_domain::access::Place;
use countersign_domain::ids::UserId;

/// Who did what was recorded last of a thing of that kind in a place; nothing if none is recorded or the server did it.
pub fn latest(tx: &mut Tx<'_>, place: Place, kind: &str, id: i64) -> Result<Option<UserId>> {
    let [group, project] = columns_of(place);
    let found = tx.query_opt(
        "SELECT user_id FROM audit_events WHERE (group_id = $1 OR project_id = $2) AND subject_kind = $3
           AND subject_id = $4 ORDER BY id DESC LIMIT 1",
        &[group, project, kind.into(), id.into()],
        |row| row.get::<Option<UserId>>(0),
    )?;
    Ok(found.flatten())
}
