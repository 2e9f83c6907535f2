//! Protected environments with their entries.

use crate::{Result, Row, Tx, Value};
use countersign_domain::environment::Tier;
use countersign_domain::ids::{EntryId, GroupId, ProjectId, ProtectionId, UserId};
use countersign_domain::protection::{
    Change, Entry, EntryChange, Inheritance, Principal, Proposed, Protection, Role, Rule, RunAfterApproval, Scope,
};
use countersign_domain::time::Timestamp;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The groups above a project (`$1`), and the protections that live on it or on any of them.
macro_rules! of_project {
    ($tail:literal) => {
        concat!(
            "WITH RECURSIVE above(id) AS (
               SELECT namespace_id FROM projects WHERE id = $1
               UNION SELECT n.parent_id FROM namespaces n JOIN above a ON n.id = a.id WHERE n.parent_id IS NOT NULL
             ), found(id) AS (
               SELECT id FROM protected_environments WHERE project_id = $1
               UNION SELECT p.id FROM protected_environments p JOIN above a ON p.group_id = a.id
             ) ",
            $tail
        )
    };
}

macro_rules! columns {
    () => {
        "p.id, p.project_id, p.group_id, p.name, p.required_approval_count, p.run_after_approval, \
         COALESCE(j.allow_pipeline_trigger_approve_deployment, g.allow_pipeline_trigger_approve_deployment) \
         FROM protected_environments p LEFT JOIN projects j ON j.id = p.project_id \
         LEFT JOIN namespaces g ON g.id = p.group_id"
    };
}

macro_rules! entries {
    ($table:literal, $required:literal) => {
        concat!(
            "SELECT e.protected_environment_id, e.id, e.user_id, e.group_id, e.access_level, e.group_inheritance_type, ",
            "COALESCE(u.name, g.name, e.last_known_name), COALESCE(u.username, g.full_path), ",
            "u.id, g.id, ", $required, " FROM ", $table, " e ",
            "LEFT JOIN users u ON u.id = e.user_id AND u.state <> 'deleted' LEFT JOIN namespaces g ON g.id = e.group_id "
        )
    };
}

/// The statements for the protections that live on a project or group (`$1`) itself, and for their entries.
macro_rules! listed {
    ($scope:literal) => {
        (
            concat!("SELECT ", columns!(), " WHERE p.", $scope, " = $1 ORDER BY p.id"),
            concat!(
                entries!("deploy_access_levels", "CAST(1 AS BIGINT), CAST(0 AS BIGINT)"),
                "JOIN protected_environments p ON p.id = e.protected_environment_id WHERE p.",
                $scope,
                " = $1 UNION ALL ",
                entries!("approval_rules", "e.required_approvals, CAST(1 AS BIGINT)"),
                "JOIN protected_environments p ON p.id = e.protected_environment_id WHERE p.",
                $scope,
                " = $1 ORDER BY 12, 2"
            ),
        )
    };
}

/// The protections that apply to an environment of that name under those tiers: the project's own, then those of every
/// group above it.
pub fn applicable(tx: &mut Tx<'_>, project: ProjectId, name: &str, tiers: &BTreeSet<Tier>) -> Result<Vec<Protection>> {
    let all = of_project(tx, project)?;
    Ok(all.iter().filter(|p| p.covers(name, tiers)).cloned().collect())
}

/// All protections that can apply to a project: its own and those of every group above it.
pub fn of_project(tx: &mut Tx<'_>, project: ProjectId) -> Result<Arc<Vec<Protection>>> {
    tx.remembered(|shelves| &shelves.protections, project, |tx| read_of_project(tx, project))
}

