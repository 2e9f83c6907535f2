//! Protected environments: who may deploy and who must approve (semantics, section 3).

mod draft;
mod edit;
mod electorate;
mod eligible;
mod warning;

pub use draft::{Draft, DraftEntry};
pub use edit::{Change, EntryChange, NewEntry, NewProtection, Proposed, check_new, check_update};
pub use electorate::Electorate;
pub use eligible::{Condition, Sight};
pub use warning::Warning;

use crate::access::Level;
use crate::environment::Tier;
use crate::ids::{EntryId, GroupId, ProjectId, ProtectionId, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The longest name of a project-level protection, in characters.
pub const MAX_NAME: usize = 1024;

/// A role that an entry can name; it means that role or higher, read where the protection lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Role {
    /// 30.
    Developer,
    /// 40.
    Maintainer,
    /// 60: administrators of the instance.
    Administrator,
}

impl Role {
    /// The number on the wire.
    pub fn number(self) -> i64 {
        match self {
            Role::Developer => 30,
            Role::Maintainer => 40,
            Role::Administrator => 60,
        }
    }

    /// Reads the number on the wire.
    pub fn from_number(number: i64) -> Option<Role> {
        [Role::Developer, Role::Maintainer, Role::Administrator].into_iter().find(|r| r.number() == number)
    }

    /// The description on the wire.
    pub fn description(self) -> &'static str {
        match self {
            Role::Developer => "Developers + Maintainers",
            Role::Maintainer => "Maintainers",
            Role::Administrator => "Administrators",
        }
    }

    /// The membership level it stands for; administrators have none.
    pub fn level(self) -> Option<Level> {
        match self {
            Role::Developer => Some(Level::Developer),
            Role::Maintainer => Some(Level::Maintainer),
            Role::Administrator => None,
        }
    }
}

/// The one party an entry names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Principal {
    /// A person.
    User(UserId),
    /// The members of a group.
    Group(GroupId),
    /// Everybody with a role.
    Role(Role),
}

/// Which members of a named group count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Inheritance {
    /// 0: direct members only.
    #[default]
    Direct,
    /// 1: members of its ancestors too.
    Inherited,
}

impl Inheritance {
    /// The number on the wire.
    pub fn number(self) -> i64 {
        match self {
            Inheritance::Direct => 0,
            Inheritance::Inherited => 1,
        }
    }

    /// Reads the number on the wire.
    pub fn from_number(number: i64) -> Option<Inheritance> {
        [Inheritance::Direct, Inheritance::Inherited].into_iter().find(|i| i.number() == number)
    }
}

/// One entry of either list: a party, and how it is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its id, stable through updates.
    pub id: EntryId,
    /// The party it names.
    pub principal: Principal,
    /// The `access_level` a request gave beside a user or group: echoed, without effect.
    pub echoed_level: Option<Role>,
    /// Which members of a named group count.
    pub inheritance: Inheritance,
    /// What it is called: the role's description, or the group's or user's name (the last known one if it is gone).
    pub description: String,
    /// The full path of the group or the username of the user.
    pub path: Option<String>,
    /// Whether the named user or group was deleted: it can no longer be satisfied and blocks until replaced.
    pub orphaned: bool,
}

impl Entry {
    /// Whether `name` calls this entry: its description, full path or username, as `represented_as` does.
    pub fn is_called(&self, name: &str) -> bool {
        self.description == name || self.path.as_deref() == Some(name)
    }
}

/// An approval rule: an entry and how many approvals it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Who may approve.
    pub entry: Entry,
    /// How many approvals are needed, at least 1.
    pub required_approvals: u32,
}

/// Where a protection lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scope {
    /// On a project: it protects the environment with exactly that name.
    Project(ProjectId),
    /// On a group: it protects a tier over every project in the group and its subgroups.
    Group(GroupId),
}

/// Whether an approved automatic job starts by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunAfterApproval {
    /// The job is enqueued by the last approval.
    #[default]
    Automatic,
    /// Somebody allowed to deploy plays it.
    Manual,
}

impl RunAfterApproval {
    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            RunAfterApproval::Automatic => "automatic",
            RunAfterApproval::Manual => "manual",
        }
    }

    /// Reads the name on the wire.
    pub fn parse(text: &str) -> Option<RunAfterApproval> {
        [RunAfterApproval::Automatic, RunAfterApproval::Manual].into_iter().find(|r| r.as_str() == text)
    }
}

/// A protected environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// Its id.
    pub id: ProtectionId,
    /// Where it lives.
    pub scope: Scope,
    /// The environment's name (project level) or the tier (group level).
    pub name: String,
    /// Whether approved automatic jobs start by themselves.
    pub run_after_approval: RunAfterApproval,
    /// Who may deploy, in insertion order.
    pub deploy: Vec<Entry>,
    /// Who must approve, in insertion order.
    pub rules: Vec<Rule>,
    /// The unified setting: so many approvals by people allowed to deploy. Rules win over it.
    pub required_approval_count: u32,
    /// `allow_pipeline_trigger_approve_deployment` of the project or group it lives in.
    pub triggerer_may_approve: bool,
}

impl Protection {
    /// Whether it protects an environment of that name under any of those tiers. (That the protection's project or
    /// group is the environment's own or above it is the loader's business.)
    pub fn covers(&self, name: &str, tiers: &BTreeSet<Tier>) -> bool {
        match self.scope {
            Scope::Project(_) => self.name == name,
            Scope::Group(_) => Tier::parse(&self.name).is_some_and(|t| tiers.contains(&t)),
        }
    }

    /// Whether it asks for any approval.
    pub fn asks_approval(&self) -> bool {
        !self.rules.is_empty() || self.required_approval_count > 0
    }
}
