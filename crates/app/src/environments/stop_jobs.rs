//! Stops an environment by the jobs that are there for it.

use super::stop::halt;
use super::subject;
use crate::authorize::Ref;
use crate::flow::Flow;
use crate::on_job::{self, OnJob};
use crate::options::Options;
use crate::{Denied, Result, Tx, play, retry};
use countersign_domain::access::Actor;
use countersign_domain::environment::State;
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::ids::JobId;
use countersign_domain::job::{Status, When};
use countersign_domain::refusal::{Missing, Refusal};
use countersign_store::deployments;
use countersign_store::environments::{self, Environment};
use serde_json::json;
use std::collections::HashSet;

/// The jobs that stop an environment.
pub(super) struct StopJobs {
    /// Those that can be played.
    waiting: Vec<JobId>,
    /// Whether one is at it already.
    at_it: bool,
}

impl StopJobs {
    /// Those that the deployments name which last made something run there.
    pub(super) fn of(tx: &mut Tx<'_>, environment: &Environment) -> Result<StopJobs> {
        let (jobs, options) = environments::stop_jobs(tx, environment.id)?;
        let named: HashSet<String> = options.iter().filter_map(|kept| Options::read(kept).on_stop).collect();
        let mut found = StopJobs { waiting: Vec::new(), at_it: environments::has_stop_job(tx, environment.id)? };
        for job in jobs.iter().filter(|job| named.contains(&job.name)) {
            match job.status {
                Status::Manual | Status::Scheduled => found.waiting.push(job.id),
                Status::Success | Status::Failed | Status::Canceled if job.when == When::Manual => {
                    found.waiting.push(job.id);
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// Whether there is none.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && !self.at_it
    }
}

/// Stops an environment by its jobs, which the actor plays; at once, where it has none.
pub(super) fn stop_with(
    flow: &mut Flow<'_, '_>,
    actor: &Actor,
    at: &Ref,
    (found, jobs): (Environment, StopJobs),
) -> Result<Result<Environment, Denied>> {
    if jobs.is_empty() {
        return halt(flow, found).map(Ok);
    }
    let mut ready = Vec::new();
    // Nothing is written before it is known that all of them can be played.
    for id in jobs.waiting.into_iter().filter(|_| !jobs.at_it) {
        match on_job::find(flow, actor, at, id)?.and_then(playable) {
            Ok(on) => ready.push(on),
            Err(denied) => return Ok(Err(denied)),
        }
    }
    environments::set_state(flow.tx, found.id, State::Stopping, flow.now)?;
    let event = Event::new(Code::EnvironmentStopping, subject(&found)).before(json!({"state": found.state.as_str()}));
    let ids: Vec<_> = ready.iter().map(|on| on.job.id).collect();
    flow.events.push(event.after(json!({"state": "stopping", "jobs": ids})));
    let waiting = deployments::pending_to(flow.tx, found.id)?;
    flow.cancel_pending(&waiting, true)?;
    for mut on in ready {
        if play::waits(&on.job) {
            play::go(flow, &mut on, &[])?;
        } else {
            retry::anew(flow, on)?;
        }
    }
    // Perhaps none of them was let run.
    Ok(Ok(environments::get(flow.tx, found.project_id, found.id)?.ok_or(Refusal::NotFound(Missing::Row))?))
}

fn playable(on: OnJob) -> Result<OnJob, Denied> {
    let again = || if play::waits(&on.job) { Ok(()) } else { retry::allowed(&on) };
    match play::allowed(&on, &[]).and_then(|()| again()) {
        Ok(()) => Ok(on),
        Err(why) => {
            let subject = Subject::of_project("Job", on.job.id.0, on.project.id);
            Err(Denied { why, subject, protected: on.gate.is_protected() })
        }
    }
}
