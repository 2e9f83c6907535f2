//! Whose turn it is in a pipeline, what the gate makes of it, and how changes reach what is pending.

use super::Oracle;

impl Oracle {
    /// The jobs of a pipeline that were not retried.
    pub(crate) fn counted(&self, pipeline: usize) -> Vec<usize> {
        (0..self.jobs.len()).filter(|j| self.jobs[*j].pipeline == pipeline && !self.jobs[*j].retried).collect()
    }

    /// Whether nothing of a pipeline is still to come, but optional jobs to play.
    pub(crate) fn pipeline_is_over(&self, pipeline: usize) -> bool {
        self.counted(pipeline).into_iter().all(|j| self.jobs[j].has_ended() || self.jobs[j].is_ignored())
    }

    /// Gives every job whose turn has come its turn: stage by stage, each once all before has ended.
    pub(crate) fn advance(&mut self, pipeline: usize) {
        let jobs = self.counted(pipeline);
        let last = jobs.iter().map(|j| self.jobs[*j].stage).max().unwrap_or(-1);
        for stage in 0..=last {
            let before: Vec<usize> = jobs.iter().copied().filter(|j| self.jobs[*j].stage < stage).collect();
            if before.iter().any(|j| !self.jobs[*j].has_ended() && !self.jobs[*j].is_ignored()) {
                return;
            }
            let bad = |j: &usize| matches!(self.jobs[*j].status, "failed" | "canceled") && !self.jobs[*j].optional;
            let went_badly = before.iter().any(bad);
            for &job in &jobs {
                if self.jobs[job].stage == stage && self.jobs[job].status == "created" {
                    self.give_turn(job, went_badly);
                }
            }
        }
    }

    fn give_turn(&mut self, job: usize, went_badly: bool) {
        if went_badly && !self.jobs[job].always {
            self.end(job, "skipped");
        } else {
            let manual = self.jobs[job].manual;
            self.pass_gate(job, manual);
        }
    }

    /// What becomes of a job whose turn it is.
    pub(crate) fn pass_gate(&mut self, job: usize, manual: bool) {
        let deployment = self.jobs[job].deployment;
        let of = deployment.map(|d| &self.deployments[d]);
        let asks = of.is_some_and(|d| self.asks(d));
        if !manual && deployment.is_some_and(|d| self.is_outdated(d)) {
            return self.overtake(job);
        }
        if of.is_some_and(|d| !self.approved(d)) {
            return self.block(job);
        }
        let protected = self.is_protected(job);
        let allowed = self.may_run(self.jobs[job].starter, job);
        match () {
            () if manual => self.jobs[job].status = "manual",
            () if allowed => self.start(job),
            () if protected && !asks => self.end(job, "failed"),
            () => self.jobs[job].status = "manual",
        }
    }

    /// Makes a job and its deployment wait for approval.
    pub(crate) fn block(&mut self, job: usize) {
        let over = self.pipeline_is_over(self.jobs[job].pipeline);
        self.jobs[job].optional &= over;
        self.jobs[job].status = "manual";
        if let Some(deployment) = self.jobs[job].deployment {
            self.deployments[deployment].status = "blocked";
        }
    }

    /// A change lets a deployment go on: a job that was optional is so again where nothing asks for approval now.
    fn release(&mut self, deployment: usize) {
        self.deployments[deployment].status = "created";
        if let Some(job) = self.deployments[deployment].job {
            if !self.asks(&self.deployments[deployment]) {
                self.jobs[job].optional = self.jobs[job].written;
            }
            self.advance(self.jobs[job].pipeline);
        }
    }

    /// Ends a job, and its deployment with it.
    pub(crate) fn end(&mut self, job: usize, how: &'static str) {
        self.jobs[job].status = how;
        if let Some(deployment) = self.jobs[job].deployment {
            self.end_deployment(deployment, how);
        }
    }

    /// Ends a deployment; for good, if approval was missing.
    pub(crate) fn end_deployment(&mut self, deployment: usize, how: &'static str) {
        let of = &mut self.deployments[deployment];
        of.ended_for_good |= of.status == "blocked";
        of.status = how;
        if how != "skipped" {
            self.endings += 1;
            of.ended = self.endings;
        }
    }

    /// Lets a change of rules, people or places reach everything that is pending.
    pub(crate) fn reassess(&mut self) {
        for deployment in 0..self.deployments.len() {
            let of = &self.deployments[deployment];
            let job = of.job;
            let reached = job.is_none_or(|j| matches!(self.jobs[j].status, "pending" | "manual"));
            if !of.is_pending() || !reached {
                continue;
            }
            match (of.status, self.approved(of), job) {
                ("blocked", true, _) => self.release(deployment),
                ("created", false, None) => self.deployments[deployment].status = "blocked",
                ("created", false, Some(job)) => {
                    self.block(job);
                    self.advance(self.jobs[job].pipeline);
                }
                _ => {}
            }
        }
    }
}
