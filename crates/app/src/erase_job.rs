//! Erases the log and the files of a job.

use crate::authorize::Ref;
use crate::flow::Flow;
use crate::on_job::{self, OnJob};
use crate::{Result, Tx, refused};
use countersign_domain::access::{Action, Actor, Level};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::JobId;
use countersign_domain::job::check_erase;
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::{artifacts, jobs};
use serde_json::json;

/// Notes that the log and the files of a job are erased: from then on nobody reads or extends them. They are to be removed
/// when this is durable. `has_log` says whether there is a log.
///
/// # Errors
/// The actor may not: developers may where they started the job themselves, and not on a protected ref. The job still
/// runs, or there is nothing to erase.
pub fn erase_job(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    id: JobId,
    has_log: bool,
    now: Timestamp,
) -> Result<Ending<JobId>> {
    let mut flow = Flow::new(tx, now);
    let on = match on_job::find(&mut flow, actor, at, id)? {
        Ok(on) => on,
        Err(denied) => return Ok(denied.ending("erase")),
    };
    let subject = Subject::of_project("Job", id.0, on.project.id);
    let has_files = !artifacts::of_jobs(flow.tx, &[id.0])?.is_empty();
    if let Err(why) = allowed(&on, has_log || has_files) {
        return Ok(refused(why, subject, "erase", on.gate.is_protected()));
    }
    artifacts::delete_of_job(flow.tx, id)?;
    jobs::erase(flow.tx, id, now)?;
    let event = Event::new(Code::JobErased, subject).before(json!({"erased_at": on.job.erased_at}));
    Ok(Ending::done(id, event.after(json!({"name": on.job.name, "user": on.user}))))
}

/// Whether a job can be erased, and by whoever wants to. `has_any` says whether it has a log or files.
///
/// # Errors
/// Why not.
pub(crate) fn allowed(on: &OnJob, has_any: bool) -> Result<(), Refusal> {
    may(on)?;
    check_erase(on.job.status, has_any)
}

/// Whether whoever wants to may erase what a job left.
///
/// # Errors
/// They may not.
pub(crate) fn may(on: &OnJob) -> Result<(), Refusal> {
    let own = on.job.user_id == Some(on.user) && !on.ref_protected;
    let allowed = on.standing.may_with_own(own, Action::EraseJobs);
    // Whoever came by a deploy entry knows of the job.
    allowed.map_err(|why| match why {
        Refusal::NotFound(_) => Refusal::Role(Level::Developer.name()),
        why => why,
    })
}
