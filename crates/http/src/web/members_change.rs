//! Adding members and inviting groups, changing what they have, and ending it.

use super::error::{Path, WebError, told};
use super::flash::Flash;
use super::form::{Form, Nothing};
use super::members::{Draft, Kind, Refused, again};
use super::visitor::Reader;
use crate::api::values::{day, level};
use crate::reply::ApiError;
use crate::state::AppState;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::Response;
use countersign_app::authorize::Ref;
use countersign_app::invitations::Invite;
use countersign_app::members::{self, Changes, NewMembers, Target, Who};
use countersign_app::{Failure, Tx, groups, projects};
use countersign_domain::access::{Actor, Level};
use countersign_domain::ids::{GroupId, UserId};
use countersign_domain::time::{Date, Timestamp};
use countersign_store::Intent;
use serde::Deserialize;
use utoipa::ToSchema;

/// Whom to add, and as what.
#[derive(Deserialize, ToSchema)]
pub(super) struct Added {
    /// Those chosen among whom the search found.
    #[serde(default)]
    user_id: Vec<i64>,
    access_level: i64,
    #[serde(default)]
    expires_at: String,
    /// What was searched for, to go back to.
    #[serde(default)]
    find: String,
}

/// Adds those chosen.
pub(super) async fn add(
    State(app): State<AppState>,
    Extension(kind): Extension<Kind>,
    reader: Reader,
    Path(place): Path<String>,
    Form(fields): Form<Added>,
) -> Result<Response, WebError> {
    let (own, target, count) = (kind.page(&place), kind.target(&place), fields.user_id.len());
    let wish = || {
        if count == 0 {
            return Err(ApiError::bad_request("Choose whom to add"));
        }
        Ok::<_, ApiError>(NewMembers {
            who: fields.user_id.iter().copied().map(Who::Id).collect(),
            level: level("access_level", fields.access_level)?,
            expires_at: day("expires_at", Some(&fields.expires_at))?,
        })
    };
    let done = match wish() {
        Ok(new) => {
            let job = move |tx: &mut Tx<'_>, actor: &Actor, now| members::add(tx, actor, &target, &new, now);
            app.write(reader.actor.clone(), Intent::Edit, job).await
        }
        Err(why) => Err(why),
    };
    match done {
        Ok(made) => {
            let names: Vec<&str> = made.iter().map(|member| member.name.as_str()).collect();
            let verb = if count == 1 { "belongs" } else { "belong" };
            Ok(Flash::yes(format!("{} now {verb} to {place}.", names.join(", "))).at(&own, &app))
        }
        Err(why) if why.status().is_server_error() => Err(why.into()),
        Err(why) => {
            let Added { user_id: people, access_level: level, expires_at, find } = fields;
            let draft = Draft { people, group: String::new(), level, expires_at };
            let told = (why.status(), told(&why));
            again(&app, &reader, (kind, place), Refused::Adding(draft, find), told).await
        }
    }
}

/// What a membership is to become.
#[derive(Deserialize, ToSchema)]
pub(super) struct Changed {
    access_level: i64,
    #[serde(default)]
    expires_at: String,
}

/// Changes a membership.
pub(super) async fn change(
    State(app): State<AppState>,
    Extension(kind): Extension<Kind>,
    reader: Reader,
    Path((place, user)): Path<(String, i64)>,
    Form(fields): Form<Changed>,
) -> Result<Response, WebError> {
    let (target, back) = (kind.target(&place), format!("{}/{user}", kind.page(&place)));
    let wish = || {
        let expires_at = Some(day("expires_at", Some(&fields.expires_at))?);
        Ok::<_, ApiError>(Changes { level: Some(level("access_level", fields.access_level)?), expires_at })
    };
    let done = match wish() {
        Ok(changes) => {
            let job = move |tx: &mut Tx<'_>, actor: &Actor, now| {
                members::change(tx, actor, &target, UserId(user), &changes, now)
            };
            app.write(reader.actor, Intent::Edit, job).await
        }
        Err(why) => Err(why),
    };
    match done {
        Ok(member) => {
            Ok(Flash::yes(format!("{} has the role {} now.", member.name, member.level.name())).at(&back, &app))
        }
        Err(why) => refused(why, &back, &app),
    }
}

/// How a membership is ended.
#[derive(Deserialize, ToSchema)]
pub(super) struct Removed {
    /// Anything for keeping the memberships in what lies below.
    #[serde(default)]
    keep_below: String,
}

