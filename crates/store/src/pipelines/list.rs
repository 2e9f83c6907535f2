//! Lists of pipelines.

use super::{Pipeline, pipeline, select};
use crate::fold::fold;
use crate::{Result, Tx, Value};
use countersign_domain::ids::ProjectId;
use countersign_domain::pipeline::Status;
use countersign_domain::time::Timestamp;

/// By what a list is ordered; ties are broken by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// The id, which grows with time.
    #[default]
    Id,
    /// The status.
    Status,
    /// The branch or tag.
    Ref,
    /// The time of the last change.
    UpdatedAt,
    /// Who created it.
    UserId,
}

/// A kind of pipelines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those that go on.
    Running,
    /// Those that wait for a runner.
    Pending,
    /// Those that have ended.
    Finished,
    /// The newest of each branch there is.
    Branches,
    /// The newest of each tag there is.
    Tags,
}

impl Scope {
    fn as_str(self) -> &'static str {
        match self {
            Scope::Running => "running",
            Scope::Pending => "pending",
            Scope::Finished => "finished",
            Scope::Branches => "branches",
            Scope::Tags => "tags",
        }
    }
}

/// Which pipelines of a project are listed, and in which order. What is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The branch or tag.
    pub ref_name: Option<String>,
    /// The commit.
    pub sha: Option<String>,
    /// The status.
    pub status: Option<Status>,
    /// What created them.
    pub source: Option<String>,
    /// The kind.
    pub scope: Option<Scope>,
    /// The user name of who created them, in any case.
    pub username: Option<String>,
    /// What people call them.
    pub name: Option<String>,
    /// Whether their configuration was broken.
    pub broken: Option<bool>,
    /// Changed after that time.
    pub updated_after: Option<Timestamp>,
    /// Changed before that time.
    pub updated_before: Option<Timestamp>,
    /// Created after that time.
    pub created_after: Option<Timestamp>,
    /// Created before that time.
    pub created_before: Option<Timestamp>,
    /// By what it is ordered.
    pub order: Order,
    /// Whether the lowest come first.
    pub ascending: bool,
    /// How many rows at most.
    pub limit: i64,
    /// How many rows are left out at the start.
    pub offset: i64,
}

macro_rules! filter {
    () => {
        "WHERE project_id = $1 AND (CAST($2 AS TEXT) IS NULL OR ref = $2) AND (CAST($3 AS TEXT) IS NULL OR sha = $3) \
         AND (CAST($4 AS TEXT) IS NULL OR status = $4) AND (CAST($5 AS TEXT) IS NULL OR source = $5) \
         AND (CAST($6 AS TEXT) IS NULL OR ($6 = 'running' AND status = 'running') \
              OR ($6 = 'pending' AND status = 'pending') \
              OR ($6 = 'finished' AND status IN ('success', 'failed', 'canceled', 'skipped')) \
              OR ($6 = 'branches' AND id IN (SELECT MAX(q.id) FROM pipelines q JOIN repository_refs r \
                  ON r.project_id = q.project_id AND r.name = 'refs/heads/' || q.ref \
                  WHERE q.project_id = $1 AND NOT q.tag GROUP BY q.ref)) \
              OR ($6 = 'tags' AND id IN (SELECT MAX(q.id) FROM pipelines q JOIN repository_refs r \
                  ON r.project_id = q.project_id AND r.name = 'refs/tags/' || q.ref \
                  WHERE q.project_id = $1 AND q.tag GROUP BY q.ref))) \
         AND (CAST($7 AS TEXT) IS NULL OR user_id IN (SELECT u.id FROM users u WHERE u.username_key = $7)) \
         AND (CAST($8 AS TEXT) IS NULL OR name = $8) \
         AND (CAST($9 AS BIGINT) IS NULL OR $9 = CASE WHEN yaml_errors IS NULL THEN 0 ELSE 1 END) \
         AND (CAST($10 AS BIGINT) IS NULL OR updated_at > $10) AND (CAST($11 AS BIGINT) IS NULL OR updated_at < $11) \
         AND (CAST($12 AS BIGINT) IS NULL OR created_at > $12) AND (CAST($13 AS BIGINT) IS NULL OR created_at < $13)"
    };
}

macro_rules! page {
    ($order:literal) => {
        select!(concat!(filter!(), " ORDER BY ", $order, " LIMIT $14 OFFSET $15"))
    };
}

/// One page of the pipelines of a project, and how many there are in all. There is none of a branch or tag with a NUL in
/// its name, which PostgreSQL cannot be asked for.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, filter: &Filter) -> Result<(Vec<Pipeline>, i64)> {
    if filter.ref_name.as_ref().is_some_and(|name| name.contains('\0')) {
        return Ok((Vec::new(), 0));
    }
    let mut params: Vec<Value> = vec![
        project.into(),
        filter.ref_name.clone().into(),
        filter.sha.clone().into(),
        filter.status.map(Status::as_str).into(),
        filter.source.clone().into(),
        filter.scope.map(Scope::as_str).into(),
        filter.username.as_deref().map(fold).into(),
        filter.name.clone().into(),
        filter.broken.map(i64::from).into(),
        filter.updated_after.into(),
        filter.updated_before.into(),
        filter.created_after.into(),
        filter.created_before.into(),
    ];
    let total = tx.query_one(concat!("SELECT count(*) FROM pipelines ", filter!()), &params, |row| row.get(0))?;
    params.extend([filter.limit.into(), filter.offset.into()]);
    let sql = match (filter.order, filter.ascending) {
        (Order::Id, false) => page!("id DESC"),
        (Order::Id, true) => page!("id"),
        (Order::Status, false) => page!("status DESC, id DESC"),
        (Order::Status, true) => page!("status, id"),
        (Order::Ref, false) => page!("ref DESC, id DESC"),
        (Order::Ref, true) => page!("ref, id"),
        (Order::UpdatedAt, false) => page!("updated_at DESC, id DESC"),
        (Order::UpdatedAt, true) => page!("updated_at, id"),
        (Order::UserId, false) => page!("user_id DESC, id DESC"),
        (Order::UserId, true) => page!("user_id, id"),
    };
    Ok((tx.query(sql, &params, pipeline)?, total))
}