fn read_of_project(tx: &mut Tx<'_>, project: ProjectId) -> Result<Vec<Protection>> {
    let params = [Value::from(project)];
    let mut all = tx.query(
        concat!(of_project!("SELECT "), columns!(), " JOIN found f ON f.id = p.id ORDER BY p.id"),
        &params,
        protection,
    )?;
    if all.is_empty() {
        return Ok(all);
    }
    let entries = tx.query(
        concat!(
            of_project!(""),
            entries!("deploy_access_levels", "CAST(1 AS BIGINT), CAST(0 AS BIGINT)"),
            "JOIN found f ON f.id = e.protected_environment_id UNION ALL ",
            entries!("approval_rules", "e.required_approvals, CAST(1 AS BIGINT)"),
            "JOIN found f ON f.id = e.protected_environment_id ORDER BY 12, 2"
        ),
        &params,
        either,
    )?;
    fill_both(&mut all, entries);
    Ok(all)
}

/// The protections that live on a project or group itself, oldest first.
pub fn list(tx: &mut Tx<'_>, scope: Scope) -> Result<Vec<Protection>> {
    let (id, (rows, entries)) = match scope {
        Scope::Project(id) => (Value::from(id), listed!("project_id")),
        Scope::Group(id) => (Value::from(id), listed!("group_id")),
    };
    let mut all = tx.query(rows, std::slice::from_ref(&id), protection)?;
    if !all.is_empty() {
        let found = tx.query(entries, &[id], either)?;
        fill_both(&mut all, found);
    }
    Ok(all)
}

/// The protection of that name on a project or group.
pub fn by_name(tx: &mut Tx<'_>, scope: Scope, name: &str) -> Result<Option<Protection>> {
    let found = match scope {
        Scope::Project(id) => tx.query_opt(
            concat!("SELECT ", columns!(), " WHERE p.project_id = $1 AND p.name = $2"),
            &[id.into(), name.into()],
            protection,
        )?,
        Scope::Group(id) => tx.query_opt(
            concat!("SELECT ", columns!(), " WHERE p.group_id = $1 AND p.name = $2"),
            &[id.into(), name.into()],
            protection,
        )?,
    };
    let Some(mut found) = found else { return Ok(None) };
    let (deploy, rules) = entries_of(tx, found.id)?;
    fill(std::slice::from_mut(&mut found), deploy, rules);
    Ok(Some(found))
}

/// Creates a protection without entries.
pub fn insert(tx: &mut Tx<'_>, scope: Scope, change: &Change, now: Timestamp) -> Result<ProtectionId> {
    let (project, group) = match scope {
        Scope::Project(id) => (Some(id.0), None),
        Scope::Group(id) => (None, Some(id.0)),
    };
    let id = tx.insert(
        "INSERT INTO protected_environments (project_id, group_id, name, required_approval_count, run_after_approval,
           created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6) RETURNING id",
        &[
            project.into(),
            group.into(),
            change.name.as_str().into(),
            i64::from(change.required_approval_count).into(),
            change.run_after_approval.as_str().into(),
            now.into(),
        ],
    )?;
    Ok(ProtectionId(id))
}

/// Saves the settings and all changes of entries.
pub fn save(tx: &mut Tx<'_>, id: ProtectionId, change: &Change, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE protected_environments SET required_approval_count = $2, run_after_approval = $3, updated_at = $4
         WHERE id = $1",
        &[
            id.into(),
            i64::from(change.required_approval_count).into(),
            change.run_after_approval.as_str().into(),
            now.into(),
        ],
    )?;
    for entry in &change.deploy {
        save_deploy(tx, id, entry)?;
    }
    for entry in &change.rules {
        save_rule(tx, id, entry)?;
    }
    Ok(())
}

/// Deletes a protection with its entries.
pub fn delete(tx: &mut Tx<'_>, id: ProtectionId) -> Result<()> {
    tx.execute("DELETE FROM protected_environments WHERE id = $1", &[id.into()]).map(drop)
}

/// The protections with an entry that names a group, to be told that it is about to go.
pub fn naming_group(tx: &mut Tx<'_>, group: GroupId) -> Result<Vec<(ProtectionId, Scope)>> {
    tx.query(
        "SELECT p.id, p.project_id, p.group_id FROM protected_environments p WHERE
           EXISTS (SELECT 1 FROM deploy_access_levels e WHERE e.protected_environment_id = p.id AND e.group_id = $1)
           OR EXISTS (SELECT 1 FROM approval_rules e WHERE e.protected_environment_id = p.id AND e.group_id = $1)
         ORDER BY p.id",
        &[group.into()],
        |row| Ok((row.get(0)?, scope(row, 1)?)),
    )
}

