//! Protected branches and tags: who may push, merge, create and unprotect (semantics, section 5).
//!
//! A name can have wildcards, so several protections can cover one branch or tag: the most permissive decides.

mod edit;
mod rights;
#[cfg(test)]
mod tests;

pub use edit::{AskedLevel, Change, LevelChange, NewProtectedRef, UpdateProtectedRef, check_new, check_update};
pub use rights::{Move, RefRules, Way};

use crate::access::{Level, Standing};
use crate::ids::{EntryId, ProjectId, ProtectedRefId};

/// The longest name of a protection, in characters.
pub const MAX_NAME: usize = 255;

/// What a ref is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A branch, below `refs/heads/`.
    Branch,
    /// A tag, below `refs/tags/`.
    Tag,
}

impl Kind {
    /// The kind of a pipeline's ref.
    pub fn of_tag(tag: bool) -> Kind {
        if tag { Kind::Tag } else { Kind::Branch }
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::Branch => "branch",
            Kind::Tag => "tag",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Kind> {
        [Kind::Branch, Kind::Tag].into_iter().find(|k| k.as_str() == text)
    }
}

/// A branch or tag by its short name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Named<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its name, without `refs/heads/` or `refs/tags/`.
    pub name: &'a str,
}

impl<'a> Named<'a> {
    /// A branch.
    pub fn branch(name: &'a str) -> Named<'a> {
        Named { kind: Kind::Branch, name }
    }

    /// A tag.
    pub fn tag(name: &'a str) -> Named<'a> {
        Named { kind: Kind::Tag, name }
    }

    /// Reads a full name, such as `refs/heads/main`; `None` for refs that are neither.
    pub fn parse(full: &'a str) -> Option<Named<'a>> {
        let branch = full.strip_prefix("refs/heads/").map(Named::branch);
        branch.or_else(|| full.strip_prefix("refs/tags/").map(Named::tag))
    }
}

/// What an access level of a protection lets people do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Right {
    /// Push to the branch.
    Push,
    /// Merge into it: without merge requests, this lets people run its pipelines.
    Merge,
    /// Change and lift the protection.
    Unprotect,
    /// Create the tag.
    Create,
}

impl Right {
    const ALL: [Right; 4] = [Right::Push, Right::Merge, Right::Unprotect, Right::Create];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Right::Push => "push",
            Right::Merge => "merge",
            Right::Unprotect => "unprotect",
            Right::Create => "create",
        }
    }

    /// Reads the word.
    pub fn parse(text: &str) -> Option<Right> {
        Right::ALL.into_iter().find(|r| r.as_str() == text)
    }
}

/// Whom an entry of a protection lets do something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Least {
    /// 0: nobody, not even administrators.
    Nobody,
    /// 30: developers and higher.
    Developer,
    /// 40: maintainers and higher.
    Maintainer,
    /// 60: administrators of the instance.
    Administrator,
}

impl Least {
    /// All of them, in ascending order of their numbers.
    pub const ALL: [Least; 4] = [Least::Nobody, Least::Developer, Least::Maintainer, Least::Administrator];

    /// The number on the wire.
    pub fn number(self) -> i64 {
        match self {
            Least::Nobody => 0,
            Least::Developer => 30,
            Least::Maintainer => 40,
            Least::Administrator => 60,
        }
    }

    /// Reads the number on the wire.
    pub fn from_number(number: i64) -> Option<Least> {
        Least::ALL.into_iter().find(|l| l.number() == number)
    }

    /// The description on the wire.
    pub fn description(self) -> &'static str {
        match self {
            Least::Nobody => "No one",
            Least::Developer => "Developers + Maintainers",
            Least::Maintainer => "Maintainers",
            Least::Administrator => "Administrators",
        }
    }

    fn admits(self, standing: &Standing) -> bool {
        match self {
            Least::Nobody => false,
            Least::Developer => standing.acting_level() >= Level::Developer,
            Least::Maintainer => standing.acting_level() >= Level::Maintainer,
            Least::Administrator => standing.is_admin(),
        }
    }
}

/// One access level of a protection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccessLevel {
    /// Its id, stable through updates.
    pub id: EntryId,
    /// What it lets people do.
    pub right: Right,
    /// Whom.
    pub least: Least,
}

/// A protected branch or tag, or all whose names fit a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedRef {
    /// Its id.
    pub id: ProtectedRefId,
    /// The project.
    pub project: ProjectId,
    /// What it protects.
    pub kind: Kind,
    /// The name, or a pattern with `*`.
    pub name: String,
    /// Whether whoever may push may also rewrite history.
    pub allow_force_push: bool,
    /// Who may do what, in the order in which they were added.
    pub levels: Vec<AccessLevel>,
}

impl ProtectedRef {
    /// Whether it protects that branch or tag.
    pub fn covers(&self, at: Named<'_>) -> bool {
        self.kind == at.kind && crate::pattern::matches(&self.name, at.name)
    }

    /// Its access levels for one right.
    pub fn of(&self, right: Right) -> impl Iterator<Item = &AccessLevel> {
        self.levels.iter().filter(move |l| l.right == right)
    }

    /// Whether it gives somebody a right.
    pub fn grants(&self, standing: &Standing, right: Right) -> bool {
        self.of(right).any(|l| l.least.admits(standing))
    }

    /// Whether a maintainer may change or lift it: where nothing is said about that, every one may.
    pub fn may_unprotect(&self, standing: &Standing) -> bool {
        self.of(Right::Unprotect).next().is_none() || self.grants(standing, Right::Unprotect)
    }

    /// Whether it lets developers do something.
    pub fn is_open_to_developers(&self, right: Right) -> bool {
        self.of(right).any(|l| l.least == Least::Developer)
    }
}
