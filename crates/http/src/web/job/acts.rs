//! Playing, retrying and canceling a job, and erasing its log, from a page.

use crate::on_jobs;
use crate::reply::ApiError;
use crate::state::AppState;
use crate::web::error::{Path, WebError, told};
use crate::web::flash::Flash;
use crate::web::form::Form;
use crate::web::sign_in::local;
use crate::web::view::page_of;
use crate::web::visitor::Reader;
use axum::extract::State;
use axum::response::Response;
use countersign_app::authorize::Ref;
use countersign_domain::ids::JobId;
use serde::Deserialize;
use utoipa::ToSchema;

/// The page a form was on.
#[derive(Deserialize, ToSchema)]
pub(super) struct Back {
    #[serde(default)]
    return_to: String,
}

/// Starts the job, or, of one that has finished, another.
pub(super) async fn play(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, id)): Path<(String, i64)>,
    Form(back): Form<Back>,
) -> Result<Response, WebError> {
    let done = on_jobs::play(&app, reader.actor, Ref::Path(place.clone()), JobId(id), Vec::new()).await;
    after(&app, (&place, id), done, &back, |job| format!("You started job {job}."))
}

/// Tries the job again: what comes next is the page of the new one.
pub(super) async fn retry(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, id)): Path<(String, i64)>,
    Form(back): Form<Back>,
) -> Result<Response, WebError> {
    let done = on_jobs::retry(&app, reader.actor, Ref::Path(place.clone()), JobId(id)).await;
    after(&app, (&place, id), done, &back, |job| format!("Job {id} is tried again, as job {job}."))
}

/// Cancels the job.
pub(super) async fn cancel(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, id)): Path<(String, i64)>,
    Form(back): Form<Back>,
) -> Result<Response, WebError> {
    let done = on_jobs::cancel(&app, reader.actor, Ref::Path(place.clone()), JobId(id)).await;
    after(&app, (&place, id), done, &back, |job| format!("You canceled job {job}."))
}

/// Erases the log of the job.
pub(super) async fn erase(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, id)): Path<(String, i64)>,
    Form(back): Form<Back>,
) -> Result<Response, WebError> {
    let done = on_jobs::erase(&app, reader.actor, Ref::Path(place.clone()), JobId(id)).await;
    after(&app, (&place, id), done, &back, |job| format!("The log of job {job} is erased."))
}

/// Back to where the form was, or on to the job that was made.
fn after(
    app: &AppState,
    (place, id): (&str, i64),
    done: Result<JobId, ApiError>,
    back: &Back,
    words: impl Fn(JobId) -> String,
) -> Result<Response, WebError> {
    let of = |job: i64| format!("{}/-/jobs/{job}", page_of(place));
    let from = if back.return_to.is_empty() { of(id) } else { local(&back.return_to) };
    match done {
        Err(why) if why.status().is_server_error() => Err(why.into()),
        Err(why) => Ok(Flash::no(told(&why)).at(&from, app)),
        Ok(job) if job.0 == id => Ok(Flash::yes(words(job)).at(&from, app)),
        Ok(job) => Ok(Flash::yes(words(job)).at(&of(job.0), app)),
    }
}
