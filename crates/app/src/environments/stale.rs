//! Stops what nobody has used for long.

use super::stop_jobs::{StopJobs, stop_with};
use crate::authorize::{self, Ref};
use crate::flow::Flow;
use crate::gates::Gates;
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::environment::check_stale;
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_store::environments;

/// Stops every environment that was neither changed nor deployed to since `before`, each as one alone is stopped: by its
/// stop jobs, which the actor plays, if it has any. Protected ones are spared, and those to which a deployment runs or
/// waits; so are those whose stop jobs the actor may not play.
///
/// # Errors
/// The actor may not, or `before` is out of range.
pub fn stop_stale(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, before: Timestamp, now: Timestamp) -> Result<Ending<()>> {
    let project = authorize::project(tx, actor, at, Action::ManageProject, now)?.project.id;
    check_stale(before, now)?;
    let gates = Gates::of(tx, project, actor, now)?;
    let stale = environments::stale(tx, project, before)?;
    let mut flow = Flow::new(tx, now);
    for environment in stale.into_iter().filter(|e| !gates.at(e).is_protected()) {
        let jobs = StopJobs::of(flow.tx, &environment)?;
        // One that they may not stop does not keep the others.
        stop_with(&mut flow, actor, at, (environment, jobs))?.map(drop).unwrap_or_default();
    }
    Ok(Ending::from_events((), flow.events))
}
