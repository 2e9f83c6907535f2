//! Files that outlived their project, because the server ended before it had removed them.

use crate::artifacts::Shelf;
use crate::traces::Traces;
use crate::{App, Error};
use countersign_store::recovery;
use std::collections::BTreeSet;

/// Removes the logs and files of projects that are gone. To be run at a start. Blocks.
///
/// Only what belongs to projects older than the newest one is touched: before a database that is not the right one, which
/// is new more often than not, the logs are safe.
///
/// # Errors
/// The store's. What cannot be removed is of no more use, and only logged.
pub fn remove(app: &App) -> Result<(), Error> {
    let known: BTreeSet<_> = app.store.read_blocking(recovery::projects)?.into_iter().collect();
    let Some(newest) = known.last() else { return Ok(()) };
    let (traces, shelf) = (Traces::of(&app.config), Shelf::of(&app.config));
    let there: BTreeSet<_> = traces.projects().into_iter().chain(shelf.projects()).collect();
    for project in there.into_iter().filter(|id| id < newest && !known.contains(id)) {
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
    use countersign_domain::ids::{JobId, ProjectId};
    use countersign_store::testing::on_both;

    #[test]
    fn only_the_logs_of_projects_that_are_gone_are_removed() {
        on_both("leftovers", |store| {
            let dir = tempfile::tempdir().unwrap();
            let repositories = Repositories::new(dir.path(), GitSettings::default()).unwrap();
            let config = Config::new(dir.path().into(), String::new());
            let app = App::new(store.clone(), repositories, config);
            let traces = Traces::of(&app.config);
            let log = |project| traces.append(project, JobId(1), 0, b"x").unwrap();
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
        });
    }
}
