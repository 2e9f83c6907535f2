//! Projects.

mod list;

pub use list::{Filter, Listed, Order, Within, list};

use crate::fold::fold;
use crate::namespaces::{Namespace, search_key};
use crate::words::json;
use crate::{Result, Row, Tx};
use countersign_domain::access::{Home, Visibility};
use countersign_domain::ids::{GroupId, NamespaceId, ProjectId, UserId};
use countersign_domain::settings::ProjectSettings;
use countersign_domain::time::Timestamp;

/// The namespace a project lies in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inside {
    /// Its id; of a group, the group's.
    pub id: NamespaceId,
    /// The group above it.
    pub parent_id: Option<GroupId>,
    /// Whose it is, if it is personal; `None` for groups.
    pub owner_id: Option<UserId>,
    /// The name people call it.
    pub name: String,
    /// The last part of its address.
    pub path: String,
    /// Its whole address.
    pub full_path: String,
}

impl Inside {
    /// The group, if it is one.
    pub fn group(&self) -> Option<GroupId> {
        match self.owner_id {
            None => Some(GroupId(self.id.0)),
            Some(_) => None,
        }
    }

    /// As access is judged.
    pub fn home(&self) -> Home {
        self.owner_id.map_or(Home::Group(GroupId(self.id.0)), Home::Personal)
    }
}

impl From<Namespace> for Inside {
    fn from(of: Namespace) -> Inside {
        Inside {
            id: of.id,
            parent_id: of.parent_id,
            owner_id: of.owner_id,
            name: of.name,
            path: of.path,
            full_path: of.full_path,
        }
    }
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Where it lies.
    pub namespace: Inside,
    /// Who created it.
    pub creator_id: Option<UserId>,
    /// The name people call it.
    pub name: String,
    /// The last part of its address.
    pub path: String,
    /// Its whole address.
    pub full_path: String,
    /// What it is for.
    pub description: Option<String>,
    /// Who may see it without belonging to it.
    pub visibility: Visibility,
    /// The branch that clones check out.
    pub default_branch: String,
    /// Whether whoever triggered a deployment may approve it under the project's rules.
    pub allow_pipeline_trigger_approve_deployment: bool,
    /// How long a job may run, in seconds.
    pub build_timeout: i64,
    /// Whether it can only be read.
    pub archived: bool,
    /// What it is about, as people tagged it.
    pub topics: Vec<String>,
    /// Whether the instance's runners serve it.
    pub shared_runners_enabled: bool,
    /// Whether the runners of the groups above serve it.
    pub group_runners_enabled: bool,
    /// What else people chose for it.
    pub settings: ProjectSettings,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its settings last changed.
    pub updated_at: Timestamp,
    /// When anything last happened in it.
    pub last_activity_at: Timestamp,
    /// Whether its repository has no branch, as far as the ledger of refs knows.
    pub empty_repo: bool,
}

/// A new project.
#[derive(Debug, Clone)]
pub struct NewProject<'a> {
    /// Where it lies.
    pub namespace_id: NamespaceId,
    /// Who creates it.
    pub creator_id: Option<UserId>,
    /// The name people call it.
    pub name: &'a str,
    /// The last part of its address.
    pub path: &'a str,
    /// Its whole address.
    pub full_path: &'a str,
    /// What it is for.
    pub description: Option<&'a str>,
    /// Who may see it without belonging to it.
    pub visibility: Visibility,
    /// The branch that clones check out.
    pub default_branch: &'a str,
    /// Whether whoever triggered a deployment may approve it under the project's rules.
    pub allow_pipeline_trigger_approve_deployment: bool,
    /// How long a job may run, in seconds.
    pub build_timeout: i64,
    /// What it is about, as people tag it.
    pub topics: &'a [String],
    /// Whether the instance's runners serve it.
    pub shared_runners_enabled: bool,
    /// Whether the runners of the groups above serve it.
    pub group_runners_enabled: bool,
    /// What else people choose for it.
    pub settings: ProjectSettings,
}

macro_rules! columns {
    () => {
        "p.id, n.id, n.parent_id, n.owner_id, n.name, n.path, n.full_path, p.creator_id, p.name, p.path, p.full_path, \
         p.description, p.visibility, p.default_branch, p.allow_pipeline_trigger_approve_deployment, p.build_timeout, \
         p.archived, p.topics, p.shared_runners_enabled, p.group_runners_enabled, p.settings, \
         p.created_at, p.updated_at, p.last_activity_at, \
         EXISTS (SELECT 1 FROM repository_refs r WHERE r.project_id = p.id)"
    };
}
use columns;

macro_rules! select {
    ($tail:expr) => {
        concat!("SELECT ", columns!(), " FROM projects p JOIN namespaces n ON n.id = p.namespace_id ", $tail)
    };
}

/// The project with that id.
pub fn get(tx: &mut Tx<'_>, id: ProjectId) -> Result<Option<Project>> {
    let load = |tx: &mut Tx<'_>| tx.query_opt(select!("WHERE p.id = $1"), &[id.into()], read);
    tx.remembered(|shelves| &shelves.projects, id, load).map(|found| found.as_ref().clone())
}

/// The project at that full path, in any case.
pub fn by_path(tx: &mut Tx<'_>, full_path: &str) -> Result<Option<Project>> {
    tx.query_opt(select!("WHERE p.full_path_key = $1"), &[fold(full_path).into()], read)
}

