//! Who belongs where, with which level, and what that allows (semantics, sections 1 and 5).

mod account;
mod action;
mod bot;
mod directory;
mod owner;
mod sudo;
mod ways;

pub use account::AccountSight;
pub use action::{Action, Standing, Visibility};
pub use bot::{bot_username, check_bot_scopes};
pub use directory::{Directory, Home, Invitation, Membership, Person, Place};
pub use owner::{Tenure, stays_owned};
pub use ways::{Through, Way};

use crate::event::By;
use crate::ids::{JobId, ProjectId, SessionId, TriggerId, UserId};
use crate::token::Scope;
use serde::{Deserialize, Serialize};

/// The level of a membership or invitation. Administrators (60) are a property of the user, never a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// 0: nothing.
    None,
    /// 5: sees the group itself, nothing in it.
    Minimal,
    /// 10: sees the project.
    Guest,
    /// 15: plans.
    Planner,
    /// 20: reads code and deployments.
    Reporter,
    /// 30: pushes and deploys.
    Developer,
    /// 40: manages the project.
    Maintainer,
    /// 50: owns it.
    Owner,
}

impl Level {
    /// All levels in ascending order.
    pub const ALL: [Level; 8] = [
        Level::None,
        Level::Minimal,
        Level::Guest,
        Level::Planner,
        Level::Reporter,
        Level::Developer,
        Level::Maintainer,
        Level::Owner,
    ];

    /// The number on the wire.
    pub fn number(self) -> i64 {
        match self {
            Level::None => 0,
            Level::Minimal => 5,
            Level::Guest => 10,
            Level::Planner => 15,
            Level::Reporter => 20,
            Level::Developer => 30,
            Level::Maintainer => 40,
            Level::Owner => 50,
        }
    }

    /// Reads the number on the wire.
    pub fn from_number(number: i64) -> Option<Level> {
        Level::ALL.into_iter().find(|l| l.number() == number)
    }

    /// The name people use.
    pub fn name(self) -> &'static str {
        match self {
            Level::None => "No access",
            Level::Minimal => "Minimal access",
            Level::Guest => "Guest",
            Level::Planner => "Planner",
            Level::Reporter => "Reporter",
            Level::Developer => "Developer",
            Level::Maintainer => "Maintainer",
            Level::Owner => "Owner",
        }
    }
}

/// By what a request proves who makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Via {
    /// Nothing at all.
    Nothing,
    /// A personal access token with these scopes.
    Token(Vec<Scope>),
    /// A browser that somebody signed in with: everything the person may do.
    Session(SessionId),
    /// The token of a running job, which acts as the person who started the job, on the job's own project only.
    Job(JobId, ProjectId),
    /// A trigger token, which creates pipelines as its owner and opens nothing else.
    Trigger(TriggerId),
    /// The server itself: the worker, the first start, a test.
    Server,
}

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person as known now; `None` for anonymous requests.
    pub person: Option<Person>,
    /// How they proved it.
    pub via: Via,
    /// As the audit records name them.
    pub by: By,
}

impl Actor {
    /// Nobody in particular.
    pub fn anonymous() -> Actor {
        Actor { person: None, via: Via::Nothing, by: By::default() }
    }

    /// The server itself, acting for nobody.
    pub fn server() -> Actor {
        Actor { person: None, via: Via::Server, by: By::default() }
    }

    /// The id of the person.
    pub fn user(&self) -> Option<UserId> {
        self.person.as_ref().map(|p| p.id)
    }

    /// Whether the person is an active administrator who proved it by more than a job's token.
    pub fn is_admin(&self) -> bool {
        !self.is_job() && self.person.as_ref().is_some_and(|p| p.admin && p.active)
    }

    /// Whether an administrator makes the request in the person's name.
    pub fn is_sudo(&self) -> bool {
        self.by.sudo.is_some()
    }

    /// Whether the request was made with a job's token.
    pub fn is_job(&self) -> bool {
        matches!(self.via, Via::Job(..))
    }
}
