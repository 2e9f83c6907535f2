//! Whose turn it is in a pipeline: by stages, and for jobs that say what they need, by that.

use super::Job;
use crate::ids::JobId;
use crate::job::{Status as JobStatus, When};
use std::collections::{HashMap, HashSet};

/// What is to happen to a job whose turn has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It may run (the gate decides whether it does).
    Run(JobId),
    /// It waits to be played (the gate decides whether it waits for approval instead).
    Offer(JobId),
    /// It is not to run.
    Skip(JobId),
}

/// How what a job waits for has ended.
#[derive(Debug, Clone, Copy, Default)]
struct Before {
    /// Something failed that counts.
    failed: bool,
    /// Something was canceled that counts.
    canceled: bool,
    /// Something did not run at all.
    left_out: bool,
    /// Something has not ended.
    open: bool,
}

impl Before {
    fn note(&mut self, job: &Job) {
        match job.effective() {
            _ if job.is_ignored() => self.left_out = true,
            JobStatus::Failed => self.failed = true,
            JobStatus::Canceled => self.canceled = true,
            JobStatus::Skipped => self.left_out = true,
            JobStatus::Success => {}
            _ => self.open = true,
        }
    }
}

/// The jobs whose turn has come: those that need certain jobs once these have ended, the others stage by stage, once
/// everything before has ended. `jobs` are those that were not retried, in any order. To be asked again until there are
/// none: what is skipped can be what another waits for.
pub fn turns(jobs: &[Job]) -> Vec<Turn> {
    let index: HashMap<JobId, &Job> = jobs.iter().map(|job| (job.id, job)).collect();
    let mut ordered: Vec<&Job> = jobs.iter().collect();
    ordered.sort_by_key(|job| job.stage);
    let mut turns = Vec::new();
    let mut earlier = Before::default();
    for stage in ordered.chunk_by(|a, b| a.stage == b.stage) {
        let mut here = Before::default();
        for job in stage {
            let turn = (job.status == JobStatus::Created).then(|| turn(job, earlier, &index)).flatten();
            match turn {
                Some(Turn::Skip(_)) => here.left_out = true,
                _ => here.note(job),
            }
            turns.extend(turn);
        }
        earlier.failed |= here.failed;
        earlier.canceled |= here.canceled;
        earlier.open |= here.open;
    }
    turns
}

fn turn(job: &Job, earlier: Before, index: &HashMap<JobId, &Job>) -> Option<Turn> {
    let before = match &job.needs {
        None => Before { left_out: false, ..earlier },
        Some(needs) => {
            let mut before = Before::default();
            for need in needs {
                match index.get(need) {
                    Some(needed) => before.note(needed),
                    None => before.left_out = true,
                }
            }
            before
        }
    };
    if before.open {
        return None;
    }
    let went_well = !(before.failed || before.canceled || before.left_out);
    Some(match job.when {
        When::Always => Turn::Run(job.id),
        When::OnSuccess | When::Delayed if went_well => Turn::Run(job.id),
        When::OnFailure if before.failed => Turn::Run(job.id),
        When::Manual if went_well => Turn::Offer(job.id),
        When::OnSuccess | When::Delayed | When::OnFailure | When::Manual => Turn::Skip(job.id),
    })
}

/// What gets another chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    /// Jobs in stages after that one, and those that need the job.
    After(i64),
    /// Only jobs that need the job.
    Needing,
}

/// The skipped jobs that get another chance once a job runs anew, or at last: those that need it, and those that need
/// one of them; and those of later stages.
pub fn to_renew(jobs: &[Job], of: JobId, what: Renewed) -> Vec<JobId> {
    let mut renewed: Vec<JobId> = Vec::new();
    let mut again: HashSet<JobId> = HashSet::from([of]);
    loop {
        let known = renewed.len();
        for job in jobs.iter().filter(|job| job.status == JobStatus::Skipped && !again.contains(&job.id)) {
            let concerned = match (&job.needs, what) {
                (Some(needs), _) => needs.iter().any(|need| again.contains(need)),
                (None, Renewed::After(stage)) => job.stage > stage,
                (None, Renewed::Needing) => false,
            };
            if concerned {
                renewed.push(job.id);
            }
        }
        again.extend(&renewed);
        if renewed.len() == known {
            return renewed;
        }
    }
}

#[cfg(test)]
mod tests;
