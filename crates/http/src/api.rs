//! REST v4: one file per resource. A route and its documentation are one attribute.

mod absent;
mod access_tokens;
mod ci_lint;
mod deployments;
mod environments;
mod group_access_tokens;
mod group_members;
mod groups;
mod instance;
mod jobs;
mod members;
mod namespaces;
mod pipelines;
mod project_access_tokens;
mod project_members;
mod projects;
mod protected_branches;
mod protected_environments;
mod protected_refs;
mod protected_tags;
mod repository;
mod repository_branches;
mod repository_commits;
mod repository_files;
mod repository_log;
mod repository_tags;
mod repository_tree;
mod resource_groups;
mod runners;
#[cfg(test)]
pub(crate) mod tests;
mod tokens;
mod triggers;
mod users;
pub(crate) mod values;
mod variables;
mod views;

pub(crate) use projects::equip as equip_project;

use crate::state::AppState;
use utoipa_axum::router::OpenApiRouter;

/// All routes of REST v4, below `/api/v4`.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .merge(absent::routes())
        .merge(ci_lint::routes())
        .merge(deployments::routes())
        .merge(environments::routes())
        .merge(group_access_tokens::routes())
        .merge(group_members::routes())
        .merge(groups::routes())
        .merge(instance::routes())
        .merge(namespaces::routes())
        .merge(project_access_tokens::routes())
        .merge(project_members::routes())
        .merge(projects::routes())
        .merge(jobs::routes())
        .merge(pipelines::routes())
        .merge(repository_branches::routes())
        .merge(repository_commits::routes())
        .merge(repository_files::routes())
        .merge(repository_log::routes())
        .merge(repository_tags::routes())
        .merge(repository_tree::routes())
        .merge(resource_groups::routes())
        .merge(runners::routes())
        .merge(protected_branches::routes())
        .merge(protected_environments::group_routes())
        .merge(protected_environments::project_routes())
        .merge(protected_tags::routes())
        .merge(tokens::routes())
        .merge(triggers::routes())
        .merge(users::routes())
        .merge(variables::routes())
}
