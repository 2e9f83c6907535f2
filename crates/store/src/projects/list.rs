//! Lists of the projects that somebody may see.

use super::{Project, columns, read, topics_key};
use crate::fold::{fold, pattern};
use crate::reach::{Viewer, reach_projects};
use crate::seek::{Key, Seek};
use crate::{Result, Row, Tx, Value};
use countersign_domain::access::{Level, Visibility};
use countersign_domain::ids::{NamespaceId, ProjectId};
use countersign_domain::time::Timestamp;

/// By what a list is ordered; ties are broken by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The id, which grows with time.
    #[default]
    Id,
    /// The name.
    Name,
    /// The last part of the address.
    Path,
    /// The time the settings last changed.
    UpdatedAt,
    /// The time anything last happened in it.
    LastActivityAt,
}

/// Projects that have to do with a namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Within {
    /// Which.
    pub namespace: NamespaceId,
    /// Those directly in it.
    pub own: bool,
    /// With `own`: those in groups below it, too.
    pub below: bool,
    /// Those it is invited to.
    pub shared: bool,
}

/// Which projects are listed, and in which order.
#[derive(Debug, Clone)]
pub struct Filter {
    /// For whom.
    pub viewer: Viewer,
    /// Part of the name or path.
    pub search: Option<String>,
    /// Only projects on which the person has at least this level.
    pub min_level: Option<Level>,
    /// Only projects of that visibility.
    pub visibility: Option<Visibility>,
    /// Only projects there.
    pub within: Option<Within>,
    /// Only archived ones, or only others.
    pub archived: Option<bool>,
    /// Only projects with all these topics.
    pub topics: Vec<String>,
    /// Only projects in which something happened after that.
    pub active_after: Option<Timestamp>,
    /// Only projects in which nothing happened since that.
    pub active_before: Option<Timestamp>,
    /// Only projects with a greater id.
    pub id_after: Option<ProjectId>,
    /// Only projects with a smaller id.
    pub id_before: Option<ProjectId>,
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

/// A project in a list, with what the viewer is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The project.
    pub project: Project,
    /// The level of the viewer's own membership.
    pub direct: Option<Level>,
    /// The viewer's level on the project's group.
    pub group: Option<Level>,
    /// The viewer's level on the project, by whatever way.
    pub level: Option<Level>,
}

macro_rules! filtered {
    ($head:expr, $tail:expr) => {
        reach_projects!(
            // `below`: namespace $7, and with $12 the groups below it.
            ", below(id) AS (
               SELECT CAST($7 AS BIGINT)
               UNION SELECT n.id FROM namespaces n JOIN below b ON n.parent_id = b.id WHERE CAST($12 AS BOOLEAN)) ",
            $head,
            " FROM projects p JOIN namespaces n ON n.id = p.namespace_id LEFT JOIN levels l ON l.id = p.id \
              WHERE (CAST($3 AS BOOLEAN) OR l.level >= 10 OR p.visibility = 'public' \
                     OR (p.visibility = 'internal' \
                         AND EXISTS (SELECT 1 FROM users v WHERE v.id = $1 AND NOT v.external))) \
              AND (CAST($4 AS TEXT) IS NULL OR p.search_key LIKE $4 ESCAPE '!') \
              AND (CAST($5 AS BIGINT) IS NULL OR l.level >= $5) \
              AND (CAST($6 AS TEXT) IS NULL OR p.visibility = $6) \
              AND (CAST($7 AS BIGINT) IS NULL \
                   OR (CAST($10 AS BOOLEAN) AND p.namespace_id IN (SELECT b.id FROM below b)) \
                   OR (CAST($11 AS BOOLEAN) AND p.id IN (SELECT s.project_id FROM shares s \
                       WHERE s.invited_group_id = $7 AND (s.expires_at IS NULL OR s.expires_at > $2)))) \
              AND (CAST($8 AS BIGINT) IS NULL OR p.id > $8) AND (CAST($9 AS BIGINT) IS NULL OR p.id < $9) \
              AND (CAST($13 AS BIGINT) IS NULL OR (CAST($13 AS BIGINT) = 1) = p.archived) \
              AND (CAST($14 AS TEXT) IS NULL OR p.topics_key LIKE $14 ESCAPE '!') \
              AND (CAST($15 AS BIGINT) IS NULL OR p.last_activity_at > $15) \
              AND (CAST($16 AS BIGINT) IS NULL OR p.last_activity_at < $16) ",
            $tail
        )
    };
}

