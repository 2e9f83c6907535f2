//! The namespaces in which somebody has a place: their own, and the groups they belong to.

use super::{Namespace, columns, read};
use crate::fold::pattern;
use crate::reach::{Viewer, reach_groups};
use crate::{Result, Tx, Value};

/// Which namespaces are listed.
#[derive(Debug, Clone)]
pub struct Mine {
    /// For whom; administrators have a place in all.
    pub viewer: Viewer,
    /// Part of the name or path.
    pub search: Option<String>,
    /// Only those that the person owns.
    pub owned_only: bool,
    /// Only those that lie in no other.
    pub top_level_only: bool,
    /// How many rows at most.
    pub limit: i64,
    /// How many rows are left out at the start.
    pub offset: i64,
}

macro_rules! filtered {
    ($head:expr, $tail:expr) => {
        reach_groups!(
            $head,
            " FROM namespaces n LEFT JOIN levels l ON l.id = n.id \
              WHERE (CAST($3 AS BOOLEAN) OR l.level >= 10 OR n.owner_id = $1) \
              AND (CAST($4 AS TEXT) IS NULL OR n.search_key LIKE $4 ESCAPE '!') \
              AND (NOT CAST($5 AS BOOLEAN) OR l.level >= 50 OR n.owner_id = $1) \
              AND (NOT CAST($6 AS BOOLEAN) OR n.parent_id IS NULL) ",
            $tail
        )
    };
}

/// One page of the namespaces, by id, and how many there are in all.
pub fn mine(tx: &mut Tx<'_>, filter: &Mine) -> Result<(Vec<Namespace>, i64)> {
    let mut params: Vec<Value> = vec![
        filter.viewer.user.into(),
        filter.viewer.today.into(),
        filter.viewer.admin.into(),
        filter.search.as_deref().map(pattern).into(),
        filter.owned_only.into(),
        filter.top_level_only.into(),
    ];
    let total = tx.query_one(filtered!("SELECT count(*)", ""), &params, |row| row.get(0))?;
    params.extend([filter.limit.into(), filter.offset.into()]);
    let sql = filtered!(concat!("SELECT ", columns!()), "ORDER BY n.id LIMIT $7 OFFSET $8");
    Ok((tx.query(sql, &params, read)?, total))
}
