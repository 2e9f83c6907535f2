//! The gate before an environment: everything that decides whether a deployment may go on (semantics, sections 3, 4).

use crate::access::{Directory, Level};
use crate::approval::Tally;
use crate::approval::Vote;
use crate::deployment::{Event as DeploymentEvent, Forward, Status as DeploymentStatus};
use crate::ids::{ProjectId, ProtectionId, UserId};
use crate::job::{FailureReason, When};
use crate::protection::{Protection, RunAfterApproval, Sight};
use crate::refusal::{Refusal, Result};

/// All that decides about one deployment, or about one job that names an environment without deploying to it.
#[derive(Debug, Clone)]
pub struct Gate {
    /// The people, groups and invitations concerned.
    pub directory: Directory,
    /// The project deployed.
    pub project: ProjectId,
    /// The protections that apply: the project's own, and those of every group above it.
    pub protections: Vec<Protection>,
    /// Whether approvals are asked for: only deployments (action `start`) ask, and only of protections that want any.
    pub deploys: bool,
    /// Those who may not vote: who triggered the deployment, and on a retry also who created the pipeline.
    pub initiators: Vec<UserId>,
    /// The standing votes in order of time.
    pub votes: Vec<Vote>,
    /// What decides whether the deployment is older than what was deployed last; none for what deploys nothing, or is the
    /// latest.
    pub forward: Option<Forward>,
}

/// What becomes of a job when its turn comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It goes to the runners.
    Enqueue,
    /// It waits to be played.
    Offer,
    /// It waits for approval: the deployment is blocked, the job manual and not optional.
    Block,
    /// It fails.
    Fail(FailureReason),
}

/// What becomes of a job that a runner asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// The runner gets it.
    Open,
    /// Something later was deployed meanwhile: it fails.
    Outdated,
    /// It lacks approval: the deployment is blocked, the job manual.
    Block,
    /// Whoever started it is gone or no longer allowed: the job is manual, to be played by someone who is.
    Hold,
    /// It was handed out before its environment was protected, and never taken up: it fails, as it might run twice.
    Lost,
}

/// What a change of rules, people or places means for a deployment that is pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reassessed {
    /// Nothing blocks it any more: it is `created`; its job stays `manual`, as only a vote starts a job by itself.
    Release,
    /// It lacks approval: it is `blocked`.
    Block,
}

impl Gate {
    /// The gate as a person finds it who acts through a job's token: an administrator's power does not reach so far.
    pub fn through_job(mut self, user: UserId) -> Gate {
        if let Some(person) = self.directory.people.get_mut(&user) {
            person.admin = false;
        }
        self
    }

    /// The gate as it would be without one of its protections.
    pub fn without(mut self, protection: ProtectionId) -> Gate {
        self.protections.retain(|p| p.id != protection);
        self
    }

    /// Whether any protection applies.
    pub fn is_protected(&self) -> bool {
        !self.protections.is_empty()
    }

    /// Whether any approval is asked for, given or not.
    pub fn asks_approval(&self) -> bool {
        self.deploys && self.protections.iter().any(Protection::asks_approval)
    }

    /// Whether approval is asked for and not complete.
    pub fn lacks_approval(&self) -> bool {
        self.asks_approval() && !Tally::of(self).is_complete()
    }

    /// Whether whoever plays the job may give it variables of its own, which win over all others: not where its deployment
    /// needs approval, nor where it did (`decided`), as they would change what was approved (semantics, section 4).
    pub fn admits_job_variables(&self, decided: bool) -> bool {
        !decided && !self.asks_approval()
    }

    /// Whether something later was deployed meanwhile: then it is not to run.
    pub fn is_outdated(&self) -> bool {
        self.forward.as_ref().is_some_and(Forward::is_outdated)
    }

    /// Whether the project is archived: then nothing starts.
    pub fn is_archived(&self) -> bool {
        self.directory.archived.contains(&self.project)
    }

    /// Whether a person may deploy: on the list of *each* protection; developers, where there is none.
    /// Administrators may use every environment. Nobody deploys an archived project.
    ///
    /// # Errors
    /// They may not.
    pub fn may_deploy(&self, user: UserId) -> Result<()> {
        if self.is_archived() {
            return Err(Refusal::Archived);
        }
        let Some(person) = self.directory.active(user) else { return Err(Refusal::MayNotDeploy) };
        if person.admin {
            return Ok(());
        }
        if !self.is_protected() {
            let enough = self.directory.on_project(user, self.project) >= Level::Developer;
            return if enough { Ok(()) } else { Err(Refusal::Role(Level::Developer.name())) };
        }
        let everywhere = self.protections.iter().all(|p| self.directory.on_deploy_list(user, p));
        if everywhere { Ok(()) } else { Err(Refusal::MayNotDeploy) }
    }

    /// Whether a person may change, stop or delete the environment behind the gate: `role` says whether their role lets
    /// them; where the environment is protected they must also be allowed to deploy.
    ///
    /// # Errors
    /// They may not.
    pub fn may_change(&self, user: Option<UserId>, role: Result<()>) -> Result<()> {
        role?;
        match user {
            Some(user) if self.is_protected() => self.may_deploy(user),
            Some(_) => Ok(()),
            None => Err(Refusal::Role(Level::Developer.name())),
        }
    }

    /// What the entries of the protections let a person see, member or not.
    pub fn sight(&self, user: UserId) -> Sight {
        let each = self.protections.iter().map(|p| self.directory.sight(user, p));
        each.max().unwrap_or(Sight::None)
    }

