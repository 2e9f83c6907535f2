//! What the end of a job means for the environment it names, besides its deployment.

use super::Flow;
use crate::Result;
use crate::options::Options;
use countersign_domain::environment::{State, after_stop_job};
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::job::{EnvironmentAction, Status};
use countersign_store::jobs::Job;
use countersign_store::{LockTable, deployments, environments};
use serde_json::json;

impl Flow<'_, '_> {
    /// A stop job that ended stops its environment, or leaves it as it is; one that deploys to it or reaches into it, and
    /// went well, begins anew the time after which it stops by itself.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn settle_environment(&mut self, job: &Job, options: &Options) -> Result<()> {
        match (job.environment_action, options.auto_stop_in) {
            (Some(EnvironmentAction::Stop), _) => self.stop_job_ended(job, job.status == Status::Success),
            (Some(action), Some(seconds)) if action.renews_auto_stop() && job.status == Status::Success => {
                self.renew_auto_stop(job, seconds)
            }
            _ => Ok(()),
        }
    }

    /// A job that was to stop its environment waits for somebody instead.
    ///
    /// # Errors
    /// The store's.
    pub(super) fn stop_job_rests(&mut self, job: &Job) -> Result<()> {
        match job.environment_action {
            Some(EnvironmentAction::Stop) => self.stop_job_ended(job, false),
            _ => Ok(()),
        }
    }

    fn stop_job_ended(&mut self, job: &Job, succeeded: bool) -> Result<()> {
        let Some(id) = job.environment_id else { return Ok(()) };
        // Its pipeline is locked. Of two stop jobs that end together, the one that comes second must see the first ended.
        self.tx.lock_row(LockTable::Environments, id.0)?;
        let Some(at) = environments::get(self.tx, job.project_id, id)? else { return Ok(()) };
        let others = environments::has_stop_job(self.tx, id)?;
        let Some(state) = after_stop_job(at.state, succeeded, others) else { return Ok(()) };
        environments::set_state(self.tx, id, state, self.now)?;
        let subject = Subject::of_project("Environment", id.0, job.project_id);
        let code = if state == State::Stopped { Code::EnvironmentStopped } else { Code::EnvironmentStarted };
        let event = Event::new(code, subject).before(json!({"state": at.state.as_str()}));
        self.events.push(event.after(json!({"state": state.as_str(), "job": job.id})));
        if state == State::Stopped {
            let waiting = deployments::pending_to(self.tx, id)?;
            self.cancel_pending(&waiting, true)?;
        }
        Ok(())
    }

    fn renew_auto_stop(&mut self, job: &Job, seconds: i64) -> Result<()> {
        let Some(id) = job.environment_id else { return Ok(()) };
        let found = environments::get(self.tx, job.project_id, id)?.filter(|at| at.state == State::Available);
        let Some(found) = found else { return Ok(()) };
        let at = (seconds > 0).then(|| self.now.plus_ms(seconds.saturating_mul(1000)));
        if (found.auto_stop_at, found.stays_up) == (at, None) {
            return Ok(());
        }
        environments::set_auto_stop(self.tx, id, at, self.now)?;
        let subject = Subject::of_project("Environment", id.0, job.project_id);
        let event = Event::new(Code::EnvironmentUpdated, subject).before(json!({"auto_stop_at": found.auto_stop_at}));
        self.events.push(event.after(json!({"auto_stop_at": at, "job": job.id})));
        Ok(())
    }
}
