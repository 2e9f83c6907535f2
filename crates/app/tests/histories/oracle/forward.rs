//! Deployments that something later has overtaken.

use super::{Oracle, Project};

impl Oracle {
    /// Whether a deployment is not to run because a later one of another commit was deployed.
    pub(crate) fn is_outdated(&self, deployment: usize) -> bool {
        let of = &self.deployments[deployment];
        let here = |d: &usize| {
            let other = &self.deployments[*d];
            (other.aim.project, other.aim.name, other.status) == (of.aim.project, of.aim.name, "success")
        };
        let there = (0..self.deployments.len()).filter(here).max_by_key(|d| (self.deployments[*d].ended, *d));
        let overtaken = there.is_some_and(|last| last > deployment && self.deployments[last].sha != of.sha);
        overtaken && !self.backward.contains(&of.aim.project)
    }

    /// Whether the job of a deployment that has ended may be tried again all the same.
    pub(crate) fn may_roll_back(&self, deployment: usize) -> bool {
        !self.is_outdated(deployment) || !self.no_rollback.contains(&self.deployments[deployment].aim.project)
    }

    /// Fails a job that was overtaken.
    pub(crate) fn overtake(&mut self, job: usize) {
        self.jobs[job].overtaken = true;
        self.end(job, "failed");
    }

    /// A project decides whether outdated deployments run, and whether jobs are tried again that deploy something older.
    pub(crate) fn set_forward(&mut self, project: Project, only_forward: bool, rollback: bool) {
        self.backward.remove(&project);
        self.no_rollback.remove(&project);
        if !only_forward {
            self.backward.insert(project);
        }
        if !rollback {
            self.no_rollback.insert(project);
        }
    }
}
