//! Pipelines and their jobs: created, played, retried, canceled, handed out, ended.

use super::access::inferred;
use super::{Aim, Deployment, Job, No, Oracle, Pipeline, Project, Spot, User};

/// A job as the file describes it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) stage: i64,
    /// `on_success`, `manual` or `always`.
    pub(crate) when: &'static str,
    pub(crate) optional: bool,
    pub(crate) environment: Option<&'static str>,
    pub(crate) action: &'static str,
    pub(crate) tier: Option<&'static str>,
}

/// What a runner gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Handed {
    Job(usize),
    Nothing,
}

impl Oracle {
    /// Creates a pipeline.
    pub(crate) fn create(&mut self, by: User, project: Project, sha: usize, plans: &[Plan]) -> Result<(), No> {
        self.role(by, Spot::Project(project), 30)?;
        let pipeline = self.pipelines.len();
        self.pipelines.push(Pipeline { creator: by, sha });
        for plan in plans {
            let aim = plan.environment.map(|name| self.aim_at(by, project, name, plan.tier));
            self.add(Job {
                pipeline,
                project,
                stage: plan.stage,
                status: "created",
                manual: plan.when == "manual",
                always: plan.when == "always",
                optional: plan.optional,
                written: plan.optional,
                triggerer: by,
                starter: by,
                aim,
                action: plan.action,
                deployment: None,
                retried: false,
                rejected: false,
                overtaken: false,
                gated: false,
                claims: 0,
            });
        }
        self.advance(pipeline);
        Ok(())
    }

    /// Adds a job, and the deployment it makes.
    fn add(&mut self, mut job: Job) -> usize {
        let at = self.jobs.len();
        if let Some(aim) = job.aim.filter(|_| job.action == "start") {
            job.deployment = Some(self.deployments.len());
            let Pipeline { creator, sha } = self.pipelines[job.pipeline];
            self.deployments.push(Deployment {
                aim,
                job: Some(at),
                status: "created",
                barred: vec![job.triggerer, creator],
                ballots: vec![],
                ended_for_good: false,
                claimed: false,
                sha,
                ended: 0,
            });
        }
        self.jobs.push(job);
        at
    }

    /// The environment a job names; its tier is stored if the person may deploy under all tiers concerned.
    fn aim_at(&mut self, by: User, project: Project, name: &'static str, asked: Option<&'static str>) -> Aim {
        let stored = self.environments.get(&(project, name)).copied();
        let old = stored.unwrap_or_else(|| inferred(name));
        let mut refused = false;
        if let Some(tier) = asked.filter(|tier| *tier != old) {
            let above = self.upwards(self.homes[project]);
            let shields = self.shields_under(project, name, &[inferred(name), old, tier], &above);
            refused = !self.may_deploy_past(by, project, &shields);
            if !refused {
                self.environments.insert((project, name), tier);
                self.reassess();
            }
        }
        self.ensure(project, name);
        Aim { project, name, asked, refused }
    }

    /// Whether somebody may act on a job: as a developer, or by a deploy entry.
    fn check_acts(&self, by: User, job: usize) -> Result<(), No> {
        let of = &self.jobs[job];
        let level = self.on_project(by, of.project);
        let named = of.aim.is_some_and(|aim| self.sight(by, &aim) == 2);
        match () {
            () if self.people[by].admin || level >= 30 || named => Ok(()),
            () if level >= 20 => Err(403),
            () => Err(404),
        }
    }

    /// Plays a job; the new one, if it was tried again.
    pub(crate) fn play(&mut self, by: User, job: usize) -> Result<Option<usize>, No> {
        self.check_acts(by, job)?;
        if !self.may_run(by, job) {
            return Err(403);
        }
        let of = &self.jobs[job];
        if of.status != "manual" {
            let again = of.manual && matches!(of.status, "success" | "failed" | "canceled");
            return if again { self.retry(by, job).map(Some) } else { Err(400) };
        }
        if of.deployment.is_some_and(|d| self.is_outdated(d)) {
            return Err(403);
        }
        if of.deployment.is_some_and(|d| !self.approved(&self.deployments[d])) {
            return Err(400);
        }
        self.jobs[job].starter = by;
        self.start(job);
        self.advance(self.jobs[job].pipeline);
        Ok(None)
    }

    /// Sends a job to the runners, as optional as it was written.
    pub(crate) fn start(&mut self, job: usize) {
        self.jobs[job].status = "pending";
        self.jobs[job].optional = self.jobs[job].written;
    }

