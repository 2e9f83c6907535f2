//! The first commit of a project that asks for one.

use crate::App;
use crate::commit_files::{self, CommitFilesError, Committer};
use crate::git::{Action, ActionKind, CommitRequest, Person};
use countersign_domain::event::By;
use countersign_domain::time::Timestamp;
use countersign_store::projects::Project;
use countersign_store::users::User;

/// Makes the first commit, a `README.md` with the project's name and description: a push by its author, recorded as by
/// whoever the audit is to name. Blocks.
///
/// # Errors
/// The repository cannot be written, has a commit already, or the push cannot be followed yet.
pub fn readme(app: &App, project: &Project, author: (&User, By), now: Timestamp) -> Result<(), CommitFilesError> {
    let (author, by) = author;
    let person = Person { name: author.name.clone(), email: author.email.clone() };
    let request = first_commit(project, &person, now);
    commit_files::commit(app, &Committer { project: project.id, by, person }, &request).map(drop)
}

fn first_commit(project: &Project, person: &Person, now: Timestamp) -> CommitRequest {
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
        committer: person.clone(),
        at: now.0,
        actions: vec![action],
    }
}
