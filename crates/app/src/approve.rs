//! Records one reviewer's verdict on a blocked deployment.

use crate::authorize::Ref;
use crate::flow::{Flow, as_written};
use crate::{Result, Tx, reassess, refused, sight};
use countersign_domain::access::Actor;
use countersign_domain::approval::{Cast, Next, Verdict, Vote, Voted, cast, check_comment};
use countersign_domain::deployment::Event as DeploymentEvent;
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::DeploymentId;
use countersign_domain::job::{Event as JobEvent, FailureReason, When};
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::approvals::{self, NewVote};
use countersign_store::deployments::Case;
use countersign_store::users::{self, User};
use serde_json::json;

/// What a reviewer says of a deployment.
#[derive(Debug, Clone)]
pub struct Opinion {
    /// Yes or no.
    pub verdict: Verdict,
    /// Why, at most 255 characters.
    pub comment: Option<String>,
    /// The rule they speak for.
    pub represented_as: Option<String>,
}

/// A vote as it stands after the request.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The vote.
    pub vote: Vote,
    /// Whether it is new; a repeated one changes nothing.
    pub new: bool,
    /// Whoever voted; `None` if they have been deleted since.
    pub voter: Option<User>,
    /// Whether it released or ended a job, so that runners may find something new.
    pub moved_job: bool,
}

/// Records a verdict. The last approval needed releases the deployment, and starts an automatic job whose triggerer
/// may deploy, or fails it if something later was deployed meanwhile; one rejection fails deployment and job.
///
/// # Errors
/// The actor may not see the deployment, may not vote on it, or it is not blocked.
pub fn approve(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    id: DeploymentId,
    opinion: &Opinion,
    now: Timestamp,
) -> Result<Ending<Recorded>> {
    let case = match sight::for_decision(tx, actor, at, id, now)? {
        Ok((_, case)) => case,
        Err(denied) => return Ok(denied.ending("approval")),
    };
    let Some(voter) = actor.user() else { return Err(Refusal::NotAPerson.into()) };
    opinion.comment.as_deref().map_or(Ok(()), check_comment)?;
    let wish = Cast {
        voter,
        by_job: actor.is_job(),
        by_sudo: actor.is_sudo(),
        verdict: opinion.verdict,
        represented_as: opinion.represented_as.clone().filter(|n| !n.is_empty()),
        at: now,
    };
    // Whoever triggered the deployment counts, not whoever played its job before it was blocked anew.
    let job = case.job.as_ref().map(|j| (j.when, case.deployment.user_id));
    match cast(&case.gate, reassess::status_now(&case), &wish, job) {
        Err(why) => {
            let subject = Subject::of_project("Deployment", id.0, case.deployment.project_id);
            Ok(refused(why, subject, "approval", case.gate.is_protected()))
        }
        Ok(Voted::Repeated(same)) => {
            let vote = case.gate.votes.into_iter().find(|v| v.id == same).ok_or(Refusal::NoVote)?;
            Ok(Ending::Unchanged(Recorded { voter: users::get(tx, vote.voter)?, vote, new: false, moved_job: false }))
        }
        Ok(Voted::Counted { replaces, over_the_rules, next }) => {
            let mut flow = Flow::new(tx, now);
            let mut case = reassess::catch_up(&mut flow, case)?;
            if let Some(old) = replaces {
                approvals::end(flow.tx, old, now)?;
                case.gate.votes.retain(|v| v.id != old);
            }
            count(flow, case, &wish, opinion, over_the_rules, next)
        }
    }
}

fn count(
    mut flow: Flow<'_, '_>,
    mut case: Case,
    wish: &Cast,
    opinion: &Opinion,
    over_the_rules: bool,
    next: Next,
) -> Result<Ending<Recorded>> {
    let new = NewVote {
        deployment: case.deployment.id,
        voter: wish.voter,
        verdict: wish.verdict,
        comment: opinion.comment.as_deref(),
        represented_as: wish.represented_as.as_deref(),
        over_the_rules,
    };
    let voter = users::get(flow.tx, wish.voter)?;
    let id = approvals::insert(flow.tx, &new, flow.now)?;
    note(&mut flow, &case, &new);
    let vote = new.standing(id, flow.now);
    case.gate.votes.push(vote.clone());
    let moved_job = case.job.is_some() && next != Next::StillBlocked;
    follow(&mut flow, &mut case, next)?;
    Ok(Ending::from_events(Recorded { vote, new: true, voter, moved_job }, flow.events))
}

/// Carries out what the vote leads to.
fn follow(flow: &mut Flow<'_, '_>, case: &mut Case, next: Next) -> Result<()> {
    match next {
        Next::StillBlocked => return Ok(()),
        Next::Released { start } => {
            flow.release(&mut case.deployment, case.job.as_mut(), &case.gate)?;
            if let Some(job) = case.job.as_mut().filter(|_| start) {
                // It starts for whoever triggered the deployment, not for who played it before it was blocked anew.
                job.user_id = case.deployment.user_id;
                job.played = false;
                // One that is delayed waits its time now, unless it did before it was blocked anew.
                let waits = job.when == When::Delayed && job.scheduled_at.is_none();
                flow.send(job, waits)?;
            }
        }
        Next::Outdated => {
            flow.release(&mut case.deployment, case.job.as_mut(), &case.gate)?;
            if let Some(job) = case.job.as_mut() {
                as_written(job);
                flow.end_job(job, JobEvent::Fail, Some(FailureReason::Outdated))?;
            }
        }
        Next::Rejected => match case.job.as_mut() {
            Some(job) => flow.end_job(job, JobEvent::Fail, Some(FailureReason::DeploymentRejected))?,
            None => flow.move_deployment(&mut case.deployment, DeploymentEvent::Fail, Some(&case.gate))?,
        },
    }
    match &case.job {
        Some(job) => flow.advance(job.pipeline_id),
        None => Ok(()),
    }
}

fn note(flow: &mut Flow<'_, '_>, case: &Case, vote: &NewVote<'_>) {
    let subject = || Subject::of_project("Deployment", case.deployment.id.0, case.deployment.project_id);
    let code = match vote.verdict {
        Verdict::Approved => Code::VoteApproved,
        Verdict::Rejected => Code::VoteRejected,
    };
    let after = json!({"comment": vote.comment, "represented_as": vote.represented_as});
    flow.events.push(Event::new(code, subject()).after(after));
    if vote.over_the_rules {
        flow.events.push(Event::new(Code::VoteOverride, subject()));
    }
}
