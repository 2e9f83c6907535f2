//! Puts together what lies about in repositories: of a mirror after a fetch, of others when it has become much.

use crate::App;
use crate::git::GitError;
use countersign_domain::ids::ProjectId;
use countersign_store::imports;
use std::time::Duration;

/// How long that may take for one repository. What was stopped begins anew after the next fetch or push.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Puts together what lies about in one repository, if that is much. A failure is for the log: nothing is lost by it. Blocks.
pub(crate) fn pack(app: &App, project: ProjectId) {
    if !app.repositories.wants_packing(project.0) {
        return;
    }
    let closing = app.wake.closing();
    match app.repositories.pack(project.0, LONGEST, &|| *closing.borrow()) {
        Ok(()) => tracing::debug!(project = project.0, "a repository was packed"),
        Err(GitError::GivenUp(_)) => {}
        Err(why) => tracing::warn!(project = project.0, %why, "a repository could not be packed; it stays as it is"),
    }
}

/// Puts together what lies about in all repositories but those that are fetched from elsewhere: a fetch sees to its own.
/// One after the other. Blocks.
pub(crate) fn sweep(app: &App) {
    let closing = app.wake.closing();
    for project in app.repositories.projects().into_iter().map(ProjectId) {
        if *closing.borrow() {
            return;
        }
        if !app.repositories.wants_packing(project.0) {
            continue;
        }
        match app.store.read_blocking(move |tx| imports::get(tx, project)) {
            Ok(Some(import)) if import.mirror || import.status.is_under_way() => {}
            Ok(_) => pack(app, project),
            Err(why) => tracing::error!(project = project.0, %why, "whether a repository is fetched cannot be read"),
        }
    }
}
