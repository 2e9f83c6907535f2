//! Who has access to a project or group, with which role and from where; and, for those who may add people, a search.

use super::error::{Path, WebError};
use super::frame::{Frame, Section, page};
use super::pager::{self, Pager};
use super::place_head::{PlaceHead, Tab};
use super::view::{Face, page_of};
use super::visitor::Reader;
use super::{member, members_change};
use crate::state::AppState;
use askama::Template;
use axum::Router;
use axum::extract::{Extension, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use countersign_app::authorize::{self, Ref};
use countersign_app::members::{self, Access, Roster, Target, Wanted};
use countersign_app::{Failure, Tx, users};
use countersign_domain::access::{Action, Actor, Level, Through, Way};
use countersign_domain::ids::GroupId;
use countersign_domain::time::{Date, Timestamp};
use countersign_domain::user::State as UserState;
use countersign_store::shares::Share;
use countersign_store::users::{Filter as UserFilter, User};
use serde::Deserialize;
use std::collections::HashMap;

/// The most people that a search for somebody new shows.
const MOST_FOUND: i64 = 10;

/// The routes of members: the same for projects and groups.
pub(super) fn routes() -> Router<AppState> {
    let of = |kind: Kind| {
        let at = kind.route();
        Router::new()
            .route(at, get(list).post(members_change::add))
            .route(&format!("{at}/{{user}}"), get(member::show).post(members_change::change))
            .route(&format!("{at}/{{user}}/remove"), post(members_change::remove))
            .route(&format!("{at}/invitations"), post(members_change::invite))
            .route(&format!("{at}/invitations/{{group}}/remove"), post(members_change::end))
            .layer(Extension(kind))
    };
    of(Kind::Project).merge(of(Kind::Group))
}

/// Whose members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A project's.
    Project,
    /// A group's.
    Group,
}

impl Kind {
    fn route(self) -> &'static str {
        match self {
            Kind::Project => "/-/in/{place}/project_members",
            Kind::Group => "/-/group/{place}/group_members",
        }
    }

    /// The part of the site.
    pub(super) fn section(self) -> Section {
        match self {
            Kind::Project => Section::Projects,
            Kind::Group => Section::Groups,
        }
    }

    /// Where the members of the place with that address are shown.
    pub(super) fn page(self, place: &str) -> String {
        match self {
            Kind::Project => format!("{}/-/project_members", page_of(place)),
            Kind::Group => format!("/groups{}/-/group_members", page_of(place)),
        }
    }

    /// As use cases want it.
    pub(super) fn target(self, place: &str) -> Target {
        let at = Ref::Path(place.to_owned());
        match self {
            Kind::Project => Target::Project(at),
            Kind::Group => Target::Group(at),
        }
    }

    /// What the page has above it. `least` is the configured least role for the protections of groups.
    ///
    /// # Errors
    /// The place is not there, or not for the actor to see.
    pub(super) fn head(
        self,
        tx: &mut Tx<'_>,
        actor: &Actor,
        place: &str,
        least: Level,
        now: Timestamp,
    ) -> Result<PlaceHead, Failure> {
        let at = Ref::Path(place.to_owned());
        match self {
            Kind::Project => {
                let project = authorize::project(tx, actor, &at, Action::Read, now)?.project;
                PlaceHead::of_project(tx, actor, &project, Tab::Members, now)
            }
            Kind::Group => {
                let group = authorize::group(tx, actor, &at, Action::Read, now)?.group;
                PlaceHead::of_group(tx, actor, &group, Tab::Members, least, now)
            }
        }
    }
}

