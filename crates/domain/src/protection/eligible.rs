//! Who satisfies an entry, who may be named by one, and what is odd about a protection.

use super::{Entry, Inheritance, Principal, Protection, Role, Scope};
use crate::access::{Directory, Level, Place};
use crate::ids::{GroupId, UserId};
use std::collections::BTreeSet;
use std::fmt;

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

    /// What is odd about a protection, though legal. Needs everybody loaded who could satisfy an entry.
    pub fn warnings(&self, protection: &Protection) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if protection.deploy.is_empty() {
            warnings.push(Warning::AdministratorsOnly);
        }
        let entries = protection.deploy.iter().chain(protection.rules.iter().map(|r| &r.entry));
        for entry in entries {
            if entry.orphaned {
                warnings.push(Warning::Orphaned(entry.description.clone()));
            } else if self.unassignable(entry.principal, protection.scope).is_some() {
                warnings.push(Warning::NotAssignable(entry.description.clone()));
            }
        }
        for rule in &protection.rules {
            let (needed, eligible) = (rule.required_approvals, self.eligible(&rule.entry, protection.scope).len());
            if needed as usize > eligible {
                warnings.push(Warning::TooFewApprovers { rule: rule.entry.description.clone(), needed, eligible });
            }
        }
        let count = protection.required_approval_count;
        if protection.rules.is_empty() && count > 0 {
            let lists = protection.deploy.iter().map(|e| self.eligible(e, protection.scope));
            let allowed = lists.flatten().collect::<BTreeSet<_>>().len();
            if count as usize >= allowed {
                warnings.push(Warning::TooFewDeployers { needed: count, allowed });
            }
        }
        warnings
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

/// Something odd about a protection, told to whoever saves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// Nobody is on the list of those who may deploy.
    AdministratorsOnly,
    /// The named user or group was deleted.
    Orphaned(String),
    /// The named user or group is no longer assignable.
    NotAssignable(String),
    /// A rule asks for more approvals than it has eligible people.
    TooFewApprovers {
        /// What the rule is called.
        rule: String,
        /// How many it asks for.
        needed: u32,
        /// How many people could give one.
        eligible: usize,
    },
    /// The unified count is not less than the number of people allowed to deploy.
    TooFewDeployers {
        /// The count.
        needed: u32,
        /// How many people are on the list.
        allowed: usize,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::AdministratorsOnly => {
                f.write_str("deploy_access_levels is empty: only administrators can deploy to this environment")
            }
            Warning::Orphaned(name) => write!(
                f,
                "the entry for '{name}' is orphaned: what it names was deleted; it blocks until you replace it"
            ),
            Warning::NotAssignable(name) => {
                write!(f, "the entry for '{name}' counts for nobody: what it names has no longer the access it needs")
            }
            Warning::TooFewApprovers { rule, needed, eligible } => {
                write!(
                    f,
                    "the rule for '{rule}' needs more approvals ({needed}) than there are people who can give one ({eligible})"
                )
            }
            Warning::TooFewDeployers { needed, allowed } => write!(
                f,
                "required_approval_count ({needed}) is not less than the number of people allowed to deploy ({allowed}), \
                 one of whom may be the one who triggers the deployment"
            ),
        }
    }
}

#[cfg(test)]
mod tests;
