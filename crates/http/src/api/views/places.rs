//! Groups and projects as replies show them.

use super::user;
use crate::api::{groups as group_routes, projects as project_routes};
use countersign_app::{groups, projects};
use countersign_domain::access::Level;
use countersign_domain::ids::ProjectId;
use countersign_domain::time::Timestamp;
use countersign_store::imports::Import;
use countersign_store::projects::Inside;
use countersign_store::shares::Share;
use countersign_wire::group::{Group, GroupDetails, GroupFixed};
use countersign_wire::project::{
    Access, Links, Permissions, Project, ProjectFixed, ProjectGroup, ProjectImport, ProjectNamed, ProjectNamespace,
    ProjectSeen, ProjectSimple, PullMirror,
};
use countersign_wire::share::SharedWithGroup;

/// An invited group.
fn shared(of: &Share) -> SharedWithGroup {
    SharedWithGroup {
        group_id: of.group_id.0,
        group_name: of.group_name.clone(),
        group_full_path: of.group_full_path.clone(),
        group_access_level: of.level.number(),
        expires_at: of.expires_at.map(|d| d.to_string()),
        member_role_id: None,
    }
}

/// A group as lists show it.
pub(crate) fn group(url: &str, view: &groups::View) -> Group {
    let of = &view.group;
    Group {
        id: of.id.0,
        name: of.name.clone(),
        path: of.path.clone(),
        description: of.description.clone(),
        visibility: of.visibility.as_str().into(),
        full_name: view.full_name.clone(),
        full_path: of.full_path.clone(),
        parent_id: of.parent_id.map(|p| p.0),
        web_url: format!("{url}/groups/{}", of.full_path),
        avatar_url: None,
        created_at: of.created_at.to_string(),
        allow_pipeline_trigger_approve_deployment: of.allow_pipeline_trigger_approve_deployment,
        settings: group_routes::shown(&of.settings),
        fixed: group_fixed(),
    }
}

/// One group with the groups invited to it, and, where they were asked for, with its projects and those it is invited
/// to.
pub(crate) fn group_details(
    url: &str,
    view: &groups::View,
    projects: Option<(Vec<Project>, Vec<Project>)>,
) -> GroupDetails {
    let (projects, shared_projects) = projects.unzip();
    let shared_with_groups = view.shares.iter().map(shared).collect();
    GroupDetails { group: group(url, view), shared_with_groups, projects, shared_projects }
}

fn group_fixed() -> GroupFixed {
    GroupFixed {
        shared_runners_setting: "enabled".into(),
        runners_token: None,
        ip_restriction_ranges: String::new(),
        allowed_email_domains_list: String::new(),
        marked_for_deletion_on: None,
    }
}

/// A project as its reader may see it.
pub(crate) fn project_seen(url: &str, shown: &projects::Shown) -> ProjectSeen {
    match shown {
        projects::Shown::Whole(view) => ProjectSeen::Full(Box::new(project(url, view))),
        projects::Shown::Named(of) => ProjectSeen::Named(Box::new(named(url, of))),
    }
}

/// A project by its names alone.
pub(crate) fn named(url: &str, of: &countersign_store::projects::Project) -> ProjectNamed {
    ProjectNamed {
        id: of.id.0,
        name: of.name.clone(),
        path: of.path.clone(),
        path_with_namespace: of.full_path.clone(),
        web_url: format!("{url}/{}", of.full_path),
    }
}

/// A project in short.
pub(crate) fn project_simple(url: &str, view: &projects::View) -> ProjectSimple {
    let of = &view.project;
    ProjectSimple {
        id: of.id.0,
        description: of.description.clone(),
        name: of.name.clone(),
        name_with_namespace: format!("{} / {}", view.namespace_full_name, of.name),
        path: of.path.clone(),
        path_with_namespace: of.full_path.clone(),
        created_at: of.created_at.to_string(),
        last_activity_at: of.last_activity_at.to_string(),
        default_branch: of.default_branch.clone(),
        topics: of.topics.clone(),
        tag_list: of.topics.clone(),
        ssh_url_to_repo: String::new(),
        http_url_to_repo: format!("{url}/{}.git", of.full_path),
        web_url: format!("{url}/{}", of.full_path),
        readme_url: None,
        avatar_url: None,
        forks_count: 0,
        star_count: 0,
        visibility: of.visibility.as_str().into(),
        namespace: namespace(url, &view.project.namespace),
    }
}

