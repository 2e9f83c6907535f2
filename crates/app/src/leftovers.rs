//! What outlived its project or its job on the disk, because the server ended before it had removed it.

mod files;

pub use files::remove_files;

use crate::artifacts::Shelf;
use crate::traces::Traces;
use crate::{App, Error};
use countersign_domain::ids::ProjectId;
use countersign_store::recovery;
use std::collections::BTreeSet;

/// Removes the repositories, logs and files of projects that are gone. To be run at a start. Blocks.
///
/// Only what belongs to projects older than the newest one is touched: before a database that is not the right one, which
/// is new more often than not, all of it is safe.
///
/// # Errors
/// The store's. What cannot be removed is of no more use, and only logged.
pub fn remove(app: &App) -> Result<(), Error> {
    let (traces, shelf) = (Traces::of(&app.config), Shelf::of(&app.config));
    // Looked for first: what another server makes meanwhile belongs to a project that is known below.
    let there: BTreeSet<_> = app
        .repositories
        .projects()
        .into_iter()
        .map(ProjectId)
        .chain(traces.projects())
        .chain(shelf.projects())
        .collect();
    let known: BTreeSet<_> = app.store.read_blocking(recovery::projects)?.into_iter().collect();
    let Some(newest) = known.last() else { return Ok(()) };
    for project in there.into_iter().filter(|id| id < newest && !known.contains(id)) {
        if let Err(why) = app.repositories.delete(project.0) {
            tracing::warn!(project = project.0, %why, "the repository of a deleted project is still there");
        }
        if let Err(why) = traces.forget(project).and_then(|()| shelf.forget(project)) {
            tracing::warn!(project = project.0, %why, "the logs or the files of a deleted project are still there");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::fixture::World;
    use crate::git::{GitSettings, Repositories};
    use crate::{Config, projects};
    use countersign_domain::ids::JobId;
    use countersign_store::testing::on_both;

    #[test]
    fn only_what_projects_left_that_are_gone_is_removed() {
        on_both("leftovers", |store| {
            let dir = tempfile::tempdir().unwrap();
            let repositories = Repositories::new(dir.path(), GitSettings::default()).unwrap();
            let config = Config::new(dir.path().into(), String::new());
            let app = App::new(store.clone(), repositories, config);
            let traces = Traces::of(&app.config);
            let log = |project: ProjectId| {
                traces.append(project, JobId(1), 0, b"x").unwrap();
                app.repositories.create(project.0, "main").unwrap();
            };
            log(ProjectId(1));
            remove(&app).unwrap();
            let world = World::new(store);
            let made = ["one", "two", "three"].map(|path| world.project(&world.root, path, None));
            let newer = ProjectId(made[2].0 + 1);
            for project in [made[1], made[2], newer] {
                log(project);
            }
            let at = crate::authorize::Ref::Id(made[1].0);
            world
                .write(&world.root, move |tx, actor| projects::delete(tx, actor, &at, None, crate::fixture::NOW))
                .unwrap();
            remove(&app).unwrap();
            let mut left = traces.projects();
            left.sort();
            assert_eq!(left, [made[0], made[2], newer]);
            let mut left = app.repositories.projects();
            left.sort_unstable();
            assert_eq!(left, [made[0].0, made[2].0, newer.0]);
        });
    }
}
