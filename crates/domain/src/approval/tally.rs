//! Which votes fill which rules.

use super::matching::{Fits, canonical};
use super::{Verdict, Vote};
use crate::gate::Gate;
use crate::ids::{EntryId, ProtectionId, UserId, VoteId};
use crate::protection::{Entry, Protection};

/// Names a demand for approvals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AskKey {
    /// An approval rule.
    Rule(EntryId),
    /// The unified count of a protection: one rule whose eligible people are those its own list allows to deploy.
    Unified(ProtectionId),
}

/// One demand for approvals. All demands of all protections that apply must be met.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'g> {
    /// Its name; the order of names is the order in which votes fill demands.
    pub key: AskKey,
    /// How many approvals it wants.
    pub required: u32,
    /// The protection it belongs to.
    pub protection: &'g Protection,
    entries: &'g [Entry],
    rule: Option<&'g Entry>,
}

impl<'g> Ask<'g> {
    /// The demands of a gate: rules by id, then unified counts by protection.
    pub fn all(gate: &'g Gate) -> Vec<Ask<'g>> {
        if !gate.deploys {
            return Vec::new();
        }
        let mut asks: Vec<Ask<'g>> = gate.protections.iter().flat_map(Ask::of).collect();
        asks.sort_by_key(|a| a.key);
        asks
    }

    fn of(protection: &'g Protection) -> Vec<Ask<'g>> {
        if protection.rules.is_empty() {
            let required = protection.required_approval_count;
            let key = AskKey::Unified(protection.id);
            let ask = Ask { key, required, protection, entries: &protection.deploy, rule: None };
            return if required > 0 { vec![ask] } else { Vec::new() };
        }
        let of_rule = |rule: &'g crate::protection::Rule| Ask {
            key: AskKey::Rule(rule.entry.id),
            required: rule.required_approvals,
            protection,
            entries: std::slice::from_ref(&rule.entry),
            rule: Some(&rule.entry),
        };
        protection.rules.iter().map(of_rule).collect()
    }

    /// The entries whose people may fill it: the rule's own, or the deploy entries a unified count goes by.
    pub fn entries(&self) -> &'g [Entry] {
        self.entries
    }

    /// Whether `represented_as` names it.
    pub fn is_called(&self, name: &str) -> bool {
        self.entries.iter().any(|e| e.is_called(name))
    }

    /// Whether it can no longer be met, because what it names was deleted.
    pub fn is_orphaned(&self) -> bool {
        self.rule.is_some_and(|e| e.orphaned)
    }

    /// Whether a person matches it as an ordinary voter. Who triggered the deployment does not, unless the level where
    /// it lives lets them.
    pub fn is_matched_by(&self, gate: &Gate, user: UserId) -> bool {
        self.admits(gate, user)
            && gate.directory.active(user).is_some_and(|p| !p.bot)
            && self.entries.iter().any(|e| gate.directory.satisfies(user, e, self.protection.scope))
    }

    /// Whether an administrator may fill it over the rules. A rule that is orphaned blocks until it is replaced; one
    /// whose party is no longer assignable, until it is again.
    pub fn is_overridable_by(&self, gate: &Gate, user: UserId) -> bool {
        let admin = gate.directory.active(user).is_some_and(|p| p.admin && !p.bot);
        admin && self.admits(gate, user) && !self.is_dead(gate)
    }

    /// Whether nobody can fill it: what it names was deleted, or is no longer assignable.
    pub fn is_dead(&self, gate: &Gate) -> bool {
        let unassignable = |e: &Entry| gate.directory.unassignable(e.principal, self.protection.scope).is_some();
        self.is_orphaned() || self.rule.is_some_and(unassignable)
    }

    fn admits(&self, gate: &Gate, user: UserId) -> bool {
        // Where nobody knows who triggered it, anybody may have.
        let another = !gate.initiators.is_empty() && !gate.initiators.contains(&user);
        self.protection.triggerer_may_approve || another
    }

    /// Whether a person's vote fits it, given the name they voted under; an empty one counts as none.
    pub fn fits(&self, gate: &Gate, user: UserId, represented_as: Option<&str>) -> bool {
        represented_as.filter(|name| !name.is_empty()).is_none_or(|name| self.is_called(name))
            && (self.is_matched_by(gate, user) || self.is_overridable_by(gate, user))
    }
}

/// A demand and the votes that fill it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Which demand.
    pub key: AskKey,
    /// How many approvals it wants.
    pub required: u32,
    /// The votes that fill it, in order of time.
    pub votes: Vec<VoteId>,
}

/// The canonical allocation of the standing, still eligible approvals to the demands: each vote fills one slot in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The demands in order.
    pub asks: Vec<Filled>,
}

impl Tally {
    /// Counts the votes of a gate.
    pub fn of(gate: &Gate) -> Tally {
        let asks = Ask::all(gate);
        let mut votes: Vec<&Vote> = gate.votes.iter().filter(|v| v.verdict == Verdict::Approved).collect();
        votes.sort_by_key(|v| (v.at, v.id));
        let fits: Fits = votes.iter().map(|v| fitting(&asks, gate, v)).collect();
        let wanted: Vec<u32> = asks.iter().map(|a| a.required).collect();
        let mut filled: Vec<Filled> =
            asks.iter().map(|a| Filled { key: a.key, required: a.required, votes: Vec::new() }).collect();
        for (vote, ask) in votes.iter().zip(canonical(&fits, &wanted)) {
            if let Some(ask) = ask {
                filled[ask].votes.push(vote.id);
            }
        }
        Tally { asks: filled }
    }

    /// The number of open slots over all demands.
    pub fn pending(&self) -> u64 {
        self.asks.iter().map(|a| u64::from(a.required) - a.votes.len() as u64).sum()
    }

    /// Whether all demands are met.
    pub fn is_complete(&self) -> bool {
        self.pending() == 0
    }
}

fn fitting(asks: &[Ask<'_>], gate: &Gate, vote: &Vote) -> Vec<usize> {
    let fits = |a: &Ask<'_>| a.fits(gate, vote.voter, vote.represented_as.as_deref());
    asks.iter().enumerate().filter(|(_, a)| fits(a)).map(|(i, _)| i).collect()
}

#[cfg(test)]
mod tests;
