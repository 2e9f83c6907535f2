//! The ledger of refs: where each branch and tag was when its last push was seen.

use crate::{Result, Tx};
use countersign_domain::ids::ProjectId;
use std::collections::BTreeMap;

/// The refs of a project as last seen.
pub fn all(tx: &mut Tx<'_>, project: ProjectId) -> Result<BTreeMap<String, String>> {
    let sql = "SELECT name, sha FROM repository_refs WHERE project_id = $1";
    Ok(tx.query(sql, &[project.into()], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect())
}

/// Where one ref was when last seen.
pub fn get(tx: &mut Tx<'_>, project: ProjectId, name: &str) -> Result<Option<String>> {
    let sql = "SELECT sha FROM repository_refs WHERE project_id = $1 AND name = $2";
    tx.query_opt(sql, &[project.into(), name.into()], |row| row.get(0))
}

/// The full names of the first refs of a project as last seen, at most `most`.
pub fn names(tx: &mut Tx<'_>, project: ProjectId, most: i64) -> Result<Vec<String>> {
    let sql = "SELECT name FROM repository_refs WHERE project_id = $1 ORDER BY name LIMIT $2";
    tx.query(sql, &[project.into(), most.into()], |row| row.get(0))
}

/// Whether a project had a branch when last seen.
pub fn has_branches(tx: &mut Tx<'_>, project: ProjectId) -> Result<bool> {
    let sql = "SELECT name FROM repository_refs WHERE project_id = $1 AND name LIKE 'refs/heads/%' LIMIT 1";
    Ok(tx.query_opt(sql, &[project.into()], |_| Ok(()))?.is_some())
}

/// Notes where a ref is now; `None` that it is gone.
pub fn set(tx: &mut Tx<'_>, project: ProjectId, name: &str, sha: Option<&str>) -> Result<()> {
    match sha {
        Some(sha) => tx.execute(
            "INSERT INTO repository_refs (project_id, name, sha) VALUES ($1, $2, $3)
             ON CONFLICT (project_id, name) DO UPDATE SET sha = excluded.sha",
            &[project.into(), name.into(), sha.into()],
        ),
        None => tx
            .execute("DELETE FROM repository_refs WHERE project_id = $1 AND name = $2", &[project.into(), name.into()]),
    }
    .map(drop)
}
