//! Deployments that outside tools make.

use super::access::inferred;
use super::{Aim, Deployment, No, Oracle, Project, Spot, User};

impl Oracle {
    /// Stores the inferred tier of an environment that nobody named before.
    pub(crate) fn ensure(&mut self, project: Project, name: &'static str) {
        self.environments.entry((project, name)).or_insert_with(|| inferred(name));
    }

    /// Records a deployment.
    pub(crate) fn announce(
        &mut self,
        by: User,
        project: Project,
        name: &'static str,
        (status, sha): (&'static str, usize),
    ) -> Result<(), No> {
        let hidden = |no| if no == 404 && self.named_in(by, project) { 403 } else { no };
        self.role(by, Spot::Project(project), 30).map_err(hidden)?;
        let aim = Aim { project, name, asked: None, refused: false };
        if !self.may_deploy(by, &aim) {
            return Err(403);
        }
        self.ensure(project, name);
        let mut of = Deployment {
            aim,
            job: None,
            status,
            barred: vec![by],
            ballots: vec![],
            ended_for_good: false,
            claimed: matches!(status, "running" | "success"),
            sha,
            ended: 0,
        };
        if self.asks(&of) {
            if matches!(status, "created" | "running") {
                of.status = "blocked";
                of.claimed = false;
            }
            of.ended_for_good = of.status != "blocked";
        }
        if of.status == "success" {
            self.stopped.remove(&(project, name));
        }
        if matches!(of.status, "success" | "failed" | "canceled") {
            self.endings += 1;
            of.ended = self.endings;
        }
        self.deployments.push(of);
        Ok(())
    }

    /// Reports another status.
    pub(crate) fn report(&mut self, by: User, deployment: usize, status: &'static str) -> Result<(), No> {
        self.check_sees(by, &self.deployments[deployment].aim)?;
        let of = &self.deployments[deployment];
        let role = self.people[by].admin || self.on_project(by, of.aim.project) >= 30;
        if !role && self.sight(by, &of.aim) < 2 {
            return Err(403);
        }
        let goes_on = matches!(status, "running" | "success");
        if of.job.is_some() || of.ended_for_good || !self.may_deploy(by, &of.aim) {
            return Err(403);
        }
        if goes_on && !of.claimed && (self.is_outdated(deployment) || !self.approved(of)) {
            return Err(403);
        }
        if of.status == status || (status == "running" && of.status != "created") {
            return Err(400);
        }
        if goes_on {
            self.deployments[deployment].claimed = true;
        }
        if status == "running" {
            self.deployments[deployment].status = status;
        } else {
            self.end_deployment(deployment, status);
        }
        if status == "success" {
            self.stopped.remove(&(self.deployments[deployment].aim.project, self.deployments[deployment].aim.name));
        }
        Ok(())
    }

    /// Stops an environment, and cancels what waits there for approval.
    pub(crate) fn stop(&mut self, by: User, project: Project, name: &'static str) -> Result<(), No> {
        let aim = Aim { project, name, asked: None, refused: false };
        self.check_sees(by, &aim)?;
        if self.shields_of(&aim).is_empty() {
            self.role(by, Spot::Project(project), 30)?;
        } else if !self.may_deploy(by, &aim) {
            return Err(403);
        }
        if self.stopped.insert((project, name)) {
            self.cancel_waiting(project, name);
        }
        Ok(())
    }

    /// Cancels what waits for approval before an environment that stops.
    pub(crate) fn cancel_waiting(&mut self, project: Project, name: &'static str) {
        for deployment in 0..self.deployments.len() {
            let of = &self.deployments[deployment];
            if (of.aim.project, of.aim.name, of.status) != (project, name, "blocked") {
                continue;
            }
            match of.job {
                None => self.end_deployment(deployment, "canceled"),
                Some(job) => {
                    self.end(job, "canceled");
                    self.advance(self.jobs[job].pipeline);
                }
            }
        }
    }
}
