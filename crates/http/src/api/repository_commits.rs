//! Commits of a project's repository.

use super::repository::{blocking, resolve};
use super::repository_log::changed;
use crate::actor::Actor;
use crate::api::views::{Site, of_pipelines};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Created, Json};
use crate::state::AppState;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_app::authorize::Ref;
use countersign_app::commit_files::{self, CommitFilesError, Committer};
use countersign_app::git::{Action, ActionKind, CommitError, CommitRequest, GitError, Person, Start};
use countersign_app::{Tx, configuration, git_access, pipelines};
use countersign_store::commits::Commit as Row;
use countersign_store::pipelines::Filter;
use countersign_wire::repository::{CommitAction, CommitDetails, CreateCommit, Encoding, FileAction};
use std::sync::Arc;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Most bytes of a request that makes a commit: it carries the contents of files.
const COMMIT_LIMIT: usize = 32 * 1024 * 1024;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(create_commit)).routes(routes!(show_commit))
}

/// Makes a commit, which is followed as a push: pipelines begin.
#[utoipa::path(post, path = "/projects/{id}/repository/commits", tag = "Commits",
    params(("id" = Id, Path, description = "The project")), request_body = CreateCommit,
    responses((status = 201, body = CommitDetails)))]
async fn create_commit(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    Params(body): Params<CreateCommit, COMMIT_LIMIT>,
) -> Result<Created<CommitDetails>, ApiError> {
    let (at, now, asking) = (Ref::from(id), countersign_app::now(), actor.clone());
    let (place, branch) = (at.clone(), body.branch.clone());
    let committer = app.read(move |tx| commit_files::committer(tx, &asking.0, &place, &branch, now)).await?;
    let request = request(body, &committer, now.0)?;
    let server = Arc::clone(&app.0);
    let made = blocking(move || commit_files::commit(&server, &committer, &request).map_err(refused)).await?;
    details(&app, actor, at, made.sha).await.map(Created)
}

/// Gets one commit by its id, or the one at the tip of a branch or tag.
#[utoipa::path(get, path = "/projects/{id}/repository/commits/{sha}", tag = "Commits",
    params(("id" = Id, Path, description = "The project"), ("sha" = String, Path, description = "A commit, branch or tag")),
    responses((status = 200, body = CommitDetails)))]
async fn show_commit(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, sha)): Path<(Id, String)>,
) -> Result<Json<CommitDetails>, ApiError> {
    details(&app, actor, Ref::from(id), sha).await.map(Json)
}

async fn details(app: &AppState, actor: Actor, at: Ref, name: String) -> Result<CommitDetails, ApiError> {
    let now = countersign_app::now();
    let project = {
        let (actor, at) = (actor.clone(), at.clone());
        app.read(move |tx| git_access::fetch(tx, &actor.0, &at, now)).await?
    };
    let (repositories, number) = (app.repositories.clone(), project.id.0);
    let find = move || {
        let Some(sha) = resolve(&repositories, number, &name)? else { return Ok(None) };
        let stats = repositories.stats(number, &[&sha])?.remove(&sha).unwrap_or_default();
        Ok::<_, GitError>(repositories.commit(number, &sha)?.map(|commit| (commit, stats)))
    };
    let (found, stats) = blocking(find).await?.ok_or_else(|| ApiError::not_found_of("Commit"))?;
    let (commit, stats): (Row, _) = (configuration::commit(found), changed(stats));
    let url = app.config.external_url.clone();
    let read = move |tx: &mut Tx<'_>| {
        let site = Site { url: &url, project: &project };
        let search = Filter { sha: Some(commit.sha.clone()), limit: 1, ..Filter::default() };
        // A running job may fetch the code without its user seeing the pipelines.
        let newest = pipelines::list(tx, &actor.0, &at, &search, now).map(|(_, rows, _)| rows).unwrap_or_default();
        let last_pipeline = of_pipelines(&site, &newest).pop();
        Ok(CommitDetails {
            commit: site.commit(&commit),
            project_id: project.id.0,
            stats,
            status: last_pipeline.as_ref().map(|p| p.status.clone()),
            last_pipeline,
        })
    };
    app.scan(read).await
}

fn request(body: CreateCommit, by: &Committer, at: i64) -> Result<CommitRequest, ApiError> {
    let start = match (body.start_branch, body.start_sha) {
        (Some(_), Some(_)) => return Err(ApiError::parameters(&["start_branch, start_sha are mutually exclusive"])),
        (Some(branch), None) => Some(Start::Branch(branch)),
        (None, sha) => sha.map(Start::Commit),
    };
    let author = Person {
        name: body.author_name.unwrap_or_else(|| by.person.name.clone()),
        email: body.author_email.unwrap_or_else(|| by.person.email.clone()),
    };
    let actions = body.actions.into_iter().map(action).collect::<Result<Vec<_>, _>>()?;
    let message = body.commit_message;
    Ok(CommitRequest { branch: body.branch, start, message, author, committer: by.person.clone(), at, actions })
}

fn action(of: CommitAction) -> Result<Action, ApiError> {
    let content = match (of.content, of.encoding.unwrap_or_default()) {
        (None, _) => None,
        (Some(text), Encoding::Text) => Some(text.into_bytes()),
        (Some(text), Encoding::Base64) => {
            let packed: String = text.split_ascii_whitespace().collect();
            Some(STANDARD.decode(packed).map_err(|_| ApiError::parameters(&["actions[content] is not valid base64"]))?)
        }
    };
    let kind = match of.action {
        FileAction::Create => ActionKind::Create,
        FileAction::Update => ActionKind::Update,
        FileAction::Delete => ActionKind::Delete,
        FileAction::Move => ActionKind::Move,
        FileAction::Chmod => ActionKind::Chmod,
    };
    Ok(Action {
        kind,
        file_path: of.file_path,
        previous_path: of.previous_path,
        content,
        execute_filemode: of.execute_filemode,
        last_commit_id: of.last_commit_id,
    })
}

fn refused(why: CommitFilesError) -> ApiError {
    match why {
        CommitFilesError::Commit(CommitError::Git(why)) => why.into(),
        CommitFilesError::Commit(why) => ApiError::message(StatusCode::BAD_REQUEST, why.to_string()),
        CommitFilesError::Push(why) => ApiError::internal(&why),
        CommitFilesError::Secret(why) => ApiError::internal(&why),
    }
}
