//! What the project's repository knows of a ref and a commit, looked up before anything is decided.

use super::NewDeployment;
use crate::authorize::{self, Ref};
use crate::git::{GitError, Repositories};
use crate::{App, Error, Result, configuration, or_refused};
use countersign_domain::access::{Action, Actor};
use countersign_domain::ids::ProjectId;
use countersign_store::commits::Commit;

/// What the project's repository knows of the ref and the commit that an outside tool names. A project without a
/// repository of its own keeps its code elsewhere: anything goes.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Whether the branch or tag is there.
    pub ref_name: bool,
    /// Whether the commit is there.
    pub commit_there: bool,
    /// The commit.
    pub commit: Option<Commit>,
}

/// Asks the repository. Nothing is looked up for somebody who may not create deployments there: they are refused, and
/// told why, when they try.
///
/// # Errors
/// The store's, or git fails.
pub async fn known(app: &App, actor: &Actor, at: &Ref, new: &NewDeployment) -> Result<Known> {
    let (who, place, now) = (actor.clone(), at.clone(), crate::now());
    let find =
        move |tx: &mut crate::Tx<'_>| or_refused(authorize::project(tx, &who, &place, Action::CreateDeployments, now));
    let Ok(found) = app.store.read(find).await? else { return Ok(Known::default()) };
    let project = found.project.id;
    let (repositories, new) = (app.repositories.clone(), new.clone());
    let asked = tokio::task::spawn_blocking(move || look(&repositories, project, &new)).await;
    let failed = |why: String| crate::Failure::Store(Error::Unavailable(format!("git: {why}")));
    asked.map_err(|e| failed(e.to_string()))?.map_err(|e| failed(e.to_string()))
}

fn look(repositories: &Repositories, project: ProjectId, new: &NewDeployment) -> Result<Known, GitError> {
    let elsewhere = !repositories.exists(project.0) || repositories.is_empty(project.0)?;
    if elsewhere {
        return Ok(Known { ref_name: true, commit_there: true, commit: None });
    }
    let kind = if new.tag { "refs/tags/" } else { "refs/heads/" };
    let short = new.ref_name.strip_prefix(kind).unwrap_or(&new.ref_name);
    let found = repositories.resolve(project.0, &format!("{kind}{short}"))?;
    let commit = repositories.commit(project.0, &new.sha)?.map(configuration::commit);
    Ok(Known { ref_name: found.is_some(), commit_there: commit.is_some(), commit })
}