/// The protections with an entry that names a user, oldest first.
pub fn naming_user(tx: &mut Tx<'_>, user: UserId) -> Result<Vec<(ProtectionId, Scope)>> {
    tx.query(
        "SELECT p.id, p.project_id, p.group_id FROM protected_environments p WHERE
           EXISTS (SELECT 1 FROM deploy_access_levels e WHERE e.protected_environment_id = p.id AND e.user_id = $1)
           OR EXISTS (SELECT 1 FROM approval_rules e WHERE e.protected_environment_id = p.id AND e.user_id = $1)
         ORDER BY p.id",
        &[user.into()],
        |row| Ok((row.get(0)?, scope(row, 1)?)),
    )
}

fn entries_of(tx: &mut Tx<'_>, id: ProtectionId) -> Result<(Vec<Found>, Vec<Found>)> {
    let deploy = tx.query(
        concat!(entries!("deploy_access_levels", "1"), "WHERE e.protected_environment_id = $1 ORDER BY e.id"),
        &[id.into()],
        entry,
    )?;
    let rules = tx.query(
        concat!(
            entries!("approval_rules", "e.required_approvals"),
            "WHERE e.protected_environment_id = $1 ORDER BY e.id"
        ),
        &[id.into()],
        entry,
    )?;
    Ok((deploy, rules))
}

fn save_deploy(tx: &mut Tx<'_>, id: ProtectionId, change: &EntryChange) -> Result<()> {
    match change {
        EntryChange::Add(content) => tx
            .insert(
                "INSERT INTO deploy_access_levels (protected_environment_id, user_id, group_id, access_level,
               group_inheritance_type, last_known_name)
             VALUES ($1, $2, $3, $4, $5, COALESCE((SELECT name FROM users WHERE id = $2),
               (SELECT name FROM namespaces WHERE id = $3), '')) RETURNING id",
                &with_id(id.0, content)[..5],
            )
            .map(drop),
        EntryChange::Update(entry, content) => tx
            .execute(
                "UPDATE deploy_access_levels SET user_id = $2, group_id = $3, access_level = $4,
               group_inheritance_type = $5, last_known_name = COALESCE((SELECT name FROM users WHERE id = $2),
               (SELECT name FROM namespaces WHERE id = $3), last_known_name) WHERE id = $1",
                &with_id(entry.0, content)[..5],
            )
            .map(drop),
        EntryChange::Delete(entry) => {
            tx.execute("DELETE FROM deploy_access_levels WHERE id = $1", &[(*entry).into()]).map(drop)
        }
    }
}

fn save_rule(tx: &mut Tx<'_>, id: ProtectionId, change: &EntryChange) -> Result<()> {
    match change {
        EntryChange::Add(content) => tx
            .insert(
                "INSERT INTO approval_rules (protected_environment_id, user_id, group_id, access_level,
               group_inheritance_type, required_approvals, last_known_name)
             VALUES ($1, $2, $3, $4, $5, $6, COALESCE((SELECT name FROM users WHERE id = $2),
               (SELECT name FROM namespaces WHERE id = $3), '')) RETURNING id",
                &with_id(id.0, content),
            )
            .map(drop),
        EntryChange::Update(entry, content) => tx
            .execute(
                "UPDATE approval_rules SET user_id = $2, group_id = $3, access_level = $4, group_inheritance_type = $5,
               required_approvals = $6, last_known_name = COALESCE((SELECT name FROM users WHERE id = $2),
               (SELECT name FROM namespaces WHERE id = $3), last_known_name) WHERE id = $1",
                &with_id(entry.0, content),
            )
            .map(drop),
        EntryChange::Delete(entry) => {
            tx.execute("DELETE FROM approval_rules WHERE id = $1", &[(*entry).into()]).map(drop)
        }
    }
}