/// How many projects lie directly in a namespace.
pub fn count_in(tx: &mut Tx<'_>, namespace: NamespaceId) -> Result<i64> {
    let sql = "SELECT count(*) FROM projects WHERE namespace_id = $1";
    tx.query_one(sql, &[namespace.into()], |row| row.get(0))
}

/// Creates a project.
pub fn insert(tx: &mut Tx<'_>, new: &NewProject<'_>, now: Timestamp) -> Result<ProjectId> {
    let id = tx.insert(
        "INSERT INTO projects (namespace_id, creator_id, name, path, full_path, full_path_key, search_key, description,
           visibility, default_branch, allow_pipeline_trigger_approve_deployment, build_timeout, archived, topics,
           topics_key, shared_runners_enabled, group_runners_enabled, settings, pipelines_created, deployments_created,
           created_at, updated_at, last_activity_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 0, 0, $19, $19, $19)
         RETURNING id",
        &[
            new.namespace_id.into(),
            new.creator_id.into(),
            new.name.into(),
            new.path.into(),
            new.full_path.into(),
            fold(new.full_path).into(),
            search_key(new.name, new.path).into(),
            new.description.into(),
            new.visibility.as_str().into(),
            new.default_branch.into(),
            new.allow_pipeline_trigger_approve_deployment.into(),
            new.build_timeout.into(),
            false.into(),
            json(&new.topics)?.into(),
            topics_key(new.topics).into(),
            new.shared_runners_enabled.into(),
            new.group_runners_enabled.into(),
            json(&new.settings)?.into(),
            now.into(),
        ],
    )?;
    Ok(ProjectId(id))
}

/// Saves the settings, the address and the namespace of a project.
pub fn save(tx: &mut Tx<'_>, project: &Project, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE projects SET namespace_id = $2, name = $3, path = $4, full_path = $5, full_path_key = $6,
           search_key = $7, description = $8, visibility = $9, default_branch = $10,
           allow_pipeline_trigger_approve_deployment = $11, build_timeout = $12, archived = $13, topics = $14,
           topics_key = $15, shared_runners_enabled = $16, group_runners_enabled = $17, settings = $18,
           updated_at = $19 WHERE id = $1",
        &[
            project.id.into(),
            project.namespace.id.into(),
            project.name.as_str().into(),
            project.path.as_str().into(),
            project.full_path.as_str().into(),
            fold(&project.full_path).into(),
            search_key(&project.name, &project.path).into(),
            project.description.as_deref().into(),
            project.visibility.as_str().into(),
            project.default_branch.as_str().into(),
            project.allow_pipeline_trigger_approve_deployment.into(),
            project.build_timeout.into(),
            project.archived.into(),
            json(&project.topics)?.into(),
            topics_key(&project.topics).into(),
            project.shared_runners_enabled.into(),
            project.group_runners_enabled.into(),
            json(&project.settings)?.into(),
            now.into(),
        ],
    )
    .map(drop)
}

/// Makes another branch the one that clones check out.
pub fn set_default_branch(tx: &mut Tx<'_>, id: ProjectId, branch: &str, now: Timestamp) -> Result<()> {
    tx.execute(
        "UPDATE projects SET default_branch = $2, updated_at = $3 WHERE id = $1",
        &[id.into(), branch.into(), now.into()],
    )
    .map(drop)
}

/// Deletes a project with all that belongs to it.
pub fn delete(tx: &mut Tx<'_>, id: ProjectId) -> Result<()> {
    tx.execute("DELETE FROM projects WHERE id = $1", &[id.into()]).map(drop)
}

/// Notes that something happened in a project.
pub fn active(tx: &mut Tx<'_>, id: ProjectId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE projects SET last_activity_at = $2 WHERE id = $1", &[id.into(), now.into()]).map(drop)
}

/// When something last happened in a project. Nothing of that is remembered: what counts on with it draws no stamp.
pub fn last_activity(tx: &mut Tx<'_>, id: ProjectId) -> Result<Option<Timestamp>> {
    tx.query_opt("SELECT last_activity_at FROM projects WHERE id = $1", &[id.into()], |row| row.get(0))
}

fn read(row: &Row<'_>) -> Result<Project> {
    Ok(Project {
        id: row.get(0)?,
        namespace: Inside {
            id: row.get(1)?,
            parent_id: row.get(2)?,
            owner_id: row.get(3)?,
            name: row.get(4)?,
            path: row.get(5)?,
            full_path: row.get(6)?,
        },
        creator_id: row.get(7)?,
        name: row.get(8)?,
        path: row.get(9)?,
        full_path: row.get(10)?,
        description: row.get(11)?,
        visibility: row.word(12, Visibility::parse)?,
        default_branch: row.get(13)?,
        allow_pipeline_trigger_approve_deployment: row.get(14)?,
        build_timeout: row.get(15)?,
        archived: row.get(16)?,
        topics: row.json(17)?,
        shared_runners_enabled: row.get(18)?,
        group_runners_enabled: row.get(19)?,
        settings: row.json(20)?,
        created_at: row.get(21)?,
        updated_at: row.get(22)?,
        last_activity_at: row.get(23)?,
        empty_repo: !row.get::<bool>(24)?,
    })
}

/// What a search for topics looks at: each on a line of its own, in order. Topics have no line breaks.
fn topics_key(topics: &[String]) -> String {
    let mut folded: Vec<_> = topics.iter().map(|topic| fold(topic)).collect();
    folded.sort_unstable();
    folded.into_iter().map(|topic| format!("\n{topic}\n")).collect()
}
