//! What is odd about a protection, though legal (semantics, section 3).

use super::{Condition, Protection};
use crate::access::Directory;
use std::fmt;

impl Directory {
    /// What is odd about a protection, though legal. Needs everybody loaded who could satisfy an entry.
    pub fn warnings(&self, protection: &Protection) -> Vec<Warning> {
        let mut warnings = Vec::new();
        if protection.deploy.is_empty() {
            warnings.push(Warning::AdministratorsOnly);
        }
        let entries = protection.deploy.iter().chain(protection.rules.iter().map(|r| &r.entry));
        for entry in entries {
            match self.condition(entry, protection.scope) {
                Condition::Sound => {}
                Condition::Orphaned => warnings.push(Warning::Orphaned(entry.description.clone())),
                Condition::NotAssignable(_) => warnings.push(Warning::NotAssignable(entry.description.clone())),
            }
        }
        for electorate in self.electorates(protection) {
            let (needed, people) = (electorate.required, electorate.people.len());
            let rule = protection.rules.iter().find(|r| Some(r.entry.id) == electorate.rule);
            match rule {
                Some(rule) if !electorate.is_enough() => {
                    let rule = rule.entry.description.clone();
                    warnings.push(Warning::TooFewApprovers { rule, needed, eligible: people });
                }
                None if needed as usize >= people => {
                    warnings.push(Warning::TooFewDeployers { needed, allowed: people });
                }
                _ => {}
            }
        }
        warnings
    }
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
