//! Shows resource groups, who has their resource, and who comes next.

use super::find;
use crate::authorize::{self, Ref};
use crate::{Result, Tx};
use countersign_domain::access::{Action, Actor};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::resource_group::order;
use countersign_domain::time::Timestamp;
use countersign_store::jobs::{self, Job};
use countersign_store::many::MOST;
use countersign_store::projects::Project;
use countersign_store::resource_groups::{self, ResourceGroup};

/// The resource groups of a project, oldest first, and how many there are.
///
/// # Errors
/// The actor is no developer.
pub fn list(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    (limit, offset): (i64, i64),
    now: Timestamp,
) -> Result<(Vec<ResourceGroup>, i64)> {
    let project = authorize::project(tx, actor, at, Action::ReadResourceGroups, now)?.project.id;
    Ok(resource_groups::list(tx, project, limit, offset)?)
}

/// The resource group of that name.
///
/// # Errors
/// The actor is no developer, or there is none.
pub fn show(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, key: &str, now: Timestamp) -> Result<ResourceGroup> {
    Ok(find(tx, actor, at, (key, Action::ReadResourceGroups), now)?.1)
}

/// The job that has the resource of a group, with its project.
///
/// # Errors
/// The actor is no developer; there is no such group, or no job has its resource.
pub fn current_job(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, key: &str, now: Timestamp) -> Result<(Project, Job)> {
    let (on, group) = find(tx, actor, at, (key, Action::ReadResourceGroups), now)?;
    let holder = match resource_groups::holder(tx, group.id)? {
        Some(id) => jobs::get(tx, id)?,
        None => None,
    };
    Ok((on.project, holder.ok_or(Refusal::NotFound(Missing::Row))?))
}

/// A page of the jobs that get the resource of a group next, in their order, with their project; and how many there are.
///
/// # Errors
/// The actor is no developer, or there is no such group.
pub fn upcoming_jobs(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    (key, limit, offset): (&str, usize, usize),
    now: Timestamp,
) -> Result<(Project, Vec<Job>, usize)> {
    let (on, group) = find(tx, actor, at, (key, Action::ReadResourceGroups), now)?;
    let all = order(group.process_mode, resource_groups::upcoming(tx, group.id)?);
    let wanted: Vec<i64> = all.iter().skip(offset).take(limit.min(MOST)).map(|job| job.id.0).collect();
    let mut found = if wanted.is_empty() { Vec::new() } else { jobs::many(tx, &wanted)? };
    found.sort_by_key(|job| wanted.iter().position(|id| *id == job.id.0));
    Ok((on.project, found, all.len()))
}
