//! The form that protects an environment or changes how it is protected. Nothing is saved before its last button; all
//! others show it again with what was typed.

use super::chip::Row;
use super::fields::{Fields, Press};
use super::typed::Typed;
use super::{Site, head, words};
use crate::reply::ApiError;
use crate::state::AppState;
use crate::web::error::WebError;
use crate::web::flash::Flash;
use crate::web::frame::{Frame, page};
use crate::web::place_head::PlaceHead;
use crate::web::visitor::Reader;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_app::protections::{self, Saved};
use countersign_domain::ids::ProtectionId;
use countersign_store::Intent;

#[derive(Template)]
#[template(path = "protection_form.html")]
struct FormPage {
    frame: Frame,
    place: PlaceHead,
    group: bool,
    /// Whether a protection is changed that is there.
    edit: bool,
    /// Where the form goes.
    action: String,
    /// Where the list is.
    list: String,
    typed: Typed,
    problem: Option<String>,
    /// What somebody else made of it meanwhile.
    in_force: Option<Row>,
}

/// Shows the form: a blank one, or the protection with that id.
pub(super) async fn open(
    app: AppState,
    reader: Reader,
    site: Site,
    id: Option<ProtectionId>,
) -> Result<Response, WebError> {
    shown(&app, &reader, (&site, id), Fields::default(), (StatusCode::OK, None)).await
}

/// Takes the form: saves it, or shows it again.
pub(super) async fn take(
    app: AppState,
    reader: Reader,
    (site, id): (Site, Option<ProtectionId>),
    mut fields: Fields,
) -> Result<Response, WebError> {
    let press = Press::parse(&fields.press);
    fields.press(press);
    if fields.press.is_empty() {
        "look".clone_into(&mut fields.press);
    }
    let (_, problem) = fields.draft();
    match (press, problem) {
        (Press::Save, None) => save(&app, &reader, (&site, id), fields).await,
        (Press::Save, problem) => shown(&app, &reader, (&site, id), fields, (StatusCode::BAD_REQUEST, problem)).await,
        (_, problem) => shown(&app, &reader, (&site, id), fields, (StatusCode::OK, problem)).await,
    }
}

async fn save(
    app: &AppState,
    reader: &Reader,
    (site, id): (&Site, Option<ProtectionId>),
    fields: Fields,
) -> Result<Response, WebError> {
    let (target, (draft, _), version) = (site.target(app), fields.draft(), fields.version.clone());
    let done: Result<Saved, ApiError> = app
        .write(reader.actor.clone(), Intent::Edit, move |tx, actor, now| match id {
            None => protections::protect(tx, actor, &target, &draft.asked(None), now),
            Some(id) => protections::revise(tx, actor, &target, (id, &version), &draft, now),
        })
        .await;
    match done {
        Ok(saved) => {
            let what = if id.is_some() { "The protection is changed" } else { "Protected" };
            Ok(Flash::yes(format!("{what}: {}.", saved.protection.name)).at(&site.list(), app))
        }
        Err(why) if refused_whole(why.status()) => Err(why.into()),
        Err(why) => {
            let problem = Some(words::problem(&why));
            shown(app, reader, (site, id), fields, (why.status(), problem)).await
        }
    }
}

/// Whether a refusal is not about what the form says.
fn refused_whole(status: StatusCode) -> bool {
    status.is_server_error() || [StatusCode::NOT_FOUND, StatusCode::FORBIDDEN].contains(&status)
}

/// The form with what was typed. Whoever was overtaken is shown what is in force, and may save over that.
async fn shown(
    app: &AppState,
    reader: &Reader,
    (site, id): (&Site, Option<ProtectionId>),
    mut fields: Fields,
    (status, problem): (StatusCode, Option<String>),
) -> Result<Response, WebError> {
    let overtaken = id.is_some() && status == StatusCode::CONFLICT;
    if overtaken {
        fields.version.clear();
    }
    let typed = protections::Typed {
        draft: Some(fields.draft().0).filter(|_| !fields.press.is_empty()),
        deploy: fields.deploy_search.clone(),
        rules: fields.rules_search.clone(),
    };
    let (target, actor, now) = (site.target(app), reader.actor.clone(), countersign_app::now());
    let least = app.config.group_protection_min_role;
    let found = app
        .scan(move |tx| {
            let sheet = protections::sheet(tx, &actor, &target, id, &typed, now)?;
            let place = head(tx, &actor, &sheet.managed, least, now)?;
            Ok((sheet, place))
        })
        .await;
    let (sheet, place) = match (found, problem.as_ref()) {
        (Err(why), Some(told)) if overtaken && why.status() == StatusCode::NOT_FOUND => {
            return Ok(Flash::no(told.clone()).at(&site.list(), app));
        }
        (found, _) => found?,
    };
    let typed = Typed::of(&sheet, &fields);
    let step = if id.is_some() { typed.name.clone() } else { "Protect".to_owned() };
    let shown = FormPage {
        frame: reader.frame(site.section()),
        place: place.then("Protected environments", Some(site.list())).then(step, None),
        group: site.is_group(),
        edit: id.is_some(),
        action: site.page(id, "edit"),
        list: site.list(),
        typed,
        problem,
        in_force: sheet.before.as_ref().filter(|_| overtaken).map(Row::of),
    };
    page(status, &shown)
}
