//! Every auditable fact, with its stable code (semantics, section 8).

use crate::ids::{TokenId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who acts, as the audit records name them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct By {
    /// The person; `None` for the server itself.
    pub user: Option<UserId>,
    /// The token used, if it was one of a person.
    pub token: Option<TokenId>,
    /// The address the request came from.
    pub address: Option<String>,
    /// The administrator who acts in the person's name, if one does; the token is theirs.
    pub sudo: Option<UserId>,
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal),* $(,)?) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code { $($(#[$doc])* $name),* }

        impl Code {
            /// All codes, in order of definition.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            /// The stable text, as stored and shown.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $code),* }
            }
        }
    };
}

codes! {
    /// A user was created.
    UserCreated = "user.created",
    /// A user was blocked.
    UserBlocked = "user.blocked",
    /// A user was unblocked.
    UserUnblocked = "user.unblocked",
    /// A user was banned.
    UserBanned = "user.banned",
    /// A user was unbanned.
    UserUnbanned = "user.unbanned",
    /// A user was taken into use again.
    UserActivated = "user.activated",
    /// A user was taken out of use.
    UserDeactivated = "user.deactivated",
    /// What administrators keep of a user changed.
    UserUpdated = "user.updated",
    /// A user was deleted, with their own projects, memberships and tokens.
    UserDeleted = "user.deleted",
    /// Somebody signed in to the pages.
    SignedIn = "session.created",
    /// Somebody signed out.
    SignedOut = "session.ended",
    /// A session was ended from elsewhere.
    SessionRevoked = "session.revoked",
    /// A name was locked after too many failed attempts to sign in.
    SignInLocked = "session.locked",
    /// Somebody changed their own password.
    PasswordChanged = "user.password_changed",
    /// A token was created.
    TokenCreated = "token.created",
    /// A token was revoked.
    TokenRevoked = "token.revoked",
    /// A token was replaced by another.
    TokenRotated = "token.rotated",
    /// A token that had been replaced was used again, and those that replaced it were revoked.
    TokenReused = "token.reused",
    /// A group was created.
    GroupCreated = "group.created",
    /// A group's settings changed.
    GroupUpdated = "group.updated",
    /// A group was deleted, with all below it.
    GroupDeleted = "group.deleted",
    /// A group moved to another parent.
    GroupTransferred = "group.transferred",
    /// A project was created.
    ProjectCreated = "project.created",
    /// A project's settings changed.
    ProjectUpdated = "project.updated",
    /// A project was deleted.
    ProjectDeleted = "project.deleted",
    /// A project moved to another namespace.
    ProjectTransferred = "project.transferred",
    /// A project was archived: it can only be read.
    ProjectArchived = "project.archived",
    /// A project was taken out of the archive.
    ProjectUnarchived = "project.unarchived",
    /// From where a project's repository is fetched changed, or who fetches it.
    ImportUpdated = "import.updated",
    /// A project's repository is not fetched from elsewhere any more; its branches and tags stay.
    ImportDeleted = "import.deleted",
    /// Somebody had a project's repository fetched at once.
    ImportRequested = "import.requested",
    /// Someone became a member.
    MemberAdded = "member.added",
    /// A membership changed its level or end.
    MemberUpdated = "member.updated",
    /// A membership ended.
    MemberRemoved = "member.removed",
    /// A group was invited to a group or project.
    ShareAdded = "share.added",
    /// An invitation ended.
    ShareRemoved = "share.removed",
    /// An environment was created.
    EnvironmentCreated = "environment.created",
    /// An environment changed.
    EnvironmentUpdated = "environment.updated",
    /// A job is to stop an environment.
    EnvironmentStopping = "environment.stopping",
    /// An environment was stopped.
    EnvironmentStopped = "environment.stopped",
    /// An environment became available again.
    EnvironmentStarted = "environment.started",
    /// A stopped environment was deleted, with the records of its deployments.
    EnvironmentDeleted = "environment.deleted",
    /// An environment was protected.
    ProtectionCreated = "protected_environment.created",
    /// A protection changed.
    ProtectionUpdated = "protected_environment.updated",
    /// An environment was unprotected.
    ProtectionDeleted = "protected_environment.deleted",
    /// An entry lost the group or user it names.
    ProtectionOrphaned = "protected_environment.orphaned",
    /// A deployment came into being.
    DeploymentCreated = "deployment.created",
    /// A deployment waits for approval.
    DeploymentBlocked = "deployment.blocked",
    /// Nothing blocks a deployment any more.
    DeploymentReleased = "deployment.released",
    /// A deployment runs.
    DeploymentStarted = "deployment.started",
    /// A deployment succeeded.
    DeploymentSucceeded = "deployment.succeeded",
    /// A deployment failed.
    DeploymentFailed = "deployment.failed",
    /// A deployment was canceled.
    DeploymentCanceled = "deployment.canceled",
    /// A deployment was skipped.
    DeploymentSkipped = "deployment.skipped",
    /// A deployment happened without the approval it needed.
    DeploymentUnapproved = "deployment.unapproved",
    /// A deployment's record was deleted.
    DeploymentDeleted = "deployment.deleted",
    /// Someone approved a deployment.
    VoteApproved = "deployment.approval.approved",
    /// Someone rejected a deployment.
    VoteRejected = "deployment.approval.rejected",
    /// Someone took a vote back.
    VoteWithdrawn = "deployment.approval.withdrawn",
    /// An administrator voted over the rules.
    VoteOverride = "deployment.approval.override",
    /// An attempt on a protected environment was refused.
    AttemptRefused = "protected_environment.refused",
    /// A branch or tag, or a pattern of such, was protected.
    RefProtected = "protected_ref.created",
    /// Who may do what with a protected branch changed.
    RefProtectionUpdated = "protected_ref.updated",
    /// A branch or tag is not protected any more.
    RefUnprotected = "protected_ref.deleted",
    /// A trigger token was created.
    TriggerCreated = "trigger.created",
    /// A trigger token was described otherwise.
    TriggerUpdated = "trigger.updated",
    /// A trigger token was deleted: it opens nothing any more.
    TriggerDeleted = "trigger.deleted",
    /// A pipeline was created.
    PipelineCreated = "pipeline.created",
    /// A pipeline was canceled.
    PipelineCanceled = "pipeline.canceled",
    /// The failed and canceled jobs of a pipeline were tried again.
    PipelineRetried = "pipeline.retried",
    /// A pipeline was given another name.
    PipelineRenamed = "pipeline.renamed",
    /// A pipeline was deleted with its jobs; its deployments stay.
    PipelineDeleted = "pipeline.deleted",
    /// A pipeline reached a final state.
    PipelineFinished = "pipeline.finished",
    /// A job was started by a person.
    JobPlayed = "job.played",
    /// A job lost the variables it was played with before its deployment needed approval.
    JobVariablesDropped = "job.variables_dropped",
    /// A job was tried again.
    JobRetried = "job.retried",
    /// A job was canceled.
    JobCanceled = "job.canceled",
    /// The log of a job was erased.
    JobErased = "job.erased",
    /// The files of a job were deleted.
    ArtifactsDeleted = "job.artifacts_deleted",
    /// The files of a job are kept until they are deleted.
    ArtifactsKept = "job.artifacts_kept",
    /// A job was handed to a runner.
    JobClaimed = "job.claimed",
    /// A claim was refused because the gate was shut.
    JobHeld = "job.held",
    /// A job reached a final state.
    JobFinished = "job.finished",
    /// An unacknowledged job went back to the queue.
    JobReturned = "job.returned",
    /// A job went on that waited for a time, or for what another job had.
    JobResumed = "job.resumed",
    /// The jobs of a resource group run in another order from now on.
    ResourceGroupUpdated = "resource_group.updated",
    /// A ref of a repository changed by a push or a commit.
    RefUpdated = "repository.ref_updated",
    /// The settings of the instance changed.
    SettingsUpdated = "settings.updated",
    /// A CI/CD variable was created.
    VariableCreated = "variable.created",
    /// A CI/CD variable changed.
    VariableUpdated = "variable.updated",
    /// A CI/CD variable was deleted.
    VariableDeleted = "variable.deleted",
    /// A runner was created.
    RunnerCreated = "runner.created",
    /// The settings of a runner changed.
    RunnerUpdated = "runner.updated",
    /// A runner was deleted.
    RunnerDeleted = "runner.deleted",
    /// A runner serves one more project.
    RunnerJoined = "runner.joined",
    /// A runner serves a project no more.
    RunnerParted = "runner.parted",
    /// A machine of a runner gave up the runner's token.
    RunnerManagerDeleted = "runner.manager_deleted",
    /// A runner was given another token.
    RunnerTokenReset = "runner.token_reset",
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.as_str())
    }
}

