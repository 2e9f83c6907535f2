//! What pages and replies show of the commits that pipelines and deployments name.

use crate::many::{ids, params};
use crate::{Result, Row, Tx};
use countersign_domain::ids::ProjectId;
use countersign_domain::time::Timestamp;
use std::sync::Arc;

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its full id.
    pub sha: String,
    /// The first line of its message.
    pub title: String,
    /// Its message.
    pub message: String,
    /// Who wrote it.
    pub author_name: String,
    /// Their address.
    pub author_email: String,
    /// When they did.
    pub authored_at: Timestamp,
    /// Who committed it.
    pub committer_name: String,
    /// Their address.
    pub committer_email: String,
    /// When they did.
    pub committed_at: Timestamp,
    /// The ids of its parents.
    pub parent_shas: Vec<String>,
}

/// The commit of a project, if something named it.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, sha: &str) -> Result<Option<Arc<Commit>>> {
    tx.remembered_for_good(
        |shelves| &shelves.commits,
        (project, sha.to_owned()),
        |tx| {
            tx.query_opt(
                "SELECT sha, title, message, author_name, author_email, authored_at, committer_name, committer_email,
               committed_at, parent_shas FROM commits WHERE project_id = $1 AND sha = $2",
                &[project.into(), sha.into()],
                commit,
            )
        },
    )
}

macro_rules! columns {
    () => {
        "SELECT DISTINCT c.sha, c.title, c.message, c.author_name, c.author_email, c.authored_at, c.committer_name, \
         c.committer_email, c.committed_at, c.parent_shas, c.project_id FROM commits c "
    };
}

/// The commits of the deployments with those ids (at most [`crate::many::MOST`]).
pub fn of_deployments(tx: &mut Tx<'_>, ids: &[i64]) -> Result<Vec<Arc<Commit>>> {
    tx.query(
        concat!(
            columns!(),
            "JOIN deployments d ON d.project_id = c.project_id AND d.sha = c.sha WHERE d.id IN (",
            ids!(),
            ")"
        ),
        &params(ids),
        |row| commit(row).map(Arc::new),
    )
}

/// The commits of the pipelines with those ids (at most [`crate::many::MOST`]).
pub fn of_pipelines(tx: &mut Tx<'_>, ids: &[i64]) -> Result<Vec<Arc<Commit>>> {
    tx.query(
        concat!(
            columns!(),
            "JOIN pipelines p ON p.project_id = c.project_id AND p.sha = c.sha WHERE p.id IN (",
            ids!(),
            ")"
        ),
        &params(ids),
        |row| commit(row).map(Arc::new),
    )
}

/// Keeps what is shown of a commit. A commit never changes, so one that is there already stays.
pub fn keep(tx: &mut Tx<'_>, project: ProjectId, of: &Commit) -> Result<()> {
    tx.execute(
        "INSERT INTO commits (project_id, sha, title, message, author_name, author_email, authored_at, committer_name,
           committer_email, committed_at, parent_shas)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING",
        &[
            project.into(),
            of.sha.as_str().into(),
            of.title.as_str().into(),
            of.message.as_str().into(),
            of.author_name.as_str().into(),
            of.author_email.as_str().into(),
            of.authored_at.into(),
            of.committer_name.as_str().into(),
            of.committer_email.as_str().into(),
            of.committed_at.into(),
            of.parent_shas.join(" ").into(),
        ],
    )
    .map(drop)
}

fn commit(row: &Row<'_>) -> Result<Commit> {
    Ok(Commit {
        sha: row.get(0)?,
        title: row.get(1)?,
        message: row.get(2)?,
        author_name: row.get(3)?,
        author_email: row.get(4)?,
        authored_at: row.get(5)?,
        committer_name: row.get(6)?,
        committer_email: row.get(7)?,
        committed_at: row.get(8)?,
        parent_shas: row.get::<String>(9)?.split_whitespace().map(str::to_owned).collect(),
    })
}
