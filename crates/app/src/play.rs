//! Plays a job: starts one that waits for somebody to.

use crate::authorize::Ref;
use crate::flow::Flow;
use crate::on_job::{self, OnJob};
use crate::script::{self, Given, Script, Variable};
use crate::vault::Vault;
use crate::{Result, Tx, refused, retry};
use countersign_domain::access::Actor;
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::JobId;
use countersign_domain::job::{Status, When};
use countersign_domain::outcome::Ending;
use countersign_domain::pipeline::Renewed;
use countersign_domain::refusal::Refusal;
use countersign_domain::time::Timestamp;
use countersign_store::jobs::{self, Job};
use serde_json::json;

/// Starts a manual job as the actor, or one that waits for a time, before it has come. Playing a manual job that has
/// finished tries it again. The job that runs.
///
/// # Errors
/// The actor may not, the job cannot be played, or its variables cannot be set.
pub fn play(
    tx: &mut Tx<'_>,
    vault: &Vault,
    actor: &Actor,
    (at, id): (&Ref, JobId),
    variables: &[Variable],
    now: Timestamp,
) -> Result<Ending<JobId>> {
    let mut flow = Flow::new(tx, now);
    let mut on = match on_job::find(&mut flow, actor, at, id)? {
        Ok(on) => on,
        Err(denied) => return Ok(denied.ending("play")),
    };
    if let Err(why) = allowed(&on, variables) {
        return Ok(refused(why, Subject::of_project("Job", id.0, on.project.id), "play", on.gate.is_protected()));
    }
    if !waits(&on.job) {
        return retry::again(flow, on);
    }
    set_variables(&mut flow, vault, &on, variables)?;
    go(&mut flow, &mut on, variables)?;
    Ok(Ending::from_events(id, flow.events))
}

/// Starts a job that waits, as whoever wants to; that they may is known.
///
/// # Errors
/// The store's.
pub(crate) fn go(flow: &mut Flow<'_, '_>, on: &mut OnJob, variables: &[Variable]) -> Result<()> {
    start(flow, on)?;
    let keys: Vec<_> = variables.iter().map(|v| v.key.as_str()).collect();
    let after = json!({"name": on.job.name, "user": on.user, "variables": keys});
    let subject = Subject::of_project("Job", on.job.id.0, on.project.id);
    flow.events.push(Event::new(Code::JobPlayed, subject).after(after));
    // What needs an optional job was skipped when its turn came and nobody had played that.
    retry::renew(flow, on.job.pipeline_id, on.job.id, Renewed::Needing)?;
    flow.advance(on.job.pipeline_id)
}

/// Whether a job can be played with those variables, and by whoever wants to: permission first.
///
/// # Errors
/// Why not.
pub(crate) fn allowed(on: &OnJob, variables: &[Variable]) -> Result<(), Refusal> {
    on.gate.may_deploy(on.user)?;
    if !variables.is_empty() {
        on.project.settings.ci_pipeline_variables_minimum_override_role.check(on.standing.acting_level())?;
    }
    let finished = on.job.when == When::Manual && on.job.status.is_finished() && on.job.status != Status::Skipped;
    if on_job::lacks_environment(&on.job) {
        return Err(Refusal::Unplayable("Unplayable Job: the environment it names is not there".into()));
    }
    if !waits(&on.job) && !finished {
        let text = format!(
            "Unplayable Job: only manual and delayed jobs are played, and this one is {}",
            on.job.status.as_str()
        );
        return Err(Refusal::Unplayable(text));
    }
    let decided = on.deployment.as_ref().is_some_and(|d| d.summary.is_some());
    let admitted = on.gate.admits_job_variables(decided) && waits(&on.job);
    if !variables.is_empty() && !admitted {
        let text = "job_variables_attributes cannot be set on a job whose deployment needs approval, nor on one that \
                    has finished: they would change what was approved";
        return Err(Refusal::BadRequest("job.variables_refused", text.into()));
    }
    if let Some(why) = script::refusal(variables) {
        return Err(Refusal::BadRequest("job.variables_invalid", why));
    }
    if waits(&on.job) { on.gate.check_play(on.user) } else { Ok(()) }
}

/// Whether a job waits to be played, or for a time.
pub(crate) fn waits(job: &Job) -> bool {
    matches!(job.status, Status::Manual | Status::Scheduled)
}

fn set_variables(flow: &mut Flow<'_, '_>, vault: &Vault, on: &OnJob, variables: &[Variable]) -> Result<()> {
    if variables.is_empty() {
        return Ok(());
    }
    let mut script = Script::read(&on.job.script).unwrap_or_default();
    let about = script::about_job(on.job.pipeline_id, &on.job.name);
    script.played_with = Given::seal(vault, &about, variables)?;
    Ok(jobs::set_script(flow.tx, on.job.id, &script.write())?)
}

fn start(flow: &mut Flow<'_, '_>, on: &mut OnJob) -> Result<()> {
    if on.is_blocked()
        && let Some(deployment) = on.deployment.as_mut()
    {
        // Nothing lacks approval any more: what only the passing of time has changed is stored now.
        flow.release(deployment, Some(&mut on.job), &on.gate)?;
    }
    on.job.user_id = Some(on.user);
    on.job.played = true;
    flow.enqueue(&mut on.job)
}
