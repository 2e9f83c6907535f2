//! Erases the log of a job.

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
use countersign_store::jobs;
use serde_json::json;

/// Notes that the log of a job is erased: from then on nobody reads or extends it. The file is to be removed when this
/// is durable. `has_log` says whether there is one.
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
    if let Err(why) = allowed(&on, has_log) {
        return Ok(refused(why, subject, "erase", on.gate.is_protected()));
    }
    jobs::erase(flow.tx, id, now)?;
    let event = Event::new(Code::JobErased, subject).before(json!({"erased_at": on.job.erased_at}));
    Ok(Ending::done(id, event.after(json!({"name": on.job.name, "user": on.user}))))
}

/// Whether the log of a job can be erased, and by whoever wants to.
///
/// # Errors
/// Why not.
pub(crate) fn allowed(on: &OnJob, has_log: bool) -> Result<(), Refusal> {
    // The default branch is protected from the start.
    let open_ref = on.pipeline.tag || on.pipeline.ref_name != on.project.default_branch;
    let own = on.job.user_id == Some(on.user) && open_ref;
    let allowed = on.standing.may_with_own(own, Action::EraseJobs);
    // Whoever came by a deploy entry knows of the job.
    allowed.map_err(|why| match why {
        Refusal::NotFound(_) => Refusal::Role(Level::Developer.name()),
        why => why,
    })?;
    check_erase(on.job.status, has_log)
}
