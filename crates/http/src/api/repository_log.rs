//! The history of a project's repository, and what is known of one commit.

use super::repository::{blocking, resolve};
use crate::actor::Actor;
use crate::api::values::moment;
use crate::api::views::{Site, of_jobs};
use crate::pagination::{Page, Paged};
use crate::params::Params;
use crate::path::{Id, Path};
use crate::reply::{ApiError, Json};
use crate::state::AppState;
use axum::extract::State;
use countersign_app::authorize::Ref;
use countersign_app::commit_statuses::{self, Wanted};
use countersign_app::git::{GitError, Log, Repositories, Stats};
use countersign_app::{Tx, configuration, git_access};
use countersign_store::projects::Project;
use countersign_wire::history::{
    CommitOrder, CommitRef, CommitStats, CommitStatus, ListCommits, ListRefs, ListStatuses, ListedCommit, RefKind,
};
use countersign_wire::job::Job;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The routes of this file.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(list_commits))
        .routes(routes!(list_refs))
        .routes(routes!(list_statuses))
        .routes(routes!(list_merge_requests))
}

/// Lists the commits of a project, the newest first.
#[utoipa::path(get, path = "/projects/{id}/repository/commits", tag = "Commits",
    params(("id" = Id, Path, description = "The project"), ListCommits),
    responses((status = 200, body = [ListedCommit])))]
async fn list_commits(
    State(app): State<AppState>,
    actor: Actor,
    Path(id): Path<Id>,
    page: Page,
    Params(query): Params<ListCommits>,
) -> Result<Paged<ListedCommit>, ApiError> {
    let project = readable(&app, actor, id).await?;
    let (since, until) = (moment("since", query.since.as_deref())?, moment("until", query.until.as_deref())?);
    let log = Log {
        from: None,
        without: None,
        path: query.path.filter(|path| !path.is_empty()),
        since: since.map(|at| at.0),
        until: until.map(|at| at.0),
        author: query.author.filter(|author| !author.is_empty()),
        first_parent: query.first_parent.unwrap_or_default(),
        topological: query.order == Some(CommitOrder::Topo),
        skip: page.offset(),
        limit: page.limit() + 1,
    };
    let asked = query.ref_name.filter(|name| !name.is_empty());
    let start = if query.all == Some(true) { Start::Everywhere } else { Start::At(asked) };
    let (repositories, of, stats) = (app.repositories.clone(), project.clone(), query.with_stats == Some(true));
    let found = blocking(move || history(&repositories, &of, start, log, stats)).await?;
    let site = Site { url: &app.config.external_url, project: &project };
    Ok(Paged::uncounted(page, found).map(|(commit, stats)| ListedCommit {
        commit: site.commit(&configuration::commit(commit)),
        stats: stats.map(changed),
    }))
}

/// Where a history ends.
enum Start {
    /// At a branch, tag or commit; at the default branch if none is named.
    At(Option<String>),
    /// At all branches and tags.
    Everywhere,
}

type Counted = (countersign_app::git::Commit, Option<Stats>);

fn history(
    repositories: &Repositories,
    project: &Project,
    start: Start,
    mut log: Log,
    with_stats: bool,
) -> Result<Vec<Counted>, ApiError> {
    let number = project.id.0;
    if let Start::At(asked) = start {
        let name = asked.as_deref().unwrap_or(&project.default_branch);
        match resolve(repositories, number, name)? {
            Some(sha) => log.from = Some(sha),
            // A repository without its default branch has no history yet.
            None if asked.is_none() => return Ok(Vec::new()),
            None => return Err(ApiError::not_found_of("Reference")),
        }
    } else if !repositories.exists(number) {
        return Ok(Vec::new());
    }
    let commits = repositories.log(number, &log)?;
    if !with_stats {
        return Ok(commits.into_iter().map(|commit| (commit, None)).collect());
    }
    let shas: Vec<&str> = commits.iter().map(|c| c.sha.as_str()).collect();
    let mut stats = repositories.stats(number, &shas)?;
    let counted = commits.into_iter().map(|c| {
        let stats = stats.remove(&c.sha).unwrap_or_default();
        (c, Some(stats))
    });
    Ok(counted.collect())
}

/// How many lines a commit changed.
pub(super) fn changed(of: Stats) -> CommitStats {
    let total = of.additions.saturating_add(of.deletions);
    CommitStats { additions: of.additions, deletions: of.deletions, total }
}

/// Lists the branches and tags whose history holds a commit.
#[utoipa::path(get, path = "/projects/{id}/repository/commits/{sha}/refs", tag = "Commits",
    params(("id" = Id, Path, description = "The project"), ("sha" = String, Path, description = "A commit, branch or tag"),
        ListRefs),
    responses((status = 200, body = [CommitRef])))]
