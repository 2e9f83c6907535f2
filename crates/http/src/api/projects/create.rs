//! Creates a project, then its repository.

use super::mirror;
use super::settings::{changes as chosen, topics};
use crate::actor::Actor;
use crate::api::values::visibility;
use crate::api::views;
use crate::params::Params;
use crate::path::Path;
use crate::reply::{ApiError, Created};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::Tx;
use countersign_app::authorize::Ref;
use countersign_app::imports::{self, Wish};
use countersign_app::projects::{self, NewProject, View};
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::UserId;
use countersign_domain::import::Address;
use countersign_store::{Intent, users};
use countersign_wire::project::{CreateProject, ImportChanges, Project};

/// Creates a project.
#[utoipa::path(post, path = "/projects", tag = "Projects", request_body = CreateProject,
    responses((status = 201, body = Project)))]
pub(super) async fn create_project(
    State(app): State<AppState>,
    actor: Actor,
    Params(body): Params<CreateProject>,
) -> Result<Created<Project>, ApiError> {
    make(app, actor, body, None).await
}

/// Creates a project in somebody's personal namespace, for them. Administrators only.
#[utoipa::path(post, path = "/projects/user/{user_id}", tag = "Projects",
    params(("user_id" = i64, Path, description = "The user")), request_body = CreateProject,
    responses((status = 201, body = Project)))]
pub(super) async fn create_project_for(
    State(app): State<AppState>,
    actor: Actor,
    Path(user): Path<i64>,
    Params(body): Params<CreateProject>,
) -> Result<Created<Project>, ApiError> {
    make(app, actor, body, Some(UserId(user))).await
}

async fn make(
    app: AppState,
    actor: Actor,
    body: CreateProject,
    owner: Option<UserId>,
) -> Result<Created<Project>, ApiError> {
    if body.name.is_none() && body.path.is_none() {
        let needed = "name, path are missing, at least one parameter must be provided";
        return Err(ApiError::parameters(&[needed]));
    }
    let readme = body.initialize_with_readme == Some(true);
    if readme && body.import.import_url.is_some() {
        return Err(ApiError::parameters(&["import_url, initialize_with_readme are mutually exclusive"]));
    }
    let (import, new) = (body.import.clone(), wanted(body));
    let import = wish(&app, import, actor.0.clone(), (owner, new.clone())).await?;
    let (who, config) = (actor.0.clone(), app.config.clone());
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| {
        let ending = match owner {
            None => projects::create(tx, actor, &new, now),
            Some(owner) => projects::create_for(tx, actor, owner, &new, now),
        };
        imports::with(tx, &config, actor, (ending?, &import), now)
    };
    let made = app.write(actor.0, Intent::Edit, job).await?;
    let made = equip(&app, who, made, readme).await?;
    Ok(Created(views::project(&app.config.external_url, &made)))
}

async fn wish(
    app: &AppState,
    import: ImportChanges,
    who: Who,
    (owner, new): (Option<UserId>, NewProject),
) -> Result<Wish, ApiError> {
    let (config, now) = (app.config.clone(), countersign_app::now());
    let needs_key = move |tx: &mut Tx<'_>, address: &Address| {
        imports::may_begin(tx, &config, &who, (owner, &new, address), now).map(|()| true)
    };
    mirror::wish(app, import, needs_key).await
}

/// The project as asked for.
fn wanted(body: CreateProject) -> NewProject {
    NewProject {
        name: body.name,
        path: body.path,
        namespace_id: body.namespace_id,
        description: body.description,
        visibility: body.visibility.map(visibility),
        default_branch: body.default_branch,
        allow_pipeline_trigger_approve_deployment: body.allow_pipeline_trigger_approve_deployment.unwrap_or_default(),
        build_timeout: body.build_timeout,
        topics: topics(&body.settings).unwrap_or_default(),
        shared_runners_enabled: body.settings.shared_runners_enabled,
        group_runners_enabled: body.settings.group_runners_enabled,
        restrict_variables: body.settings.restrict_user_defined_variables,
        settings: chosen(&body.settings),
    }
}

/// Makes the repository, with its first commit if asked for. The project stands whatever happens here: without a
/// repository it is given one when it is first needed.
pub(crate) async fn equip(app: &AppState, who: Who, made: View, readme: bool) -> Result<View, ApiError> {
    let (shared, project, author, by) = (app.0.clone(), made.project.clone(), who.user(), who.by.clone());
    let work = move || {
        if let Err(why) = projects::ensure_repository(&shared.repositories, &project) {
            tracing::error!(project = project.id.0, %why, "a new project has no repository yet");
            return;
        }
        let found = author.filter(|_| readme).map(|id| shared.store.read_blocking(move |tx| users::get(tx, id)));
        let Some(Ok(Some(author))) = found else { return };
        if let Err(why) = projects::readme(&shared, &project, (&author, by), countersign_app::now()) {
            tracing::error!(project = project.id.0, %why, "a new project has no README.md");
        }
    };
    tokio::task::spawn_blocking(work).await.map_err(|why| ApiError::internal(&why))?;
    if !readme {
        return Ok(made);
    }
    let (at, now) = (Ref::Id(made.project.id.0), countersign_app::now());
    app.read(move |tx| projects::show(tx, &who, &at, now)).await
}
