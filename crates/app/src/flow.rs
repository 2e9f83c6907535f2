//! Carries out what the rules decide: moves deployments, jobs and pipelines, and notes each move for the audit.

mod advance;
mod cancel;
mod gone;
mod stopping;

pub(crate) use advance::{as_written, views};
pub use gone::gone;

use crate::options::Options;
use crate::{Failure, Result, Tx, resource_groups, retry};
use countersign_domain::approval::Summary;
use countersign_domain::deployment::{Event as DeploymentEvent, Status as DeploymentStatus};
use countersign_domain::environment::State;
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::gate::Gate;
use countersign_domain::job::{Event as JobEvent, FailureReason, Status as JobStatus};
use countersign_domain::time::Timestamp;
use countersign_store::deployments::{self, Deployment};
use countersign_store::jobs::{self, Job};
use countersign_store::{Error, environments};
use serde_json::json;

/// A transaction with the time of its decision and what happened in it so far.
pub struct Flow<'f, 't> {
    /// The transaction.
    pub tx: &'f mut Tx<'t>,
    /// The time of the decision.
    pub now: Timestamp,
    /// What happened so far, in order.
    pub events: Vec<Event>,
}

impl<'f, 't> Flow<'f, 't> {
    /// Begins with nothing having happened.
    pub fn new(tx: &'f mut Tx<'t>, now: Timestamp) -> Flow<'f, 't> {
        Flow { tx, now, events: Vec::new() }
    }

    /// Moves a deployment. `gate` is what decided, if anything did: its summary is kept when the deployment leaves
    /// `blocked` and when it is claimed.
    ///
    /// # Errors
    /// A transition that does not exist; the store's.
    pub fn move_deployment(&mut self, of: &mut Deployment, event: DeploymentEvent, gate: Option<&Gate>) -> Result<()> {
        let before = of.status;
        of.status = before.after(event)?;
        of.updated_at = self.now;
        let left_blocked = before == DeploymentStatus::Blocked;
        let claimed =
            matches!(of.status, DeploymentStatus::Running | DeploymentStatus::Success) && of.claimed_at.is_none();
        // Where nothing asks for approval any more, that is what is shown in place of what asked for it before.
        let asked = of.summary.is_some();
        if let Some(gate) = gate.filter(|g| (left_blocked || claimed) && (asked || g.asks_approval())) {
            of.summary = Some(Summary::of(gate));
        }
        if claimed {
            of.claimed_at = Some(self.now);
        }
        if of.status.is_finished() {
            of.finished_at = Some(self.now);
        }
        of.is_final |= left_blocked && of.status.is_finished();
        deployments::save(self.tx, of)?;
        self.events.push(moved(of, before, event));
        if event == DeploymentEvent::Succeed {
            self.make_available(of)?;
        }
        Ok(())
    }

    /// Moves a job and saves it. Its deployment is not touched.
    ///
    /// # Errors
    /// A transition that does not exist; the store's.
    pub fn move_job(&mut self, job: &mut Job, event: JobEvent) -> Result<()> {
        let before = job.status;
        job.status = before.after(event).ok_or_else(|| {
            let text = format!("job {} cannot go from {} by {event:?}", job.id, before.as_str());
            Failure::Store(Error::Database(text))
        })?;
        job.updated_at = self.now;
        match job.status {
            JobStatus::Pending => job.queued_at = Some(self.now),
            JobStatus::Created => job.finished_at = None,
            status if status.is_finished() => job.finished_at = Some(self.now),
            _ => {}
        }
        jobs::save(self.tx, job)?;
        if job.status.is_finished() && job.status != JobStatus::Skipped {
            self.events.push(finished(job));
        }
        match job.status {
            JobStatus::Manual => self.stop_job_rests(job),
            _ => Ok(()),
        }
    }

    /// Sends a job to the runners whose turn has come and whose gate is open: at once, or, if it is to wait, when its
    /// time has come.
    ///
    /// # Errors
    /// A transition that does not exist; the store's.
    pub fn send(&mut self, job: &mut Job, waits: bool) -> Result<()> {
        match job.start_in.filter(|_| waits) {
            Some(seconds) => {
                job.scheduled_at = Some(self.now.plus_ms(seconds.saturating_mul(1000)));
                self.move_job(job, JobEvent::Schedule)
            }
            None => self.enqueue(job),
        }
    }

