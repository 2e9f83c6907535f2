//! How the environments of a project or group are protected, and the setting beside that.

use super::chip::Row;
use super::{Site, head};
use crate::state::AppState;
use crate::web::error::WebError;
use crate::web::flash::Flash;
use crate::web::frame::{Frame, page};
use crate::web::place_head::PlaceHead;
use crate::web::view::page_of;
use crate::web::visitor::Reader;
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use countersign_app::protections::{self, Inherited, Target};
use countersign_app::{Tx, groups, projects};
use countersign_domain::access::Actor;
use countersign_domain::environment::Tier;
use countersign_store::Intent;
use serde::Deserialize;
use utoipa::ToSchema;

#[derive(Template)]
#[template(path = "protections.html")]
struct ListPage {
    frame: Frame,
    place: PlaceHead,
    group: bool,
    /// The path of the project or group.
    path: String,
    /// Where this page is, and the others below it.
    list: String,
    rows: Vec<Row>,
    inherited: Vec<Above>,
    /// Whether there is anything left to protect.
    more: bool,
    triggerer_may_approve: bool,
    may_change_settings: bool,
}

/// The protections of a group above.
struct Above {
    path: String,
    /// Its page that the reader may open: that of its own protections, else that of the group itself.
    href: Option<String>,
    rows: Vec<Row>,
}

/// Shows them.
pub(super) async fn show(app: AppState, reader: Reader, site: Site) -> Result<Response, WebError> {
    let (target, least, now) = (site.target(&app), app.config.group_protection_min_role, countersign_app::now());
    let actor = reader.actor.clone();
    let (found, place) = app
        .scan(move |tx| {
            let found = protections::overview(tx, &actor, &target, least, now)?;
            let place = head(tx, &actor, &found.managed, least, now)?;
            Ok((found, place))
        })
        .await?;
    let shown = ListPage {
        frame: reader.frame(site.section()),
        place: place.then("Protected environments", None),
        group: site.is_group(),
        path: found.managed.full_path().to_owned(),
        list: site.list(),
        rows: found.own.iter().map(Row::of).collect(),
        inherited: found.inherited.iter().map(above).collect(),
        more: !site.is_group() || found.own.len() < Tier::ALL.len(),
        triggerer_may_approve: found.managed.triggerer_may_approve(),
        may_change_settings: found.may_change_settings,
    };
    page(StatusCode::OK, &shown)
}

fn above(of: &Inherited) -> Above {
    let own = Site::Group(of.group.full_path.clone()).list();
    let page = if of.managed { own } else { page_of(&of.group.full_path) };
    Above {
        path: of.group.full_path.clone(),
        href: Some(page).filter(|_| of.seen),
        rows: of.listed.iter().map(Row::of).collect(),
    }
}

/// The form of the setting.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(super) struct Choice {
    /// Whether whoever started a deployment may approve it; not sent if not.
    #[serde(default)]
    allow: String,
}

/// Changes the setting, as REST does.
pub(super) async fn choose(app: AppState, reader: Reader, site: Site, choice: Choice) -> Result<Response, WebError> {
    let (target, allow) = (site.target(&app), Some(!choice.allow.is_empty()));
    match target {
        Target::Project(at) => {
            let changes =
                projects::Changes { allow_pipeline_trigger_approve_deployment: allow, ..projects::Changes::default() };
            let job = move |tx: &mut Tx<'_>, actor: &Actor, now| projects::update(tx, actor, &at, &changes, now);
            app.write(reader.actor, Intent::Edit, job).await?;
        }
        Target::Group(at, _) => {
            let changes =
                groups::Changes { allow_pipeline_trigger_approve_deployment: allow, ..groups::Changes::default() };
            let job = move |tx: &mut Tx<'_>, actor: &Actor, now| groups::update(tx, actor, &at, &changes, now);
            app.write(reader.actor, Intent::Edit, job).await?;
        }
    }
    let told = match allow {
        Some(true) => "Whoever starts a deployment may approve it now, where the rules name them.",
        _ => "Whoever starts a deployment needs somebody else’s approval now.",
    };
    Ok(Flash::yes(told).at(&site.list(), &app))
}
