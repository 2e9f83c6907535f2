//! Protected branches and tags with their access levels.

use crate::{Error, Result, Row, Tx};
use countersign_domain::ids::{EntryId, ProjectId, ProtectedRefId};
use countersign_domain::protected_ref::{AccessLevel, Change, Kind, Least, LevelChange, ProtectedRef, RefRules, Right};
use countersign_domain::time::Timestamp;

/// All protections of a project's branches and tags, oldest first.
pub fn rules(tx: &mut Tx<'_>, project: ProjectId) -> Result<RefRules> {
    let mut all = tx.query(
        "SELECT p.id, p.project_id, p.kind, p.name, p.allow_force_push FROM protected_refs p WHERE p.project_id = $1
         ORDER BY p.id",
        &[project.into()],
        protected,
    )?;
    if all.is_empty() {
        return Ok(RefRules { all });
    }
    let levels = tx.query(
        "SELECT l.protected_ref_id, l.id, l.access_right, l.access_level FROM protected_ref_levels l
         JOIN protected_refs p ON p.id = l.protected_ref_id WHERE p.project_id = $1 ORDER BY l.id",
        &[project.into()],
        level,
    )?;
    for (of, level) in levels {
        if let Ok(at) = all.binary_search_by_key(&of, |p| p.id) {
            all[at].levels.push(level);
        }
    }
    Ok(RefRules { all })
}

/// The protections of one kind of a project, oldest first.
pub fn list(tx: &mut Tx<'_>, project: ProjectId, kind: Kind) -> Result<Vec<ProtectedRef>> {
    let mut all = rules(tx, project)?.all;
    all.retain(|p| p.kind == kind);
    Ok(all)
}

/// The protection of exactly that name or pattern.
pub fn by_name(tx: &mut Tx<'_>, project: ProjectId, kind: Kind, name: &str) -> Result<Option<ProtectedRef>> {
    Ok(list(tx, project, kind)?.into_iter().find(|p| p.name == name))
}

/// Creates a protection without access levels.
pub fn insert(
    tx: &mut Tx<'_>,
    project: ProjectId,
    kind: Kind,
    change: &Change,
    now: Timestamp,
) -> Result<ProtectedRefId> {
    let id = tx.insert(
        "INSERT INTO protected_refs (project_id, kind, name, allow_force_push, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $5) RETURNING id",
        &[
            project.into(),
            kind.as_str().into(),
            change.name.as_str().into(),
            change.allow_force_push.into(),
            now.into(),
        ],
    )?;
    Ok(ProtectedRefId(id))
}

/// Saves the settings and all changes of access levels.
pub fn save(tx: &mut Tx<'_>, id: ProtectedRefId, change: &Change, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE protected_refs SET allow_force_push = $2, updated_at = $3 WHERE id = $1",
        &[id.into(), change.allow_force_push.into(), now.into()],
    )?;
    for level in &change.levels {
        save_level(tx, id, *level)?;
    }
    Ok(())
}

fn save_level(tx: &mut Tx<'_>, of: ProtectedRefId, change: LevelChange) -> Result<()> {
    match change {
        LevelChange::Add(right, least) => tx
            .insert(
                "INSERT INTO protected_ref_levels (protected_ref_id, access_right, access_level)
                 VALUES ($1, $2, $3) RETURNING id",
                &[of.into(), right.as_str().into(), least.number().into()],
            )
            .map(drop),
        LevelChange::Update(level, least) => tx
            .execute(
                "UPDATE protected_ref_levels SET access_level = $2 WHERE id = $1",
                &[level.into(), least.number().into()],
            )
            .map(drop),
        LevelChange::Delete(level) => {
            tx.execute("DELETE FROM protected_ref_levels WHERE id = $1", &[level.into()]).map(drop)
        }
    }
}

/// Deletes a protection with its access levels.
pub fn delete(tx: &mut Tx<'_>, id: ProtectedRefId) -> Result<()> {
    tx.execute("DELETE FROM protected_refs WHERE id = $1", &[id.into()]).map(drop)
}

fn protected(row: &Row<'_>) -> Result<ProtectedRef> {
    Ok(ProtectedRef {
        id: row.get(0)?,
        project: row.get(1)?,
        kind: row.word(2, Kind::parse)?,
        name: row.get(3)?,
        allow_force_push: row.get(4)?,
        levels: Vec::new(),
    })
}

fn level(row: &Row<'_>) -> Result<(ProtectedRefId, AccessLevel)> {
    let number = row.get::<i64>(3)?;
    let least = Least::from_number(number);
    let least = least.ok_or_else(|| Error::Corrupt(format!("{number} is no access level of a protected ref")))?;
    let level = AccessLevel { id: row.get::<EntryId>(1)?, right: row.word(2, Right::parse)?, least };
    Ok((row.get(0)?, level))
}
