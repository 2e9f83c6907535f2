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
use countersign_store::runners::Runner as Row;
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
    let mut found = app.scan(move |tx| runners::list(tx, &actor.0, &of, now)).await?;
    found.retain(|runner| wanted(runner, &query, now));
    Ok(Paged::cut(page, found).map(|runner| views::runner(&runner, now)))
}

fn wanted(runner: &Row, query: &ListRunners, now: Timestamp) -> bool {
    let kind = |of| match of {
        RunnerType::InstanceType => "instance_type",
        RunnerType::GroupType => "group_type",
        RunnerType::ProjectType => "project_type",
    };
    let presence = Presence::at(runner.contacted_at, now);
    let stands = |status| match status {
        RunnerStatus::Online => presence == Presence::Online,
        RunnerStatus::Offline => presence == Presence::Offline,
        RunnerStatus::Stale => presence == Presence::Stale,
        RunnerStatus::NeverContacted => presence == Presence::NeverContacted,
        RunnerStatus::Active => !runner.paused,
        RunnerStatus::Paused => runner.paused,
    };
    query.runner_type.is_none_or(|of| runner.runner_type == kind(of))
        && query.status.is_none_or(stands)
        && query.scope.is_none_or(stands)
        && query.paused.is_none_or(|paused| runner.paused == paused)
        && query.tag_list.iter().flatten().all(|tag| runner.tags.contains(tag))
}
