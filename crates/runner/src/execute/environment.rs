//! The variables of a job together with what the runner adds to them.

use std::time::Duration;

use countersign_wire::runner::Job;

use super::Host;
use crate::variables::{self, Variables};
use crate::workspace::Workspace;

/// The variables for `job` in `workspace`.
pub(crate) fn of(host: &Host, job: &Job, workspace: &Workspace, timeout: Duration) -> Variables {
    let own = [
        ("CI", "true".to_owned()),
        ("CI_SERVER", "yes".to_owned()),
        ("CI_BUILDS_DIR", host.builds_dir.to_string_lossy().into_owned()),
        ("CI_PROJECT_DIR", workspace.project.to_string_lossy().into_owned()),
        ("CI_JOB_TIMEOUT", timeout.as_secs().to_string()),
        ("CI_JOB_STATUS", "running".to_owned()),
        ("CI_SHARED_ENVIRONMENT", "true".to_owned()),
        ("CI_RUNNER_SHORT_TOKEN", host.short_token.clone()),
        ("CI_RUNNER_VERSION", env!("CARGO_PKG_VERSION").to_owned()),
        ("CI_RUNNER_EXECUTABLE_ARCH", format!("{}/{}", std::env::consts::OS, crate::info::architecture())),
    ];
    variables::resolve(&job.variables, &own, &workspace.private)
}
