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
    /// Whether what it names has lost the access it needs, so that nobody can fill it.
    #[serde(default)]
    pub unassignable: bool,
    /// Whether who triggered the deployment may fill it too.
    #[serde(default)]
    pub triggerer_may_approve: bool,
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
    /// Whether something later was deployed meanwhile.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outdated: bool,
}

impl Summary {
    /// The summary of a gate.
    pub fn of(gate: &Gate) -> Summary {
        let tally = Tally::of(gate);
        let mut summary = Summary { pending: tally.pending(), outdated: gate.is_outdated(), ..Summary::default() };
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
                        unassignable: !entry.orphaned && ask.is_dead(gate),
                        triggerer_may_approve: ask.protection.triggerer_may_approve,
                    });
                }
            }
        }
        summary
    }
}

/// Something that holds a deployment up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// The stable code.
    pub code: &'static str,
    /// What it is.
    pub message: String,
    /// Who or what can clear it.
    pub cleared_by: String,
}

impl Summary {
    /// Why a blocked deployment is blocked: one reason for each demand that is not met, and one if it could not run even
    /// so.
    pub fn reasons(&self) -> Vec<Reason> {
        let rules = self.rules.iter().filter_map(RuleSummary::reason);
        let unified = self.unified.iter().filter_map(|(required, votes)| {
            let open = open(*required, votes)?;
            let message = format!("{open} of {required} approvals by people allowed to deploy are missing");
            let cleared_by = "anyone on the deploy_access_levels, except who triggered the deployment".to_owned();
            Some(Reason { code: "approval.missing", message, cleared_by })
        });
        let outdated = self.outdated.then(|| Reason {
            code: "deployment.outdated",
            message: "something later was deployed meanwhile, so that this will not run, approved or not".into(),
            cleared_by: "nobody; create a new pipeline".into(),
        });
        rules.chain(unified).chain(outdated).collect()
    }
}

impl RuleSummary {
    fn reason(&self) -> Option<Reason> {
        let open = open(self.required, &self.votes)?;
        if self.orphaned {
            let message = format!("the rule for '{}' names something that was deleted", self.description);
            let cleared_by = "someone who may manage the protection, by replacing the rule".to_owned();
            return Some(Reason { code: "approval.orphaned_rule", message, cleared_by });
        }
        if self.unassignable {
            let message = format!("'{}', whom a rule names, has no longer the access it needs", self.description);
            let cleared_by = "someone who may manage the protection, by restoring that access or replacing the rule";
            return Some(Reason { code: "approval.unassignable_rule", message, cleared_by: cleared_by.into() });
        }
        let message = format!("{open} of {} approvals by '{}' are missing", self.required, self.description);
        let except = if self.triggerer_may_approve { "" } else { ", except who triggered the deployment" };
        let cleared_by = format!("'{}'{except}", self.description);
        Some(Reason { code: "approval.missing", message, cleared_by })
    }
}

/// How many approvals are missing, if any.
fn open(required: u32, votes: &[VoteId]) -> Option<u64> {
    u64::from(required).checked_sub(votes.len() as u64).filter(|open| *open > 0)
}
