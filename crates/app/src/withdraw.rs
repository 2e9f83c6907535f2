//! Takes a vote back.

use crate::authorize::Ref;
use crate::flow::Flow;
use crate::{Result, Tx, reassess, sight};
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
    let (_, case) = sight::for_decision(tx, actor, at, id, now)?;
    let (Some(voter), false) = (actor.user(), actor.is_job()) else { return Err(Refusal::NotAPerson.into()) };
    if actor.is_sudo() {
        return Err(Refusal::VoteBySudo.into());
    }
    let vote = check_withdraw(&case.gate, reassess::status_now(&case), voter)?;
    let mut flow = Flow::new(tx, now);
    let case = reassess::catch_up(&mut flow, case)?;
    approvals::end(flow.tx, vote, now)?;
    let subject = Subject::of_project("Deployment", id.0, case.deployment.project_id);
    flow.events.push(Event::new(Code::VoteWithdrawn, subject));
    Ok(Ending::from_events((), flow.events))
}
