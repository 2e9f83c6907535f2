//! Takes a deployment of an outside tool further.

use crate::authorize::{self, Ref};
use crate::flow::Flow;
use crate::{Result, Tx, or_refused, reassess, refused, sight};
use countersign_domain::access::{Action, Actor};
use countersign_domain::deployment::Report;
use countersign_domain::event::Subject;
use countersign_domain::gate::{Outside, check_update};
use countersign_domain::ids::DeploymentId;
use countersign_domain::outcome::Ending;
use countersign_domain::protection::Sight;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;

/// Reports another status. Leaving `created` for `running` or `success` is the claim: the gate must be open for the
/// person who sends it.
///
/// # Errors
/// The actor may not, the deployment has a job, is final or blocked, or the transition does not exist.
pub fn update(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    id: DeploymentId,
    report: Report,
    now: Timestamp,
) -> Result<Ending<()>> {
    let (seen, case) = match sight::for_decision(tx, actor, at, id, now)? {
        Ok(found) => found,
        Err(denied) => return Ok(denied.ending("report")),
    };
    let user = actor.user().ok_or(Refusal::Role("Developer"))?;
    if case.gate.sight(user) < Sight::Deploy || actor.is_job() {
        let place = Ref::Id(seen.project.id.0);
        if let Err(why) = or_refused(authorize::project(tx, actor, &place, Action::CreateDeployments, now))? {
            let why = if seen.whole { why } else { Refusal::MayNotDeploy };
            let subject = Subject::of_project("Deployment", id.0, seen.project.id);
            return Ok(refused(why, subject, "report", case.gate.is_protected()));
        }
    }
    let gate = if actor.is_job() { case.gate.clone().through_job(user) } else { case.gate.clone() };
    let status = reassess::status_now(&case);
    let event = report.event().ok_or(Refusal::Transition(status, "create"))?;
    let state = Outside {
        status,
        has_job: case.deployment.job_id.is_some(),
        is_final: case.deployment.is_final,
        claimed: case.deployment.claimed_at.is_some(),
    };
    if let Err(why) = check_update(&state, &gate, user, event) {
        return Ok(refused(
            why,
            Subject::of_project("Deployment", id.0, case.deployment.project_id),
            event.as_str(),
            gate.is_protected(),
        ));
    }
    let mut flow = Flow::new(tx, now);
    let mut case = reassess::catch_up(&mut flow, case)?;
    flow.move_deployment(&mut case.deployment, event, Some(&gate))?;
    Ok(Ending::from_events((), flow.events))
}
