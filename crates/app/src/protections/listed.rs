//! A protection as those are shown it who manage it.

use super::known::Known;
use countersign_domain::access::Directory;
use countersign_domain::protection::{Condition, Entry, Principal, Protection, Warning};

/// What stands for the name of a group that the actor may not see.
const UNSEEN: &str = "a group you may not see";

/// A protection with what its entries mean at the moment.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The protection.
    pub protection: Protection,
    /// Who may deploy.
    pub deploy: Vec<Party>,
    /// Who must approve.
    pub rules: Vec<Party>,
    /// What is odd about it, though legal.
    pub warnings: Vec<Warning>,
}

/// An entry with what it means at the moment.
#[derive(Debug, Clone)]
pub struct Party {
    /// The entry.
    pub entry: Entry,
    /// For rules: how many approvals it asks for.
    pub required: u32,
    /// How it stands.
    pub condition: Condition,
    /// How many people satisfy it; none if that is not for the actor to know.
    pub people: Option<usize>,
}

impl Listed {
    /// A protection of the place that the actor manages, seen with everybody in `all`.
    pub(super) fn own(protection: Protection, all: &Directory) -> Listed {
        let warnings = all.warnings(&protection);
        Listed::new(protection, all, warnings, |_| true)
    }

    /// One of a group above, of which the actor is told what they may know.
    pub(super) fn inherited(protection: Protection, all: &Directory, known: &Known) -> Listed {
        let scope = protection.scope;
        Listed::new(protection, all, Vec::new(), |entry| known.holds(entry.principal, scope))
    }

    fn new(protection: Protection, all: &Directory, warnings: Vec<Warning>, told: impl Fn(&Entry) -> bool) -> Listed {
        let party = |entry: &Entry, required: u32| {
            let people = told(entry).then(|| all.eligible(entry, protection.scope).len());
            let mut entry = entry.clone();
            let condition = all.condition(&entry, protection.scope);
            if people.is_none() && !matches!(entry.principal, Principal::Role(_)) {
                entry.description = UNSEEN.to_owned();
                entry.path = None;
            }
            Party { entry, required, condition, people }
        };
        let deploy = protection.deploy.iter().map(|e| party(e, 1)).collect();
        let rules = protection.rules.iter().map(|r| party(&r.entry, r.required_approvals)).collect();
        Listed { deploy, rules, warnings, protection }
    }
}
