//! Casting and withdrawing votes.

use super::tally::{Ask, AskKey, Tally};
use super::{Verdict, Vote};
use crate::deployment::Status;
use crate::gate::Gate;
use crate::ids::{UserId, VoteId};
use crate::job::When;
use crate::refusal::{Refusal, Result};
use crate::time::Timestamp;

/// A vote somebody wants to cast.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cast {
    /// Who votes.
    pub voter: UserId,
    /// Whether they act through a job's token, which never votes.
    pub by_job: bool,
    /// Whether an administrator acts in the voter's name, who then does not vote.
    pub by_sudo: bool,
    /// What they say.
    pub verdict: Verdict,
    /// The rule they speak for; empty means not sent.
    pub represented_as: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Cast {
    /// The name they speak under, if any: empty means not sent.
    fn represents(&self) -> Option<&str> {
        self.represented_as.as_deref().filter(|name| !name.is_empty())
    }
}

/// What a vote leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Approvals are still missing.
    StillBlocked,
    /// It was the last one needed: the deployment is released; an automatic job may start by itself.
    Released {
        /// Whether its job is enqueued at once.
        start: bool,
    },
    /// It was the last one needed, but something later was deployed meanwhile: the job that would start fails instead.
    Outdated,
    /// It was a no: deployment and job fail.
    Rejected,
}

/// An accepted vote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voted {
    /// The voter had said the same already: nothing changes.
    Repeated(VoteId),
    /// A first vote, or one that replaces an approval.
    Counted {
        /// The vote it replaces.
        replaces: Option<VoteId>,
        /// Whether it stands only by the voter being an administrator who does not match the rule it fills.
        over_the_rules: bool,
        /// What it leads to.
        next: Next,
    },
}

/// Decides on a vote. `when` and `triggerer` are those of the deployment's job, if it has one.
///
/// # Errors
/// Why the vote does not count; nothing changes then.
pub fn cast(gate: &Gate, status: Status, vote: &Cast, job: Option<(When, Option<UserId>)>) -> Result<Voted> {
    let person = gate.directory.active(vote.voter).filter(|p| !p.bot && !vote.by_job);
    if person.is_none() {
        return Err(Refusal::NotAPerson);
    }
    if vote.by_sudo {
        return Err(Refusal::VoteBySudo);
    }
    if status != Status::Blocked {
        return Err(Refusal::NotBlocked(status));
    }
    if let Some(same) = repeated(gate, vote.voter, vote.verdict) {
        return Ok(Voted::Repeated(same));
    }
    let standing = gate.votes.iter().find(|v| v.voter == vote.voter);
    let asks = Ask::all(gate);
    match (check_eligible(gate, vote, &asks), standing.filter(|v| v.verdict == vote.verdict)) {
        // Nothing can take the place of one that says nothing any more: it stays as it is.
        (Err(_), Some(same)) => return Ok(Voted::Repeated(same.id)),
        (eligible, _) => eligible?,
    }
    let (after, id) = with(gate, vote);
    let tally = Tally::of(&after);
    let filled = tally.asks.iter().find(|f| f.votes.contains(&id)).map(|f| f.key);
    Ok(Voted::Counted {
        replaces: standing.map(|v| v.id),
        over_the_rules: is_override(gate, vote, &asks, filled),
        next: next(gate, vote, &tally, job),
    })
}

/// The standing vote that a person would only repeat by saying that. One under a name that no demand goes by any more,
/// as its group or user was renamed, says nothing: another takes its place.
pub fn repeated(gate: &Gate, voter: UserId, verdict: Verdict) -> Option<VoteId> {
    let asks = Ask::all(gate);
    let mut standing = gate.votes.iter().filter(|v| v.voter == voter && v.verdict == verdict);
    standing.find(|v| speaks(v, &asks)).map(|v| v.id)
}

/// Whether a vote was given under no name, or under one that a demand goes by.
pub(super) fn speaks(vote: &Vote, asks: &[Ask<'_>]) -> bool {
    let name = vote.represented_as.as_deref().filter(|name| !name.is_empty());
    name.is_none_or(|name| asks.iter().any(|a| a.is_called(name)))
}

/// Whether the voter may vote, and under the name given. An administrator always may on what others triggered, even
/// where the vote fills nothing, as with an orphaned rule.
fn check_eligible(gate: &Gate, vote: &Cast, asks: &[Ask<'_>]) -> Result<()> {
    let triggered = gate.initiators.contains(&vote.voter);
    let always = !triggered && gate.directory.active(vote.voter).is_some_and(|p| p.admin);
    if !always && !asks.iter().any(|a| a.fits(gate, vote.voter, None)) {
        let barred = triggered && asks.iter().any(|a| !a.protection.triggerer_may_approve);
        return Err(if barred { Refusal::OwnDeployment } else { Refusal::NotEligible });
    }
    let Some(name) = vote.represents() else { return Ok(()) };
    if !asks.iter().any(|a| a.is_called(name)) {
        return Err(Refusal::UnknownRepresentation(name.into()));
    }
    if !always && !asks.iter().any(|a| a.fits(gate, vote.voter, Some(name))) {
        return Err(Refusal::NotRepresenting(name.into()));
    }
    Ok(())
}

/// Whether the vote stands only by the voter being an administrator: they do not match the demand it fills, or, where
/// it fills none, any demand it could speak for.
fn is_override(gate: &Gate, vote: &Cast, asks: &[Ask<'_>], filled: Option<AskKey>) -> bool {
    let mut concerned = asks.iter().filter(|a| match filled {
        Some(key) => a.key == key,
        None => vote.represents().is_none_or(|name| a.is_called(name)),
    });
    !concerned.any(|a| a.is_matched_by(gate, vote.voter))
}

/// The gate with the vote standing in it, in place of the voter's earlier one, and the id it has there.
pub(super) fn with(gate: &Gate, vote: &Cast) -> (Gate, VoteId) {
    let mut after = gate.clone();
    let id = VoteId(after.votes.iter().map(|v| v.id.0).max().unwrap_or(0).saturating_add(1));
    after.votes.retain(|v| v.voter != vote.voter);
    after.votes.push(Vote {
        id,
        voter: vote.voter,
        verdict: vote.verdict,
        comment: None,
        represented_as: vote.represented_as.clone(),
        at: vote.at,
    });
    (after, id)
}

fn next(gate: &Gate, vote: &Cast, tally: &Tally, job: Option<(When, Option<UserId>)>) -> Next {
    if vote.verdict == Verdict::Rejected {
        return Next::Rejected;
    }
    if !tally.is_complete() {
        return Next::StillBlocked;
    }
    match job.is_some_and(|(when, triggerer)| gate.starts_by_itself(when, triggerer)) {
        true if gate.is_outdated() => Next::Outdated,
        start => Next::Released { start },
    }
}

/// Decides on taking a vote back; only the voter may, and only while the deployment is blocked.
///
/// # Errors
/// The deployment is not blocked, or the person has no vote on it.
pub fn check_withdraw(gate: &Gate, status: Status, voter: UserId) -> Result<VoteId> {
    let vote = gate.votes.iter().find(|v| v.voter == voter).ok_or(Refusal::NoVote);
    if status != Status::Blocked {
        return Err(Refusal::NotBlocked(status));
    }
    vote.map(|v| v.id)
}

#[cfg(test)]
mod tests;
