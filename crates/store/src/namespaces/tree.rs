//! Groups with all below them.

use crate::fold::fold;
use crate::many::{ids, params};
use crate::{Result, Tx, Value};
use countersign_domain::access::Visibility;
use countersign_domain::ids::{GroupId, NamespaceId, ProjectId};
use countersign_domain::settings::GroupSettings;
use std::collections::HashMap;

/// `tree`: group `$1` and all groups below it.
macro_rules! tree {
    ($tail:expr) => {
        concat!(
            "WITH RECURSIVE tree(id) AS (SELECT id FROM namespaces WHERE id = $1
               UNION SELECT n.id FROM namespaces n JOIN tree t ON n.parent_id = t.id) ",
            $tail
        )
    };
}

/// What lies in a group, at any depth.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Below {
    /// The group itself and all groups below it.
    pub groups: Vec<GroupId>,
    /// All projects in them.
    pub projects: Vec<ProjectId>,
    /// How many groups deep the deepest group lies, counted from the top: 1 for a group in no other.
    pub deepest: usize,
    /// The widest visibility of anything below, the group itself excluded.
    pub widest: Option<Visibility>,
}

/// What lies in a group, at any depth.
pub fn below(tx: &mut Tx<'_>, group: GroupId) -> Result<Below> {
    let groups = tx.query(
        tree!("SELECT n.id, n.full_path, n.visibility FROM namespaces n JOIN tree t ON t.id = n.id ORDER BY n.id"),
        &[group.into()],
        |row| Ok((row.get::<GroupId>(0)?, row.get::<String>(1)?, row.word(2, Visibility::parse)?)),
    )?;
    let projects = tx.query(
        tree!("SELECT p.id, p.visibility FROM projects p JOIN tree t ON t.id = p.namespace_id ORDER BY p.id"),
        &[group.into()],
        |row| Ok((row.get::<ProjectId>(0)?, row.word(1, Visibility::parse)?)),
    )?;
    let of_groups = groups.iter().filter(|(id, ..)| *id != group).map(|(.., v)| *v);
    Ok(Below {
        widest: of_groups.chain(projects.iter().map(|(_, v)| *v)).max(),
        deepest: groups.iter().map(|(_, path, _)| path.split('/').count()).max().unwrap_or(0),
        groups: groups.into_iter().map(|(id, ..)| id).collect(),
        projects: projects.into_iter().map(|(id, _)| id).collect(),
    })
}

/// Gives a group another parent and path, and everything below it the full path that follows from that.
pub fn move_subtree(
    tx: &mut Tx<'_>,
    group: GroupId,
    parent: Option<GroupId>,
    path: &str,
    paths: (&str, &str),
) -> Result<()> {
    let (old, new) = paths;
    // Addresses are ASCII, so characters and bytes are the same, and folding keeps lengths.
    let rest = i64::try_from(old.len()).unwrap_or(0) + 1;
    let params: [Value; 4] = [group.into(), new.into(), fold(new).into(), rest.into()];
    tx.execute(
        concat!(
            "UPDATE projects SET full_path = CAST($2 AS TEXT) || substr(full_path, CAST(CAST($4 AS BIGINT) AS INTEGER)),
               full_path_key = CAST($3 AS TEXT) || substr(full_path_key, CAST(CAST($4 AS BIGINT) AS INTEGER))
             WHERE namespace_id IN (",
            tree!("SELECT id FROM tree"),
            ")"
        ),
        &params,
    )?;
    tx.execute(
        concat!(
            "UPDATE namespaces SET full_path = CAST($2 AS TEXT) || substr(full_path, CAST(CAST($4 AS BIGINT) AS INTEGER)),
               full_path_key = CAST($3 AS TEXT) || substr(full_path_key, CAST(CAST($4 AS BIGINT) AS INTEGER))
             WHERE id IN (",
            tree!("SELECT id FROM tree"),
            ")"
        ),
        &params,
    )?;
    let sql = "UPDATE namespaces SET parent_id = $2, path = $3 WHERE id = $1";
    tx.execute(sql, &[group.into(), parent.into(), path.into()]).map(drop)
}

/// Makes nothing in a group, itself included, wider than `to`; how many things were narrowed.
pub fn narrow(tx: &mut Tx<'_>, group: GroupId, to: Visibility) -> Result<u64> {
    if to == Visibility::Public {
        return Ok(0);
    }
    let params: [Value; 2] = [group.into(), to.as_str().into()];
    let groups = tx.execute(
        concat!(
            "UPDATE namespaces SET visibility = $2
             WHERE visibility <> $2 AND visibility <> 'private' AND id IN (",
            tree!("SELECT id FROM tree"),
            ")"
        ),
        &params,
    )?;
    let projects = tx.execute(
        concat!(
            "UPDATE projects SET visibility = $2
             WHERE visibility <> $2 AND visibility <> 'private' AND namespace_id IN (",
            tree!("SELECT id FROM tree"),
            ")"
        ),
        &params,
    )?;
    Ok(groups + projects)
}

/// What people chose for a namespace and for the groups above it, nearest first.
pub fn settings_above(tx: &mut Tx<'_>, of: NamespaceId) -> Result<Vec<GroupSettings>> {
    tx.query(
        "WITH RECURSIVE line(id, parent_id, settings, height) AS (
           SELECT id, parent_id, settings, CAST(0 AS BIGINT) FROM namespaces WHERE id = $1
           UNION ALL SELECT n.id, n.parent_id, n.settings, l.height + 1
             FROM line l JOIN namespaces n ON n.id = l.parent_id)
         SELECT settings FROM line ORDER BY height",
        &[of.into()],
        |row| row.json(0),
    )
}

/// The full names ("Parent / Child") of the namespaces with those ids (at most [`crate::many::MOST`]).
pub fn full_names(tx: &mut Tx<'_>, of: &[i64]) -> Result<HashMap<NamespaceId, String>> {
    let parts = tx.query(
        concat!(
            "WITH RECURSIVE line(start, id, parent_id, name, height) AS (
               SELECT id, id, parent_id, name, CAST(0 AS BIGINT) FROM namespaces WHERE id IN (",
            ids!(),
            ") UNION ALL SELECT l.start, n.id, n.parent_id, n.name, l.height + 1
                 FROM line l JOIN namespaces n ON n.id = l.parent_id)
             SELECT start, name FROM line ORDER BY start, height DESC"
        ),
        &params(of),
        |row| Ok((row.get::<NamespaceId>(0)?, row.get::<String>(1)?)),
    )?;
    let mut names: HashMap<NamespaceId, String> = HashMap::new();
    for (id, name) in parts {
        let whole = names.entry(id).or_default();
        if !whole.is_empty() {
            whole.push_str(" / ");
        }
        whole.push_str(&name);
    }
    Ok(names)
}

/// Lets entries that name a group about to be deleted, or one below it, remember its present name.
pub(super) fn remember_names(tx: &mut Tx<'_>, group: GroupId) -> Result<()> {
    tx.execute(
        concat!(
            "UPDATE deploy_access_levels SET last_known_name = (SELECT name FROM namespaces n WHERE n.id = group_id)
             WHERE group_id IN (",
            tree!("SELECT id FROM tree"),
            ")"
        ),
        &[group.into()],
    )?;
    tx.execute(
        concat!(
            "UPDATE approval_rules SET last_known_name = (SELECT name FROM namespaces n WHERE n.id = group_id)
             WHERE group_id IN (",
            tree!("SELECT id FROM tree"),
            ")"
        ),
        &[group.into()],
    )
    .map(drop)
}
