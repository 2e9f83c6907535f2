//! Branches of a project's repository.

use super::repository::{blocking, commits, is_found};
use crate::actor::Actor;
use crate::api::views::Site;
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json, NoContent};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use countersign_app::authorize::Ref;
use countersign_app::git::{Branch as Found, GitError, RefError, RefOrder, Repositories};
use countersign_app::protected_refs::{self, OnRefs};
use countersign_app::ref_changes::{self, RefChangeError};
use countersign_domain::access::Action;
use countersign_domain::protected_ref::{Move, Named, Right, Way};
use countersign_store::commits::Commit;
use countersign_wire::branch::{Branch, BranchSort, CreateBranch, ListBranches};
use regex::{Regex, RegexBuilder};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The most memory that a client's expression may take, in bytes.
const REGEX_LIMIT: usize = 1 << 20;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(list_branches, create_branch)).routes(routes!(show_branch, delete_branch))
}

/// Lists the branches of a project.
#[utoipa::path(get, path = "/projects/{id}/repository/branches", tag = "Branches",
    params(("id" = Id, Path, description = "The project"), ListBranches),
    responses((status = 200, body = [Branch])))]
async fn list_branches(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListBranches>,
) -> Result<Paged<Branch>, ApiError> {
    let on = on(&app, actor, id).await?;
    let regex = query.regex.as_deref().map(compiled).transpose()?;
    let order = match query.sort.unwrap_or_default() {
        BranchSort::NameAsc => RefOrder::Name,
        BranchSort::UpdatedAsc => RefOrder::Oldest,
        BranchSort::UpdatedDesc => RefOrder::Newest,
    };
    let (repositories, project) = (app.repositories.clone(), on.project.id.0);
    let read = move || match repositories.exists(project) {
        true => repositories.branches(project, order),
        false => Ok(Vec::new()),
    };
    let mut all = blocking(read).await?;
    all.retain(|b| query.search.as_ref().is_none_or(|text| is_found(&b.name, text)));
    all.retain(|b| regex.as_ref().is_none_or(|regex| regex.is_match(&b.name)));
    let page = Paged::cut(page, all);
    let around = around(&app, &on, page.rows().to_vec()).await?;
    let url = app.config.external_url.as_str();
    // A branch whose commit is gone meanwhile is gone too.
    Ok(page.filter_map(|branch| around.shown(url, &on, &branch)))
}

fn compiled(text: &str) -> Result<Regex, ApiError> {
    let built = RegexBuilder::new(text).size_limit(REGEX_LIMIT).dfa_size_limit(REGEX_LIMIT).build();
    built.map_err(|why| ApiError::parameters(&[format!("regex is invalid: {why}")]))
}

/// Gets one branch.
#[utoipa::path(get, path = "/projects/{id}/repository/branches/{branch}", tag = "Branches",
    params(("id" = Id, Path, description = "The project"), ("branch" = String, Path, description = "The URL-encoded name")),
    responses((status = 200, body = Branch)))]
async fn show_branch(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, name)): Path<(Id, String)>,
) -> Result<Json<Branch>, ApiError> {
    let on = on(&app, actor, id).await?;
    show(&app, &on, name).await.map(Json)
}

/// Makes a branch, which is followed as a push: pipelines begin.
#[utoipa::path(post, path = "/projects/{id}/repository/branches", tag = "Branches",
    params(("id" = Id, Path, description = "The project")), request_body = CreateBranch,
    responses((status = 201, body = Branch)))]
async fn create_branch(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<CreateBranch>,
) -> Result<Created<Branch>, ApiError> {
    let (at, now, asking, name) = (Ref::from(id.clone()), countersign_app::now(), actor.clone(), body.branch.clone());
    let check = move |tx: &mut countersign_app::Tx<'_>| {
        ref_changes::check(tx, &asking.0, &at, (Named::branch(&name), Move::Create), now)
    };
    let by = app.read(check).await?;
    let (server, name) = (Arc::clone(&app.0), body.branch.clone());
    blocking(move || {
        ref_changes::create_branch(&server, &by, &name, &body.ref_name).map_err(|why| refused(why, "Branch"))
    })
    .await?;
    let on = on(&app, actor, id).await?;
    show(&app, &on, body.branch).await.map(Created)
}

/// Deletes a branch: not the default one, and a protected one only as a maintainer.
#[utoipa::path(delete, path = "/projects/{id}/repository/branches/{branch}", tag = "Branches",
    params(("id" = Id, Path, description = "The project"), ("branch" = String, Path, description = "The URL-encoded name")),
    responses((status = 204)))]
