//! Lists runners.

use super::views;
use crate::actor::SignedIn;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::ApiError;
use crate::state::AppState;
use axum::extract::State;
use countersign_app::runners::{self, Of};
use countersign_domain::runner::Presence;
use countersign_domain::time::Timestamp;
use countersign_store::runners::Filter;
use countersign_wire::runner_admin::{ListRunners, Runner, RunnerStatus, RunnerType};

/// Lists the runners of the projects that one maintains and of the groups that one owns; for administrators, all.
#[utoipa::path(get, path = "/runners", tag = "Runners", params(ListRunners),
    responses((status = 200, body = [Runner])))]
pub(super) async fn list_runners(
    State(app): State<AppState>,
    actor: SignedIn,
    page: Page,
    Params(query): Params<ListRunners>,
) -> Result<Paged<Runner>, ApiError> {
    listed(app, actor, Of::Actor, page, query).await
}

/// Lists all runners, for administrators.
#[utoipa::path(get, path = "/runners/all", tag = "Runners", params(ListRunners),
    responses((status = 200, body = [Runner])))]
pub(super) async fn list_all_runners(
    State(app): State<AppState>,
    actor: SignedIn,
    page: Page,
    Params(query): Params<ListRunners>,
) -> Result<Paged<Runner>, ApiError> {
    listed(app, actor, Of::Everybody, page, query).await
}

/// Lists the runners that serve a project.
#[utoipa::path(get, path = "/projects/{id}/runners", tag = "Runners",
    params(("id" = Id, Path, description = "The project"), ListRunners), responses((status = 200, body = [Runner])))]
pub(super) async fn list_project_runners(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListRunners>,
) -> Result<Paged<Runner>, ApiError> {
    listed(app, actor, Of::Project(id.into()), page, query).await
}

/// Lists the runners of a group and the groups above it, and of the instance.
#[utoipa::path(get, path = "/groups/{id}/runners", tag = "Runners",
    params(("id" = Id, Path, description = "The group"), ListRunners), responses((status = 200, body = [Runner])))]
pub(super) async fn list_group_runners(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListRunners>,
) -> Result<Paged<Runner>, ApiError> {
    listed(app, actor, Of::Group(id.into()), page, query).await
}

async fn listed(
    app: AppState,
    actor: SignedIn,
    of: Of,
    page: Page,
    query: ListRunners,
) -> Result<Paged<Runner>, ApiError> {
    let now = countersign_app::now();
    let filter = filter(query, &page, now);
    let (rows, total) = app.scan(move |tx| runners::list(tx, &actor.0, &of, &filter, now)).await?;
    let page = Paged::new(page, rows, u64::try_from(total).unwrap_or_default());
    Ok(page.map(|runner| views::runner(&runner, now)))
}

/// As the store is asked.
fn filter(query: ListRunners, page: &Page, now: Timestamp) -> Filter {
    let kind = |of| match of {
        RunnerType::InstanceType => "instance_type",
        RunnerType::GroupType => "group_type",
        RunnerType::ProjectType => "project_type",
    };
    let heard = |status: Option<RunnerStatus>| {
        let presence = match status? {
            RunnerStatus::Online => Presence::Online,
            RunnerStatus::Offline => Presence::Offline,
            RunnerStatus::Stale => Presence::Stale,
            RunnerStatus::NeverContacted => Presence::NeverContacted,
            RunnerStatus::Active | RunnerStatus::Paused => return None,
        };
        Some(presence.span(now))
    };
    let paused = |status| match status {
        Some(RunnerStatus::Active) => Some(false),
        Some(RunnerStatus::Paused) => Some(true),
        _ => None,
    };
    Filter {
        runner_type: query.runner_type.map(kind),
        paused: [query.paused, paused(query.status), paused(query.scope)],
        heard: [query.status, query.scope].map(|status| heard(status).unwrap_or_default()),
        tags: query.tag_list.unwrap_or_default(),
        limit: page.limit(),
        offset: page.offset(),
    }
}
