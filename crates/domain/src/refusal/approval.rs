//! The reasons that have to do with approval, deployments and what they deploy to.

use super::Refusal;

/// What is said of a job that something later has overtaken.
const OLDER: &str =
    "The deployment job is older than the previously succeeded deployment job, and therefore cannot be run";

impl Refusal {
    /// The reason of a refusal that is one of these; empty for others.
    pub(super) fn approval_reason(&self) -> String {
        match self {
            Refusal::MayNotDeploy => crate::job::FailureReason::ProtectedEnvironment.message().into(),
            Refusal::OwnDeployment => "You triggered this deployment, so you cannot approve it; another person must \
                 (or a maintainer enables allow_pipeline_trigger_approve_deployment where the rule lives)"
                .into(),
            Refusal::NotEligible => "You match none of this deployment's approval rules; only those whom they name \
                 may decide on it"
                .into(),
            Refusal::NotAPerson => "Only people vote: bots and job tokens cannot".into(),
            Refusal::VoteBySudo => "Nobody votes in somebody else's name; vote without sudo".into(),
            Refusal::NotApproved(open) => {
                format!(
                    "This deployment is blocked: it still needs {open} approval{}",
                    if *open == 1 { "" } else { "s" }
                )
            }
            Refusal::Outdated => format!("{OLDER}; create a new pipeline"),
            Refusal::NoRollback => {
                format!("{OLDER}; a maintainer can allow rollbacks (ci_forward_deployment_rollback_allowed)")
            }
            Refusal::Final => {
                "This deployment was rejected, ended without approval, or its pipeline was deleted; create a \
                 new one"
                    .into()
            }
            Refusal::HasJob => "Deployments created using GitLab CI can not be updated using the API".into(),
            Refusal::NotRetryable(why) => format!("Job is not retryable: {why}"),
            Refusal::NoPipeline => "There is no pipeline for what this branch or tag stands at".into(),
            Refusal::NotErasable(why) => format!("Job is not erasable! {why}"),
            Refusal::NotStopped => "The environment must be stopped before it can be deleted".into(),
            Refusal::EnvironmentInUse => {
                "A deployment to the environment is running; wait for its end, or cancel it, before you delete it"
                    .into()
            }
            Refusal::TierProtected(tier) => {
                format!(
                    "Storing the tier '{}' needs permission to deploy under the old tier and the new",
                    tier.as_str()
                )
            }
            _ => String::new(),
        }
    }
}
