//! What people choose for a group.

use super::{FeatureAccess, settings, words};
use crate::access::{Action, Level, Standing};
use crate::refusal::{Refusal, Result};
use serde::{Deserialize, Serialize};

words! {
    /// Who may create projects in a group.
    ProjectCreation {
        /// Nobody.
        NoOne = "noone",
        /// Administrators.
        Administrator = "administrator",
        /// Owners.
        Owner = "owner",
        /// Maintainers.
        Maintainer = "maintainer",
        /// Developers.
        Developer = "developer",
    }
}

words! {
    /// Who may create groups in a group.
    SubgroupCreation {
        /// Owners.
        Owner = "owner",
        /// Maintainers.
        Maintainer = "maintainer",
    }
}

impl ProjectCreation {
    /// The least level; `None` if no level suffices.
    pub fn least(self) -> Option<Level> {
        match self {
            ProjectCreation::NoOne | ProjectCreation::Administrator => None,
            ProjectCreation::Owner => Some(Level::Owner),
            ProjectCreation::Maintainer => Some(Level::Maintainer),
            ProjectCreation::Developer => Some(Level::Developer),
        }
    }

    /// Checks that somebody who stands so towards the group may create projects in it.
    ///
    /// # Errors
    /// They may not, or nobody may.
    pub fn check(self, standing: &Standing) -> Result<()> {
        standing.may_as(Action::CreateProjects, self.least().unwrap_or(Action::CreateProjects.least()))?;
        match self {
            ProjectCreation::NoOne => Err(Refusal::SwitchedOff),
            ProjectCreation::Administrator if !standing.is_admin() => Err(Refusal::AdminsOnly),
            _ => Ok(()),
        }
    }
}

impl SubgroupCreation {
    /// The least level.
    pub fn least(self) -> Level {
        match self {
            SubgroupCreation::Owner => Level::Owner,
            SubgroupCreation::Maintainer => Level::Maintainer,
        }
    }
}

settings! {
    /// What people choose for a group.
    GroupSettings, GroupSettingsChanges {
        /// Whether projects in it can have no members of their own.
        membership_lock: bool = false;
        /// Whether projects in it cannot be shared with other groups.
        share_with_group_lock: bool = false;
        /// Who may create projects directly in it.
        project_creation_level: ProjectCreation = ProjectCreation::Developer;
        /// Who may create groups directly in it.
        subgroup_creation_level: SubgroupCreation = SubgroupCreation::Maintainer;
        /// The branch that clones of new projects below it check out; none for what the group above says.
        default_branch: Option<String> = None;
        /// Kept for clients: the default branch of every project is protected, whatever it says.
        default_branch_protection: i64 = 2;
        /// Kept for clients: there is no large file storage.
        lfs_enabled: bool = false;
        /// Kept for clients: nobody asks for access here.
        request_access_enabled: bool = false;
        /// Kept for clients: there is no second factor.
        require_two_factor_authentication: bool = false;
        /// Kept for clients, in hours: there is no second factor.
        two_factor_grace_period: i64 = 48;
        /// Kept for clients: pipelines come from the repository only.
        auto_devops_enabled: bool = false;
        /// Kept for clients: the server sends no mail.
        emails_enabled: bool = true;
        /// Kept for clients: nobody is mentioned here.
        mentions_disabled: bool = false;
        /// Kept for clients: there are no forks.
        prevent_forking_outside_group: bool = false;
        /// Kept for clients: there are no wikis.
        wiki_access_level: FeatureAccess = FeatureAccess::Enabled;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_creates_what() {
        let levels: Vec<_> = ProjectCreation::ALL.iter().map(|c| c.least().map(Level::number)).collect();
        assert_eq!(levels, [None, None, Some(50), Some(40), Some(30)]);
        assert_eq!(GroupSettings::default().project_creation_level.least(), Some(Level::Developer));
        assert_eq!(GroupSettings::default().subgroup_creation_level.least(), Level::Maintainer);
    }
}
