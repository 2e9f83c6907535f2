//! One person with access to a project or group: by which ways, and changing or ending their own membership.

use super::error::{Path, WebError};
use super::frame::{Frame, page};
use super::members::{Kind, Role, Source};
use super::place_head::PlaceHead;
use super::view::Face;
use super::visitor::Reader;
use crate::state::AppState;
use askama::Template;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::Response;
use countersign_app::Tx;
use countersign_app::members;
use countersign_domain::ids::UserId;

#[derive(Template)]
#[template(path = "member.html")]
struct MemberPage {
    frame: Frame,
    place: PlaceHead,
    face: Face,
    role: &'static str,
    own: bool,
    in_group: bool,
    ways: Vec<(&'static str, Source)>,
    /// Their own membership.
    direct: Option<Direct>,
    /// Where their membership is changed.
    action: String,
    /// The day from which a new end can be.
    today: String,
}

/// A membership of the place itself.
struct Direct {
    level: i64,
    expires_at: String,
    /// The roles that the reader may give; or why they may not change it.
    change: Result<Vec<Role>, String>,
    /// Why the reader may not end it, if so.
    kept: Option<String>,
}

/// The page.
pub(super) async fn show(
    State(app): State<AppState>,
    Extension(kind): Extension<Kind>,
    reader: Reader,
    Path((place, user)): Path<(String, i64)>,
) -> Result<Response, WebError> {
    let (now, frame, own) = (countersign_app::now(), reader.frame(kind.section()), kind.page(&place));
    let (actor, least) = (reader.actor.clone(), app.config.group_protection_min_role);
    let read = move |tx: &mut Tx<'_>| {
        let known = members::person(tx, &actor, &kind.target(&place), UserId(user), now)?;
        Ok((known, kind.head(tx, &actor, &place, least, now)?))
    };
    let (known, head) = app.scan(read).await?;
    let direct = known.direct.as_ref().map(|held| Direct {
        level: held.level.number(),
        expires_at: held.expires_at.map(|date| date.to_string()).unwrap_or_default(),
        change: known.change.as_deref().map(Role::all).map_err(|why| why.reason()),
        kept: known.remove.as_ref().err().map(|why| why.reason()),
    });
    let shown = MemberPage {
        frame,
        place: head.then(&known.member.name, None),
        face: Face::named(known.member.user_id, &known.member.name, &known.member.username),
        role: known.member.level.name(),
        own: reader.actor.user() == Some(known.member.user_id),
        in_group: kind == Kind::Group,
        ways: known.ways.iter().map(|way| (way.level.name(), Source::of(way, &known.groups))).collect(),
        direct,
        action: format!("{own}/{user}"),
        today: now.date().plus_days(1).to_string(),
    };
    page(StatusCode::OK, &shown)
}
