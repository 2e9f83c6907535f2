//! What people choose for a project.

use super::{FeatureAccess, settings, words};
use crate::access::{Level, Standing};
use crate::refusal::{Refusal, Result};
use serde::{Deserialize, Serialize};

/// The longest path of a configuration file.
const LONGEST_PATH: usize = 255;
/// How many commits a job may fetch: 0 is all of them.
const DEPTHS: std::ops::RangeInclusive<i64> = 0..=1000;

words! {
    /// In which order the jobs of a resource group run.
    ProcessMode {
        /// As they become ready.
        Unordered = "unordered",
        /// The oldest pipeline's first.
        OldestFirst = "oldest_first",
        /// The newest pipeline's first.
        NewestFirst = "newest_first",
        /// The newest pipeline's first, of those that are ready.
        NewestReadyFirst = "newest_ready_first",
    }
}

words! {
    /// Who may give variables to pipelines and to jobs they play.
    OverrideRole {
        /// Nobody.
        NoOneAllowed = "no_one_allowed",
        /// Developers.
        Developer = "developer",
        /// Maintainers.
        Maintainer = "maintainer",
        /// Owners.
        Owner = "owner",
    }
}

words! {
    /// Who may cancel pipelines and jobs.
    CancellationRole {
        /// Developers.
        Developer = "developer",
        /// Maintainers.
        Maintainer = "maintainer",
        /// Nobody.
        NoOne = "no_one",
    }
}

impl OverrideRole {
    /// Checks that somebody of that level may give variables.
    ///
    /// # Errors
    /// They may not; the refusal names the least role that may.
    pub fn check(self, level: Level) -> Result<()> {
        needs(
            level,
            match self {
                OverrideRole::NoOneAllowed => None,
                OverrideRole::Developer => Some(Level::Developer),
                OverrideRole::Maintainer => Some(Level::Maintainer),
                OverrideRole::Owner => Some(Level::Owner),
            },
        )
    }
}

impl CancellationRole {
    /// Checks that somebody of that level may cancel.
    ///
    /// # Errors
    /// They may not; the refusal names the least role that may.
    pub fn check(self, level: Level) -> Result<()> {
        needs(
            level,
            match self {
                CancellationRole::NoOne => None,
                CancellationRole::Developer => Some(Level::Developer),
                CancellationRole::Maintainer => Some(Level::Maintainer),
            },
        )
    }
}

fn needs(level: Level, least: Option<Level>) -> Result<()> {
    match least {
        None => Err(Refusal::SwitchedOff),
        Some(least) if level < least => Err(Refusal::Role(least.name())),
        Some(_) => Ok(()),
    }
}

settings! {
    /// What people choose for a project.
    ProjectSettings, ProjectSettingsChanges {
        /// Where its pipelines are written down; none for the usual places.
        ci_config_path: Option<String> = None;
        /// Whether deployment jobs that are older than what was deployed last are kept from running.
        ci_forward_deployment_enabled: bool = true;
        /// Whether jobs of an older pipeline that have finished may be tried again.
        ci_forward_deployment_rollback_allowed: bool = true;
        /// For whom environments and deployments are there; members see them in any case.
        environments_access_level: FeatureAccess = FeatureAccess::Enabled;
        /// For whom pipelines are there; disabled, none are created.
        builds_access_level: FeatureAccess = FeatureAccess::Enabled;
        /// In which order the jobs of new resource groups run.
        resource_group_default_process_mode: ProcessMode = ProcessMode::Unordered;
        /// Who may give variables to pipelines and to jobs they play.
        ci_pipeline_variables_minimum_override_role: OverrideRole = OverrideRole::Maintainer;
        /// Who may cancel pipelines and jobs.
        ci_restrict_pipeline_cancellation_role: CancellationRole = CancellationRole::Developer;
        /// Kept for clients: pipelines and jobs are for reporters, whatever it says.
        public_jobs: bool = false;
        /// Whether a new commit cancels what is superfluous in the older pipelines of its branch.
        auto_cancel_pending_pipelines: bool = false;
        /// Whether the newest artifacts outlive their date.
        keep_latest_artifact: bool = false;
        /// How many commits a job fetches, unless it says otherwise; 0 for all.
        ci_default_git_depth: i64 = 20;
        /// Kept for clients: a job's token is a key to its own project only, whatever it says.
        ci_job_token_scope_enabled: bool = false;
        /// Whether protected branches and tags have caches of their own.
        ci_separated_caches: bool = true;
        /// Kept for clients: there are no forks.
        ci_allow_fork_pipelines_to_run_in_parent_project: bool = true;
    }
}

