//! Lists the jobs of a project.

use crate::actor::Actor;
use crate::api::views::{Site, of_jobs};
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::ApiError;
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::{Tx, pipelines};
use countersign_domain::ids::JobId;
use countersign_domain::job::Status;
use countersign_store::jobs::{Among, Filter};
use countersign_store::seek::{Key, Seek};
use countersign_wire::job::{Job, JobScope, ListJobs};
use countersign_wire::sort::Keyset;

/// Lists the jobs of a project, newest first, those that were tried again too. The list is not counted, and goes by
/// keys too (`pagination=keyset`).
#[utoipa::path(get, path = "/projects/{id}/jobs", tag = "Jobs",
    params(("id" = Id, Path, description = "The project"), ListJobs, Keyset),
    responses((status = 200, body = [Job])))]
pub(super) async fn list_jobs(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListJobs>,
) -> Result<Paged<Job>, ApiError> {
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    let (asked, page) = (Asked::new(&query, true), page.seeking(true)?);
    let (by_number, beyond) = match page.seek() {
        Seek::Offset => (true, None),
        Seek::First => (false, None),
        Seek::After(key) => (false, Some(JobId(key.id))),
    };
    // One more row tells whether there is a next page.
    let (limit, offset) = (page.limit() + i64::from(by_number), page.offset());
    let most = usize::try_from(limit - 1).unwrap_or_default();
    let asking = page.clone();
    let read = move |tx: &mut Tx<'_>| {
        let filter = |among| Filter { beyond, ..asked.filter(among, limit, offset) };
        let (project, mut jobs) = pipelines::all_jobs(tx, &actor.0, &at, filter, now)?;
        if asked.is_empty() {
            jobs.clear();
        }
        let site = Site { url: &url, project: &project };
        let more = jobs.len() > most;
        let next = asking.next(&jobs, |job| Key { text: String::new(), id: job.id.0 });
        jobs.truncate(most);
        Ok((of_jobs(tx, &site, &jobs)?, more, next))
    };
    let (rows, more, next) = app.scan(read).await?;
    Ok(if by_number { Paged::with_more(page, rows, more) } else { Paged::sought(page, rows, 0, next) })
}

/// Which jobs a request asks for.
pub(in crate::api) struct Asked {
    statuses: Vec<Status>,
    named: bool,
    retried: bool,
}

impl Asked {
    /// As the request says; `retried` stands for what it does not say.
    pub(in crate::api) fn new(query: &ListJobs, retried: bool) -> Asked {
        let scope = query.scope.as_deref().unwrap_or_default();
        let mut statuses: Vec<Status> = scope.iter().filter_map(|s| status(*s)).collect();
        statuses.sort_unstable();
        statuses.dedup();
        Asked { statuses, named: !scope.is_empty(), retried: query.include_retried.unwrap_or(retried) }
    }

    /// Whether it asks only for statuses that jobs never have here.
    pub(in crate::api) fn is_empty(&self) -> bool {
        self.named && self.statuses.is_empty()
    }

    /// As the store is asked.
    pub(in crate::api) fn filter(&self, among: Among, limit: i64, offset: i64) -> Filter {
        let statuses = self.statuses.clone();
        Filter { among, statuses, retried: self.retried, beyond: None, ascending: false, limit, offset }
    }
}

/// `None` for a status that jobs never have here.
pub(in crate::api) fn status(of: JobScope) -> Option<Status> {
    Some(match of {
        JobScope::Created => Status::Created,
        JobScope::Pending => Status::Pending,
        JobScope::Running => Status::Running,
        JobScope::Success => Status::Success,
        JobScope::Failed => Status::Failed,
        JobScope::Canceling => Status::Canceling,
        JobScope::Canceled => Status::Canceled,
        JobScope::Skipped => Status::Skipped,
        JobScope::Manual => Status::Manual,
        JobScope::WaitingForResource => Status::WaitingForResource,
        JobScope::Scheduled => Status::Scheduled,
        JobScope::Preparing | JobScope::WaitingForCallback => return None,
    })
}
