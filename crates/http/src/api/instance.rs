//! What the server says of itself.

use crate::actor::SignedIn;
use crate::params::Params;
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::projects::DEFAULT_BRANCH;
use countersign_app::settings::{self, Settings};
use countersign_app::tokens::Lives;
use countersign_domain::access::Level;
use countersign_domain::token::MAX_DAYS;
use countersign_domain::user::PROJECTS_LIMIT;
use countersign_store::Intent;
use countersign_wire::instance::{ApplicationSettings, Kas, Metadata, MinRole, UpdateApplicationSettings, Version};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The GitLab version whose API is spoken. Clients tell features by it, and the edition by its end.
const VERSION: &str = "18.6.0-ee";

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(show_version))
        .routes(routes!(show_metadata))
        .routes(routes!(show_settings, update_settings))
}

/// Gets the version of the API, and of the server as revision.
#[utoipa::path(get, path = "/version", tag = "Instance", responses((status = 200, body = Version)))]
async fn show_version(_: SignedIn) -> Result<Json<Version>, ApiError> {
    Ok(Json(version()))
}

/// Gets the version and what belongs to it.
#[utoipa::path(get, path = "/metadata", tag = "Instance", responses((status = 200, body = Metadata)))]
async fn show_metadata(_: SignedIn) -> Result<Json<Metadata>, ApiError> {
    let kas = Kas { enabled: false, external_url: None, external_k8s_proxy_url: None, version: None };
    Ok(Json(Metadata { version: version(), kas, enterprise: true }))
}

fn version() -> Version {
    Version { version: VERSION.into(), revision: env!("CARGO_PKG_VERSION").into() }
}

/// Gets the settings of the instance, for administrators.
#[utoipa::path(get, path = "/application/settings", tag = "Instance",
    responses((status = 200, body = ApplicationSettings)))]
async fn show_settings(State(app): State<AppState>, actor: SignedIn) -> Result<Json<ApplicationSettings>, ApiError> {
    let configured = app.config.group_protection_min_role;
    let found = app.read(move |tx| settings::show(tx, &actor.0, configured)).await?;
    Ok(Json(shown(&app, found)))
}

/// Changes the settings of the instance.
#[utoipa::path(put, path = "/application/settings", tag = "Instance", request_body = UpdateApplicationSettings,
    responses((status = 200, body = ApplicationSettings)))]
async fn update_settings(
    State(app): State<AppState>,
    actor: SignedIn,
    Params(body): Params<UpdateApplicationSettings>,
) -> Result<Json<ApplicationSettings>, ApiError> {
    let configured = app.config.group_protection_min_role;
    let role = body.group_protection_min_role.map(|role| match role {
        MinRole::Maintainer => Level::Maintainer,
        MinRole::Owner => Level::Owner,
    });
    let update = move |tx: &mut countersign_app::Tx<'_>, actor: &_, _| settings::update(tx, actor, configured, role);
    let saved = app.write(actor.0, Intent::Edit, update).await?;
    Ok(Json(shown(&app, saved)))
}

fn shown(app: &AppState, of: Settings) -> ApplicationSettings {
    let bounded = app.config.tokens == Lives::Bounded;
    ApplicationSettings {
        id: 1,
        group_protection_min_role: match of.group_protection_min_role {
            Level::Owner => MinRole::Owner,
            _ => MinRole::Maintainer,
        },
        default_branch_protection: 3,
        default_branch_name: DEFAULT_BRANCH.into(),
        default_projects_limit: PROJECTS_LIMIT,
        default_project_visibility: "private".into(),
        default_group_visibility: "private".into(),
        signup_enabled: false,
        require_personal_access_token_expiry: bounded,
        max_personal_access_token_lifetime: bounded.then_some(MAX_DAYS),
    }
}
