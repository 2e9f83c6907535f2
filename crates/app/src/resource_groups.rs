//! Resource groups: who has a resource, who gets it next, and in which order.

mod assign;
mod read;
mod update;

pub use assign::{assign, sweep};
pub use read::{current_job, list, show, upcoming_jobs};
pub use update::update;

pub(crate) use assign::is_free_for;

use crate::authorize::{self, OnProject, Ref};
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_store::resource_groups::{self, ResourceGroup};

/// The group of that name, for somebody who may do that.
fn find(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    (key, action): (&str, Action),
    now: Timestamp,
) -> Result<(OnProject, ResourceGroup)> {
    let on = authorize::project(tx, actor, at, action, now)?;
    let found = resource_groups::named(tx, on.project.id, key)?.ok_or(Refusal::NotFound(Missing::Row))?;
    Ok((on, found))
}
