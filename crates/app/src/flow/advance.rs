//! Moves a pipeline on: whose turn it is, and what it amounts to.

use super::Flow;
use crate::options::Options;
use crate::script::{Given, Script};
use crate::{Result, gates};
use countersign_domain::deployment::Event as DeploymentEvent;
use countersign_domain::event::{Code, Event, Subject};
use countersign_domain::gate::{Gate, Turn as GateTurn};
use countersign_domain::ids::{JobId, PipelineId};
use countersign_domain::job::{Event as JobEvent, Status as JobStatus, When};
use countersign_domain::pipeline::{Job as View, Turn, composite, stays_optional, turns};
use countersign_store::deployments::Deployment;
use countersign_store::jobs::{self, Job};
use countersign_store::{LockTable, pipelines};
use serde_json::json;
use std::collections::HashMap;

impl Flow<'_, '_> {
    /// Gives every job whose turn has come its turn, until nothing moves, and saves what the pipeline amounts to.
    /// Called after anything that can move a pipeline, in the same transaction.
    ///
    /// # Errors
    /// The store's.
    pub fn advance(&mut self, id: PipelineId) -> Result<()> {
        self.tx.lock_row(LockTable::Pipelines, id.0)?;
        loop {
            let mut jobs = jobs::of_pipeline(self.tx, id, false)?;
            let turns = turns(&views(&jobs));
            if turns.is_empty() {
                return self.save_status(id, &jobs);
            }
            for turn in turns {
                self.give_turn(&mut jobs, turn)?;
            }
        }
    }

    fn give_turn(&mut self, jobs: &mut [Job], turn: Turn) -> Result<()> {
        let (Turn::Run(id) | Turn::Offer(id) | Turn::Skip(id)) = turn;
        let Some(job) = jobs.iter_mut().find(|j| j.id == id) else { return Ok(()) };
        if let Turn::Skip(_) = turn {
            return self.end_job(job, JobEvent::Skip, None);
        }
        let (deployment, gate) = gates::of_job(self.tx, job, None, self.now)?;
        self.pass_gate(job, deployment, &gate, job.when)
    }

    /// Lets a job whose turn has come run, wait or fail, as the gate says. `when` is how it is to be read: a job that
    /// was tried again is not offered a second time.
    ///
    /// # Errors
    /// The store's.
    pub fn pass_gate(&mut self, job: &mut Job, deployment: Option<Deployment>, gate: &Gate, when: When) -> Result<()> {
        match gate.turn(when, job.user_id) {
            GateTurn::Enqueue => self.send(job, when == When::Delayed),
            GateTurn::Offer => self.move_job(job, JobEvent::Hold),
            GateTurn::Block => self.block(job, deployment),
            GateTurn::Fail(reason) => self.end_job(job, JobEvent::Fail, Some(reason)),
        }
    }

    /// Makes a job wait for the approval of its deployment. A job that waits so is not optional, unless its pipeline
    /// has finished already. What it was played with before is gone: nobody could know what they approve.
    ///
    /// # Errors
    /// The store's.
    pub fn block(&mut self, job: &mut Job, deployment: Option<Deployment>) -> Result<()> {
        // Judged by the jobs there are now: one that is tried again opens a pipeline whose status is still that of its end.
        let jobs = jobs::of_pipeline(self.tx, job.pipeline_id, false)?;
        job.allow_failure = stays_optional(job.allow_failure, composite(&views(&jobs)).is_finished());
        self.drop_variables(job)?;
        if job.status == JobStatus::Manual {
            jobs::save(self.tx, job)?;
        } else {
            self.move_job(job, JobEvent::Hold)?;
        }
        match deployment {
            Some(mut of) => self.move_deployment(&mut of, DeploymentEvent::Block, None),
            None => Ok(()),
        }
    }

    /// A deployment does not wait for approval any more, as `gate` has decided. Where nothing asks for any now, the job that
    /// makes it is optional again if it was written so; one that was approved is when it goes to the runners.
    ///
    /// # Errors
    /// A transition that does not exist; the store's.
    pub fn release(&mut self, of: &mut Deployment, job: Option<&mut Job>, gate: &Gate) -> Result<()> {
        self.move_deployment(of, DeploymentEvent::Release, Some(gate))?;
        if let Some(job) = job.filter(|_| !gate.asks_approval())
            && as_written(job)
        {
            jobs::save(self.tx, job)?;
        }
        Ok(())
    }

    fn drop_variables(&mut self, job: &mut Job) -> Result<()> {
        let mut script = Script::read(&job.script).unwrap_or_default();
        let keys = script.played_with.keys();
        if keys.is_empty() {
            return Ok(());
        }
        script.played_with = Given::default();
        job.script = script.write();
        jobs::set_script(self.tx, job.id, &job.script)?;
        let subject = Subject::of_project("Job", job.id.0, job.project_id);
        let event = Event::new(Code::JobVariablesDropped, subject).before(json!({"variables": keys}));
        self.events.push(event.after(json!({"name": job.name, "variables": []})));
        Ok(())
    }

    fn save_status(&mut self, id: PipelineId, jobs: &[Job]) -> Result<()> {
        let Some(mut pipeline) = pipelines::find(self.tx, id)? else { return Ok(()) };
        let status = composite(&views(jobs));
        let started = jobs.iter().filter_map(|j| j.started_at).min();
        if status == pipeline.status && pipeline.started_at == started.or(pipeline.started_at) {
            return Ok(());
        }
        let before = std::mem::replace(&mut pipeline.status, status);
        pipeline.started_at = pipeline.started_at.or(started);
        pipeline.updated_at = self.now;
        pipeline.finished_at = status.is_finished().then_some(self.now);
        pipelines::save(self.tx, &pipeline)?;
        if status.is_finished() && !before.is_finished() {
            let subject = Subject::of_project("Pipeline", id.0, pipeline.project_id);
            let after = json!({"status": status.as_str(), "ref": pipeline.ref_name, "sha": pipeline.sha});
            self.events.push(Event::new(Code::PipelineFinished, subject).after(after));
        }
        Ok(())
    }
}

/// Makes a job that waits for no approval as optional as it was written; whether that is new.
pub(crate) fn as_written(job: &mut Job) -> bool {
    let before = job.allow_failure;
    job.allow_failure |= Options::read(&job.options).optional;
    job.allow_failure != before
}

/// The jobs of a pipeline, without those that were retried, as it sees them. Jobs know what they need by its name.
pub(crate) fn views(jobs: &[Job]) -> Vec<View> {
    let names: HashMap<&str, JobId> = jobs.iter().map(|job| (job.name.as_str(), job.id)).collect();
    jobs.iter().map(|job| view(job, &names)).collect()
}

fn view(job: &Job, names: &HashMap<&str, JobId>) -> View {
    let (id, stage, status) = (job.id, job.stage_index, job.status);
    let needs = job.needs.as_ref().map(|needs| {
        // What cannot be read, and what is gone, is a job that never ran.
        let needed = serde_json::from_str::<Vec<String>>(needs).unwrap_or_else(|_| vec![String::new()]);
        needed.iter().map(|name| names.get(name.as_str()).copied().unwrap_or(JobId(0))).collect()
    });
    View { id, stage, status, when: job.when, allow_failure: job.allow_failure, needs }
}
