//! Files are read, kept for longer, and deleted.

use crate::authorize::Ref;
use crate::flow::Flow;
use crate::on_job;
use crate::{Result, Tx, pipelines, refused};
use countersign_domain::access::{Action, Actor};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::JobId;
use countersign_domain::outcome::Ending;
use countersign_domain::refusal::{Missing, Refusal};
use countersign_domain::time::Timestamp;
use countersign_domain::token;
use countersign_store::artifacts::{self, Artifact, Kind};
use countersign_store::jobs;
use serde_json::json;

/// The archive of a job, for somebody who may read the logs.
///
/// # Errors
/// They may not, or there is none.
pub fn to_read(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: JobId, now: Timestamp) -> Result<Artifact> {
    let job = pipelines::with_trace(tx, actor, at, id, now)?;
    Ok(archive(tx, job.id, now)?.ok_or(Refusal::NotFound(Missing::Row))?)
}

/// The archive of the newest job of that name that succeeded for a branch or tag.
///
/// # Errors
/// The actor may not read it, or there is none.
pub fn newest(
    tx: &mut Tx<'_>,
    actor: &Actor,
    at: &Ref,
    (ref_name, name): (&str, &str),
    now: Timestamp,
) -> Result<Artifact> {
    let project = crate::authorize::project(tx, actor, at, Action::ReadLogs, now)?.project.id;
    let found = artifacts::newest(tx, project, ref_name, name, now)?;
    Ok(found.ok_or(Refusal::NotFound(Missing::Row))?)
}

/// The archive of a job, for the runner that has a job of the same pipeline with that token; the outer `None` if it has
/// none.
///
/// # Errors
/// The store's.
pub fn for_runner(tx: &mut Tx<'_>, id: JobId, secret: &str, now: Timestamp) -> Result<Option<Option<Artifact>>> {
    let Some(own) = jobs::by_token(tx, token::hash(secret))?.filter(|job| job.status.is_claimed()) else {
        return Ok(None);
    };
    let other = jobs::get(tx, id)?.filter(|other| other.pipeline_id == own.pipeline_id);
    match other {
        Some(other) => Ok(Some(archive(tx, other.id, now)?)),
        None => Ok(Some(None)),
    }
}

/// The archive of a job, if its time is not over.
///
/// # Errors
/// The store's.
pub(crate) fn archive(tx: &mut Tx<'_>, job: JobId, now: Timestamp) -> Result<Option<Artifact>> {
    let found = artifacts::get(tx, job, Kind::Archive)?;
    Ok(found.filter(|of| of.expire_at.is_none_or(|end| end > now)))
}

/// Deletes the files of a job. Those that are returned are to be removed when this is durable, and no others: a job that
/// runs may be leaving a new one.
///
/// # Errors
/// The actor may not: as for erasing its log.
pub fn delete(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: JobId, now: Timestamp) -> Result<Ending<Vec<Artifact>>> {
    let mut flow = Flow::new(tx, now);
    let on = match on_job::find(&mut flow, actor, at, id)? {
        Ok(on) => on,
        Err(denied) => return Ok(denied.ending("delete_artifacts")),
    };
    let subject = Subject::of_project("Job", id.0, on.project.id);
    if let Err(why) = crate::erase_job::may(&on) {
        return Ok(refused(why, subject, "delete_artifacts", on.gate.is_protected()));
    }
    let taken = artifacts::of_jobs(flow.tx, &[id.0])?;
    if taken.is_empty() {
        return Ok(Ending::Unchanged(taken));
    }
    artifacts::delete_of_job(flow.tx, id)?;
    let event = Event::new(Code::ArtifactsDeleted, subject).before(json!({"name": on.job.name}));
    Ok(Ending::done(taken, event))
}

/// Keeps the files of a job until they are deleted.
///
/// # Errors
/// The actor may not, or there are none.
pub fn keep(tx: &mut Tx<'_>, actor: &Actor, at: &Ref, id: JobId, now: Timestamp) -> Result<Ending<JobId>> {
    let mut flow = Flow::new(tx, now);
    let on = match on_job::find(&mut flow, actor, at, id)? {
        Ok(on) => on,
        Err(denied) => return Ok(denied.ending("keep_artifacts")),
    };
    let subject = Subject::of_project("Job", id.0, on.project.id);
    if let Err(why) = on.standing.may(Action::RunPipelines) {
        return Ok(refused(why, subject, "keep_artifacts", on.gate.is_protected()));
    }
    let Some(found) = archive(flow.tx, id, now)? else { return Err(Refusal::NotFound(Missing::Row).into()) };
    if found.expire_at.is_none() {
        return Ok(Ending::Unchanged(id));
    }
    if !artifacts::keep(flow.tx, id)? {
        // Its time ended meanwhile.
        return Err(Refusal::NotFound(Missing::Row).into());
    }
    let event = Event::new(Code::ArtifactsKept, subject).before(json!({"expire_at": found.expire_at}));
    Ok(Ending::done(id, event.after(json!({"expire_at": null}))))
}
