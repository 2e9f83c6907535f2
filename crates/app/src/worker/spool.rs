//! Follows the pushes that were not followed at once, each project's for itself: one that takes long, or fails again and
//! again, holds up nobody else's.

use crate::App;
use crate::git::Push;
use crate::push;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, watch};
use tokio::task::{Id, JoinSet};
use tokio::time::{MissedTickBehavior, interval};

/// How often the spool is looked at.
const EVERY: Duration = Duration::from_secs(60);
/// How many projects' pushes are followed at the same time.
const AT_ONCE: usize = 4;

/// Works until `stopped` changes; pushes being followed then are finished.
pub(super) async fn work(app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut round = Round::default();
    loop {
        tokio::select! {
            // It only ever changes to "stop"; that its other end is gone means the same.
            _ = stopped.changed() => break,
            _ = ticks.tick() => round.begin(&app).await,
            Some(ended) = round.followed.join_next_with_id() => round.end(ended.map_or_else(|e| e.id(), |(id, ())| id)),
        }
    }
    round.room.close();
    while round.followed.join_next().await.is_some() {}
}

/// What is being followed.
struct Round {
    room: Arc<Semaphore>,
    followed: JoinSet<()>,
    projects: HashMap<Id, i64>,
}

impl Default for Round {
    fn default() -> Round {
        Round { room: Arc::new(Semaphore::new(AT_ONCE)), followed: JoinSet::new(), projects: HashMap::new() }
    }
}

impl Round {
    /// Begins with the projects that are not at it already.
    async fn begin(&mut self, app: &Arc<App>) {
        let repositories = app.repositories.clone();
        let entries = match tokio::task::spawn_blocking(move || repositories.spool_entries()).await {
            Ok(Ok(entries)) => entries,
            Ok(Err(error)) => return tracing::error!(%error, "the push spool cannot be read; it is tried again"),
            Err(error) => return tracing::error!(%error, "reading the push spool broke off"),
        };
        let mut by_project: BTreeMap<i64, Vec<Push>> = BTreeMap::new();
        for push in entries {
            by_project.entry(push.project).or_default().push(push);
        }
        by_project.retain(|project, _| !self.projects.values().any(|busy| busy == project));
        for (project, pushes) in by_project {
            let task = self.followed.spawn(follow(Arc::clone(app), Arc::clone(&self.room), pushes));
            self.projects.insert(task.id(), project);
        }
    }

    fn end(&mut self, task: Id) {
        self.projects.remove(&task);
    }
}

/// Follows the pushes of one project, once there is room. Without room any more the server ends.
async fn follow(app: Arc<App>, room: Arc<Semaphore>, pushes: Vec<Push>) {
    let Ok(_place) = room.acquire().await else { return };
    if let Err(error) = tokio::task::spawn_blocking(move || push::settle_all(&app, &pushes)).await {
        tracing::error!(%error, "following the pushes of a project broke off");
    }
}
