//! Lists of jobs.

use super::{Job, job, select};
use crate::{Result, Tx, Value};
use countersign_domain::ids::{JobId, PipelineId, ProjectId, RunnerId};
use countersign_domain::job::Status;

/// Among which jobs a list looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Among {
    /// Those of a project.
    Project(ProjectId),
    /// Those of a pipeline.
    Pipeline(PipelineId),
}

/// Which jobs are listed, by id.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Among which.
    pub among: Among,
    /// In one of these statuses; in any if there are none.
    pub statuses: Vec<Status>,
    /// Whether those that were tried again are listed too.
    pub retried: bool,
    /// Beyond that job, in the direction of the list.
    pub beyond: Option<JobId>,
    /// Whether the oldest come first.
    pub ascending: bool,
    /// How many rows at most.
    pub limit: i64,
    /// How many rows are left out at the start.
    pub offset: i64,
}

macro_rules! filter {
    ($among:literal) => {
        concat!(
            "WHERE ",
            $among,
            " = $1 AND (retried = $2 OR retried = $3) AND (CAST($4 AS TEXT) IS NULL \
             OR status IN ($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14))"
        )
    };
}

macro_rules! page {
    ($among:literal, $beyond:literal, $order:literal) => {
        select!(concat!(
            filter!($among),
            " AND (CAST($15 AS BIGINT) IS NULL OR id ",
            $beyond,
            " $15) ORDER BY ",
            $order,
            " LIMIT $16 OFFSET $17"
        ))
    };
}

/// One page of a list.
pub fn list(tx: &mut Tx<'_>, filter: &Filter) -> Result<Vec<Job>> {
    let mut params = params(filter);
    params.extend([filter.beyond.into(), filter.limit.into(), filter.offset.into()]);
    let sql = match (filter.among, filter.ascending) {
        (Among::Project(_), false) => page!("project_id", "<", "id DESC"),
        (Among::Project(_), true) => page!("project_id", ">", "id"),
        (Among::Pipeline(_), false) => page!("pipeline_id", "<", "id DESC"),
        (Among::Pipeline(_), true) => page!("pipeline_id", ">", "id"),
    };
    tx.query(sql, &params, job)
}

/// How many jobs a list has in all.
pub fn count(tx: &mut Tx<'_>, filter: &Filter) -> Result<i64> {
    let sql = match filter.among {
        Among::Project(_) => concat!("SELECT count(*) FROM jobs ", filter!("project_id")),
        Among::Pipeline(_) => concat!("SELECT count(*) FROM jobs ", filter!("pipeline_id")),
    };
    tx.query_one(sql, &params(filter), |row| row.get(0))
}

macro_rules! had {
    ($order:literal) => {
        select!(concat!(
            "WHERE runner_id = $1 AND (CAST($2 AS TEXT) IS NULL OR status = $2)
             AND (CAST($5 AS BIGINT) IS NULL OR project_id = $5) ORDER BY ",
            $order,
            " LIMIT $3 OFFSET $4"
        ))
    };
}

/// One page of the jobs that a runner has or had: all, or those of one project.
pub fn of_runner(
    tx: &mut Tx<'_>,
    (runner, project): (RunnerId, Option<ProjectId>),
    status: Option<Status>,
    ascending: bool,
    (limit, offset): (i64, i64),
) -> Result<Vec<Job>> {
    let sql = if ascending { had!("id") } else { had!("id DESC") };
    let status = status.map(Status::as_str);
    tx.query(sql, &[runner.into(), status.into(), limit.into(), offset.into(), project.into()], job)
}

fn params(filter: &Filter) -> Vec<Value> {
    let among = match filter.among {
        Among::Project(id) => id.into(),
        Among::Pipeline(id) => id.into(),
    };
    let mut params = vec![among, false.into(), filter.retried.into()];
    params.extend(filter.statuses.iter().take(Status::ALL.len()).map(|s| Value::from(s.as_str())));
    params.resize_with(3 + Status::ALL.len(), || Value::Text(None));
    params
}
