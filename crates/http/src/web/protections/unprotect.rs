//! Unprotecting an environment, after the reader was shown what that releases.

use super::chip::Row;
use super::{Site, head, words};
use crate::state::AppState;
use crate::web::error::WebError;
use crate::web::flash::Flash;
use crate::web::frame::{Frame, page};
use crate::web::place_head::PlaceHead;
use crate::web::view::{Moment, page_of, short};
use crate::web::visitor::Reader;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_app::protections::{self, Released};
use countersign_domain::ids::ProtectionId;
use countersign_domain::time::Timestamp;
use countersign_store::Intent;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Template)]
#[template(path = "unprotect.html")]
struct UnprotectPage {
    frame: Frame,
    place: PlaceHead,
    group: bool,
    /// Where the form goes.
    action: String,
    /// Where the list is.
    list: String,
    row: Row,
    version: String,
    released: Vec<Line>,
    more: usize,
    stay: usize,
}

/// A deployment that would be released.
struct Line {
    href: String,
    project: String,
    environment: String,
    iid: i64,
    ref_name: String,
    sha: String,
    since: Moment,
}

/// Shows what it would lead to.
pub(super) async fn ask(app: AppState, reader: Reader, site: Site, id: ProtectionId) -> Result<Response, WebError> {
    let (target, actor, now) = (site.target(&app), reader.actor.clone(), countersign_app::now());
    let least = app.config.group_protection_min_role;
    let (found, place) = app
        .scan(move |tx| {
            let found = protections::release(tx, &actor, &target, id, now)?;
            let place = head(tx, &actor, &found.managed, least, now)?;
            Ok((found, place))
        })
        .await?;
    let row = Row::of(&found.listed);
    let shown = UnprotectPage {
        frame: reader.frame(site.section()),
        place: place.then("Protected environments", Some(site.list())).then(row.name.clone(), None),
        group: site.is_group(),
        action: site.page(Some(id), "unprotect"),
        list: site.list(),
        row,
        version: found.version,
        released: found.released.iter().map(|released| line(released, now)).collect(),
        more: found.more,
        stay: found.stay,
    };
    page(StatusCode::OK, &shown)
}

fn line(of: &Released, now: Timestamp) -> Line {
    let deployment = &of.deployment;
    Line {
        href: format!("{}/-/deployments/{}", page_of(&of.project), deployment.iid),
        project: of.project.clone(),
        environment: deployment.environment_name.clone(),
        iid: deployment.iid,
        ref_name: deployment.ref_name.clone(),
        sha: short(&deployment.sha),
        since: Moment::of(deployment.updated_at, now),
    }
}

/// The fields of the form.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct Fields {
    /// What the page showed.
    #[serde(default)]
    version: String,
}

/// Unprotects it, if it still is what the page showed.
pub(super) async fn unprotect(
    app: AppState,
    reader: Reader,
    (site, id): (Site, ProtectionId),
    fields: Fields,
) -> Result<Response, WebError> {
    let target = site.target(&app);
    let done = app
        .write(reader.actor, Intent::Edit, move |tx, actor, now| {
            protections::unprotect_seen(tx, actor, &target, (id, &fields.version), now)
        })
        .await;
    match done {
        Ok(gone) => Ok(Flash::yes(format!("{} is no longer protected here.", gone.name)).at(&site.list(), &app)),
        Err(why) if why.status() == StatusCode::CONFLICT => Ok(Flash::no(words::problem(&why)).at(&site.list(), &app)),
        Err(why) => Err(why.into()),
    }
}