async fn list_refs(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, sha)): Path<(Id, String)>,
    page: Page,
    Params(query): Params<ListRefs>,
) -> Result<Paged<CommitRef>, ApiError> {
    let project = readable(&app, actor, id).await?.id.0;
    let prefixes: &[&str] = match query.kind.unwrap_or_default() {
        RefKind::Branch => &["refs/heads/"],
        RefKind::Tag => &["refs/tags/"],
        RefKind::All => &["refs/heads/", "refs/tags/"],
    };
    let repositories = app.repositories.clone();
    let find = move || match resolve(&repositories, project, &sha)? {
        Some(sha) => repositories.containing(project, &sha, prefixes).map(Some),
        None => Ok::<_, GitError>(None),
    };
    let names = blocking(find).await?.ok_or_else(|| ApiError::not_found_of("Commit"))?;
    let refs = names.iter().filter_map(|full| {
        let branch = full.strip_prefix("refs/heads/").map(|name| ("branch", name));
        let (kind, name) = branch.or_else(|| full.strip_prefix("refs/tags/").map(|name| ("tag", name)))?;
        Some(CommitRef { kind: kind.into(), name: name.into() })
    });
    Ok(Paged::cut(page, refs.collect()))
}

/// Lists what jobs say of a commit, the newest first.
#[utoipa::path(get, path = "/projects/{id}/repository/commits/{sha}/statuses", tag = "Commits",
    params(("id" = Id, Path, description = "The project"), ("sha" = String, Path, description = "A commit, branch or tag"),
        ListStatuses),
    responses((status = 200, body = [CommitStatus])))]
async fn list_statuses(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, sha)): Path<(Id, String)>,
    page: Page,
    Params(query): Params<ListStatuses>,
) -> Result<Paged<CommitStatus>, ApiError> {
    let sha = existing(&app, actor.clone(), id.clone(), sha).await?;
    let wanted = Wanted {
        sha: sha.clone(),
        ref_name: query.ref_name,
        stage: query.stage,
        name: query.name,
        pipeline: query.pipeline_id,
        retried: query.all == Some(true),
    };
    let (at, now, url) = (Ref::from(id), countersign_app::now(), app.config.external_url.clone());
    let read = move |tx: &mut Tx<'_>| {
        let (project, jobs) = commit_statuses::list(tx, &actor.0, &at, &wanted, now)?;
        let jobs = Paged::cut(page.clone(), jobs);
        let shown = of_jobs(tx, &Site { url: &url, project: &project }, jobs.rows())?;
        let mut shown = shown.into_iter();
        Ok(jobs.filter_map(|_| shown.next()))
    };
    Ok(app.scan(read).await?.map(|job| status(&sha, job)))
}

fn status(sha: &str, of: Job) -> CommitStatus {
    CommitStatus {
        id: of.id,
        sha: sha.to_owned(),
        ref_name: of.ref_name,
        status: of.status,
        name: of.name,
        target_url: of.web_url,
        description: None,
        created_at: of.created_at,
        started_at: of.started_at,
        finished_at: of.finished_at,
        allow_failure: of.allow_failure,
        coverage: of.coverage,
        pipeline_id: of.pipeline.map(|pipeline| pipeline.id),
        author: of.user,
    }
}

/// Lists the merge requests of a commit: there are none.
#[utoipa::path(get, path = "/projects/{id}/repository/commits/{sha}/merge_requests", tag = "Commits",
    params(("id" = Id, Path, description = "The project"), ("sha" = String, Path, description = "A commit, branch or tag")),
    responses((status = 200, body = [CommitRef])))]
async fn list_merge_requests(
    State(app): State<AppState>,
    actor: Actor,
    Path((id, sha)): Path<(Id, String)>,
) -> Result<Json<Vec<CommitRef>>, ApiError> {
    existing(&app, actor, id, sha).await?;
    Ok(Json(Vec::new()))
}

async fn readable(app: &AppState, actor: Actor, id: Id) -> Result<Project, ApiError> {
    let (at, now) = (Ref::from(id), countersign_app::now());
    app.read(move |tx| git_access::fetch(tx, &actor.0, &at, now)).await
}

/// The full name of a commit that is there.
async fn existing(app: &AppState, actor: Actor, id: Id, name: String) -> Result<String, ApiError> {
    let project = readable(app, actor, id).await?.id.0;
    let repositories = app.repositories.clone();
    let found = blocking(move || resolve(&repositories, project, &name)).await?;
    found.ok_or_else(|| ApiError::not_found_of("Commit"))
}
