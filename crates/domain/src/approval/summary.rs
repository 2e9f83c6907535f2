//! What people see of the rules of a deployment, and what is kept of it once it is decided.

use super::tally::{Ask, AskKey, Tally};
use crate::gate::Gate;
use crate::ids::VoteId;
use crate::protection::{Inheritance, Principal};
use serde::{Deserialize, Serialize};

/// One rule with the votes that fill it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSummary {
    /// The rule's id.
    pub id: i64,
    /// The party it names.
    pub principal: Principal,
    /// What to echo as `access_level` beside a user or group.
    pub echoed_level: Option<crate::protection::Role>,
    /// What it is called.
    pub description: String,
    /// Which members of a named group count.
    pub inheritance: Inheritance,
    /// How many approvals it wants.
    pub required: u32,
    /// The votes that fill it.
    pub votes: Vec<VoteId>,
    /// Whether what it names was deleted.
    pub orphaned: bool,
}

/// The rules of a deployment as they stand, or as they stood when it was decided.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Summary {
    /// The approval rules.
    pub rules: Vec<RuleSummary>,
    /// What the unified counts that apply ask for, and the votes that fill them.
    pub unified: Vec<(u32, Vec<VoteId>)>,
    /// The number of open slots over all of them.
    pub pending: u64,
}

impl Summary {
    /// The summary of a gate.
    pub fn of(gate: &Gate) -> Summary {
        let tally = Tally::of(gate);
        let mut summary = Summary { pending: tally.pending(), ..Summary::default() };
        for (ask, filled) in Ask::all(gate).iter().zip(tally.asks) {
            match ask.key {
                AskKey::Unified(_) => summary.unified.push((filled.required, filled.votes)),
                AskKey::Rule(id) => {
                    let Some(entry) = ask.entries().first() else { continue };
                    summary.rules.push(RuleSummary {
                        id: id.0,
                        principal: entry.principal,
                        echoed_level: entry.echoed_level,
                        description: entry.description.clone(),
                        inheritance: entry.inheritance,
                        required: filled.required,
                        votes: filled.votes,
                        orphaned: entry.orphaned,
                    });
                }
            }
        }
        summary
    }
}
