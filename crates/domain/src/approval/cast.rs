//! Casting and withdrawing votes.

use super::tally::{Ask, Tally};
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
    /// What they say.
    pub verdict: Verdict,
    /// The rule they speak for; empty means not sent.
    pub represented_as: Option<String>,
    /// When.
    pub at: Timestamp,
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
        /// Whether it stands only by the voter being an administrator.
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
    if status != Status::Blocked {
        return Err(Refusal::NotBlocked(status));
    }
    let standing = gate.votes.iter().find(|v| v.voter == vote.voter);
    if let Some(same) = standing.filter(|v| v.verdict == vote.verdict) {
        return Ok(Voted::Repeated(same.id));
    }
    let over_the_rules = check_eligible(gate, vote)?;
    Ok(Voted::Counted { replaces: standing.map(|v| v.id), over_the_rules, next: next(gate, vote, job) })
}

/// Whether the voter may vote under the name given; tells whether they do so only as an administrator.
fn check_eligible(gate: &Gate, vote: &Cast) -> Result<bool> {
    let asks = Ask::all(gate);
    let matched: Vec<&Ask<'_>> = asks.iter().filter(|a| a.is_matched_by(gate, vote.voter)).collect();
    let overridable = asks.iter().any(|a| a.is_overridable_by(gate, vote.voter));
    if matched.is_empty() && !overridable {
        let own = gate.initiators.contains(&vote.voter);
        return Err(if own { Refusal::OwnDeployment } else { Refusal::NotEligible });
    }
    let Some(name) = vote.represented_as.as_deref() else { return Ok(matched.is_empty()) };
    if !asks.iter().any(|a| a.is_called(name)) {
        return Err(Refusal::UnknownRepresentation(name.into()));
    }
    if !asks.iter().any(|a| a.fits(gate, vote.voter, Some(name))) {
        return Err(Refusal::NotRepresenting(name.into()));
    }
    Ok(!matched.iter().any(|a| a.is_called(name)))
}

fn next(gate: &Gate, vote: &Cast, job: Option<(When, Option<UserId>)>) -> Next {
    if vote.verdict == Verdict::Rejected {
        return Next::Rejected;
    }
    let mut after = gate.clone();
    let last = after.votes.iter().map(|v| v.id.0).max().unwrap_or(0);
    after.votes.push(Vote {
        id: VoteId(last + 1),
        voter: vote.voter,
        verdict: vote.verdict,
        comment: None,
        represented_as: vote.represented_as.clone(),
        at: vote.at,
    });
    if !Tally::of(&after).is_complete() {
        return Next::StillBlocked;
    }
    Next::Released { start: job.is_some_and(|(when, triggerer)| gate.starts_by_itself(when, triggerer)) }
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