/// Ends a membership.
pub(super) async fn remove(
    State(app): State<AppState>,
    Extension(kind): Extension<Kind>,
    reader: Reader,
    Path((place, user)): Path<(String, i64)>,
    Form(fields): Form<Removed>,
) -> Result<Response, WebError> {
    let (target, own, keep_below) = (kind.target(&place), kind.page(&place), !fields.keep_below.is_empty());
    let leaving = reader.actor.user() == Some(UserId(user));
    let job =
        move |tx: &mut Tx<'_>, actor: &Actor, now| members::remove(tx, actor, &target, UserId(user), keep_below, now);
    match app.write(reader.actor, Intent::Edit, job).await {
        // Whoever left may not be able to see the page any more.
        Ok(()) if leaving => Ok(Flash::yes(format!("You left {place}.")).at("/", &app)),
        Ok(()) => Ok(Flash::yes("The membership has ended.").at(&own, &app)),
        Err(why) => refused(why, &format!("{own}/{user}"), &app),
    }
}

/// Which group to invite, and as what.
#[derive(Deserialize, ToSchema)]
pub(super) struct Invited {
    /// The group's address.
    group: String,
    group_access: i64,
    #[serde(default)]
    expires_at: String,
}

/// Invites a group.
pub(super) async fn invite(
    State(app): State<AppState>,
    Extension(kind): Extension<Kind>,
    reader: Reader,
    Path(place): Path<String>,
    Form(fields): Form<Invited>,
) -> Result<Response, WebError> {
    let (own, target, path) =
        (kind.page(&place), kind.target(&place), fields.group.trim().trim_matches('/').to_owned());
    let named = path.clone();
    let wish = || {
        Ok::<_, ApiError>((level("group_access", fields.group_access)?, day("expires_at", Some(&fields.expires_at))?))
    };
    let done = match wish() {
        Ok(with) => share(&app, reader.actor.clone(), &target, path, with).await,
        Err(why) => Err(why),
    };
    match done {
        Ok(()) => Ok(Flash::yes(format!("{named} is invited to {place}.")).at(&own, &app)),
        Err(why) if why.status().is_server_error() => Err(why.into()),
        Err(why) => {
            let text = match why.status() {
                StatusCode::NOT_FOUND => {
                    format!("There is no group “{named}”, or you may not know of it. Give its full path.")
                }
                _ => told(&why),
            };
            let Invited { group, group_access: level, expires_at } = fields;
            let draft = Draft { people: Vec::new(), group, level, expires_at };
            again(&app, &reader, (kind, place), Refused::Inviting(draft), (why.status(), text)).await
        }
    }
}

async fn share(
    app: &AppState,
    by: Actor,
    target: &Target,
    path: String,
    (level, expires_at): (Level, Option<Date>),
) -> Result<(), ApiError> {
    let asked = move |tx: &mut Tx<'_>, actor: &Actor, now: Timestamp| {
        let group = groups::show(tx, actor, &Ref::Path(path.clone()), now)?.group.group_id();
        Ok::<_, Failure>(Invite { group, level, expires_at })
    };
    match target.clone() {
        Target::Project(at) => {
            let job = move |tx: &mut Tx<'_>, actor: &Actor, now| {
                let invite = asked(tx, actor, now)?;
                projects::share(tx, actor, &at, &invite, now)
            };
            app.write(by, Intent::Edit, job).await.map(drop)
        }
        Target::Group(at) => {
            let job = move |tx: &mut Tx<'_>, actor: &Actor, now| {
                let invite = asked(tx, actor, now)?;
                groups::share(tx, actor, &at, &invite, now)
            };
            app.write(by, Intent::Edit, job).await.map(drop)
        }
    }
}

/// Ends the invitation of a group.
pub(super) async fn end(
    State(app): State<AppState>,
    Extension(kind): Extension<Kind>,
    reader: Reader,
    Path((place, group)): Path<(String, i64)>,
    _: Form<Nothing>,
) -> Result<Response, WebError> {
    let (own, target) = (kind.page(&place), kind.target(&place));
    let job = move |tx: &mut Tx<'_>, actor: &Actor, now| match &target {
        Target::Project(at) => projects::unshare(tx, actor, at, GroupId(group), now),
        Target::Group(at) => groups::unshare(tx, actor, at, GroupId(group), now),
    };
    match app.write(reader.actor, Intent::Edit, job).await {
        Ok(()) => Ok(Flash::yes("The invitation has ended.").at(&own, &app)),
        Err(why) => refused(why, &own, &app),
    }
}

/// Goes back to a page, which tells why it was not done.
fn refused(why: ApiError, back: &str, app: &AppState) -> Result<Response, WebError> {
    if why.status().is_server_error() { Err(why.into()) } else { Ok(Flash::no(told(&why)).at(back, app)) }
}
