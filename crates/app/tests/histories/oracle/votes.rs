//! Voting and withdrawing.

use super::{Ballot, No, Oracle, User};

impl Oracle {
    /// Casts a vote; whether it is a new one.
    pub(crate) fn vote(
        &mut self,
        user: User,
        deployment: usize,
        yes: bool,
        named: Option<&str>,
        by_job: bool,
    ) -> Result<bool, No> {
        if by_job {
            self.check_job_sees(user, deployment)?
        } else {
            self.check_sees(user, &self.deployments[deployment].aim)?
        }
        let of = &self.deployments[deployment];
        if by_job || self.people[user].bot {
            return Err(403);
        }
        if of.status != "blocked" {
            return Err(400);
        }
        let eligible = self.check_eligible(user, deployment, named);
        if let Some(same) = of.ballots.iter().find(|b| b.user == user && b.yes == yes) {
            let demands = self.demands(of);
            let speaks = same.named.as_ref().is_none_or(|name| demands.iter().any(|d| self.is_called(name, d)));
            if speaks || eligible.is_err() {
                return Ok(false);
            }
        }
        eligible?;
        let ballots = &mut self.deployments[deployment].ballots;
        ballots.retain(|b| b.user != user);
        ballots.push(Ballot { user, yes, named: named.map(str::to_owned) });
        self.count(deployment, yes);
        Ok(true)
    }

    /// Whether a job's token sees a deployment: only as the member its person is.
    fn check_job_sees(&self, user: User, deployment: usize) -> Result<(), No> {
        match self.on_project(user, self.deployments[deployment].aim.project) {
            20.. => Ok(()),
            10.. => Err(403),
            _ => Err(404),
        }
    }

    fn check_eligible(&self, user: User, deployment: usize, named: Option<&str>) -> Result<(), No> {
        let of = &self.deployments[deployment];
        let demands = self.demands(of);
        let always = self.people[user].admin && !of.barred.contains(&user);
        if !always && !demands.iter().any(|d| self.fits(user, None, of, d)) {
            return Err(403);
        }
        let Some(name) = named else { return Ok(()) };
        let known = demands.iter().any(|d| self.is_called(name, d));
        let theirs = demands.iter().any(|d| self.fits(user, named, of, d));
        if known && (always || theirs) { Ok(()) } else { Err(400) }
    }

    /// What a new vote leads to.
    fn count(&mut self, deployment: usize, yes: bool) {
        let job = self.deployments[deployment].job;
        if !yes {
            match job {
                Some(job) => {
                    self.jobs[job].rejected = true;
                    self.end(job, "failed");
                }
                None => self.end_deployment(deployment, "failed"),
            }
        } else if self.approved(&self.deployments[deployment]) {
            self.deployments[deployment].status = "created";
            self.start_by_itself(deployment);
        }
        if let Some(job) = job {
            self.advance(self.jobs[job].pipeline);
        }
    }

    fn start_by_itself(&mut self, deployment: usize) {
        let of = &self.deployments[deployment];
        let Some(job) = of.job else { return };
        let by_hand = self.shields_of(&of.aim).iter().any(|s| s.by_hand);
        if !self.jobs[job].manual && !by_hand && self.may_run(self.jobs[job].triggerer, job) {
            self.start(job);
            if self.is_outdated(deployment) {
                return self.overtake(job);
            }
            self.jobs[job].starter = self.jobs[job].triggerer;
        }
    }

    /// Takes a vote back.
    pub(crate) fn withdraw(&mut self, user: User, deployment: usize) -> Result<(), No> {
        self.check_sees(user, &self.deployments[deployment].aim)?;
        let of = &mut self.deployments[deployment];
        if of.status != "blocked" {
            return Err(400);
        }
        let before = of.ballots.len();
        of.ballots.retain(|b| b.user != user);
        if of.ballots.len() < before { Ok(()) } else { Err(404) }
    }
}
