//! Lists of the groups that somebody may see.

use super::{Namespace, columns, read, search_key};
use crate::fold::{fold, pattern};
use crate::many::{MOST, ids_seen, params};
use crate::reach::{Viewer, reach_groups, sees_group};
use crate::seek::{Key, Seek};
use crate::{Result, Tx, Value};
use countersign_domain::access::{Level, Visibility};
use countersign_domain::ids::GroupId;
use std::collections::HashSet;

/// By what a list is ordered; ties are broken by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The name.
    #[default]
    Name,
    /// The full path.
    Path,
    /// The id, which grows with time.
    Id,
}

/// Which groups are listed, and in which order.
#[derive(Debug, Clone)]
pub struct Filter {
    /// For whom.
    pub viewer: Viewer,
    /// Part of the name or path.
    pub search: Option<String>,
    /// Only groups that lie in no other.
    pub top_level_only: bool,
    /// Only groups directly in that one.
    pub parent: Option<GroupId>,
    /// With `parent`: those at any depth.
    pub below: bool,
    /// All but these.
    pub skip: Vec<GroupId>,
    /// Only groups on which the person has at least this level.
    pub min_level: Option<Level>,
    /// Only groups of that visibility.
    pub visibility: Option<Visibility>,
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

macro_rules! filtered {
    ($head:expr, $tail:expr) => {
        reach_groups!(
            // `above`: group $6, and with $9 the groups below it.
            ", above(id) AS (
               SELECT CAST($6 AS BIGINT)
               UNION SELECT n.id FROM namespaces n JOIN above a ON n.parent_id = a.id WHERE CAST($9 AS BOOLEAN)) ",
            $head,
            " FROM namespaces n LEFT JOIN levels l ON l.id = n.id WHERE n.kind = 'group' AND ",
            sees_group!(),
            " AND (CAST($4 AS TEXT) IS NULL OR n.search_key LIKE $4 ESCAPE '!') \
              AND (NOT CAST($5 AS BOOLEAN) OR n.parent_id IS NULL) \
              AND (CAST($6 AS BIGINT) IS NULL OR n.parent_id IN (SELECT a.id FROM above a)) \
              AND (CAST($7 AS BIGINT) IS NULL OR l.level >= $7) \
              AND (CAST($8 AS TEXT) IS NULL OR n.visibility = $8) \
              AND (CAST($10 AS TEXT) IS NULL OR $10 NOT LIKE '%,' || CAST(n.id AS TEXT) || ',%') ",
            $tail
        )
    };
}

macro_rules! page {
    ($order:literal) => {
        filtered!(concat!("SELECT ", columns!()), concat!("ORDER BY ", $order, " LIMIT $11 OFFSET $12"))
    };
}

macro_rules! after {
    ($key:literal, $order:literal) => {
        filtered!(concat!("SELECT ", columns!()), concat!("AND ", $key, " ORDER BY ", $order, " LIMIT $11"))
    };
}

/// One page of a list, and how many there are in all; that is not counted where the page begins by a key.
pub fn list(tx: &mut Tx<'_>, filter: &Filter) -> Result<(Vec<Namespace>, i64)> {
    let mut params: Vec<Value> = vec![
        filter.viewer.user.into(),
        filter.viewer.today.into(),
        filter.viewer.admin.into(),
        filter.search.as_deref().map(pattern).into(),
        filter.top_level_only.into(),
        filter.parent.into(),
        filter.min_level.map(Level::number).into(),
        filter.visibility.map(Visibility::as_str).into(),
        filter.below.into(),
        skip(&filter.skip).into(),
    ];
    params.push(filter.limit.into());
    if let Seek::After(key) = &filter.seek {
        return Ok((after(tx, filter, key, params)?, 0));
    }
    let total = match filter.seek {
        Seek::Offset => tx.query_one(filtered!("SELECT count(*)", ""), &params[..10], |row| row.get(0))?,
        _ => 0,
    };
    params.push(filter.offset.into());
    let sql = match (filter.order, filter.descending) {
        (Order::Name, false) => page!("n.search_key, n.id"),
        (Order::Name, true) => page!("n.search_key DESC, n.id DESC"),
        (Order::Path, false) => page!("n.full_path_key"),
        (Order::Path, true) => page!("n.full_path_key DESC"),
        (Order::Id, false) => page!("n.id"),
        (Order::Id, true) => page!("n.id DESC"),
    };
    Ok((tx.query(sql, &params, read)?, total))
}

/// Those among the groups with these ids that the viewer sees.
pub fn seen(tx: &mut Tx<'_>, viewer: &Viewer, groups: &[i64]) -> Result<HashSet<GroupId>> {
    let mut seen = HashSet::new();
    for some in groups.chunks(MOST) {
        let mut values: Vec<Value> = vec![viewer.user.into(), viewer.today.into(), viewer.admin.into()];
        values.extend(params(some));
        let found = tx.query(
            reach_groups!(
                "SELECT n.id FROM namespaces n LEFT JOIN levels l ON l.id = n.id WHERE n.kind = 'group' AND ",
                sees_group!(),
                " AND n.id IN (",
                ids_seen!(),
                ")"
            ),
            &values,
            |row| row.get::<GroupId>(0),
        )?;
        seen.extend(found);
    }
    Ok(seen)
}

/// The page behind a key.
fn after(tx: &mut Tx<'_>, filter: &Filter, key: &Key, mut params: Vec<Value>) -> Result<Vec<Namespace>> {
    if filter.order != Order::Id {
        params.push(key.text.as_str().into());
    }
    params.push(key.id.into());
    let sql = match (filter.order, filter.descending) {
        (Order::Name, false) => after!("(n.search_key, n.id) > ($12, $13)", "n.search_key, n.id"),
        (Order::Name, true) => after!("(n.search_key, n.id) < ($12, $13)", "n.search_key DESC, n.id DESC"),
        (Order::Path, false) => after!("(n.full_path_key, n.id) > ($12, $13)", "n.full_path_key, n.id"),
        (Order::Path, true) => after!("(n.full_path_key, n.id) < ($12, $13)", "n.full_path_key DESC, n.id DESC"),
        (Order::Id, false) => after!("n.id > $12", "n.id"),
        (Order::Id, true) => after!("n.id < $12", "n.id DESC"),
    };
    tx.query(sql, &params, read)
}

impl Namespace {
    /// Where the group stands in a list of that order.
    pub fn key(&self, order: Order) -> Key {
        let text = match order {
            Order::Name => search_key(&self.name, &self.path),
            Order::Path => fold(&self.full_path),
            Order::Id => String::new(),
        };
        Key { text, id: self.id.0 }
    }
}

/// Ids between commas; none without any.
fn skip(ids: &[GroupId]) -> Option<String> {
    let each: String = ids.iter().map(|id| format!("{id},")).collect();
    Some(format!(",{each}")).filter(|_| !ids.is_empty())
}