/// What a fact is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// `User`, `Group`, `Project`, `Environment`, `Deployment`, `Job`, …
    pub kind: &'static str,
    /// Its id.
    pub id: i64,
    /// The project it belongs to, if any.
    pub project: Option<i64>,
    /// The group it belongs to, if any.
    pub group: Option<i64>,
}

impl Subject {
    /// Something that belongs to no project and no group, as a user.
    pub fn instance(kind: &'static str, id: i64) -> Subject {
        Subject { kind, id, project: None, group: None }
    }

    /// Something of a project.
    pub fn of_project(kind: &'static str, id: i64, project: crate::ids::ProjectId) -> Subject {
        Subject { kind, id, project: Some(project.0), group: None }
    }

    /// Something of a group.
    pub fn of_group(kind: &'static str, id: i64, group: crate::ids::GroupId) -> Subject {
        Subject { kind, id, project: None, group: Some(group.0) }
    }
}

/// One fact: what happened, to what, and what changed. Never holds a secret.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Event {
    /// What happened.
    pub code: Code,
    /// To what.
    pub subject: Subject,
    /// The state before, as far as it changed; `Null` for something new.
    pub before: Value,
    /// The state after, as far as it changed; `Null` for something gone.
    pub after: Value,
}

impl Event {
    /// A fact about `subject` with no details yet.
    pub fn new(code: Code, subject: Subject) -> Event {
        Event { code, subject, before: Value::Null, after: Value::Null }
    }

    /// With the state before the change.
    pub fn before(mut self, value: Value) -> Event {
        self.before = value;
        self
    }

    /// With the state after the change.
    pub fn after(mut self, value: Value) -> Event {
        self.after = value;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_is_unique_and_dotted() {
        let texts: BTreeSet<_> = Code::ALL.iter().map(|c| c.as_str()).collect();
        assert_eq!(texts.len(), Code::ALL.len());
        assert!(texts.iter().all(|t| t.contains('.') && t.chars().all(|c| c.is_ascii_lowercase() || "._".contains(c))));
    }
}