macro_rules! rows {
    ($tail:expr) => {
        filtered!(
            concat!(
                "SELECT ",
                columns!(),
                ", (SELECT m.access_level FROM members m WHERE m.project_id = p.id AND m.user_id = $1 \
                    AND (m.expires_at IS NULL OR m.expires_at > $2)), \
                   (SELECT MAX(x.level) FROM reached x WHERE x.id = p.namespace_id), l.level"
            ),
            $tail
        )
    };
}

macro_rules! page {
    ($order:literal) => {
        rows!(concat!("ORDER BY ", $order, " LIMIT $17 OFFSET $18"))
    };
}

macro_rules! after {
    ($key:literal, $order:literal) => {
        rows!(concat!("AND ", $key, " ORDER BY ", $order, " LIMIT $17"))
    };
}

/// One page of a list, and how many there are in all; that is not counted where the page begins by a key.
pub fn list(tx: &mut Tx<'_>, filter: &Filter) -> Result<(Vec<Listed>, i64)> {
    let mut params: Vec<Value> = vec![
        filter.viewer.user.into(),
        filter.viewer.today.into(),
        filter.viewer.admin.into(),
        filter.search.as_deref().map(pattern).into(),
        filter.min_level.map(Level::number).into(),
        filter.visibility.map(Visibility::as_str).into(),
        filter.within.map(|w| w.namespace).into(),
        filter.id_after.into(),
        filter.id_before.into(),
        filter.within.is_some_and(|w| w.own).into(),
        filter.within.is_some_and(|w| w.shared).into(),
        filter.within.is_some_and(|w| w.below).into(),
        filter.archived.map(i64::from).into(),
        topics(&filter.topics).into(),
        filter.active_after.into(),
        filter.active_before.into(),
    ];
    params.push(filter.limit.into());
    if let Seek::After(key) = &filter.seek {
        return Ok((after(tx, filter, key, params)?, 0));
    }
    let total = match filter.seek {
        Seek::Offset => tx.query_one(filtered!("SELECT count(*)", ""), &params[..16], |row| row.get(0))?,
        _ => 0,
    };
    params.push(filter.offset.into());
    let sql = match (filter.order, filter.descending) {
        (Order::Id, false) => page!("p.id"),
        (Order::Id, true) => page!("p.id DESC"),
        (Order::Name, false) => page!("p.search_key, p.id"),
        (Order::Name, true) => page!("p.search_key DESC, p.id DESC"),
        (Order::Path, false) => page!("p.full_path_key"),
        (Order::Path, true) => page!("p.full_path_key DESC"),
        (Order::UpdatedAt, false) => page!("p.updated_at, p.id"),
        (Order::UpdatedAt, true) => page!("p.updated_at DESC, p.id DESC"),
        (Order::LastActivityAt, false) => page!("p.last_activity_at, p.id"),
        (Order::LastActivityAt, true) => page!("p.last_activity_at DESC, p.id DESC"),
    };
    Ok((tx.query(sql, &params, listed)?, total))
}

/// The page behind a key, of a list ordered by id.
fn after(tx: &mut Tx<'_>, filter: &Filter, key: &Key, mut params: Vec<Value>) -> Result<Vec<Listed>> {
    params.push(key.id.into());
    let sql = match filter.descending {
        false => after!("p.id > $18", "p.id"),
        true => after!("p.id < $18", "p.id DESC"),
    };
    tx.query(sql, &params, listed)
}

/// A pattern for the key of projects with all those topics; none without any.
fn topics(wanted: &[String]) -> Option<String> {
    let mut wanted = wanted.to_vec();
    wanted.sort_unstable_by_key(|topic| fold(topic));
    wanted.dedup_by_key(|topic| fold(topic));
    let each: String = wanted.iter().map(|topic| pattern(&topics_key(std::slice::from_ref(topic)))).collect();
    Some(each).filter(|pattern| !pattern.is_empty())
}

fn listed(row: &Row<'_>) -> Result<Listed> {
    let level = |at| Ok::<_, crate::Error>(row.get::<Option<i64>>(at)?.and_then(Level::from_number));
    Ok(Listed { project: read(row)?, direct: level(25)?, group: level(26)?, level: level(27)? })
}
