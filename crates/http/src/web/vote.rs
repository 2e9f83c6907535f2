//! Approving, rejecting, and taking a vote back, from a page.

use super::error::{Path, WebError, told};
use super::flash::Flash;
use super::form::Form;
use super::sign_in::local;
use super::visitor::Reader;
use crate::state::AppState;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use countersign_app::approve::Opinion;
use countersign_app::authorize::Ref;
use countersign_app::deployments;
use countersign_app::withdraw::withdraw;
use countersign_domain::approval::Verdict;
use countersign_store::Intent;
use countersign_wire::deployment::ApprovalStatus;
use serde::Deserialize;
use utoipa::ToSchema;

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/-/in/{place}/deployments/{iid}/approval", post(vote))
        .route("/-/in/{place}/deployments/{iid}/withdraw", post(take_back))
}

/// The fields of the form.
#[derive(Deserialize, ToSchema)]
struct Fields {
    status: ApprovalStatus,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    represented_as: String,
    /// What the page showed.
    version: String,
    /// The page it was on.
    #[serde(default)]
    return_to: String,
}

async fn vote(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, iid)): Path<(String, i64)>,
    Form(fields): Form<Fields>,
) -> Result<Response, WebError> {
    let (at, back, shown) = (Ref::Path(place.clone()), local(&fields.return_to), fields.version);
    let verdict = match fields.status {
        ApprovalStatus::Approved => Verdict::Approved,
        ApprovalStatus::Rejected => Verdict::Rejected,
    };
    // Browsers count a new line as one character, and send two.
    let comment = Some(fields.comment.replace("\r\n", "\n").trim().to_owned()).filter(|text| !text.is_empty());
    let represented_as = Some(fields.represented_as).filter(|name| !name.is_empty());
    let written = comment.as_ref().map_or_else(String::new, |comment| format!(" Your comment was: {comment}"));
    let opinion = Opinion { verdict, comment, represented_as };
    let done = app
        .write(reader.actor, Intent::Decide, move |tx, actor, now| {
            let id = deployments::numbered(tx, actor, &at, iid, now)?;
            deployments::vote(tx, actor, (&at, id), &opinion, &shown, now)
        })
        .await;
    let told = match done {
        Err(why) if why.status().is_server_error() => return Err(why.into()),
        // The page it leads to has an empty form.
        Err(why) => Flash::no(told(&why) + &written),
        Ok(recorded) => {
            if recorded.moved_job {
                app.wake.runners();
            }
            let did = if verdict == Verdict::Approved { "signed" } else { "rejected" };
            Flash::yes(format!("You {did} deployment {iid} of {place}."))
        }
    };
    Ok(told.at(&back, &app))
}

/// The page a form was on.
#[derive(Deserialize, ToSchema)]
struct Back {
    #[serde(default)]
    return_to: String,
}

async fn take_back(
    State(app): State<AppState>,
    reader: Reader,
    Path((place, iid)): Path<(String, i64)>,
    Form(back): Form<Back>,
) -> Result<Response, WebError> {
    let at = Ref::Path(place);
    let done = app
        .write(reader.actor, Intent::Decide, move |tx, actor, now| {
            let id = deployments::numbered(tx, actor, &at, iid, now)?;
            withdraw(tx, actor, &at, id, now)
        })
        .await;
    let told = match done {
        Err(why) if why.status().is_server_error() => return Err(why.into()),
        Err(why) => Flash::no(told(&why)),
        Ok(()) => Flash::yes("You took your vote back."),
    };
    Ok(told.at(&local(&back.return_to), &app))
}
