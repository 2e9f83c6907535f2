//! CI/CD variables of projects, groups and the instance. Their values come and go sealed.

use crate::{Result, Row, Tx};
use countersign_domain::ids::{GroupId, ProjectId, VariableId};
use countersign_domain::time::Timestamp;
use countersign_domain::variable::{Kind, Owner, Traits, Variable};

/// A variable with its sealed value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The variable.
    pub variable: Variable,
    /// Its value, sealed.
    pub sealed: Vec<u8>,
}

/// How far the instance is from any project: further than every group.
const INSTANCE: i64 = i64::MAX;

macro_rules! columns {
    () => {
        "v.id, v.project_id, v.group_id, v.key, v.environment_scope, v.sealed, v.variable_type, v.protected, v.masked,
         v.hidden, v.raw, v.description"
    };
}

macro_rules! select {
    ($tail:literal) => {
        concat!("SELECT ", columns!(), " FROM ci_variables v WHERE ", $tail)
    };
}

/// The variables of an owner, by key and environment scope.
pub fn list(tx: &mut Tx<'_>, owner: Owner) -> Result<Vec<Kept>> {
    match owner {
        Owner::Project(id) => {
            tx.query(select!("v.project_id = $1 ORDER BY v.key, v.environment_scope"), &[id.into()], kept)
        }
        Owner::Group(id) => {
            tx.query(select!("v.group_id = $1 ORDER BY v.key, v.environment_scope"), &[id.into()], kept)
        }
        Owner::Instance => tx.query(select!("v.project_id IS NULL AND v.group_id IS NULL ORDER BY v.key"), &[], kept),
    }
}

/// The variables that a project may have, each with how far its owner is: 0 for the project, 1 for its group, and so on.
pub fn around(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<(i64, Kept)>> {
    tx.query(
        concat!(
            "WITH RECURSIVE line(id, parent_id, height) AS (
               SELECT n.id, n.parent_id, CAST(1 AS BIGINT) FROM projects p JOIN namespaces n ON n.id = p.namespace_id
               WHERE p.id = $1
               UNION ALL SELECT n.id, n.parent_id, l.height + 1 FROM line l JOIN namespaces n ON n.id = l.parent_id)
             SELECT ",
            columns!(),
            ", CAST(0 AS BIGINT) FROM ci_variables v WHERE v.project_id = $1
             UNION ALL SELECT ",
            columns!(),
            ", l.height FROM line l JOIN ci_variables v ON v.group_id = l.id
             UNION ALL SELECT ",
            columns!(),
            ", CAST($2 AS BIGINT) FROM ci_variables v WHERE v.project_id IS NULL AND v.group_id IS NULL"
        ),
        &[project.into(), INSTANCE.into()],
        |row| Ok((row.get(12)?, kept(row)?)),
    )
}

/// Keeps a new variable.
pub fn insert(tx: &mut Tx<'_>, owner: Owner, traits: &Traits, sealed: Vec<u8>, now: Timestamp) -> Result<VariableId> {
    let (project, group) = match owner {
        Owner::Project(id) => (Some(id), None),
        Owner::Group(id) => (None, Some(id)),
        Owner::Instance => (None, None),
    };
    let id = tx.insert(
        "INSERT INTO ci_variables (project_id, group_id, key, environment_scope, sealed, variable_type, protected, masked,
           hidden, raw, description, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12) RETURNING id",
        &[
            project.into(),
            group.into(),
            traits.key.as_str().into(),
            traits.environment_scope.as_str().into(),
            sealed.into(),
            traits.kind.as_str().into(),
            traits.protected.into(),
            traits.masked.into(),
            traits.hidden.into(),
            traits.raw.into(),
            traits.description.as_deref().into(),
            now.into(),
        ],
    )?;
    Ok(VariableId(id))
}

/// Changes a variable: all but its owner, its key and whether it is hidden.
pub fn update(tx: &mut Tx<'_>, id: VariableId, traits: &Traits, sealed: Vec<u8>, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE ci_variables SET environment_scope = $2, sealed = $3, variable_type = $4, protected = $5, masked = $6,
           raw = $7, description = $8, updated_at = $9
         WHERE id = $1",
        &[
            id.into(),
            traits.environment_scope.as_str().into(),
            sealed.into(),
            traits.kind.as_str().into(),
            traits.protected.into(),
            traits.masked.into(),
            traits.raw.into(),
            traits.description.as_deref().into(),
            now.into(),
        ],
    )
    .map(drop)
}

/// Deletes a variable.
pub fn delete(tx: &mut Tx<'_>, id: VariableId) -> Result<()> {
    tx.execute("DELETE FROM ci_variables WHERE id = $1", &[id.into()]).map(drop)
}

fn kept(row: &Row<'_>) -> Result<Kept> {
    let owner = match (row.get::<Option<ProjectId>>(1)?, row.get::<Option<GroupId>>(2)?) {
        (Some(project), _) => Owner::Project(project),
        (None, Some(group)) => Owner::Group(group),
        (None, None) => Owner::Instance,
    };
    let traits = Traits {
        key: row.get(3)?,
        environment_scope: row.get(4)?,
        kind: row.word(6, Kind::parse)?,
        protected: row.get(7)?,
        masked: row.get(8)?,
        hidden: row.get(9)?,
        raw: row.get(10)?,
        description: row.get(11)?,
    };
    Ok(Kept { variable: Variable { id: row.get(0)?, owner, traits }, sealed: row.get(5)? })
}