#[derive(Template)]
#[template(path = "members.html")]
struct MembersPage {
    frame: Frame,
    place: PlaceHead,
    /// This page without a filter.
    own: String,
    rows: Vec<MemberRow>,
    total: i64,
    search: String,
    invited: Vec<InvitedRow>,
    /// The roles that the reader may give; or why they may add nobody.
    add: Result<Vec<Role>, String>,
    /// The roles up to which they may invite; empty if they may not.
    invite: Vec<Role>,
    /// Whom they looked for to add, and whom that found.
    find: String,
    found: Vec<FoundRow>,
    /// What the two forms hold.
    adding: Draft,
    inviting: Draft,
    /// Why the one that was sent is refused.
    problem: Option<String>,
    pager: Pager,
}

/// What a form holds that gives access.
#[derive(Debug)]
pub(super) struct Draft {
    /// The people chosen.
    pub(super) people: Vec<i64>,
    /// The address of the group.
    pub(super) group: String,
    pub(super) level: i64,
    pub(super) expires_at: String,
}

impl Draft {
    fn proposing(level: Level) -> Draft {
        Draft { people: Vec::new(), group: String::new(), level: level.number(), expires_at: String::new() }
    }
}

/// A form that was refused, as it was filled in.
pub(super) enum Refused {
    /// That which adds people; for whom they had looked.
    Adding(Draft, String),
    /// That which invites a group.
    Inviting(Draft),
}

/// Somebody with access.
struct MemberRow {
    href: String,
    face: Face,
    role: &'static str,
    own: bool,
    source: Source,
}

/// From where somebody has access, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// Before the group's address.
    pub(super) word: &'static str,
    /// The group's address.
    pub(super) group: String,
    /// The day it ends, if it does.
    pub(super) until: Option<String>,
}

impl Source {
    /// That of a way.
    pub(super) fn of(way: &Way, groups: &HashMap<GroupId, String>) -> Source {
        let name = |id: &GroupId| groups.get(id).cloned().unwrap_or_default();
        let (word, group) = match &way.through {
            Through::Member => ("direct", String::new()),
            Through::Namespace => ("owns the namespace", String::new()),
            Through::Above(id) => ("from", name(id)),
            Through::Invited(id) => ("invited with", name(id)),
        };
        Source { word, group, until: way.expires_at.map(Date::for_people) }
    }
}

/// A group that is invited.
struct InvitedRow {
    id: GroupId,
    href: String,
    full_path: String,
    role: &'static str,
    until: Option<String>,
}

/// A role to choose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) number: i64,
    pub(super) name: &'static str,
}

impl Role {
    /// Those of some levels.
    pub(super) fn all(levels: &[Level]) -> Vec<Role> {
        levels.iter().map(|level| Role { number: level.number(), name: level.name() }).collect()
    }
}

/// Somebody who could be added.
struct FoundRow {
    id: i64,
    face: Face,
    /// Whether they are a direct member already.
    there: bool,
    /// Whether they are to be added.
    chosen: bool,
}

/// What the reader wants to see.
#[derive(Deserialize, Default)]
struct Filter {
    #[serde(default)]
    search: String,
    #[serde(default)]
    find: String,
    #[serde(default)]
    page: String,
}

async fn list(
    State(app): State<AppState>,
    Extension(kind): Extension<Kind>,
    reader: Reader,
    Path(place): Path<String>,
    Query(filter): Query<Filter>,
) -> Result<Response, WebError> {
    shown(&app, &reader, (kind, place), filter, None).await
}

/// The page again, with what was filled in of a form that was refused.
///
/// # Errors
/// The refusal is not about the form, or the reader may not see the page.
pub(super) async fn again(
    app: &AppState,
    reader: &Reader,
    at: (Kind, String),
    refused: Refused,
    (status, why): (StatusCode, String),
) -> Result<Response, WebError> {
    let find = match &refused {
        Refused::Adding(_, find) => find.clone(),
        Refused::Inviting(_) => String::new(),
    };
    shown(app, reader, at, Filter { find, ..Filter::default() }, Some((refused, status, why))).await
}

