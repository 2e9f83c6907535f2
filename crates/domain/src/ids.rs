//! Numbers that name things, one type for each kind, so that they cannot be mixed up.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$name> for i64 {
            fn from(id: $name) -> i64 {
                id.0
            }
        }
    )*};
}

ids! {
    /// A person or a bot.
    UserId,
    /// A group; the same number is its namespace id.
    GroupId,
    /// A namespace: a group, or the personal one of a user.
    NamespaceId,
    /// A project.
    ProjectId,
    /// An environment of a project.
    EnvironmentId,
    /// A protected environment of a project or a group.
    ProtectionId,
    /// One entry of a protection: a deploy access level or an approval rule, each kind counted by itself.
    EntryId,
    /// A protected branch or tag of a project, or a pattern of such.
    ProtectedRefId,
    /// A deployment, unique over all projects.
    DeploymentId,
    /// A vote on a deployment.
    VoteId,
    /// A pipeline, unique over all projects.
    PipelineId,
    /// A job, unique over all projects.
    JobId,
    /// A resource group of a project.
    ResourceGroupId,
    /// An access token of a user.
    TokenId,
    /// A token that creates pipelines.
    TriggerId,
    /// Somebody being signed in with one browser.
    SessionId,
    /// A CI/CD variable of a project, a group or the instance.
    VariableId,
    /// A runner.
    RunnerId,
    /// An audit record.
    AuditId,
}

impl From<GroupId> for NamespaceId {
    fn from(id: GroupId) -> NamespaceId {
        NamespaceId(id.0)
    }
}
