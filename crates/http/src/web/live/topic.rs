//! What a page is about that stays open.

use crate::state::AppState;
use countersign_app::authorize::Ref;
use countersign_app::deployments::Wanted;
use countersign_app::glimpse::{self, Glimpse};
use countersign_app::{Failure, Tx, authenticate};
use countersign_domain::access::Actor;
use countersign_domain::ids::{JobId, PipelineId};
use countersign_store::pipelines::Filter;
use std::sync::Arc;
use std::time::Duration;

/// What a page is about that stays open.
#[derive(Debug, Clone)]
pub(super) enum Topic {
    /// What waits for the reader.
    Inbox(Wanted),
    /// A deployment, by its number.
    Deployment(Ref, i64),
    /// Some pipelines of a project.
    Pipelines(Ref, Box<Filter>),
    /// A pipeline.
    Pipeline(Ref, PipelineId),
    /// A job.
    Job(Ref, JobId),
}

impl Topic {
    /// How long to wait from one look to the next, however much changes: lists over many projects cost more.
    pub(super) fn pause(&self) -> Duration {
        match self {
            Topic::Inbox(_) => Duration::from_secs(2),
            Topic::Pipelines(..) | Topic::Pipeline(..) => Duration::from_secs(1),
            Topic::Deployment(..) | Topic::Job(..) => Duration::from_millis(500),
        }
    }

    /// Looks at it as the actor, if they are still signed in and may still see it.
    pub(super) async fn look(topic: &Arc<Topic>, app: &AppState, actor: &Actor) -> Result<Glimpse, Failure> {
        let (shared, actor, now) = (Arc::clone(topic), actor.clone(), countersign_app::now());
        let job = move |tx: &mut Tx<'_>| {
            let actor = authenticate::refresh(tx, &actor, now)?;
            match &*shared {
                Topic::Inbox(wanted) => glimpse::inbox(tx, &actor, wanted, now),
                Topic::Deployment(at, iid) => glimpse::deployment(tx, &actor, at, *iid, now),
                Topic::Pipelines(at, filter) => glimpse::pipelines(tx, &actor, at, filter, now),
                Topic::Pipeline(at, id) => glimpse::pipeline(tx, &actor, at, *id, now),
                Topic::Job(at, id) => glimpse::job(tx, &actor, at, *id, now),
            }
        };
        match &**topic {
            Topic::Deployment(..) | Topic::Job(..) => app.store.read(job).await,
            Topic::Inbox(_) | Topic::Pipelines(..) | Topic::Pipeline(..) => app.store.scan(job).await,
        }
    }
}
