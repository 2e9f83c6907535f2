//! Stops and deletes many environments at once.

use crate::actor::Actor;
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json, Notice};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::environments::{self, Reviews};
use countersign_domain::time::Timestamp;
use countersign_store::Intent;
use countersign_store::environments::Environment as Row;
use countersign_wire::environment::{DeleteReviewApps, DeletedReviewApps, EnvironmentBasic, StopStale};

/// How old what is left of a review is before it goes.
const REVIEWS_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// How many go at once.
const REVIEWS: i64 = 100;

/// Deletes stopped environments in the folder `review`, or says which would go.
#[utoipa::path(delete, path = "/projects/{id}/environments/review_apps", tag = "Environments",
    params(("id" = Id, Path, description = "The project"), DeleteReviewApps),
    responses((status = 200, body = DeletedReviewApps)))]
pub(super) async fn delete_review_apps(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<DeleteReviewApps>,
) -> Result<Json<DeletedReviewApps>, ApiError> {
    let before = match body.before.as_deref() {
        Some(text) => time(text)?,
        None => countersign_app::now().plus_ms(-REVIEWS_MS),
    };
    let asked = Reviews { before, limit: body.limit.unwrap_or(REVIEWS), dry_run: body.dry_run.unwrap_or(true) };
    let at = Ref::from(id);
    let cleared = app
        .write(actor.0, Intent::Edit, move |tx, actor, now| environments::clear_reviews(tx, actor, &at, &asked, now))
        .await?;
    let all = |rows: &[Row]| rows.iter().map(basic).collect();
    let shown = DeletedReviewApps { scheduled_entries: all(&cleared.gone), unprocessable_entries: all(&cleared.kept) };
    Ok(Json(shown))
}

/// Stops the environments that nobody has changed or deployed to since then, except protected ones: by their stop jobs,
/// where they have any.
#[utoipa::path(post, path = "/projects/{id}/environments/stop_stale", tag = "Environments",
    params(("id" = Id, Path, description = "The project")), request_body = StopStale,
    responses((status = 200, body = Notice)))]
pub(super) async fn stop_stale_environments(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<StopStale>,
) -> Result<Json<Notice>, ApiError> {
    let (at, before) = (Ref::from(id), time(&body.before)?);
    app.write(actor.0, Intent::Edit, move |tx, actor, now| environments::stop_stale(tx, actor, &at, before, now))
        .await?;
    app.wake.runners();
    Ok(Json(Notice { message: "Successfully requested stop for all stale environments".into() }))
}

fn time(text: &str) -> Result<Timestamp, ApiError> {
    Timestamp::parse(text).ok_or_else(|| ApiError::parameters(&["before is invalid"]))
}

fn basic(of: &Row) -> EnvironmentBasic {
    EnvironmentBasic {
        id: of.id.0,
        name: of.name.clone(),
        slug: of.slug.clone(),
        external_url: of.external_url.clone(),
        created_at: of.created_at.to_string(),
        updated_at: of.updated_at.to_string(),
    }
}
