//! Deletes what is left of reviews.

use super::delete::remove;
use crate::authorize::{self, Ref};
use crate::flow::Flow;
use crate::gates::Gates;
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::outcome::Ending;
use countersign_domain::time::Timestamp;
use countersign_store::environments::{self, Environment};

/// Which stopped environments of reviews are to go.
#[derive(Debug, Clone, Copy)]
pub struct Reviews {
    /// Those created before.
    pub before: Timestamp,
    /// At most so many, the oldest.
    pub limit: i64,
    /// Only says what would go.
    pub dry_run: bool,
}

/// What becomes of the environments concerned.
#[derive(Debug, Clone, Default)]
pub struct Cleared {
    /// They go.
    pub gone: Vec<Environment>,
    /// They stay: the actor may not deploy there, or a deployment runs.
    pub kept: Vec<Environment>,
}

/// Deletes the oldest stopped environments in the folder `review`, or only tells which would go.
///
/// # Errors
/// The actor may not change environments.
pub fn clear_reviews(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    asked: &Reviews,
    now: Timestamp,
) -> Result<Ending<Cleared>> {
    let project = authorize::project(tx, actor, at, Action::ChangeEnvironments, now)?.project.id;
    let concerned = environments::stopped_reviews(tx, project, asked.before, asked.limit)?;
    let running = environments::running(tx, project)?;
    let gates = Gates::of(tx, project, actor, now)?;
    let goes = |e: &Environment| !running.contains(&e.id) && gates.at(e).may_change(actor.user(), Ok(())).is_ok();
    let (gone, kept) = concerned.into_iter().partition(goes);
    let cleared = Cleared { gone, kept };
    if asked.dry_run {
        return Ok(Ending::Unchanged(cleared));
    }
    let mut flow = Flow::new(tx, now);
    for environment in &cleared.gone {
        remove(&mut flow, environment)?;
    }
    Ok(Ending::from_events(cleared, flow.events))
}
