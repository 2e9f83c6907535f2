//! The settings of projects, to and fro.

use crate::api::values::access;
use countersign_domain::settings::{
    CancellationRole, FeatureAccess, OverrideRole, ProcessMode, ProjectSettingsChanges as Changes,
};
use countersign_store::projects::Project;
use countersign_wire::project as wire;

/// What is to change, as the rules know it.
pub(super) fn changes(of: &wire::ProjectSettingsChanges) -> Changes {
    let builds = of.jobs_enabled.map(|on| if on { FeatureAccess::Enabled } else { FeatureAccess::Disabled });
    Changes {
        ci_config_path: of.ci_config_path.as_ref().map(|path| Some(path.clone()).filter(|p| !p.is_empty())),
        ci_forward_deployment_enabled: of.ci_forward_deployment_enabled,
        ci_forward_deployment_rollback_allowed: of.ci_forward_deployment_rollback_allowed,
        environments_access_level: of.environments_access_level.map(access),
        builds_access_level: of.builds_access_level.map(access).or(builds),
        resource_group_default_process_mode: of.resource_group_default_process_mode.map(process_mode),
        ci_pipeline_variables_minimum_override_role: of.ci_pipeline_variables_minimum_override_role.map(override_role),
        ci_restrict_pipeline_cancellation_role: of.ci_restrict_pipeline_cancellation_role.map(cancellation_role),
        public_jobs: of.public_jobs.or(of.public_builds),
        auto_cancel_pending_pipelines: of.auto_cancel_pending_pipelines.map(|to| to == wire::Switch::Enabled),
        keep_latest_artifact: of.keep_latest_artifact,
        ci_default_git_depth: of.ci_default_git_depth,
        ci_job_token_scope_enabled: of.ci_job_token_scope_enabled,
        ci_separated_caches: of.ci_separated_caches,
        ci_allow_fork_pipelines_to_run_in_parent_project: of.ci_allow_fork_pipelines_to_run_in_parent_project,
    }
}

/// What a project is to be about, if that was sent.
pub(super) fn topics(of: &wire::ProjectSettingsChanges) -> Option<Vec<String>> {
    of.topics.clone().or_else(|| of.tag_list.clone())
}

pub(crate) fn process_mode(of: wire::ProcessMode) -> ProcessMode {
    match of {
        wire::ProcessMode::Unordered => ProcessMode::Unordered,
        wire::ProcessMode::OldestFirst => ProcessMode::OldestFirst,
        wire::ProcessMode::NewestFirst => ProcessMode::NewestFirst,
        wire::ProcessMode::NewestReadyFirst => ProcessMode::NewestReadyFirst,
    }
}

fn override_role(of: wire::OverrideRole) -> OverrideRole {
    match of {
        wire::OverrideRole::NoOneAllowed => OverrideRole::NoOneAllowed,
        wire::OverrideRole::Developer => OverrideRole::Developer,
        wire::OverrideRole::Maintainer => OverrideRole::Maintainer,
        wire::OverrideRole::Owner => OverrideRole::Owner,
    }
}

fn cancellation_role(of: wire::CancellationRole) -> CancellationRole {
    match of {
        wire::CancellationRole::Developer => CancellationRole::Developer,
        wire::CancellationRole::Maintainer => CancellationRole::Maintainer,
        wire::CancellationRole::NoOne => CancellationRole::NoOne,
    }
}

/// The settings as replies show them.
pub(crate) fn shown(of: &Project) -> wire::ProjectSettings {
    let chosen = &of.settings;
    wire::ProjectSettings {
        ci_config_path: chosen.ci_config_path.clone(),
        ci_forward_deployment_enabled: chosen.ci_forward_deployment_enabled,
        ci_forward_deployment_rollback_allowed: chosen.ci_forward_deployment_rollback_allowed,
        environments_access_level: chosen.environments_access_level.as_str().into(),
        builds_access_level: chosen.builds_access_level.as_str().into(),
        jobs_enabled: chosen.builds_access_level != FeatureAccess::Disabled,
        resource_group_default_process_mode: chosen.resource_group_default_process_mode.as_str().into(),
        ci_pipeline_variables_minimum_override_role: chosen.ci_pipeline_variables_minimum_override_role.as_str().into(),
        restrict_user_defined_variables: chosen.restricts_variables(),
        ci_restrict_pipeline_cancellation_role: chosen.ci_restrict_pipeline_cancellation_role.as_str().into(),
        public_jobs: chosen.public_jobs,
        auto_cancel_pending_pipelines: if chosen.auto_cancel_pending_pipelines { "enabled" } else { "disabled" }.into(),
        keep_latest_artifact: chosen.keep_latest_artifact,
        ci_default_git_depth: chosen.ci_default_git_depth,
        ci_job_token_scope_enabled: chosen.ci_job_token_scope_enabled,
        ci_separated_caches: chosen.ci_separated_caches,
        ci_allow_fork_pipelines_to_run_in_parent_project: chosen.ci_allow_fork_pipelines_to_run_in_parent_project,
        shared_runners_enabled: of.shared_runners_enabled,
        group_runners_enabled: of.group_runners_enabled,
    }
}
