//! Who satisfies an entry, who may be named by one, and what is odd about a protection.

use super::{Entry, Inheritance, Principal, Protection, Role, Scope};
use crate::access::{Directory, Level, Place};
use crate::ids::{GroupId, UserId};
use std::collections::BTreeSet;

impl Principal {
    /// The group whose members satisfy an entry that names the party, of a protection in `scope`; whoever sees that group
    /// may know them. Administrators are such of the whole instance.
    pub fn group(self, scope: Scope) -> Option<GroupId> {
        match (self, scope) {
            (Principal::Group(group), _) => Some(group),
            (Principal::Role(role), Scope::Group(group)) if role != Role::Administrator => Some(group),
            _ => None,
        }
    }

    /// Whether somebody who sees those groups may know who belongs to the party, of a protection in `scope`. Only
    /// administrators are told who administers the instance; `whole` is whether they see all of the project, and so its
    /// members. Whom an entry names, it names to everybody.
    pub fn is_open(self, scope: Scope, sees: impl Fn(GroupId) -> bool, (admin, whole): (bool, bool)) -> bool {
        match (self.group(scope), self) {
            (Some(group), _) => sees(group),
            (None, Principal::Role(Role::Administrator)) => admin,
            (None, principal) => whole || matches!(principal, Principal::User(_)),
        }
    }
}

impl Directory {
    /// Why a party may not be named by an entry of a protection in `scope`; `None` if it may (semantics, section 3:
    /// *Assignable*). Roles always may.
    pub fn unassignable(&self, principal: Principal, scope: Scope) -> Option<String> {
        match (principal, scope) {
            (Principal::Role(_), _) => None,
            (Principal::User(user), Scope::Project(project)) => (self.on_project(user, project) < Level::Developer)
                .then(|| "must be a user with at least developer access to the project".to_owned()),
            (Principal::User(user), Scope::Group(group)) => (self.on_group(user, group) < Level::Maintainer)
                .then(|| "must be a user with at least maintainer access in the group".to_owned()),
            (Principal::Group(named), Scope::Project(project)) => {
                let place = Place::Project(project);
                let invited = self.living_invitations(place).any(|i| i.group == named && i.level >= Level::Reporter);
                let above = self.groups_above(project).contains(&named);
                (!(invited || above)).then(|| {
                    "must be a group invited to the project with at least reporter access, or one it lives in"
                        .to_owned()
                })
            }
            (Principal::Group(named), Scope::Group(group)) => (!self.is_below(named, group))
                .then(|| "must be a subgroup of the group whose environment is protected".to_owned()),
        }
    }

    /// Whether a person satisfies an entry of a protection in `scope`. An entry that is orphaned, or whose party is no
    /// longer assignable, is satisfied by nobody.
    pub fn satisfies(&self, user: UserId, entry: &Entry, scope: Scope) -> bool {
        let Some(person) = self.active(user) else { return false };
        if entry.orphaned || self.unassignable(entry.principal, scope).is_some() {
            return false;
        }
        match entry.principal {
            Principal::User(named) => named == user,
            Principal::Group(group) => self.counts_in(user, group, entry.inheritance) >= Level::Guest,
            Principal::Role(Role::Administrator) => person.admin,
            Principal::Role(role) => role.level().is_some_and(|least| match scope {
                Scope::Project(project) => self.on_project(user, project) >= least,
                Scope::Group(group) => self.on_group(user, group) >= least,
            }),
        }
    }

    /// Whether whoever is told of no more than this directory may know of a person that they satisfy one of some entries
    /// of a protection in `scope`: they do so in it, or an entry names them.
    pub fn tells(&self, user: UserId, entries: &[Entry], scope: Scope) -> bool {
        entries.iter().any(|e| e.principal == Principal::User(user) || self.satisfies(user, e, scope))
    }

    fn counts_in(&self, user: UserId, group: GroupId, inheritance: Inheritance) -> Level {
        match inheritance {
            Inheritance::Direct => self.direct(user, Place::Group(group)),
            Inheritance::Inherited => self.inherited(user, group),
        }
    }

    /// Whether a person is on a protection's own list of those who may deploy. Administrators may use every
    /// environment, but that is not on the list.
    pub fn on_deploy_list(&self, user: UserId, protection: &Protection) -> bool {
        protection.deploy.iter().any(|e| self.satisfies(user, e, protection.scope))
    }

    /// What the entries of a protection let a person see, member or not.
    pub fn sight(&self, user: UserId, protection: &Protection) -> Sight {
        if self.on_deploy_list(user, protection) {
            Sight::Deploy
        } else if protection.rules.iter().any(|r| self.satisfies(user, &r.entry, protection.scope)) {
            Sight::Approve
        } else {
            Sight::None
        }
    }

    /// The people and not bots, among those loaded, who satisfy an entry.
    pub fn eligible(&self, entry: &Entry, scope: Scope) -> BTreeSet<UserId> {
        let people = self.people.values().filter(|p| !p.bot && p.active);
        people.map(|p| p.id).filter(|u| self.satisfies(*u, entry, scope)).collect()
    }

    /// How an entry of a protection in `scope` stands.
    pub fn condition(&self, entry: &Entry, scope: Scope) -> Condition {
        if entry.orphaned {
            return Condition::Orphaned;
        }
        self.unassignable(entry.principal, scope).map_or(Condition::Sound, Condition::NotAssignable)
    }
}

/// What an entry lets a person see and do on the environments it applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sight {
    /// Nothing.
    None,
    /// The deployments, to vote on them.
    Approve,
    /// The deployments and their jobs, to play, retry and cancel them.
    Deploy,
}

/// How an entry stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// What it names is there and assignable.
    Sound,
    /// The named user or group was deleted: it can no longer be satisfied and blocks until replaced.
    Orphaned,
    /// The named user or group is no longer assignable, for that reason: nobody satisfies it until it is again.
    NotAssignable(String),
}

#[cfg(test)]
mod tests;
