//! Changes reach what is pending: every change of rules, people or places re-evaluates the deployments it touches, in
//! the same transaction (semantics, section 3).

use crate::flow::Flow;
use crate::{Result, Tx};
use countersign_domain::access::Place;
use countersign_domain::deployment::{Event as DeploymentEvent, Status};
use countersign_domain::event::Event;
use countersign_domain::gate::Reassessed;
use countersign_domain::ids::{DeploymentId, EnvironmentId, UserId};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::deployments::{self, Case};
use countersign_store::{approvals, jobs};

/// After a change that concerns one person (a membership, their state): only deployments they have a standing vote on
/// can come out otherwise.
///
/// # Errors
/// The store's.
pub fn person(tx: &mut Tx<'_>, user: UserId, now: Timestamp) -> Result<Vec<Event>> {
    let touched = approvals::pending_of(tx, user)?;
    each(tx, &touched, now)
}

/// After a change of a protection that lives on a project or group: the pending deployments below it.
///
/// # Errors
/// The store's.
pub fn place(tx: &mut Tx<'_>, place: Place, now: Timestamp) -> Result<Vec<Event>> {
    let touched = deployments::pending(tx, Some(place))?;
    each(tx, &touched, now)
}

/// After a change of an environment's tier: the pending deployments to it.
///
/// # Errors
/// The store's.
pub fn environment(tx: &mut Tx<'_>, id: EnvironmentId, now: Timestamp) -> Result<Vec<Event>> {
    let touched = deployments::pending_to(tx, id)?;
    each(tx, &touched, now)
}

/// After a structural change (an invitation, a transfer, a deletion): every pending deployment, as a group of one tree
/// can count in another.
///
/// # Errors
/// The store's.
pub fn everything(tx: &mut Tx<'_>, now: Timestamp) -> Result<Vec<Event>> {
    let touched = deployments::pending(tx, None)?;
    each(tx, &touched, now)
}

/// The status of a deployment at this moment: what the mere passing of time has changed counts before it is stored.
pub fn status_now(case: &Case) -> Status {
    match due(case) {
        Some(Reassessed::Block) => Status::Blocked,
        Some(Reassessed::Release) => Status::Created,
        None => case.deployment.status,
    }
}

/// Stores what the mere passing of time has changed about a deployment, before something else changes it.
///
/// # Errors
/// The store's.
pub fn catch_up(flow: &mut Flow<'_, '_>, mut case: Case) -> Result<Case> {
    if due(&case).is_none() {
        return Ok(case);
    }
    one(flow, case.clone())?;
    let gone = || Refusal::NotFound(Missing::Row);
    case.deployment = deployments::find(flow.tx, case.deployment.id)?.ok_or_else(gone)?;
    if let Some(job) = &mut case.job {
        *job = jobs::get(flow.tx, job.id)?.ok_or_else(gone)?;
    }
    Ok(case)
}

/// What is to become of a deployment whose turn has come and which no runner has.
fn due(case: &Case) -> Option<Reassessed> {
    let turn_has_come = case.job.as_ref().is_none_or(|j| j.status.is_unclaimed());
    turn_has_come.then(|| case.gate.reassess(case.deployment.status)).flatten()
}

fn each(tx: &mut Tx<'_>, touched: &[DeploymentId], now: Timestamp) -> Result<Vec<Event>> {
    let mut flow = Flow::new(tx, now);
    for id in touched {
        if let Some(case) = deployments::for_decision(flow.tx, *id, None, now.date())? {
            one(&mut flow, case)?;
        }
    }
    Ok(flow.events)
}

fn one(flow: &mut Flow<'_, '_>, case: Case) -> Result<()> {
    let due = due(&case);
    let Case { mut deployment, job, gate } = case;
    match (due, job) {
        (None, _) => Ok(()),
        (Some(Reassessed::Release), mut job) => {
            flow.release(&mut deployment, job.as_mut(), &gate)?;
            job.map_or(Ok(()), |job| flow.advance(job.pipeline_id))
        }
        (Some(Reassessed::Block), None) => flow.move_deployment(&mut deployment, DeploymentEvent::Block, None),
        (Some(Reassessed::Block), Some(mut job)) => {
            flow.block(&mut job, Some(deployment))?;
            flow.advance(job.pipeline_id)
        }
    }
}
