//! Groups, and the personal namespaces of users.

mod list;
mod mine;
mod tree;

pub use list::{Filter, Order, list, seen};
pub use mine::{Mine, mine};
pub use tree::{Below, below, full_names, move_subtree, narrow, settings_above};

use crate::fold::fold;
use crate::many::{ids, params};
use crate::words::json;
use crate::{Result, Row, Tx};
use countersign_domain::access::Visibility;
use countersign_domain::ids::{GroupId, NamespaceId, UserId};
use countersign_domain::settings::GroupSettings;
use countersign_domain::time::Timestamp;

/// A group, or the personal namespace of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Namespace {
    /// Its id; of a group, the group's.
    pub id: NamespaceId,
    /// The group above.
    pub parent_id: Option<GroupId>,
    /// Whose it is, if it is personal; `None` for groups.
    pub owner_id: Option<UserId>,
    /// The name people call it.
    pub name: String,
    /// The last part of its address.
    pub path: String,
    /// Its whole address.
    pub full_path: String,
    /// What it is for.
    pub description: String,
    /// Who may see it without belonging to it.
    pub visibility: Visibility,
    /// Whether whoever triggered a deployment may approve it under the group's rules.
    pub allow_pipeline_trigger_approve_deployment: bool,
    /// What else people chose for it.
    pub settings: GroupSettings,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Namespace {
    /// Whether it is a group.
    pub fn is_group(&self) -> bool {
        self.owner_id.is_none()
    }

    /// Its id as a group.
    pub fn group_id(&self) -> GroupId {
        GroupId(self.id.0)
    }
}

/// A new group or personal namespace.
#[derive(Debug, Clone)]
pub struct NewNamespace<'a> {
    /// The group above.
    pub parent_id: Option<GroupId>,
    /// Whose it is, if it is personal.
    pub owner_id: Option<UserId>,
    /// The name people call it.
    pub name: &'a str,
    /// The last part of its address.
    pub path: &'a str,
    /// Its whole address.
    pub full_path: &'a str,
    /// What it is for.
    pub description: &'a str,
    /// Who may see it without belonging to it.
    pub visibility: Visibility,
    /// Whether whoever triggered a deployment may approve it under the group's rules.
    pub allow_pipeline_trigger_approve_deployment: bool,
    /// What else people choose for it.
    pub settings: GroupSettings,
}

macro_rules! columns {
    () => {
        "n.id, n.parent_id, n.owner_id, n.name, n.path, n.full_path, n.description, n.visibility, \
         n.allow_pipeline_trigger_approve_deployment, n.settings, n.created_at, n.updated_at"
    };
}
use columns;

macro_rules! select {
    ($tail:expr) => {
        concat!("SELECT ", columns!(), " FROM namespaces n ", $tail)
    };
}

/// The namespace with that id, of either kind.
pub fn get(tx: &mut Tx<'_>, id: NamespaceId) -> Result<Option<Namespace>> {
    tx.query_opt(select!("WHERE n.id = $1"), &[id.into()], read)
}

/// The namespace at that full path, of either kind, in any case.
pub fn by_path(tx: &mut Tx<'_>, full_path: &str) -> Result<Option<Namespace>> {
    tx.query_opt(select!("WHERE n.full_path_key = $1"), &[fold(full_path).into()], read)
}

/// The group with that id.
pub fn group(tx: &mut Tx<'_>, id: GroupId) -> Result<Option<Namespace>> {
    Ok(get(tx, id.into())?.filter(Namespace::is_group))
}

/// The namespaces with those ids (at most [`crate::many::MOST`]), by id.
pub fn many(tx: &mut Tx<'_>, of: &[i64]) -> Result<Vec<Namespace>> {
    tx.query(select!(concat!("WHERE n.id IN (", ids!(), ") ORDER BY n.id")), &params(of), read)
}

/// The personal namespace of a user.
pub fn personal(tx: &mut Tx<'_>, user: UserId) -> Result<Option<Namespace>> {
    tx.query_opt(select!("WHERE n.owner_id = $1"), &[user.into()], read)
}

/// Whether a group, a user or a project has that full path, in any case.
pub fn path_taken(tx: &mut Tx<'_>, full_path: &str) -> Result<bool> {
    let found = tx.query(
        "SELECT id FROM namespaces WHERE full_path_key = $1 UNION ALL SELECT id FROM projects WHERE full_path_key = $1
         UNION ALL SELECT id FROM users WHERE username_key = $1",
        &[fold(full_path).into()],
        |row| row.get::<i64>(0),
    )?;
    Ok(!found.is_empty())
}

/// Creates a namespace.
pub fn insert(tx: &mut Tx<'_>, new: &NewNamespace<'_>, now: Timestamp) -> Result<NamespaceId> {
    let kind = if new.owner_id.is_some() { "user" } else { "group" };
    let id = tx.insert(
        "INSERT INTO namespaces (kind, parent_id, owner_id, name, path, full_path, full_path_key, search_key,
           description, visibility, allow_pipeline_trigger_approve_deployment, settings, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) RETURNING id",
        &[
            kind.into(),
            new.parent_id.into(),
            new.owner_id.into(),
            new.name.into(),
            new.path.into(),
            new.full_path.into(),
            fold(new.full_path).into(),
            search_key(new.name, new.path).into(),
            new.description.into(),
            new.visibility.as_str().into(),
            new.allow_pipeline_trigger_approve_deployment.into(),
            json(&new.settings)?.into(),
            now.into(),
        ],
    )?;
    Ok(NamespaceId(id))
}

/// Saves the settings of a group; its place and full path are moved with [`move_subtree`].
pub fn save(tx: &mut Tx<'_>, group: &Namespace, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE namespaces SET name = $2, search_key = $3, description = $4, visibility = $5,
           allow_pipeline_trigger_approve_deployment = $6, settings = $7, updated_at = $8 WHERE id = $1",
        &[
            group.id.into(),
            group.name.as_str().into(),
            search_key(&group.name, &group.path).into(),
            group.description.as_str().into(),
            group.visibility.as_str().into(),
            group.allow_pipeline_trigger_approve_deployment.into(),
            json(&group.settings)?.into(),
            now.into(),
        ],
    )
    .map(drop)
}

/// Deletes a group with all below it. Entries of protections elsewhere that name it, or a group below it, stay and
/// remember its name.
pub fn delete(tx: &mut Tx<'_>, group: GroupId) -> Result<()> {
    tree::remember_names(tx, group)?;
    tx.execute("DELETE FROM namespaces WHERE id = $1 AND kind = 'group'", &[group.into()]).map(drop)
}

/// What a search for a group or project looks at.
pub(crate) fn search_key(name: &str, path: &str) -> String {
    fold(&format!("{name}\n{path}"))
}

fn read(row: &Row<'_>) -> Result<Namespace> {
    Ok(Namespace {
        id: row.get(0)?,
        parent_id: row.get(1)?,
        owner_id: row.get(2)?,
        name: row.get(3)?,
        path: row.get(4)?,
        full_path: row.get(5)?,
        description: row.get(6)?,
        visibility: row.word(7, Visibility::parse)?,
        allow_pipeline_trigger_approve_deployment: row.get(8)?,
        settings: row.json(9)?,
        created_at: row.get(10)?,
        updated_at: row.get(11)?,
    })
}