    /// What becomes of a job when its turn comes. An automatic job fails that is outdated, or whose triggerer may not
    /// deploy, unless it needed approval and has it: then it is played by someone who may.
    pub fn turn(&self, when: When, triggerer: Option<UserId>) -> Turn {
        if when != When::Manual && self.is_outdated() {
            return Turn::Fail(FailureReason::Outdated);
        }
        if self.lacks_approval() {
            return Turn::Block;
        }
        if when == When::Manual || self.is_archived() {
            return Turn::Offer;
        }
        match triggerer.map(|t| self.may_deploy(t)) {
            Some(Ok(())) => Turn::Enqueue,
            _ if self.is_protected() && !self.asks_approval() => Turn::Fail(FailureReason::ProtectedEnvironment),
            _ => Turn::Offer,
        }
    }

    /// Whether the vote that completes the approvals starts the job by itself: an automatic job, whose triggerer may
    /// deploy, and no protection that wants it started by hand.
    pub fn starts_by_itself(&self, when: When, triggerer: Option<UserId>) -> bool {
        let by_hand = self.protections.iter().any(|p| p.run_after_approval == RunAfterApproval::Manual);
        when != When::Manual && !by_hand && triggerer.is_some_and(|t| self.may_deploy(t).is_ok())
    }

    /// What becomes of a job that a runner asks for, started by `starter`. This check is the one that counts.
    pub fn claim(&self, starter: Option<UserId>) -> Claim {
        if self.is_outdated() {
            Claim::Outdated
        } else if self.lacks_approval() {
            Claim::Block
        } else if starter.is_some_and(|s| self.may_deploy(s).is_ok()) {
            Claim::Open
        } else {
            Claim::Hold
        }
    }

    /// As [`Gate::claim`], for a job whose deployment stands at `deployment`. One that runs already was let through
    /// once, and its job came back untouched: then only the person counts and what was deployed meanwhile, unless the environment was protected since:
    /// a gated job is never handed out again. One that has ended leads nowhere.
    pub fn claim_at(&self, deployment: Option<DeploymentStatus>, starter: Option<UserId>) -> Claim {
        match deployment {
            None | Some(DeploymentStatus::Created) => self.claim(starter),
            Some(DeploymentStatus::Running) if self.is_protected() => Claim::Lost,
            Some(DeploymentStatus::Running) if self.is_outdated() => Claim::Outdated,
            Some(DeploymentStatus::Running) if starter.is_some_and(|s| self.may_deploy(s).is_ok()) => Claim::Open,
            Some(_) => Claim::Hold,
        }
    }

    /// What the present state of rules, people and places means for a pending deployment whose turn has come and which
    /// no runner has; `None` if nothing changes.
    pub fn reassess(&self, status: DeploymentStatus) -> Option<Reassessed> {
        match (status, self.lacks_approval()) {
            (DeploymentStatus::Blocked, false) => Some(Reassessed::Release),
            (DeploymentStatus::Created, true) => Some(Reassessed::Block),
            _ => None,
        }
    }

    /// Whether a person may play a job: allowed to deploy, nothing later was deployed, and nothing lacks approval.
    ///
    /// # Errors
    /// They may not deploy, it is outdated, or approvals are missing.
    pub fn check_play(&self, user: UserId) -> Result<()> {
        self.may_deploy(user)?;
        self.forward.as_ref().map_or(Ok(()), Forward::check_run)?;
        let open = if self.deploys { Tally::of(self).pending() } else { 0 };
        if open > 0 {
            let plural = if open == 1 { "" } else { "s" };
            let text = format!("Unplayable Job: its deployment is blocked and still needs {open} approval{plural}");
            return Err(Refusal::Unplayable(text));
        }
        Ok(())
    }

    /// Whether a person may report a deployment of an outside tool as `running` or `success`: the claim of
    /// deployments without a job.
    ///
    /// # Errors
    /// They may not deploy, it is outdated, or approvals are missing.
    pub fn check_report(&self, user: UserId) -> Result<()> {
        self.may_deploy(user)?;
        self.forward.as_ref().map_or(Ok(()), Forward::check_run)?;
        let open = Tally::of(self).pending();
        if open > 0 { Err(Refusal::NotApproved(u32::try_from(open).unwrap_or(u32::MAX))) } else { Ok(()) }
    }
}

/// Decides on the report of an outside tool about a deployment that exists.
///
/// # Errors
/// The deployment belongs to a job or is final, the person may not deploy, approval is missing, or the transition does
/// not exist.
pub fn check_update(of: &Outside, gate: &Gate, user: UserId, event: DeploymentEvent) -> Result<()> {
    if of.has_job {
        return Err(Refusal::HasJob);
    }
    if of.is_final {
        return Err(Refusal::Final);
    }
    gate.may_deploy(user)?;
    let goes_on = matches!(event, DeploymentEvent::Run | DeploymentEvent::Succeed);
    if goes_on && !of.claimed {
        gate.check_report(user)?;
    }
    of.status.after(event).map(drop)
}

/// What the rules need to know of a deployment that an outside tool reports on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outside {
    /// Its status.
    pub status: DeploymentStatus,
    /// Whether a job makes it.
    pub has_job: bool,
    /// Whether nothing can follow any more.
    pub is_final: bool,
    /// Whether it was reported as running or done before.
    pub claimed: bool,
}

#[cfg(test)]
mod tests;