    /// Tries a job again; the new one.
    pub(crate) fn retry(&mut self, by: User, job: usize) -> Result<usize, No> {
        self.check_acts(by, job)?;
        let old = self.jobs[job].clone();
        let asks = old.deployment.is_some_and(|d| self.asks(&self.deployments[d]));
        let back = old.deployment.is_none_or(|d| self.may_roll_back(d));
        let ended = matches!(old.status, "success" | "failed" | "canceled");
        if old.retried || old.rejected || !ended || !back || !(asks || self.may_run(by, job)) {
            return Err(403);
        }
        self.jobs[job].retried = true;
        let aim = old.aim.map(|aim| self.aim_at(by, aim.project, aim.name, aim.asked));
        let fresh = Job {
            status: "created",
            optional: old.written,
            triggerer: by,
            starter: by,
            aim,
            deployment: None,
            overtaken: false,
            gated: false,
            claims: 0,
            ..old
        };
        let made = self.add(fresh);
        for later in self.counted(old.pipeline) {
            if self.jobs[later].stage > old.stage && self.jobs[later].status == "skipped" {
                self.jobs[later].status = "created";
                if let Some(deployment) = self.jobs[later].deployment {
                    self.deployments[deployment].status = "created";
                }
            }
        }
        self.pass_gate(made, false);
        self.advance(old.pipeline);
        Ok(made)
    }

    /// Cancels a job; the runner is asked to stop in order.
    pub(crate) fn cancel(&mut self, by: User, job: usize) -> Result<(), No> {
        self.check_acts(by, job)?;
        match self.jobs[job].status {
            "canceling" | "success" | "failed" | "canceled" | "skipped" => return Ok(()),
            "running" => self.jobs[job].status = "canceling",
            _ => self.end(job, "canceled"),
        }
        self.advance(self.jobs[job].pipeline);
        Ok(())
    }

    /// Hands the oldest job whose gate is open to a runner; those met before it are sent back. What only this lets move
    /// on waits for the next time.
    pub(crate) fn claim(&mut self) -> Handed {
        let waiting: Vec<usize> = (0..self.jobs.len()).filter(|j| self.jobs[*j].status == "pending").collect();
        waiting.into_iter().find(|job| self.hand_out(*job)).map_or(Handed::Nothing, Handed::Job)
    }

    fn hand_out(&mut self, job: usize) -> bool {
        let deployment = self.jobs[job].deployment;
        let approved = deployment.is_none_or(|d| self.approved(&self.deployments[d]));
        let again = self.jobs[job].claims > 0;
        let allowed = self.may_run(self.jobs[job].starter, job);
        let protected = self.is_protected(job);
        match () {
            // It came back untouched before its environment was protected: what is gated is handed out once.
            () if again && protected => self.end(job, "failed"),
            () if deployment.is_some_and(|d| self.is_outdated(d)) => self.overtake(job),
            () if !approved => self.block(job),
            () if !allowed => self.jobs[job].status = "manual",
            () => {
                self.jobs[job].status = "running";
                self.jobs[job].claims += 1;
                self.jobs[job].gated |= protected;
                if let Some(deployment) = deployment {
                    self.deployments[deployment].status = "running";
                    self.deployments[deployment].claimed = true;
                }
            }
        }
        self.advance(self.jobs[job].pipeline);
        self.jobs[job].status == "running"
    }

    /// Whether a job names a protected environment.
    pub(crate) fn is_protected(&self, job: usize) -> bool {
        self.jobs[job].aim.is_some_and(|aim| !self.shields_of(&aim).is_empty())
    }

    /// A runner says how its job ended.
    pub(crate) fn finish(&mut self, job: usize, well: bool) {
        let how = match (self.jobs[job].status, well) {
            ("canceling", _) => "canceled",
            (_, true) => "success",
            (_, false) => "failed",
        };
        self.end(job, how);
        if let (Some(aim), "success") = (self.jobs[job].aim, how) {
            match self.jobs[job].action {
                "start" => drop(self.stopped.remove(&(aim.project, aim.name))),
                "stop" => {
                    self.stopped.insert((aim.project, aim.name));
                    self.cancel_waiting(aim.project, aim.name);
                }
                _ => {}
            }
        }
        self.advance(self.jobs[job].pipeline);
    }

    /// A runner is never heard of again. Only a job that it never took up, and that reaches nothing protected, goes
    /// back to the queue.
    pub(crate) fn lose(&mut self, job: usize, taken_up: bool) {
        let gated = self.jobs[job].gated || self.is_protected(job);
        match self.jobs[job].status {
            "canceling" => self.end(job, "canceled"),
            _ if gated || taken_up => self.end(job, "failed"),
            _ => self.jobs[job].status = "pending",
        }
        self.advance(self.jobs[job].pipeline);
    }
}
