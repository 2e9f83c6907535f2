//! The waiting jobs that a runner may take, oldest first.

use crate::{Result, Tx};
use countersign_domain::access::Place;
use countersign_domain::ids::{GroupId, JobId, ProjectId, RunnerId};
use countersign_domain::protected_ref::{Kind, Named, RefRules};
use countersign_domain::time::Timestamp;
use countersign_store::directory::{self, People};
use countersign_store::jobs::{self, Waiting};
use countersign_store::protected_refs;
use countersign_store::runners::{self, Runner};
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

/// How many waiting jobs are looked at together.
const BATCH: i64 = 100;

/// Goes through the queue, a batch at a time.
pub(super) struct Queue {
    of: Option<RunnerId>,
    after: JobId,
    batch: VecDeque<Waiting>,
    exhausted: bool,
}

impl Queue {
    /// Begins at the oldest job: of the projects of a runner, if one is given.
    pub(super) fn new(of: Option<RunnerId>) -> Queue {
        Queue { of, after: JobId(0), batch: VecDeque::new(), exhausted: false }
    }

    /// The next job that waits.
    pub(super) fn next(&mut self, tx: &mut Tx<'_>) -> Result<Option<Waiting>> {
        if self.batch.is_empty() && !self.exhausted {
            self.batch = jobs::waiting(tx, self.of, self.after, BATCH)?.into();
            self.after = self.batch.back().map_or(self.after, |j| j.id);
            self.exhausted = i64::try_from(self.batch.len()).unwrap_or(i64::MAX) < BATCH;
        }
        Ok(self.batch.pop_front())
    }
}

/// The jobs in the queue that one runner may take.
pub(super) struct Matching<'r> {
    runner: &'r Runner,
    first: Option<JobId>,
    queue: Queue,
    fitting: Fitting,
}

impl<'r> Matching<'r> {
    /// Begins with the job `first`, then at the oldest.
    pub(super) fn new(runner: &'r Runner, first: Option<JobId>) -> Matching<'r> {
        Matching { runner, first, queue: Queue::new(runner.project_id.map(|_| runner.id)), fitting: Fitting::default() }
    }

    /// The next job the runner may take. A paused runner finds none.
    pub(super) fn next(&mut self, tx: &mut Tx<'_>) -> Result<Option<Waiting>> {
        while !self.runner.paused
            && let Some(job) = self.waiting(tx)?
        {
            if self.fitting.fits(tx, self.runner, &job)? {
                return Ok(Some(job));
            }
        }
        Ok(None)
    }

    fn waiting(&mut self, tx: &mut Tx<'_>) -> Result<Option<Waiting>> {
        let first = match self.first.take() {
            Some(id) => jobs::waiting_one(tx, id)?,
            None => None,
        };
        if first.is_some() { Ok(first) } else { self.queue.next(tx) }
    }
}

/// Whether runners may take jobs. What is read for one answer serves the next, within one transaction.
#[derive(Default)]
pub(super) struct Fitting {
    serving: HashMap<ProjectId, Vec<RunnerId>>,
    above: HashMap<ProjectId, Vec<GroupId>>,
    rules: HashMap<ProjectId, RefRules>,
}

impl Fitting {
    /// Whether the runner may take the job, paused or not.
    pub(super) fn fits(&mut self, tx: &mut Tx<'_>, runner: &Runner, job: &Waiting) -> Result<bool> {
        let fits = takes(runner, &job.tags) && wanted(runner, job);
        Ok(fits && self.serves(tx, runner, job.project_id)? && self.trusts(tx, runner, job)?)
    }

    /// Whether the runner takes what runs on the job's branch or tag: one kept for protected refs takes no other.
    fn trusts(&mut self, tx: &mut Tx<'_>, runner: &Runner, job: &Waiting) -> Result<bool> {
        if !runner.ref_protected {
            return Ok(true);
        }
        let rules = match self.rules.entry(job.project_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(room) => room.insert(protected_refs::rules(tx, job.project_id)?),
        };
        Ok(rules.protects(Named { kind: Kind::of_tag(job.tag), name: &job.ref_name }))
    }

    fn serves(&mut self, tx: &mut Tx<'_>, runner: &Runner, project: ProjectId) -> Result<bool> {
        match (runner.project_id, runner.group_id) {
            (Some(own), _) => Ok(own == project || self.serving(tx, project)?.contains(&runner.id)),
            (None, Some(group)) => Ok(self.above(tx, project)?.contains(&group)),
            (None, None) => Ok(true),
        }
    }

    /// The runners made for a project, or given to it.
    fn serving(&mut self, tx: &mut Tx<'_>, project: ProjectId) -> Result<&[RunnerId]> {
        match self.serving.entry(project) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(room) => Ok(room.insert(runners::serving(tx, project)?)),
        }
    }

    /// The groups above a project.
    fn above(&mut self, tx: &mut Tx<'_>, project: ProjectId) -> Result<&[GroupId]> {
        match self.above.entry(project) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(room) => {
                // No membership is looked at, so the day does not matter.
                let today = Timestamp(0).date();
                let directory = directory::load(tx, today, Place::Project(project), People::One(None))?;
                Ok(room.insert(directory.groups_above(project)))
            }
        }
    }
}

/// Whether the job's project wants to be served by runners of that kind.
fn wanted(runner: &Runner, job: &Waiting) -> bool {
    match (runner.project_id, runner.group_id) {
        (Some(_), _) => true,
        (None, Some(_)) => job.group_runners,
        (None, None) => job.shared_runners,
    }
}

/// Whether a runner takes a job with these tags. Tags that cannot be read match nothing.
fn takes(runner: &Runner, tags: &str) -> bool {
    let wanted = serde_json::from_str::<Vec<String>>(tags);
    wanted.is_ok_and(|wanted| countersign_domain::runner::takes(&runner.tags, runner.run_untagged, &wanted))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn runner(tags: &[&str], run_untagged: bool) -> Runner {
        Runner { tags: tags.iter().map(|t| (*t).to_owned()).collect(), run_untagged, ..fixture::runner(1) }
    }

    #[test]
    fn a_runner_needs_every_tag_and_takes_untagged_jobs_only_if_told_to() {
        assert!(takes(&runner(&["a", "b"], false), r#"["a"]"#));
        assert!(!takes(&runner(&["a"], true), r#"["a","b"]"#));
        assert!(takes(&runner(&[], true), "[]"));
        assert!(!takes(&runner(&["a"], false), "[]"));
        assert!(!takes(&runner(&["a"], true), "nonsense"));
    }
}
