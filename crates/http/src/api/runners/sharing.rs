//! Lets a runner serve further projects, and lists the jobs that it had.

use super::views;
use crate::actor::{RunnerManager as Manager, SignedIn};
use crate::api::views::{Site, of_jobs};
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, NoContent};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::Tx;
use countersign_app::authorize::Ref;
use countersign_app::runners::{self, OfRunner};
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::RunnerId;
use countersign_store::Intent;
use countersign_wire::job::Job;
use countersign_wire::runner_admin::{JoinProject, ListRunnerJobs, RunnerDetails};
use countersign_wire::sort::Sort;

/// Lets a runner that was created for a project serve another too; one that does already stays as it is.
#[utoipa::path(post, path = "/projects/{id}/runners", tag = "Runners",
    params(("id" = Id, Path, description = "The project")), request_body = JoinProject,
    responses((status = 201, body = RunnerDetails)))]
pub(super) async fn join_project(
    State(app): State<AppState>,
    actor: Manager,
    Path(id): Path<Id>,
    Params(body): Params<JoinProject>,
) -> Result<Created<RunnerDetails>, ApiError> {
    let (at, runner) = (Ref::from(id), RunnerId(body.runner_id));
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| runners::join(tx, actor, &at, runner, now);
    let joined = app.write(actor.0, Intent::Decide, job).await?;
    app.wake.runner(runner);
    Ok(Created(views::details(&app.config.external_url, &joined, countersign_app::now())))
}

/// Lets a runner serve a project no more.
#[utoipa::path(delete, path = "/projects/{id}/runners/{runner_id}", tag = "Runners",
    params(("id" = Id, Path, description = "The project"), ("runner_id" = i64, Path, description = "The runner")),
    responses((status = 204)))]
pub(super) async fn part_from_project(
    State(app): State<AppState>,
    actor: Manager,
    Path((id, runner)): Path<(Id, i64)>,
) -> Result<NoContent, ApiError> {
    let (at, runner) = (Ref::from(id), RunnerId(runner));
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| runners::part(tx, actor, &at, runner, now);
    app.write(actor.0, Intent::Decide, job).await.map(|()| NoContent)
}

/// Lists the jobs that a runner has or had, the newest first: for administrators all, for others those of the project
/// that it was created for. The list is not counted.
#[utoipa::path(get, path = "/runners/{runner_id}/jobs", tag = "Runners",
    params(("runner_id" = i64, Path, description = "The runner"), ListRunnerJobs),
    responses((status = 200, body = [Job])))]
pub(super) async fn list_runner_jobs(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
    page: Page,
    Params(query): Params<ListRunnerJobs>,
) -> Result<Paged<Job>, ApiError> {
    let (now, url) = (countersign_app::now(), app.config.external_url.clone());
    let status = match query.status {
        Some(asked) => match crate::api::jobs::status(asked) {
            Some(status) => Some(status),
            None => return Ok(Paged::with_more(page, Vec::new(), false)),
        },
        None => None,
    };
    let ascending = query.sort == Some(Sort::Asc);
    let of = OfRunner { status, ascending, limit: page.limit(), offset: page.offset() };
    let read = move |tx: &mut Tx<'_>| {
        let mut shown = Vec::new();
        let (found, more) = runners::jobs(tx, &actor.0, RunnerId(id), &of, now)?;
        for (project, job) in found {
            shown.extend(of_jobs(tx, &Site { url: &url, project: &project }, &[job])?);
        }
        Ok((shown, more))
    };
    let (shown, more) = app.scan(read).await?;
    Ok(Paged::with_more(page, shown, more))
}