async fn shown(
    app: &AppState,
    reader: &Reader,
    (kind, place): (Kind, String),
    filter: Filter,
    refused: Option<(Refused, StatusCode, String)>,
) -> Result<Response, WebError> {
    let (now, frame, own) = (countersign_app::now(), reader.frame(kind.section()), kind.page(&place));
    let number = pager::number(&filter.page);
    let wanted = Wanted {
        query: text(&filter.search),
        limit: usize::try_from(pager::SIZE).unwrap_or_default(),
        offset: usize::try_from(pager::offset(number)).unwrap_or_default(),
        ..Wanted::default()
    };
    let (find, actor, least) = (text(&filter.find), reader.actor.clone(), app.config.group_protection_min_role);
    let read = move |tx: &mut Tx<'_>| {
        let roster = members::roster(tx, &actor, &kind.target(&place), &wanted, now)?;
        let head = kind.head(tx, &actor, &place, least, now)?;
        let found = match find.as_ref().filter(|_| roster.add.is_ok()) {
            Some(find) => candidates(tx, &actor, find)?,
            None => Vec::new(),
        };
        Ok((roster, head, found))
    };
    let (roster, place, found) = app.scan(read).await?;
    let (mut adding, mut inviting) = (Draft::proposing(Level::Developer), Draft::proposing(Level::Reporter));
    let (mut status, mut problem) = (StatusCode::OK, None);
    if let Some((refused, refusal, why)) = refused {
        (status, problem) = (refusal, Some(why));
        match refused {
            Refused::Adding(draft, _) => adding = draft,
            Refused::Inviting(draft) => inviting = draft,
        }
    } else if let [only] = found.as_slice() {
        adding.people.push(only.id.0);
    }
    let shown = MembersPage {
        frame,
        place,
        rows: roster.rows.iter().map(|access| row(access, &roster, &own, &reader.actor)).collect(),
        total: roster.total,
        invited: roster.shares.iter().map(invited).collect(),
        found: found.iter().map(|user| found_row(user, &roster, &adding)).collect(),
        adding,
        inviting,
        problem,
        add: roster.add.as_deref().map(Role::all).map_err(|why| why.reason()),
        invite: roster.invite.as_deref().map(Role::all).unwrap_or_default(),
        pager: Pager::new(number, roster.total, &own, &[("search", &filter.search)]),
        search: filter.search,
        find: filter.find,
        own,
    };
    page(status, &shown)
}

fn text(given: &str) -> Option<String> {
    Some(given.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The people whom a search finds, to be added.
fn candidates(tx: &mut Tx<'_>, actor: &Actor, find: &str) -> Result<Vec<User>, Failure> {
    let filter = UserFilter {
        search: Some(find.trim_start_matches('@').to_owned()),
        state: Some(UserState::Active),
        bot: Some(false),
        limit: MOST_FOUND,
        ..UserFilter::default()
    };
    Ok(users::list(tx, actor, &filter)?.0)
}

fn row(access: &Access, roster: &Roster, own: &str, reader: &Actor) -> MemberRow {
    let member = &access.member;
    let none = Source { word: "", group: String::new(), until: None };
    MemberRow {
        href: format!("{own}/{}", member.user_id),
        face: Face::named(member.user_id, &member.name, &member.username),
        role: member.level.name(),
        own: reader.user() == Some(member.user_id),
        source: access.ways.first().map_or(none, |way| Source::of(way, &roster.groups)),
    }
}

fn invited(share: &Share) -> InvitedRow {
    InvitedRow {
        id: share.group_id,
        href: page_of(&share.group_full_path),
        full_path: share.group_full_path.clone(),
        role: share.level.name(),
        until: share.expires_at.map(Date::for_people),
    }
}

fn found_row(user: &User, roster: &Roster, adding: &Draft) -> FoundRow {
    let (id, there) = (user.id.0, roster.direct.contains(&user.id));
    FoundRow { id, face: Face::of(user), there, chosen: adding.people.contains(&id) }
}