async fn delete_branch(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, name)): Path<(Id, String)>,
) -> Result<NoContent, ApiError> {
    let (at, now, branch) = (Ref::from(id), countersign_app::now(), name.clone());
    let check = move |tx: &mut countersign_app::Tx<'_>| {
        ref_changes::check(tx, &actor.0, &at, (Named::branch(&branch), Move::Delete), now)
    };
    let by = app.read(check).await?;
    let server = Arc::clone(&app.0);
    blocking(move || {
        ref_changes::delete(&server, &by, &format!("refs/heads/{name}")).map_err(|why| refused(why, "Branch"))
    })
    .await?;
    Ok(NoContent)
}

/// Finds a project for somebody who wants to read its branches or tags.
pub(super) async fn on(app: &AppState, actor: Actor, id: Id) -> Result<OnRefs, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    app.read(move |tx| protected_refs::on(tx, &actor.0, &at, Action::ReadCode, now)).await
}

async fn show(app: &AppState, on: &OnRefs, name: String) -> Result<Branch, ApiError> {
    let (repositories, project) = (app.repositories.clone(), on.project.id.0);
    let missing = || ApiError::not_found_of("Branch");
    let read = move || match repositories.exists(project) {
        true => Ok(repositories.branch_tip(project, &name)?.map(|sha| Found { name, sha })),
        false => Ok::<_, GitError>(None),
    };
    let branch = blocking(read).await?.ok_or_else(missing)?;
    let around = around(app, on, vec![branch.clone()]).await?;
    around.shown(&app.config.external_url, on, &branch).ok_or_else(missing)
}

/// What is shown around branches.
struct Around {
    commits: HashMap<String, Commit>,
    merged: HashSet<String>,
    default: Option<String>,
}

async fn around(app: &AppState, on: &OnRefs, branches: Vec<Found>) -> Result<Around, ApiError> {
    let (repositories, project) = (app.repositories.clone(), on.project.id.0);
    let default = on.project.default_branch.clone();
    blocking(move || load(&repositories, project, &branches, &default)).await
}

fn load(repositories: &Repositories, project: i64, branches: &[Found], default: &str) -> Result<Around, GitError> {
    if branches.is_empty() {
        return Ok(Around { commits: HashMap::new(), merged: HashSet::new(), default: None });
    }
    let shas: Vec<&str> = branches.iter().map(|b| b.sha.as_str()).collect();
    let names: Vec<&str> = branches.iter().map(|b| b.name.as_str()).collect();
    let default = repositories.branch_tip(project, default)?;
    let merged = match &default {
        Some(tip) => repositories.merged(project, tip, &names)?,
        None => HashSet::new(),
    };
    Ok(Around { commits: commits(repositories, project, &shas)?, merged, default })
}

impl Around {
    fn shown(&self, url: &str, on: &OnRefs, branch: &Found) -> Option<Branch> {
        let site = Site { url, project: &on.project };
        let (named, default) = (Named::branch(&branch.name), on.project.default_branch.as_str());
        let may = on.standing.may(Action::PushCode);
        let may = may.and_then(|()| on.rules.may_move(&on.standing, default, named, Move::Update, Way::Api));
        Some(Branch {
            name: branch.name.clone(),
            commit: site.commit(self.commits.get(&branch.sha)?),
            merged: self.merged.contains(&branch.name) && self.default.as_ref() != Some(&branch.sha),
            protected: on.rules.protects(named),
            developers_can_push: on.rules.is_open_to_developers(named, Right::Push),
            developers_can_merge: on.rules.is_open_to_developers(named, Right::Merge),
            can_push: may.is_ok(),
            default: branch.name == default,
            web_url: site.page(&format!("tree/{}", branch.name)),
        })
    }
}

/// Why a branch or tag was not made or removed, for the client.
pub(super) fn refused(why: RefChangeError, what: &str) -> ApiError {
    let invalid = |text: String| ApiError::message(StatusCode::BAD_REQUEST, text);
    match why {
        RefChangeError::Ref(RefError::Exists) => invalid(format!("{what} already exists")).code("ref.exists"),
        RefChangeError::Ref(RefError::Missing) => ApiError::not_found_of(what),
        RefChangeError::Ref(RefError::NoTarget(name)) => {
            invalid(format!("Invalid reference name: {name}")).code("ref.no_target")
        }
        RefChangeError::Ref(RefError::Name(why)) => invalid(format!("{what} name is invalid: {why}")).code("ref.name"),
        RefChangeError::Ref(RefError::Moved) => ApiError::conflict(format!("409 Conflict - {}", RefError::Moved)),
        RefChangeError::Ref(RefError::Git(why)) => why.into(),
        RefChangeError::Push(why) => ApiError::internal(&why),
        RefChangeError::Secret(why) => ApiError::internal(&why),
    }
}
