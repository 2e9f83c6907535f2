//! Changes, moves and deletes projects.

use super::mirror;
use super::settings::{changes as chosen, topics};
use crate::actor::Actor;
use crate::api::values::visibility;
use crate::api::views;
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{Accepted, ApiError, Created, Json, Notice};
use crate::state::{AppState, clear_projects};
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::imports::{self, Wish};
use countersign_app::projects::{self, Changes};
use countersign_app::{App, Tx};
use countersign_domain::access::Actor as Who;
use countersign_domain::import::Address;
use countersign_store::Intent;
use countersign_store::projects::Project as Row;
use countersign_wire::project::{DeleteNamed, ImportChanges, Project, TransferProject, UpdateProject};

/// Changes a project.
#[utoipa::path(put, path = "/projects/{id}", tag = "Projects", params(("id" = Id, Path, description = "The project")),
    request_body = UpdateProject, responses((status = 200, body = Project)))]
pub(super) async fn update_project(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<UpdateProject>,
) -> Result<Json<Project>, ApiError> {
    let at = Ref::from(id);
    let branch_sent = body.default_branch.is_some();
    let import = wish(&app, body.import, actor.0.clone(), at.clone()).await?;
    let changes = Changes {
        name: body.name,
        path: body.path,
        description: body.description,
        visibility: body.visibility.map(visibility),
        default_branch: body.default_branch,
        allow_pipeline_trigger_approve_deployment: body.allow_pipeline_trigger_approve_deployment,
        build_timeout: body.build_timeout,
        topics: topics(&body.settings),
        shared_runners_enabled: body.settings.shared_runners_enabled,
        group_runners_enabled: body.settings.group_runners_enabled,
        restrict_variables: body.settings.restrict_user_defined_variables,
        settings: chosen(&body.settings),
    };
    let config = app.config.clone();
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| {
        let ending = projects::update(tx, actor, &at, &changes, now)?;
        imports::with(tx, &config, actor, (ending, &import), now)
    };
    let changed = app.write(actor.0, Intent::Edit, job).await?;
    if branch_sent {
        tell_repository(&app, changed.project.clone()).await?;
    }
    Ok(Json(views::project(&app.config.external_url, &changed)))
}

async fn wish(app: &AppState, import: ImportChanges, who: Who, at: Ref) -> Result<Wish, ApiError> {
    let (config, now) = (app.config.clone(), countersign_app::now());
    let needs_key =
        move |tx: &mut Tx<'_>, address: &Address| imports::needs_key(tx, &config, &who, (&at, address), now);
    mirror::wish(app, import, needs_key).await
}

/// Lets clones check out the project's default branch.
async fn tell_repository(app: &AppState, project: Row) -> Result<(), ApiError> {
    let shared = app.0.clone();
    let work = move || {
        let told = projects::ensure_repository(&shared.repositories, &project)
            .and_then(|()| shared.repositories.set_default_branch(project.id.0, &project.default_branch));
        if let Err(why) = told {
            tracing::error!(project = project.id.0, %why, "the repository still has its former default branch");
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(|why| ApiError::internal(&why))
}

/// Moves a project to another namespace.
#[utoipa::path(put, path = "/projects/{id}/transfer", tag = "Projects",
    params(("id" = Id, Path, description = "The project")), request_body = TransferProject,
    responses((status = 200, body = Project)))]
pub(super) async fn transfer_project(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<TransferProject>,
) -> Result<Json<Project>, ApiError> {
    let (at, to) = (Ref::from(id), Ref::parse(&body.namespace));
    let least = app.config.group_protection_min_role;
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| projects::transfer(tx, actor, &at, &to, least, now);
    let moved = app.write(actor.0, Intent::Edit, job).await?;
    Ok(Json(views::project(&app.config.external_url, &moved)))
}

/// Archives a project: it can only be read, and what waits to be deployed is canceled.
#[utoipa::path(post, path = "/projects/{id}/archive", tag = "Projects",
    params(("id" = Id, Path, description = "The project")), responses((status = 201, body = Project)))]
pub(super) async fn archive_project(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
) -> Result<Created<Project>, ApiError> {
    archive(app, actor, id, true).await
}

/// Takes a project out of the archive.
#[utoipa::path(post, path = "/projects/{id}/unarchive", tag = "Projects",
    params(("id" = Id, Path, description = "The project")), responses((status = 201, body = Project)))]
pub(super) async fn unarchive_project(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
) -> Result<Created<Project>, ApiError> {
    archive(app, actor, id, false).await
}

async fn archive(app: AppState, actor: Actor, id: Id, archived: bool) -> Result<Created<Project>, ApiError> {
    let at = Ref::from(id);
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| projects::archive(tx, actor, &at, archived, now);
    let changed = app.write(actor.0, Intent::Edit, job).await?;
    Ok(Created(views::project(&app.config.external_url, &changed)))
}

/// Deletes a project, at once.
#[utoipa::path(delete, path = "/projects/{id}", tag = "Projects",
    params(("id" = Id, Path, description = "The project"), DeleteNamed), responses((status = 202, body = Notice)))]
pub(super) async fn delete_project(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<DeleteNamed>,
) -> Result<Accepted<Notice>, ApiError> {
    let at = Ref::from(id);
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| projects::delete(tx, actor, &at, body.full_path.as_deref(), now);
    let remove = |app: &App, deleted| {
        clear_projects(app, &[deleted]);
        Ok(())
    };
    app.delete(actor.0, job, (Intent::Edit, remove)).await?;
    Ok(Accepted(Notice::accepted()))
}
