//! The settings of groups, to and fro.

use crate::api::values::access;
use countersign_domain::settings::{GroupSettings, GroupSettingsChanges as Changes, ProjectCreation, SubgroupCreation};
use countersign_wire::group as wire;

/// What is to change, as the rules know it.
pub(super) fn changes(of: wire::GroupSettingsChanges) -> Changes {
    Changes {
        membership_lock: of.membership_lock,
        share_with_group_lock: of.share_with_group_lock,
        project_creation_level: of.project_creation_level.map(projects),
        subgroup_creation_level: of.subgroup_creation_level.map(subgroups),
        default_branch: of.default_branch.map(|branch| Some(branch).filter(|b| !b.is_empty())),
        default_branch_protection: of.default_branch_protection,
        lfs_enabled: of.lfs_enabled,
        request_access_enabled: of.request_access_enabled,
        require_two_factor_authentication: of.require_two_factor_authentication,
        two_factor_grace_period: of.two_factor_grace_period,
        auto_devops_enabled: of.auto_devops_enabled,
        emails_enabled: of.emails_enabled.or(of.emails_disabled.map(|no| !no)),
        mentions_disabled: of.mentions_disabled,
        prevent_forking_outside_group: of.prevent_forking_outside_group,
        wiki_access_level: of.wiki_access_level.map(access),
    }
}

fn projects(of: wire::ProjectCreation) -> ProjectCreation {
    match of {
        wire::ProjectCreation::NoOne => ProjectCreation::NoOne,
        wire::ProjectCreation::Administrator => ProjectCreation::Administrator,
        wire::ProjectCreation::Owner => ProjectCreation::Owner,
        wire::ProjectCreation::Maintainer => ProjectCreation::Maintainer,
        wire::ProjectCreation::Developer => ProjectCreation::Developer,
    }
}

fn subgroups(of: wire::SubgroupCreation) -> SubgroupCreation {
    match of {
        wire::SubgroupCreation::Owner => SubgroupCreation::Owner,
        wire::SubgroupCreation::Maintainer => SubgroupCreation::Maintainer,
    }
}

/// The settings as replies show them.
pub(crate) fn shown(of: &GroupSettings) -> wire::GroupSettings {
    wire::GroupSettings {
        membership_lock: of.membership_lock,
        share_with_group_lock: of.share_with_group_lock,
        project_creation_level: of.project_creation_level.as_str().into(),
        subgroup_creation_level: of.subgroup_creation_level.as_str().into(),
        default_branch: of.default_branch.clone(),
        default_branch_protection: of.default_branch_protection,
        default_branch_protection_defaults: protection(of.default_branch_protection),
        lfs_enabled: of.lfs_enabled,
        request_access_enabled: of.request_access_enabled,
        require_two_factor_authentication: of.require_two_factor_authentication,
        two_factor_grace_period: of.two_factor_grace_period,
        auto_devops_enabled: of.auto_devops_enabled,
        emails_enabled: of.emails_enabled,
        emails_disabled: !of.emails_enabled,
        mentions_disabled: of.mentions_disabled,
        prevent_forking_outside_group: of.prevent_forking_outside_group,
        wiki_access_level: of.wiki_access_level.as_str().into(),
    }
}

/// The number of a protection in detail: 0 none, 1 developers push, 2 maintainers push and merge, 3 developers merge,
/// 4 as 2 but for the first push.
fn protection(number: i64) -> wire::BranchProtectionDefaults {
    let to = |developers: bool| vec![wire::BranchAccess { access_level: if developers { 30 } else { 40 } }];
    wire::BranchProtectionDefaults {
        allowed_to_push: to(matches!(number, 0 | 1)),
        allowed_to_merge: to(matches!(number, 0 | 1 | 3)),
        allow_force_push: false,
        developer_can_initial_push: number == 4,
    }
}
