//! Files of a project's repository.

use super::repository::blocking;
use crate::actor::FileReader;
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_app::authorize::Ref;
use countersign_app::git::{FileBlob, GitError, Repositories};
use countersign_app::git_access;
use countersign_domain::token;
use countersign_wire::repository::{File, ReadFile};
use sha2::{Digest, Sha256};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The largest file that is shown, in bytes.
const LARGEST: u64 = 10 * 1024 * 1024;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(show_file)).routes(routes!(show_raw_file))
}

/// A file with where it was found.
struct Found {
    blob: FileBlob,
    commit: String,
    ref_name: String,
    last_change: Option<String>,
}

/// Gets a file with its content in base64.
#[utoipa::path(get, path = "/projects/{id}/repository/files/{file_path}", tag = "Files",
    params(("id" = Id, Path, description = "The project"),
        ("file_path" = String, Path, description = "The URL-encoded path"), ReadFile),
    responses((status = 200, body = File)))]
async fn show_file(
    State(app): State<AppState>,
    actor: FileReader,
    Path((id, path)): Path<(Id, String)>,
    Params(query): Params<ReadFile>,
) -> Result<Json<File>, ApiError> {
    let found = find(&app, actor, Ref::from(id), path.clone(), query.ref_name, true).await?;
    let blob = found.blob;
    let sum = token::hex(&Sha256::digest(&blob.content));
    Ok(Json(File {
        file_name: path.rsplit('/').next().unwrap_or_default().to_owned(),
        file_path: path,
        size: blob.size,
        encoding: "base64".into(),
        content: STANDARD.encode(&blob.content),
        content_sha256: sum,
        ref_name: found.ref_name,
        blob_id: blob.blob_id,
        last_commit_id: found.last_change.unwrap_or_else(|| found.commit.clone()),
        commit_id: found.commit,
        execute_filemode: blob.mode == "100755",
    }))
}

/// Gets the bytes of a file.
#[utoipa::path(get, path = "/projects/{id}/repository/files/{file_path}/raw", tag = "Files",
    params(("id" = Id, Path, description = "The project"),
        ("file_path" = String, Path, description = "The URL-encoded path"), ReadFile),
    responses((status = 200, body = Vec<u8>, content_type = "text/plain")))]
async fn show_raw_file(
    State(app): State<AppState>,
    actor: FileReader,
    Path((id, path)): Path<(Id, String)>,
    Params(query): Params<ReadFile>,
) -> Result<Response, ApiError> {
    let found = find(&app, actor, Ref::from(id), path, query.ref_name, false).await?;
    // Whatever it holds, no browser is to run it.
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8"), (CONTENT_DISPOSITION, "inline")];
    Ok((headers, found.blob.content).into_response())
}

async fn find(
    app: &AppState,
    actor: FileReader,
    at: Ref,
    path: String,
    asked: Option<String>,
    with_change: bool,
) -> Result<Found, ApiError> {
    let now = countersign_app::now();
    let project = app.read(move |tx| git_access::fetch(tx, &actor.0, &at, now)).await?;
    let ref_name = asked.filter(|r| r != "HEAD").unwrap_or(project.default_branch);
    let (repositories, number) = (app.repositories.clone(), project.id.0);
    match blocking(move || read(&repositories, number, &path, ref_name, with_change)).await? {
        Looked::NoCommit => Err(ApiError::not_found_of("Commit")),
        Looked::NoFile => Err(ApiError::not_found_of("File")),
        Looked::Found(found) => Ok(*found),
    }
}

enum Looked {
    NoCommit,
    NoFile,
    Found(Box<Found>),
}

fn read(
    repositories: &Repositories,
    project: i64,
    path: &str,
    ref_name: String,
    with_change: bool,
) -> Result<Looked, GitError> {
    let Some(commit) = super::repository::resolve(repositories, project, &ref_name)? else {
        return Ok(Looked::NoCommit);
    };
    let Some(blob) = repositories.file(project, &commit, path, LARGEST)? else { return Ok(Looked::NoFile) };
    let last_change = match with_change {
        true => repositories.last_change(project, &commit, path)?,
        false => None,
    };
    Ok(Looked::Found(Box::new(Found { blob, commit, ref_name, last_change })))
}