impl ProjectSettings {
    /// Checks that somebody who may see pipelines, environments and deployments, and the logs and artifacts of jobs, may
    /// do so here: where any of these are not for everybody who sees the project, visitors see none of them.
    ///
    /// # Errors
    /// They are a visitor.
    pub fn check_reader(&self, standing: &Standing) -> Result<()> {
        let open = [self.environments_access_level, self.builds_access_level].map(|to| to == FeatureAccess::Enabled);
        match open == [true, true] || standing.acting_level() >= Level::Reporter {
            true => Ok(()),
            false => Err(Refusal::Role(Level::Reporter.name())),
        }
    }

    /// Whether pipelines are created at all.
    pub fn runs_pipelines(&self) -> bool {
        self.builds_access_level != FeatureAccess::Disabled
    }

    /// Whether giving variables takes more than the role that runs pipelines.
    pub fn restricts_variables(&self) -> bool {
        self.ci_pipeline_variables_minimum_override_role != OverrideRole::Developer
    }

    /// Lets developers give variables, or only maintainers; a stricter choice made before stays.
    pub fn restrict_variables(&mut self, restrict: bool) {
        if restrict != self.restricts_variables() {
            let role = if restrict { OverrideRole::Maintainer } else { OverrideRole::Developer };
            self.ci_pipeline_variables_minimum_override_role = role;
        }
    }

    /// Checks what could be any text or number.
    ///
    /// # Errors
    /// A path that leaves the repository or is too long; a depth that is out of range.
    pub fn check(&self) -> Result<()> {
        let invalid = |field: &str, why: &str| Err(Refusal::Field(field.into(), why.into()));
        if let Some(path) = &self.ci_config_path {
            let parts = || path.split('/');
            if path.chars().count() > LONGEST_PATH || path.chars().any(char::is_control) {
                return invalid("ci_config_path", "is too long (maximum is 255 characters), or has control characters");
            }
            if path.starts_with('/') || parts().any(|p| p == "..") {
                return invalid("ci_config_path", "can't include a leading slash or directory traversal.");
            }
            if path.contains("://") || path.contains('@') {
                return invalid("ci_config_path", "must be a file of this repository");
            }
        }
        match DEPTHS.contains(&self.ci_default_git_depth) {
            true => Ok(()),
            false => invalid("ci_default_git_depth", "must be from 0 to 1000"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_ladders_and_nobody_is_nobody() {
        let by = |role: OverrideRole| {
            let may = Level::ALL.into_iter().filter(|level| role.check(*level).is_ok());
            may.map(Level::number).collect::<Vec<_>>()
        };
        assert_eq!(by(OverrideRole::Developer), [30, 40, 50]);
        assert_eq!(by(OverrideRole::Maintainer), [40, 50]);
        assert_eq!(by(OverrideRole::Owner), [50]);
        assert_eq!(by(OverrideRole::NoOneAllowed), [0_i64; 0]);
        assert_eq!(OverrideRole::Owner.check(Level::Maintainer), Err(Refusal::Role("Owner")));
        assert!(CancellationRole::Developer.check(Level::Developer).is_ok());
        assert!(CancellationRole::Maintainer.check(Level::Developer).is_err());
        assert_eq!(CancellationRole::NoOne.check(Level::Owner), Err(Refusal::SwitchedOff));
    }

    #[test]
    fn restricting_variables_keeps_a_stricter_role() {
        let mut settings = ProjectSettings::default();
        let mut steps = Vec::new();
        for restrict in [true, false, true] {
            settings.restrict_variables(restrict);
            steps.push(settings.ci_pipeline_variables_minimum_override_role);
        }
        assert_eq!(steps, [OverrideRole::Maintainer, OverrideRole::Developer, OverrideRole::Maintainer]);
        settings.ci_pipeline_variables_minimum_override_role = OverrideRole::Owner;
        settings.restrict_variables(true);
        assert_eq!(settings.ci_pipeline_variables_minimum_override_role, OverrideRole::Owner);
    }

    #[test]
    fn the_configuration_is_a_file_of_the_repository() {
        let with = |path: &str| ProjectSettings { ci_config_path: Some(path.into()), ..ProjectSettings::default() };
        for good in ["ci.yml", "ops/.gitlab-ci.yml", ".hidden/a..b.yml"] {
            assert!(with(good).check().is_ok(), "{good}");
        }
        let long = "x".repeat(256);
        for bad in
            ["/etc/passwd", "../x.yml", "a/../b.yml", "https://ci.example/x.yml", "x.yml@group/project", "a\n", &long]
        {
            assert!(with(bad).check().is_err(), "{bad}");
        }
        for (depth, good) in [(0, true), (1000, true), (-1, false), (1001, false)] {
            let of = ProjectSettings { ci_default_git_depth: depth, ..ProjectSettings::default() };
            assert_eq!(of.check().is_ok(), good, "{depth}");
        }
    }
}