/// A namespace: a group's, or a person's own.
pub(crate) fn namespace(url: &str, of: &Inside) -> ProjectNamespace {
    let (kind, page) = match of.group() {
        Some(_) => ("group", format!("{url}/groups/{}", of.full_path)),
        None => ("user", format!("{url}/{}", of.full_path)),
    };
    ProjectNamespace {
        id: of.id.0,
        name: of.name.clone(),
        path: of.path.clone(),
        kind: kind.into(),
        full_path: of.full_path.clone(),
        parent_id: of.parent_id.map(|p| p.0),
        avatar_url: None,
        web_url: page,
    }
}

/// A project with everything.
pub(crate) fn project(url: &str, view: &projects::View) -> Project {
    let of = &view.project;
    let held = |level: Option<Level>| level.map(|l| Access { access_level: l.number(), notification_level: 3 });
    Project {
        simple: project_simple(url, view),
        updated_at: of.updated_at.to_string(),
        creator_id: of.creator_id.map(|c| c.0),
        owner: view.owner.as_ref().map(|o| user(url, o)),
        empty_repo: of.empty_repo,
        shared_with_groups: view.shares.iter().map(shared).collect(),
        permissions: Permissions { project_access: held(view.direct), group_access: held(view.group) },
        allow_pipeline_trigger_approve_deployment: of.allow_pipeline_trigger_approve_deployment,
        build_timeout: of.build_timeout,
        archived: of.archived,
        settings: project_routes::shown(of),
        import_status: import_status(view),
        mirror: view.import.as_ref().is_some_and(|import| import.mirror),
        import_url: view.import.as_ref().filter(|_| view.manages).map(|import| import.url.clone()),
        import_type: view.import.as_ref().map(|_| "git".into()),
        import_error: import_error(view),
        links: links(url, of.id),
        fixed: project_fixed(),
    }
}

fn links(url: &str, project: ProjectId) -> Links {
    let api = format!("{url}/api/v4/projects/{project}");
    Links { members: format!("{api}/members"), repo_branches: format!("{api}/repository/branches"), itself: api }
}

fn import_status(view: &projects::View) -> String {
    view.import.as_ref().map_or("none", |import| import.status.as_str()).into()
}

fn import_error(view: &projects::View) -> Option<String> {
    view.import.as_ref().filter(|_| view.manages)?.error.clone()
}

/// How it stands with the fetch of a project's repository from elsewhere, for those who manage it.
pub(crate) fn pull_mirror(of: &Import) -> PullMirror {
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string());
    PullMirror {
        id: of.project.0,
        update_status: of.status.as_str().into(),
        url: of.url.clone(),
        last_error: of.error.clone(),
        last_update_at: moment(of.ended_at),
        last_update_started_at: moment(of.started_at),
        last_successful_update_at: moment(of.succeeded_at),
        enabled: of.mirror,
        mirror_trigger_builds: true,
        only_mirror_protected_branches: false,
        mirror_overwrites_diverged_branches: of.mirror,
        mirror_branch_regex: None,
        user_id: of.owner.0,
        ssh_public_key: of.public_key.clone(),
        ssh_known_hosts: of.known_hosts.clone(),
    }
}

/// How it stands with the fetch of a project's repository from elsewhere.
pub(crate) fn project_import(view: &projects::View) -> ProjectImport {
    let of = &view.project;
    ProjectImport {
        id: of.id.0,
        description: of.description.clone(),
        name: of.name.clone(),
        name_with_namespace: format!("{} / {}", view.namespace_full_name, of.name),
        path: of.path.clone(),
        path_with_namespace: of.full_path.clone(),
        created_at: of.created_at.to_string(),
        import_status: import_status(view),
        import_type: view.import.as_ref().map(|_| "git".into()),
        import_error: import_error(view),
        failed_relations: Vec::new(),
    }
}

/// A group above or beside a project.
pub(crate) fn project_group(url: &str, of: &projects::GroupAround) -> ProjectGroup {
    let group = &of.group;
    ProjectGroup {
        id: group.id.0,
        name: group.name.clone(),
        avatar_url: None,
        web_url: format!("{url}/groups/{}", group.full_path),
        full_name: of.full_name.clone(),
        full_path: group.full_path.clone(),
    }
}

fn project_fixed() -> ProjectFixed {
    ProjectFixed {
        marked_for_deletion_at: None,
        marked_for_deletion_on: None,
        runners_token: None,
        lfs_enabled: false,
        request_access_enabled: false,
        issues_enabled: false,
        merge_requests_enabled: false,
        wiki_enabled: false,
        snippets_enabled: false,
    }
}
