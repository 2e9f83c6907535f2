//! Takes a vote back.

use crate::authorize::Ref;
use crate::flow::Flow;
use crate::{Result, Tx, reassess, refused, sight};
use countersign_domain::access::Actor;
use countersign_domain::approval::check_withdraw;
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::DeploymentId;
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::approvals;

/// Withdraws the actor's own vote while the deployment is blocked. The vote stays as history.
///
/// # Errors
/// The actor may not see the deployment, has no vote on it, or it is not blocked.
pub fn withdraw(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: DeploymentId, now: Timestamp) -> Result<Ending<()>> {
    let case = match sight::for_decision(tx, actor, at, id, now)? {
        Ok((_, case)) => case,
        Err(denied) => return Ok(denied.ending("withdrawal")),
    };
    let subject = Subject::of_project("Deployment", id.0, case.deployment.project_id);
    let person = actor.user().filter(|_| !actor.is_job()).ok_or(Refusal::NotAPerson);
    let voter = person.and_then(|person| if actor.is_sudo() { Err(Refusal::VoteBySudo) } else { Ok(person) });
    let vote = match voter.and_then(|voter| check_withdraw(&case.gate, reassess::status_now(&case), voter)) {
        Ok(vote) => vote,
        Err(why) => return Ok(refused(why, subject, "withdrawal", case.gate.is_protected())),
    };
    let mut flow = Flow::new(tx, now);
    reassess::catch_up(&mut flow, case)?;
    approvals::end(flow.tx, vote, now)?;
    flow.events.push(Event::new(Code::VoteWithdrawn, subject));
    Ok(Ending::from_events((), flow.events))
}
