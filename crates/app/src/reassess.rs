//! Changes reach what is pending: every change of rules, people or places re-evaluates the deployments it touches, in
//! the same transaction (semantics, section 3).

use crate::flow::Flow;
use crate::{Result, Tx};
use countersign_domain::access::Place;
use countersign_domain::deployment::Event as DeploymentEvent;
use countersign_domain::event::Event;
use countersign_domain::gate::Reassessed;
use countersign_domain::ids::{DeploymentId, EnvironmentId, UserId};
use countersign_domain::time::Timestamp;
use countersign_store::approvals;
use countersign_store::deployments::{self, Case};

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
    let Case { mut deployment, job, gate } = case;
    let turn_has_come = job.as_ref().is_none_or(|j| j.status.is_unclaimed());
    if !turn_has_come {
        return Ok(());
    }
    match (gate.reassess(deployment.status), job) {
        (None, _) => Ok(()),
        (Some(Reassessed::Release), _) => flow.move_deployment(&mut deployment, DeploymentEvent::Release, Some(&gate)),
        (Some(Reassessed::Block), None) => flow.move_deployment(&mut deployment, DeploymentEvent::Block, None),
        (Some(Reassessed::Block), Some(mut job)) => {
            flow.block(&mut job, Some(deployment))?;
            flow.advance(job.pipeline_id)
        }
    }
}
