//! Rows as replies show them. Everything a list of rows refers to is fetched with one statement a kind, however long
//! the list; what a single row refers to, by key.

mod deployments;
mod jobs;
mod people;
mod places;

pub(crate) use deployments::{approval, details, of_deployments};
pub(crate) use jobs::{in_short, of_jobs, of_pipelines, pipeline_details};
pub(crate) use people::{access_token, member, member_basic, token, user_details, user_profile};
pub(crate) use places::{
    group, group_details, named, namespace, project, project_group, project_import, project_seen, project_simple,
    pull_mirror,
};

use countersign_app::{Failure, Tx};
use countersign_domain::ids::UserId;
use countersign_store::commits::Commit;
use countersign_store::projects::Project;
use countersign_store::users::{self, User};
use countersign_wire as wire;
use std::collections::HashMap;

/// Up to this many rows are fetched one by one: a look-up of many always costs as much as one of a hundred.
const FEW: usize = 6;

/// What every view of a project's rows needs.
pub(crate) struct Site<'a> {
    /// The address of the server, without a trailing slash.
    pub(crate) url: &'a str,
    /// The project.
    pub(crate) project: &'a Project,
}

impl Site<'_> {
    /// The address of one of the project's pages.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}/{}/-/{path}", self.url, self.project.full_path)
    }

    /// A user as everybody may see them.
    pub(crate) fn user(&self, of: &User) -> wire::user::UserBasic {
        user(self.url, of)
    }

    pub(crate) fn commit(&self, of: &Commit) -> wire::commit::Commit {
        wire::commit::Commit {
            id: of.sha.clone(),
            short_id: short(&of.sha),
            created_at: of.committed_at.to_string(),
            parent_ids: of.parent_shas.clone(),
            title: of.title.clone(),
            message: of.message.clone(),
            author_name: of.author_name.clone(),
            author_email: of.author_email.clone(),
            authored_date: of.authored_at.to_string(),
            committer_name: of.committer_name.clone(),
            committer_email: of.committer_email.clone(),
            committed_date: of.committed_at.to_string(),
            web_url: self.page(&format!("commit/{}", of.sha)),
        }
    }
}

/// A user as everybody may see them.
pub(crate) fn user(url: &str, of: &User) -> wire::user::UserBasic {
    wire::user::UserBasic {
        id: of.id.0,
        username: of.username.clone(),
        name: of.name.clone(),
        state: of.state.as_str().into(),
        locked: false,
        avatar_url: None,
        web_url: format!("{url}/{}", of.username),
    }
}

/// Whoever is not there any more, for clients that need somebody.
fn ghost(url: &str) -> wire::user::UserBasic {
    wire::user::UserBasic {
        id: 0,
        username: "ghost".into(),
        name: "Ghost User".into(),
        state: "blocked".into(),
        locked: false,
        avatar_url: None,
        web_url: format!("{url}/ghost"),
    }
}

/// The first eight characters of a commit's id.
pub(crate) fn short(sha: &str) -> String {
    sha.chars().take(8).collect()
}

/// The users with those ids.
fn people(tx: &mut Tx<'_>, ids: impl IntoIterator<Item = i64>) -> Result<HashMap<i64, User>, Failure> {
    let ids = distinct(ids);
    let mut found = Vec::with_capacity(ids.len());
    if ids.len() > FEW {
        found = users::many(tx, &ids)?;
    } else {
        for id in ids {
            found.extend(users::record(tx, UserId(id))?);
        }
    }
    Ok(found.into_iter().map(|u| (u.id.0, u)).collect())
}

fn distinct(ids: impl IntoIterator<Item = i64>) -> Vec<i64> {
    let mut ids: Vec<i64> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
