//! The first commit of a project that asks for one.

use crate::App;
use crate::git::{Action, ActionKind, CommitError, CommitRequest, Person, RefUpdate};
use crate::push::{self, PushError};
use countersign_domain::time::Timestamp;
use countersign_store::projects::Project;
use countersign_store::users::User;

/// Why the first commit was not made.
#[derive(Debug, thiserror::Error)]
pub enum ReadmeError {
    /// Git failed.
    #[error(transparent)]
    Commit(#[from] CommitError),
    /// The commit could not be recorded; it is at the next start.
    #[error(transparent)]
    Push(#[from] PushError),
}

/// Makes the first commit, a `README.md` with the project's name and description, and records it as a push. Slow.
///
/// # Errors
/// The repository cannot be written, has a commit already, or the push cannot be recorded.
pub fn readme(app: &App, project: &Project, author: &User, now: Timestamp) -> Result<(), ReadmeError> {
    let made = app.repositories.commit_actions(project.id.0, &first_commit(project, author, now))?;
    let update = RefUpdate { name: made.ref_name, old: made.old, new: made.sha };
    push::follow(app, project.id, Some(author.id), &[update])?;
    Ok(())
}

fn first_commit(project: &Project, author: &User, now: Timestamp) -> CommitRequest {
    let person = Person { name: author.name.clone(), email: author.email.clone() };
    let mut content = format!("# {}\n", project.name);
    if let Some(description) = project.description.as_deref().filter(|d| !d.is_empty()) {
        content.push_str(&format!("\n{description}\n"));
    }
    let action = Action {
        kind: ActionKind::Create,
        file_path: "README.md".into(),
        previous_path: None,
        content: Some(content.into_bytes()),
        execute_filemode: None,
        last_commit_id: None,
    };
    CommitRequest {
        branch: project.default_branch.clone(),
        start: None,
        message: "Initial commit".into(),
        author: person.clone(),
        committer: person,
        at: now.0,
        actions: vec![action],
    }
}
