//! What a statement takes: parameters.

use countersign_domain::ids::{
    AuditId, DeploymentId, EntryId, EnvironmentId, GroupId, JobId, NamespaceId, PipelineId, ProjectId, ProtectedRefId,
    ProtectionId, ResourceGroupId, RunnerId, SessionId, TokenId, TriggerId, UserId, VariableId, VoteId,
};
use countersign_domain::time::{Date, Timestamp};

/// A parameter of a statement. `None` is SQL's NULL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// A number, an id, or a time in milliseconds.
    Int(Option<i64>),
    /// A text.
    Text(Option<String>),
    /// True or false: 1 or 0 on SQLite.
    Bool(bool),
    /// Bytes.
    Blob(Option<Vec<u8>>),
}

macro_rules! from {
    ($($variant:ident: $($type:ty => |$value:ident| $to:expr),* ;)*) => {$($(
        impl From<$type> for Value {
            fn from($value: $type) -> Value {
                Value::$variant(Some($to))
            }
        }

        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Value {
                Value::$variant(value.map(|$value| $to))
            }
        }
    )*)*};
}

from! {
    Int:
        i64 => |n| n,
        i32 => |n| i64::from(n),
        u32 => |n| i64::from(n),
        Timestamp => |time| time.0,
        UserId => |id| id.0,
        GroupId => |id| id.0,
        NamespaceId => |id| id.0,
        ProjectId => |id| id.0,
        EnvironmentId => |id| id.0,
        ProtectionId => |id| id.0,
        ProtectedRefId => |id| id.0,
        EntryId => |id| id.0,
        DeploymentId => |id| id.0,
        VariableId => |id| id.0,
        VoteId => |id| id.0,
        PipelineId => |id| id.0,
        JobId => |id| id.0,
        TokenId => |id| id.0,
        TriggerId => |id| id.0,
        SessionId => |id| id.0,
        ResourceGroupId => |id| id.0,
        RunnerId => |id| id.0,
        AuditId => |id| id.0;
    Text:
        String => |text| text,
        &str => |text| text.to_owned(),
        &String => |text| text.clone(),
        Date => |date| date.to_string();
    Blob:
        Vec<u8> => |bytes| bytes,
        &[u8] => |bytes| bytes.to_vec(),
        [u8; 32] => |bytes| bytes.to_vec();
}

impl From<bool> for Value {
    fn from(value: bool) -> Value {
        Value::Bool(value)
    }
}
