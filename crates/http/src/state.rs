//! What every handler is given, and how it reaches the use cases.

use crate::reply::ApiError;
use countersign_app::traces::Traces;
use countersign_app::{App, Failure, Tx, day};
use countersign_domain::access::Actor;
use countersign_domain::ids::ProjectId;
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_store::Intent;
use std::ops::Deref;
use std::sync::Arc;

/// The server, shared by all handlers.
#[derive(Clone)]
pub struct AppState(
    /// The server.
    pub Arc<App>,
);

impl Deref for AppState {
    type Target = App;

    fn deref(&self) -> &App {
        &self.0
    }
}

impl AppState {
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

    /// Removes the repositories and logs of deleted projects. What cannot be removed is of no more use, and only logged.
    pub async fn remove_repositories(&self, projects: Vec<ProjectId>) {
        let shared = self.0.clone();
        let work = move || {
            let traces = Traces::of(&shared.config);
            for project in projects {
                traces.forget(project);
                if let Err(why) = shared.repositories.delete(project.0) {
                    tracing::warn!(project = project.0, %why, "the repository of a deleted project is still there");
                }
                if let Err(why) = Traces::of(&shared.config).forget(project) {
                    tracing::warn!(project = project.0, %why, "the logs of a deleted project are still there");
                }
            }
        };
        if let Err(why) = tokio::task::spawn_blocking(work).await {
            tracing::warn!(%why, "the repositories of deleted projects are still there");
        }
    }
}
