//! Creates, changes and deletes users.

use crate::actor::SignedIn;
use crate::api::views::user_details;
use crate::params::{Clearable, Params};
use crate::path::Path;
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::{AppState, clear_projects};
use axum::extract::State;
use countersign_app::users::{self, Changes, Deleted, NewUser, Password};
use countersign_app::{App, Tx, authorize};
use countersign_domain::access::Actor as Who;
use countersign_domain::ids::UserId;
use countersign_domain::user::Settings;
use countersign_store::Intent;
use countersign_store::users::{self as store, User};
use countersign_wire::user::{CreateUser, DeleteUser, UserDetails};
use serde::Deserialize;
use utoipa::ToSchema;

/// Changes a user; what is not sent stays.
#[derive(Clone, Deserialize, ToSchema)]
pub(super) struct UpdateUser {
    /// The mail address.
    email: Option<String>,
    /// The unique name they sign in with; their own projects move with it.
    username: Option<String>,
    /// The name people call them.
    name: Option<String>,
    /// The password: 8 to 128 characters.
    password: Option<String>,
    /// Takes the password from them, until they are given another.
    reset_password: Option<bool>,
    /// Whether they administer the instance.
    admin: Option<bool>,
    /// Whether they see of what is internal only what they belong to, and create nothing of their own.
    external: Option<bool>,
    /// Whether others see no more of their profile than their name.
    private_profile: Option<bool>,
    /// Whether they may create groups in no other.
    can_create_group: Option<bool>,
    /// How many projects they may have of their own: 0 to 100,000.
    projects_limit: Option<i64>,
    /// A note for administrators; `null` or empty for none.
    #[serde(default)]
    #[schema(inline)]
    note: Clearable<String>,
}

/// Creates a user.
#[utoipa::path(post, path = "/users", tag = "Users", request_body = CreateUser,
    responses((status = 201, body = UserDetails)))]
pub(super) async fn create_user(
    State(app): State<AppState>,
    actor: SignedIn,
    Params(body): Params<CreateUser>,
) -> Result<Created<UserDetails>, ApiError> {
    let (who, new) = (actor.0.clone(), asked(body, &actor.0)?);
    let prepared = app.slowly(move || users::prepare(&who, new)).await?;
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| users::create(tx, actor, &prepared, now);
    let made = app.write(actor.0, Intent::Edit, job).await?;
    details(&app, made).await.map(Created)
}

fn asked(body: CreateUser, actor: &Who) -> Result<NewUser, ApiError> {
    authorize::admin(actor)?;
    let unusable = body.reset_password == Some(true) || body.force_random_password == Some(true);
    let password = match body.password {
        Some(password) => Password::Given(password),
        None if unusable => Password::Unusable,
        None => {
            let needed = "password, reset_password, force_random_password are missing, at least one parameter must be \
                          provided";
            return Err(ApiError::parameters(&[needed]));
        }
    };
    let usual = Settings::default();
    Ok(NewUser {
        username: body.username,
        name: body.name,
        email: body.email,
        password,
        admin: body.admin.unwrap_or_default(),
        note: body.note,
        settings: Settings {
            external: body.external.unwrap_or(usual.external),
            private_profile: body.private_profile.unwrap_or(usual.private_profile),
            can_create_group: body.can_create_group.unwrap_or(usual.can_create_group),
            projects_limit: body.projects_limit.unwrap_or(usual.projects_limit),
        },
    })
}

/// Changes a user.
#[utoipa::path(put, path = "/users/{id}", tag = "Users", params(("id" = i64, Path, description = "The user")),
    request_body = UpdateUser, responses((status = 200, body = UserDetails)))]
pub(super) async fn update_user(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
    Params(body): Params<UpdateUser>,
) -> Result<Json<UserDetails>, ApiError> {
    let reset = body.reset_password == Some(true);
    let changes = Changes {
        username: body.username,
        name: body.name,
        email: body.email,
        password: body.password.map(Password::Given).or(reset.then_some(Password::Unusable)),
        admin: body.admin,
        note: body.note.change(),
        external: body.external,
        private_profile: body.private_profile,
        can_create_group: body.can_create_group,
        projects_limit: body.projects_limit,
    };
    let who = actor.0.clone();
    let prepared = app.slowly(move || users::prepare_changes(&who, changes)).await?;
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| users::update(tx, actor, UserId(id), &prepared, now);
    let changed = app.write(actor.0, Intent::Edit, job).await?;
    details(&app, changed).await.map(Json)
}

/// Deletes a user with their memberships, tokens and own projects. What they did stays on record without their name;
/// entries of protections that name them stay and block until they are replaced.
#[utoipa::path(delete, path = "/users/{id}", tag = "Users",
    params(("id" = i64, Path, description = "The user"), DeleteUser), responses((status = 204)))]
pub(super) async fn delete_user(
    State(app): State<AppState>,
    actor: SignedIn,
    Path(id): Path<i64>,
    Params(query): Params<DeleteUser>,
) -> Result<NoContent, ApiError> {
    let groups_too = query.hard_delete.unwrap_or_default();
    let job = move |tx: &mut Tx<'_>, actor: &Who, now| users::delete(tx, actor, UserId(id), groups_too, now);
    let remove = |app: &App, deleted: Deleted| {
        clear_projects(app, &deleted.projects);
        Ok(())
    };
    app.delete(actor.0, job, (Intent::Edit, remove)).await?;
    Ok(NoContent)
}

/// A user as administrators see them.
async fn details(app: &AppState, of: User) -> Result<UserDetails, ApiError> {
    let creator = of.created_by;
    let creator = app.read(move |tx| Ok(creator.map(|id| store::record(tx, id)).transpose()?.flatten())).await?;
    Ok(user_details(&app.config.external_url, &of, creator.as_ref(), true))
}
