//! Users: their states, what moves them, and what each may have of their own. Only administrators change any of it.

use crate::event::Code;
use crate::refusal::{Missing, Refusal, Result};

/// The most projects a person may have in their own namespace, unless an administrator says otherwise: as good as any
/// number.
pub const PROJECTS_LIMIT: i64 = 100_000;

/// Whether a user may do anything at all: only active ones count for anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// They may.
    Active,
    /// An administrator blocked them.
    Blocked,
    /// An administrator took them out of use.
    Deactivated,
    /// An administrator banned them.
    Banned,
    /// They were deleted: what they did is still told of, without their name.
    Deleted,
}

/// What moves a user from one state to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// To `blocked`.
    Block,
    /// From `blocked`.
    Unblock,
    /// To `banned`.
    Ban,
    /// From `banned`.
    Unban,
    /// From `deactivated`.
    Activate,
    /// To `deactivated`.
    Deactivate,
}

impl State {
    /// All states.
    pub const ALL: [State; 5] = [State::Active, State::Blocked, State::Deactivated, State::Banned, State::Deleted];

    /// The word as stored and shown.
    pub fn as_str(self) -> &'static str {
        match self {
            State::Active => "active",
            State::Blocked => "blocked",
            State::Deactivated => "deactivated",
            State::Banned => "banned",
            State::Deleted => "deleted",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// The state after a change; `None` if it is so already.
    ///
    /// # Errors
    /// The change does not apply to this state.
    pub fn after(self, change: Change) -> Result<Option<State>> {
        let refused = |why: &str| Err(Refusal::UserState(why.to_owned()));
        match (change, self) {
            (_, State::Deleted) => Err(Refusal::NotFound(Missing::User)),
            (Change::Block, State::Active | State::Deactivated) => Ok(Some(State::Blocked)),
            (Change::Block, State::Blocked | State::Banned) => Ok(None),
            (Change::Unblock, State::Blocked) => Ok(Some(State::Active)),
            (Change::Unblock, State::Active) => Ok(None),
            (Change::Unblock, State::Deactivated) => refused("Deactivated users cannot be unblocked; activate them"),
            (Change::Unblock, State::Banned) => refused("Banned users cannot be unblocked; unban them"),
            (Change::Ban, State::Active) => Ok(Some(State::Banned)),
            (Change::Ban, other) => refused(&format!("You cannot ban {} users.", other.as_str())),
            (Change::Unban, State::Banned) => Ok(Some(State::Active)),
            (Change::Unban, other) => refused(&format!("You cannot unban {} users.", other.as_str())),
            (Change::Activate, State::Deactivated) => Ok(Some(State::Active)),
            (Change::Activate, State::Active) => Ok(None),
            (Change::Activate, State::Blocked | State::Banned) => {
                refused("A blocked user must be unblocked to be activated")
            }
            (Change::Deactivate, State::Active) => Ok(Some(State::Deactivated)),
            (Change::Deactivate, State::Deactivated) => Ok(None),
            (Change::Deactivate, State::Blocked | State::Banned) => refused("A blocked user cannot be deactivated"),
        }
    }
}

impl Change {
    /// All changes.
    pub const ALL: [Change; 6] =
        [Change::Block, Change::Unblock, Change::Ban, Change::Unban, Change::Activate, Change::Deactivate];

    /// How the audit calls it.
    pub fn code(self) -> Code {
        match self {
            Change::Block => Code::UserBlocked,
            Change::Unblock => Code::UserUnblocked,
            Change::Ban => Code::UserBanned,
            Change::Unban => Code::UserUnbanned,
            Change::Activate => Code::UserActivated,
            Change::Deactivate => Code::UserDeactivated,
        }
    }
}

/// What administrators decide about a user besides their role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Whether they see of what is internal only what they belong to, and create nothing of their own.
    pub external: bool,
    /// Whether others see no more of their profile than their name.
    pub private_profile: bool,
    /// Whether they may create groups at the top.
    pub can_create_group: bool,
    /// How many projects they may have in their own namespace.
    pub projects_limit: i64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { external: false, private_profile: false, can_create_group: true, projects_limit: PROJECTS_LIMIT }
    }
}

impl Settings {
    /// Checks that they are acceptable, and takes from external users the right to create anything of their own.
    ///
    /// # Errors
    /// A number of projects below none, or above the limit.
    pub fn checked(self) -> Result<Settings> {
        if !(0..=PROJECTS_LIMIT).contains(&self.projects_limit) {
            let why = format!("must be from 0 to {PROJECTS_LIMIT}");
            return Err(Refusal::Field("projects_limit".into(), why));
        }
        if self.external {
            return Ok(Settings { can_create_group: false, projects_limit: 0, ..self });
        }
        Ok(self)
    }

    /// Whether they may create a group at the top.
    ///
    /// # Errors
    /// They may not.
    pub fn may_create_group(self) -> Result<()> {
        if self.can_create_group { Ok(()) } else { Err(Refusal::MayNotCreateGroups) }
    }

    /// Whether somebody with `present` projects of their own may have another.
    ///
    /// # Errors
    /// They have as many as they may.
    pub fn may_have_another_project(self, present: i64) -> Result<()> {
        if present < self.projects_limit {
            return Ok(());
        }
        let why = format!(
            "Your project limit is {} projects! Please contact your administrator to increase it",
            self.projects_limit
        );
        Err(Refusal::Field("limit_reached".into(), why))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_table_of_changes() {
        let row = |change: Change, from: State| {
            let to = match from.after(change) {
                Ok(Some(to)) => to.as_str().to_owned(),
                Ok(None) => "-".to_owned(),
                Err(why) => format!("refused: {}", why.code()),
            };
            format!("{change:?}: {} -> {to}", from.as_str())
        };
        let rows = Change::ALL.into_iter().flat_map(|c| State::ALL.into_iter().map(move |s| row(c, s)));
        insta::assert_snapshot!(rows.collect::<Vec<_>>().join("\n"));
    }

    #[test]
    fn external_users_create_nothing_of_their_own() {
        let external = Settings { external: true, ..Settings::default() }.checked().unwrap();
        assert_eq!(external.may_create_group(), Err(Refusal::MayNotCreateGroups));
        assert!(external.may_have_another_project(0).is_err());
        let one = Settings { projects_limit: 1, ..Settings::default() }.checked().unwrap();
        assert!(one.may_have_another_project(0).is_ok() && one.may_have_another_project(1).is_err());
        for bad in [-1, PROJECTS_LIMIT + 1] {
            assert!(Settings { projects_limit: bad, ..Settings::default() }.checked().is_err(), "{bad}");
        }
    }
}