/// `$1` is the id given, then user, group, level, inheritance and the number of approvals.
fn with_id(id: i64, content: &Proposed) -> [Value; 6] {
    let (user, group, level) = match content.principal {
        Principal::User(u) => (Some(u.0), None, content.echoed_level.map(Role::number)),
        Principal::Group(g) => (None, Some(g.0), content.echoed_level.map(Role::number)),
        Principal::Role(role) => (None, None, Some(role.number())),
    };
    [
        id.into(),
        user.into(),
        group.into(),
        level.into(),
        content.inheritance.number().into(),
        i64::from(content.required_approvals).into(),
    ]
}

fn scope(row: &Row<'_>, at: usize) -> Result<Scope> {
    match (row.get::<Option<ProjectId>>(at)?, row.get::<Option<GroupId>>(at + 1)?) {
        (Some(project), None) => Ok(Scope::Project(project)),
        (None, Some(group)) => Ok(Scope::Group(group)),
        _ => Err(crate::Error::Corrupt("a protected environment belongs to one project or one group".into())),
    }
}

fn protection(row: &Row<'_>) -> Result<Protection> {
    let run = row.get::<String>(5)?;
    Ok(Protection {
        id: row.get(0)?,
        scope: scope(row, 1)?,
        name: row.get(3)?,
        required_approval_count: row.get(4)?,
        run_after_approval: RunAfterApproval::parse(&run)
            .ok_or_else(|| crate::Error::Corrupt(format!("run_after_approval {run}")))?,
        triggerer_may_approve: row.get(6)?,
        deploy: Vec::new(),
        rules: Vec::new(),
    })
}

/// An entry with the protection it belongs to.
struct Found {
    protection: ProtectionId,
    entry: Entry,
    required_approvals: u32,
}

fn entry(row: &Row<'_>) -> Result<Found> {
    let role = row.get::<Option<i64>>(4)?.and_then(Role::from_number);
    let (user, group) = (row.get::<Option<UserId>>(2)?, row.get::<Option<GroupId>>(3)?);
    let (user_there, group_there) = (row.get::<Option<i64>>(8)?.is_some(), row.get::<Option<i64>>(9)?.is_some());
    let (principal, echoed_level, orphaned) = match (user, group, role) {
        (Some(user), None, role) => (Principal::User(user), role, !user_there),
        (None, Some(group), role) => (Principal::Group(group), role, !group_there),
        (None, None, Some(role)) => (Principal::Role(role), None, false),
        _ => return Err(crate::Error::Corrupt("an entry names one user, group or role".into())),
    };
    let description = match principal {
        Principal::Role(role) => role.description().to_owned(),
        _ => row.get(6)?,
    };
    let inheritance = Inheritance::from_number(row.get(5)?).unwrap_or_default();
    Ok(Found {
        protection: row.get(0)?,
        required_approvals: row.get(10)?,
        entry: Entry {
            id: row.get::<EntryId>(1)?,
            principal,
            echoed_level,
            inheritance,
            description,
            path: row.get(7)?,
            orphaned,
        },
    })
}

/// An entry of a statement for both lists, and whether it is a rule.
fn either(row: &Row<'_>) -> Result<(bool, Found)> {
    Ok((row.get::<i64>(11)? == 1, entry(row)?))
}

fn fill_both(protections: &mut [Protection], entries: Vec<(bool, Found)>) {
    let (rules, deploy): (Vec<_>, Vec<_>) = entries.into_iter().partition(|(rule, _)| *rule);
    let found = |all: Vec<(bool, Found)>| all.into_iter().map(|(_, found)| found).collect();
    fill(protections, found(deploy), found(rules));
}

fn fill(protections: &mut [Protection], deploy: Vec<Found>, rules: Vec<Found>) {
    for found in deploy {
        if let Some(at) = protections.iter_mut().find(|p| p.id == found.protection) {
            at.deploy.push(found.entry);
        }
    }
    for found in rules {
        if let Some(at) = protections.iter_mut().find(|p| p.id == found.protection) {
            at.rules.push(Rule { entry: found.entry, required_approvals: found.required_approvals });
        }
    }
}
