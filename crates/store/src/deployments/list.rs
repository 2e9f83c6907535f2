//! Lists of deployments.

use super::{Deployment, joined, read, select};
use crate::{Result, Tx, Value};
use countersign_domain::deployment::Status;
use countersign_domain::ids::ProjectId;
use countersign_domain::time::Timestamp;

/// By what a list is ordered; ties are broken by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The id, which grows with time.
    Id,
    /// The time of the last change.
    UpdatedAt,
    /// The time it ended.
    FinishedAt,
    /// The branch or tag.
    Ref,
}

/// Which deployments of a project are listed, and in which order.
#[derive(Debug, Clone)]
pub struct Filter {
    /// The project.
    pub project: ProjectId,
    /// The exact name of the environment.
    pub environment: Option<String>,
    /// The status.
    pub status: Option<Status>,
    /// Changed after that time.
    pub updated_after: Option<Timestamp>,
    /// Changed before that time.
    pub updated_before: Option<Timestamp>,
    /// Ended at or after that time.
    pub finished_after: Option<Timestamp>,
    /// Ended before that time.
    pub finished_before: Option<Timestamp>,
    /// By what it is ordered.
    pub order: Order,
    /// Whether the highest come first.
    pub descending: bool,
    /// How many rows at most.
    pub limit: i64,
    /// How many rows are left out at the start.
    pub offset: i64,
}

macro_rules! wanted {
    () => {
        "WHERE d.project_id = $1 AND (CAST($2 AS TEXT) IS NULL OR e.name = $2) \
         AND (CAST($3 AS TEXT) IS NULL OR d.status = $3) \
         AND (CAST($4 AS BIGINT) IS NULL OR d.updated_at > $4) AND (CAST($5 AS BIGINT) IS NULL OR d.updated_at < $5) \
         AND (CAST($6 AS BIGINT) IS NULL OR d.finished_at >= $6) \
         AND (CAST($7 AS BIGINT) IS NULL OR d.finished_at < $7) "
    };
}

macro_rules! page {
    ($order:literal) => {
        select!(concat!(wanted!(), "ORDER BY ", $order, " LIMIT $8 OFFSET $9"))
    };
}

/// One page of a list, and how many there are in all.
pub fn list(tx: &mut Tx<'_>, filter: &Filter) -> Result<(Vec<Deployment>, i64)> {
    let mut params: Vec<Value> = vec![
        filter.project.into(),
        filter.environment.clone().into(),
        filter.status.map(Status::as_str).into(),
        filter.updated_after.into(),
        filter.updated_before.into(),
        filter.finished_after.into(),
        filter.finished_before.into(),
    ];
    let total = tx.query_one(concat!("SELECT count(*)", joined!(), wanted!()), &params, |row| row.get(0))?;
    params.extend([filter.limit.into(), filter.offset.into()]);
    let sql = match (filter.order, filter.descending) {
        (Order::Id, false) => page!("d.id"),
        (Order::Id, true) => page!("d.id DESC"),
        (Order::UpdatedAt, false) => page!("d.updated_at, d.id"),
        (Order::UpdatedAt, true) => page!("d.updated_at DESC, d.id DESC"),
        (Order::FinishedAt, false) => page!("d.finished_at, d.id"),
        (Order::FinishedAt, true) => page!("d.finished_at DESC, d.id DESC"),
        (Order::Ref, false) => page!("d.ref, d.id"),
        (Order::Ref, true) => page!("d.ref DESC, d.id DESC"),
    };
    Ok((tx.query(sql, &params, read)?, total))
}
