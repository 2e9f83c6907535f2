//! Lists of deployments.

use super::{Deployment, joined, read, select};
use crate::many::{MOST, ids, params};
use crate::{Result, Tx, Value};
use countersign_domain::deployment::Status;
use countersign_domain::environment::Tier;
use countersign_domain::ids::{DeploymentId, ProjectId};
use countersign_domain::time::Timestamp;
use std::collections::HashMap;

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

macro_rules! marks {
    ($order:literal) => {
        concat!(
            "SELECT d.id, e.name, e.tier, d.asked_tier, d.tier_refused \
             FROM deployments d JOIN environments e ON e.id = d.environment_id ",
            wanted!(),
            "ORDER BY ",
            $order
        )
    };
}

macro_rules! in_order {
    ($statement:ident, $filter:expr) => {
        match ($filter.order, $filter.descending) {
            (Order::Id, false) => $statement!("d.id"),
            (Order::Id, true) => $statement!("d.id DESC"),
            (Order::UpdatedAt, false) => $statement!("d.updated_at, d.id"),
            (Order::UpdatedAt, true) => $statement!("d.updated_at DESC, d.id DESC"),
            (Order::FinishedAt, false) => $statement!("d.finished_at, d.id"),
            (Order::FinishedAt, true) => $statement!("d.finished_at DESC, d.id DESC"),
            (Order::Ref, false) => $statement!("d.ref, d.id"),
            (Order::Ref, true) => $statement!("d.ref DESC, d.id DESC"),
        }
    };
}

/// One page of a list, and how many there are in all.
pub fn list(tx: &mut Tx<'_>, filter: &Filter) -> Result<(Vec<Deployment>, i64)> {
    let mut params = conditions(filter);
    let total = tx.query_one(concat!("SELECT count(*)", joined!(), wanted!()), &params, |row| row.get(0))?;
    params.extend([filter.limit.into(), filter.offset.into()]);
    Ok((tx.query(in_order!(page, filter), &params, read)?, total))
}

/// What tells whether an entry lets somebody see a deployment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The deployment.
    pub id: DeploymentId,
    /// The name of its environment.
    pub environment_name: String,
    /// The stored tier of that.
    pub environment_tier: Tier,
    /// The tier that its job or request asked for.
    pub asked_tier: Option<Tier>,
    /// Whether that was not stored.
    pub tier_refused: bool,
}

/// Of a whole list in its order only what tells who sees what: no page is cut yet, so that little may be read of each.
pub fn marks(tx: &mut Tx<'_>, filter: &Filter) -> Result<Vec<Mark>> {
    tx.query(in_order!(marks, filter), &conditions(filter), |row| {
        Ok(Mark {
            id: row.get(0)?,
            environment_name: row.get(1)?,
            environment_tier: row.word(2, Tier::parse)?,
            asked_tier: row.word_opt(3, Tier::parse)?,
            tier_refused: row.get(4)?,
        })
    })
}

/// The deployments with those ids, in that order.
pub fn these(tx: &mut Tx<'_>, wanted: &[DeploymentId]) -> Result<Vec<Deployment>> {
    let mut found = HashMap::new();
    for some in wanted.chunks(MOST) {
        let some: Vec<i64> = some.iter().map(|id| id.0).collect();
        let rows = tx.query(select!(concat!("WHERE d.id IN (", ids!(), ")")), &params(&some), read)?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(wanted.iter().filter_map(|id| found.remove(id)).collect())
}

fn conditions(filter: &Filter) -> Vec<Value> {
    vec![
        filter.project.into(),
        filter.environment.clone().into(),
        filter.status.map(Status::as_str).into(),
        filter.updated_after.into(),
        filter.updated_before.into(),
        filter.finished_after.into(),
        filter.finished_before.into(),
    ]
}
