//! What every handler is given, and how it reaches the use cases.

use crate::attempts::Attempts;
use crate::params::ARRIVAL;
use crate::reply::ApiError;
use crate::room::Room;
use crate::{git, web};
use countersign_app::artifacts::Shelf;
use countersign_app::traces::Traces;
use countersign_app::{App, Failure, Tx, day};
use countersign_domain::access::Actor;
use countersign_domain::ids::ProjectId;
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_store::Intent;
use std::io;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tracing::Instrument;

/// The server, shared by all handlers.
#[derive(Clone)]
pub struct AppState(
    /// The server.
    pub Arc<App>,
    /// What limits its clients.
    pub(crate) Arc<Bounds>,
);

/// How many deploy keys are made at once: each takes a process.
const KEYS: usize = 2;

/// How many single files of archives are sent at once: each takes as much of the disk as an archive may have.
const UNPACKING: usize = 8;

/// What limits clients beyond a single request.
#[derive(Debug)]
pub(crate) struct Bounds {
    /// Failed authentications.
    pub(crate) attempts: Attempts,
    /// Processes that serve git clients.
    pub(crate) git: git::Room,
    /// Streams of open pages.
    pub(crate) live: web::Room,
    /// Programs that make deploy keys.
    pub(crate) keys: Room,
    /// Single files of archives.
    pub(crate) unpacking: Room,
    /// How long what a runner says may take to arrive.
    pub(crate) arrival: Duration,
}

impl Default for Bounds {
    fn default() -> Bounds {
        let (attempts, git, live) = Default::default();
        Bounds { attempts, git, live, keys: Room::of(KEYS), unpacking: Room::of(UNPACKING), arrival: ARRIVAL }
    }
}

impl Deref for AppState {
    type Target = App;

    fn deref(&self) -> &App {
        &self.0
    }
}

impl AppState {
    /// That server, before any client came.
    pub(crate) fn new(app: Arc<App>) -> AppState {
        AppState(app, Arc::default())
    }

    /// Reads in one snapshot.
    ///
    /// # Errors
    /// What the use case refuses, or 503 and 500 for the store.
    pub async fn read<T: Send + 'static>(
        &self,
        job: impl Fn(&mut Tx<'_>) -> Result<T, Failure> + Send + Sync + 'static,
    ) -> Result<T, ApiError> {
        Ok(self.store.read(job).await?)
    }

    /// Reads a list, a count or an export: as [`AppState::read`], off the thread of the request. Lists and their filters
    /// go by what is stored, so what a new day changes is stored before.
    ///
    /// # Errors
    /// As [`AppState::read`].
    pub async fn scan<T: Send + 'static>(
        &self,
        job: impl Fn(&mut Tx<'_>) -> Result<T, Failure> + Send + Sync + 'static,
    ) -> Result<T, ApiError> {
        if let Err(why) = day::begin(&self.0, countersign_app::now()).await {
            tracing::error!(%why, "what the day changes could not be stored; the next list tries again");
        }
        Ok(self.store.scan(job).await?)
    }

    /// Changes something on behalf of an actor. The job is given the actor and the time of the decision.
    ///
    /// # Errors
    /// As [`AppState::read`].
    pub async fn write<T: Send + 'static>(
        &self,
        actor: Actor,
        intent: Intent,
        job: impl Fn(&mut Tx<'_>, &Actor, Timestamp) -> Result<Ending<T>, Failure> + Send + Sync + 'static,
    ) -> Result<T, ApiError> {
        let (by, now) = (actor.by.clone(), countersign_app::now());
        Ok(self
            .store
            .write(by, now, intent, move |tx| {
                let actor = countersign_app::authenticate::refresh(tx, &actor, now)?;
                job(tx, &actor, now)
            })
            .await?)
    }

    /// Deletes something on behalf of an actor as [`AppState::write`] does, and then what it has on the disk, where that holds up
    /// nobody. Once begun it goes on to its end, though the client goes away: nobody could ask for the rest of it again.
    ///
    /// # Errors
    /// As [`AppState::write`]; what it has on the disk cannot be removed.
    pub(crate) async fn delete<T: Send + 'static>(
        &self,
        actor: Actor,
        job: impl Fn(&mut Tx<'_>, &Actor, Timestamp) -> Result<Ending<T>, Failure> + Send + Sync + 'static,
        (intent, remove): (Intent, impl FnOnce(&App, T) -> io::Result<()> + Send + 'static),
    ) -> Result<(), ApiError> {
        let app = self.clone();
        let whole = async move {
            let gone = app.write(actor, intent, job).await?;
            let removed = tokio::task::spawn_blocking(move || remove(&app, gone)).await;
            removed.map_err(|why| ApiError::internal(&why))?.map_err(|why| ApiError::internal(&why))
        };
        tokio::spawn(whole.in_current_span()).await.map_err(|why| ApiError::internal(&why))?
    }

    /// Runs what hashes a password, where it holds up nobody.
    ///
    /// # Errors
    /// What the work refuses.
    pub(crate) async fn slowly<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, ApiError> {
        let done = tokio::task::spawn_blocking(work).await;
        Ok(done.map_err(|why| ApiError::internal(&why))??)
    }
}

/// Removes the repositories, logs and files of deleted projects. What cannot be removed is of no more use, and only logged.
/// Blocks.
pub(crate) fn clear_projects(app: &App, projects: &[ProjectId]) {
    for project in projects {
        if let Err(why) = app.repositories.delete(project.0) {
            tracing::warn!(project = project.0, %why, "the repository of a deleted project is still there");
        }
        let forgotten = Traces::of(&app.config).forget(*project);
        if let Err(why) = forgotten.and_then(|()| Shelf::of(&app.config).forget(*project)) {
            tracing::warn!(project = project.0, %why, "the logs or files of a deleted project are still there");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::api::tests::Server;
    use countersign_domain::ids::JobId;

    #[test]
    fn a_deleted_project_leaves_neither_code_nor_logs() {
        let server = Server::new();
        let project = ProjectId(7);
        let logs = server.app.config.data_dir.join("traces/7");
        Traces::of(&server.app.config).append(project, JobId(1), 0, b"log").unwrap();
        server.app.repositories.create(project.0, "main").unwrap();
        assert!(logs.exists());
        clear_projects(&server.app, &[project]);
        assert!(!logs.exists() && !server.app.repositories.exists(project.0));
    }
}