    /// Sends a job to the runners, as optional as it was written; or, where another job has or gets the resource it needs
    /// first, lets it wait for that.
    ///
    /// # Errors
    /// A transition that does not exist; the store's.
    pub fn enqueue(&mut self, job: &mut Job) -> Result<()> {
        as_written(job);
        match job.resource_group_id {
            Some(group) if !resource_groups::is_free_for(self.tx, group, job)? => self.move_job(job, JobEvent::Wait),
            _ => self.move_job(job, JobEvent::Enqueue),
        }
    }

    /// Ends a job, and its deployment with it; a stop job that succeeded stops its environment. One that failed is tried
    /// again, if its configuration wants that: the deployment of that is a new one. The pipeline is not advanced.
    ///
    /// # Errors
    /// A transition that does not exist; the store's.
    pub fn end_job(&mut self, job: &mut Job, event: JobEvent, reason: Option<FailureReason>) -> Result<()> {
        job.failure_reason = reason;
        let options = Options::read(&job.options);
        if event == JobEvent::Fail && job.exit_code.is_some_and(|code| options.allowed_exit_codes.contains(&code)) {
            job.allow_failure = true;
        }
        self.move_job(job, event)?;
        if let Some(mut of) = deployments::of_job(self.tx, job.id)? {
            let event = match job.status {
                JobStatus::Success => DeploymentEvent::Succeed,
                JobStatus::Canceled => DeploymentEvent::Cancel,
                JobStatus::Skipped => DeploymentEvent::Skip,
                _ => DeploymentEvent::Fail,
            };
            let gate = match of.status {
                DeploymentStatus::Blocked => {
                    Some(deployments::gate(self.tx, &of, job.user_id.as_slice(), self.now.date())?)
                }
                _ => None,
            };
            self.move_deployment(&mut of, event, gate.as_ref())?;
        }
        if let Some(reason) = reason.filter(|_| event == JobEvent::Fail) {
            retry::by_itself(self, job, &options, reason)?;
        }
        self.settle_environment(job, &options)
    }

    /// A successful deployment makes its environment available again, and may tell where it can be seen.
    fn make_available(&mut self, of: &Deployment) -> Result<()> {
        let Some(at) = environments::get(self.tx, of.project_id, of.environment_id)? else { return Ok(()) };
        if at.state != State::Available {
            environments::set_state(self.tx, at.id, State::Available, self.now)?;
            let subject = Subject::of_project("Environment", at.id.0, of.project_id);
            let after = json!({"state": "available", "deployment": of.id});
            self.events.push(Event::new(Code::EnvironmentStarted, subject).after(after));
        }
        let job = match of.job_id {
            Some(job) => jobs::get(self.tx, job)?,
            None => None,
        };
        match job.and_then(|j| j.environment_url) {
            Some(url) if at.external_url.as_ref() != Some(&url) => {
                Ok(environments::set_external_url(self.tx, at.id, &url, self.now)?)
            }
            _ => Ok(()),
        }
    }
}

/// The fact that a deployment moved from one status to that it has now.
fn moved(of: &Deployment, before: DeploymentStatus, event: DeploymentEvent) -> Event {
    let subject = Subject::of_project("Deployment", of.id.0, of.project_id);
    let after = json!({"status": of.status.as_str(), "environment": of.environment_name, "sha": of.sha});
    Event::new(code_of(event), subject).before(json!({"status": before.as_str()})).after(after)
}

/// The fact that a job ended.
fn finished(job: &Job) -> Event {
    let subject = Subject::of_project("Job", job.id.0, job.project_id);
    let reason = job.failure_reason.map(FailureReason::as_str);
    let after = json!({"status": job.status.as_str(), "name": job.name, "failure_reason": reason});
    Event::new(Code::JobFinished, subject).after(after)
}

fn code_of(event: DeploymentEvent) -> Code {
    match event {
        DeploymentEvent::Block => Code::DeploymentBlocked,
        DeploymentEvent::Release | DeploymentEvent::Renew => Code::DeploymentReleased,
        DeploymentEvent::Run => Code::DeploymentStarted,
        DeploymentEvent::Succeed => Code::DeploymentSucceeded,
        DeploymentEvent::Fail => Code::DeploymentFailed,
        DeploymentEvent::Cancel => Code::DeploymentCanceled,
        DeploymentEvent::Skip => Code::DeploymentSkipped,
    }
}
