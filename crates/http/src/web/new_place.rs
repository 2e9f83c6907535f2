//! A new project or a new group.

use super::error::{WebError, told};
use super::flash::Flash;
use super::form::Form;
use super::frame::{Frame, Section, page};
use super::view::page_of;
use super::visitor::Reader;
use crate::api;
use crate::reply::ApiError;
use crate::state::AppState;
use askama::Template;
use axum::Router;
use axum::extract::{Extension, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use countersign_app::groups::{self, NewGroup};
use countersign_app::projects::{self, NewProject};
use countersign_app::{Tx, names};
use countersign_domain::access::{Actor, Visibility};
use countersign_store::Intent;
use countersign_store::namespaces::Namespace;
use serde::Deserialize;
use utoipa::ToSchema;

/// The routes of this file.
pub(super) fn routes() -> Router<AppState> {
    let of = |what: What| Router::new().route(what.path(), get(ask).post(create)).layer(Extension(what));
    of(What::Project).merge(of(What::Group))
}

/// What is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Project,
    Group,
}

impl What {
    fn path(self) -> &'static str {
        match self {
            What::Project => "/projects/new",
            What::Group => "/groups/new",
        }
    }

    fn word(self) -> &'static str {
        match self {
            What::Project => "project",
            What::Group => "group",
        }
    }

    fn section(self) -> Section {
        match self {
            What::Project => Section::Projects,
            What::Group => Section::Groups,
        }
    }

    fn list(self) -> &'static str {
        match self {
            What::Project => super::lists::PROJECTS,
            What::Group => super::lists::GROUPS,
        }
    }
}

#[derive(Template)]
#[template(path = "place_new.html")]
struct NewPage {
    frame: Frame,
    /// `project` or `group`.
    what: &'static str,
    action: &'static str,
    list: &'static str,
    fields: Fields,
    homes: Vec<HomeRow>,
    choices: [Choice; 3],
    problem: Option<String>,
}

/// A place in which it could lie.
struct HomeRow {
    id: String,
    full_path: String,
}

/// Who may see it.
struct Choice {
    name: &'static str,
    what: &'static str,
}

const CHOICES: [Choice; 3] = [
    Choice { name: "private", what: "Only those who belong to it." },
    Choice { name: "internal", what: "Everybody with an account here." },
    Choice { name: "public", what: "Everybody who can reach this server." },
];

/// The fields of the form.
#[derive(Clone, Default, Deserialize, ToSchema)]
struct Fields {
    #[serde(default)]
    name: String,
    #[serde(default)]
    path: String,
    /// The id of the group or personal namespace it is to lie in; empty for the top.
    #[serde(default)]
    namespace_id: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    visibility: String,
}

/// Where it is to lie, if that is known.
#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    namespace_id: String,
}

async fn ask(
    State(app): State<AppState>,
    Extension(what): Extension<What>,
    reader: Reader,
    Query(wanted): Query<Wanted>,
) -> Result<Response, WebError> {
    let fields = Fields { namespace_id: wanted.namespace_id, visibility: "private".to_owned(), ..Fields::default() };
    shown(&app, &reader, what, fields, (StatusCode::OK, None)).await
}

async fn create(
    State(app): State<AppState>,
    Extension(what): Extension<What>,
    reader: Reader,
    Form(fields): Form<Fields>,
) -> Result<Response, WebError> {
    let made = match what {
        What::Project => project(&app, &reader, &fields).await,
        What::Group => group(&app, &reader, &fields).await,
    };
    match made {
        Ok((name, full_path)) => Ok(Flash::yes(format!("{name} was created.")).at(&page_of(&full_path), &app)),
        Err(why) if why.status().is_server_error() => Err(why.into()),
        Err(why) => {
            let refused = (why.status(), Some(told(&why)));
            shown(&app, &reader, what, fields, refused).await
        }
    }
}

async fn shown(
    app: &AppState,
    reader: &Reader,
    what: What,
    fields: Fields,
    (status, problem): (StatusCode, Option<String>),
) -> Result<Response, WebError> {
    let (actor, now) = (reader.actor.clone(), countersign_app::now());
    let read = move |tx: &mut Tx<'_>| match what {
        What::Project => projects::homes(tx, &actor, now),
        What::Group => projects::parents(tx, &actor, now),
    };
    let row = |of: Namespace| HomeRow { id: of.id.to_string(), full_path: of.full_path };
    let shown = NewPage {
        frame: reader.frame(what.section()),
        what: what.word(),
        action: what.path(),
        list: what.list(),
        homes: app.scan(read).await?.into_iter().map(row).collect(),
        fields,
        choices: CHOICES,
        problem,
    };
    page(status, &shown)
}

/// Creates a project, with its repository; its name and whole address.
async fn project(app: &AppState, reader: &Reader, fields: &Fields) -> Result<(String, String), ApiError> {
    let new = NewProject {
        name: text(&fields.name),
        path: text(&fields.path),
        namespace_id: home(fields)?,
        description: text(&fields.description),
        visibility: visibility(fields)?,
        ..NewProject::default()
    };
    let job = move |tx: &mut Tx<'_>, actor: &Actor, now| projects::create(tx, actor, &new, now);
    let made = app.write(reader.actor.clone(), Intent::Edit, job).await?;
    let made = api::equip_project(app, reader.actor.clone(), made, false).await?;
    Ok((made.project.name, made.project.full_path))
}

/// Creates a group; its name and whole address.
async fn group(app: &AppState, reader: &Reader, fields: &Fields) -> Result<(String, String), ApiError> {
    let name = fields.name.trim().to_owned();
    let new = NewGroup {
        path: text(&fields.path).unwrap_or_else(|| names::path_of(&name)),
        name,
        parent_id: home(fields)?,
        description: fields.description.trim().to_owned(),
        visibility: visibility(fields)?,
        allow_pipeline_trigger_approve_deployment: false,
        settings: Default::default(),
    };
    let job = move |tx: &mut Tx<'_>, actor: &Actor, now| groups::create(tx, actor, &new, now);
    let made = app.write(reader.actor.clone(), Intent::Edit, job).await?;
    Ok((made.group.name, made.group.full_path))
}

fn text(given: &str) -> Option<String> {
    Some(given.trim().to_owned()).filter(|text| !text.is_empty())
}

fn home(fields: &Fields) -> Result<Option<i64>, ApiError> {
    let invalid = |_| ApiError::parameters(&["namespace_id is invalid: choose one of those offered"]);
    text(&fields.namespace_id).map(|id| id.parse().map_err(invalid)).transpose()
}

fn visibility(fields: &Fields) -> Result<Option<Visibility>, ApiError> {
    let invalid = || ApiError::parameters(&["visibility is invalid: choose private, internal or public"]);
    text(&fields.visibility).map(|name| Visibility::parse(&name).ok_or_else(invalid)).transpose()
}
