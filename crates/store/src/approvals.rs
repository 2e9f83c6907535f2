//! Votes on deployments. None is ever deleted: one that was withdrawn or replaced has ended.

use crate::{Result, Row, Tx};
use countersign_domain::approval::{Verdict, Vote};
use countersign_domain::ids::{DeploymentId, UserId, VoteId};
use countersign_domain::time::Timestamp;

/// A new vote.
#[derive(Debug, Clone)]
pub struct NewVote<'a> {
    /// The deployment voted on.
    pub deployment: DeploymentId,
    /// Who votes.
    pub voter: UserId,
    /// What they say.
    pub verdict: Verdict,
    /// Why, in their words.
    pub comment: Option<&'a str>,
    /// The rule they speak for.
    pub represented_as: Option<&'a str>,
    /// Whether it stands only by the voter being an administrator.
    pub over_the_rules: bool,
}

impl NewVote<'_> {
    /// The vote as it stands once it is recorded.
    pub fn standing(&self, id: VoteId, at: Timestamp) -> Vote {
        Vote {
            id,
            voter: self.voter,
            verdict: self.verdict,
            comment: self.comment.map(str::to_owned),
            represented_as: self.represented_as.map(str::to_owned),
            at,
        }
    }
}

/// The standing votes on a deployment in order of time.
pub fn standing(tx: &mut Tx<'_>, deployment: DeploymentId) -> Result<Vec<Vote>> {
    tx.query(
        "SELECT id, user_id, status, comment, represented_as, created_at FROM approvals
         WHERE deployment_id = $1 AND ended_at IS NULL ORDER BY created_at, id",
        &[deployment.into()],
        vote,
    )
}

/// A vote, standing or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastVote {
    /// The vote.
    pub vote: Vote,
    /// Whether it stood only by the voter being an administrator.
    pub over_the_rules: bool,
    /// When it was withdrawn or replaced.
    pub ended_at: Option<Timestamp>,
}

/// All votes that were ever cast on a deployment, in order of time.
pub fn history(tx: &mut Tx<'_>, deployment: DeploymentId) -> Result<Vec<PastVote>> {
    tx.query(
        "SELECT id, user_id, status, comment, represented_as, created_at, over_the_rules, ended_at FROM approvals
         WHERE deployment_id = $1 ORDER BY created_at, id",
        &[deployment.into()],
        |row| Ok(PastVote { vote: vote(row)?, over_the_rules: row.get(6)?, ended_at: row.get(7)? }),
    )
}

/// Records a vote.
pub fn insert(tx: &mut Tx<'_>, new: &NewVote<'_>, now: Timestamp) -> Result<VoteId> {
    let id = tx.insert(
        "INSERT INTO approvals (deployment_id, user_id, status, comment, represented_as, over_the_rules, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id",
        &[
            new.deployment.into(),
            new.voter.into(),
            new.verdict.as_str().into(),
            new.comment.into(),
            new.represented_as.into(),
            new.over_the_rules.into(),
            now.into(),
        ],
    )?;
    Ok(VoteId(id))
}

/// Ends a vote: withdrawn, or replaced by another.
pub fn end(tx: &mut Tx<'_>, id: VoteId, now: Timestamp) -> Result<()> {
    tx.execute("UPDATE approvals SET ended_at = $2 WHERE id = $1", &[id.into(), now.into()]).map(drop)
}

/// The pending deployments that a change of one person's memberships can touch: those they have a standing vote on,
/// and those an administrator has, as an administrator's vote can depend on the person a rule names.
pub fn pending_of(tx: &mut Tx<'_>, voter: UserId) -> Result<Vec<DeploymentId>> {
    tx.query(
        "SELECT DISTINCT d.id FROM approvals a JOIN deployments d ON d.id = a.deployment_id
         JOIN users u ON u.id = a.user_id WHERE (a.user_id = $1 OR u.admin = $2) AND a.ended_at IS NULL
         AND d.status IN ('created', 'blocked') ORDER BY d.id",
        &[voter.into(), true.into()],
        |row| row.get(0),
    )
}

fn vote(row: &Row<'_>) -> Result<Vote> {
    Ok(Vote {
        id: row.get(0)?,
        voter: row.get(1)?,
        verdict: row.word(2, Verdict::parse)?,
        comment: row.get(3)?,
        represented_as: row.get(4)?,
        at: row.get(5)?,
    })
}
