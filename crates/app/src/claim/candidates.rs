//! The waiting jobs that a runner may take, oldest first.

use crate::{Result, Tx};
use countersign_domain::access::Place;
use countersign_domain::ids::{GroupId, JobId, ProjectId};
use countersign_domain::protected_ref::{Kind, Named, RefRules};
use countersign_domain::time::Timestamp;
use countersign_store::directory::{self, People};
use countersign_store::jobs::{self, Waiting};
use countersign_store::protected_refs;
use countersign_store::runners::Runner;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};

/// How many waiting jobs are looked at together.
const BATCH: i64 = 100;

/// Goes through the queue, a batch at a time.
pub(super) struct Matching<'r> {
    runner: &'r Runner,
    after: JobId,
    batch: VecDeque<Waiting>,
    exhausted: bool,
    in_group: HashMap<ProjectId, bool>,
    rules: Rules,
}

impl<'r> Matching<'r> {
    /// Begins at the oldest job. A paused runner finds none.
    pub(super) fn new(runner: &'r Runner) -> Matching<'r> {
        let batch = VecDeque::new();
        Matching {
            runner,
            after: JobId(0),
            batch,
            exhausted: runner.paused,
            in_group: HashMap::new(),
            rules: Rules::new(),
        }
    }

    /// The next job the runner may take.
    pub(super) fn next(&mut self, tx: &mut Tx<'_>) -> Result<Option<Waiting>> {
        loop {
            while let Some(job) = self.batch.pop_front() {
                let fits = takes(self.runner, &job.tags) && wanted(self.runner, &job);
                if fits && self.serves(tx, job.project_id)? && self.trusts(tx, &job)? {
                    return Ok(Some(job));
                }
            }
            if self.exhausted {
                return Ok(None);
            }
            self.batch = jobs::waiting(tx, self.runner.project_id, self.after, BATCH)?.into();
            self.after = self.batch.back().map_or(self.after, |j| j.id);
            self.exhausted = i64::try_from(self.batch.len()).unwrap_or(i64::MAX) < BATCH;
        }
    }

    /// Whether the runner takes what runs on the job's branch or tag: one kept for protected refs takes no other.
    fn trusts(&mut self, tx: &mut Tx<'_>, job: &Waiting) -> Result<bool> {
        if !self.runner.ref_protected {
            return Ok(true);
        }
        let rules = match self.rules.entry(job.project_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(room) => room.insert(protected_refs::rules(tx, job.project_id)?),
        };
        Ok(rules.protects(Named { kind: Kind::of_tag(job.tag), name: &job.ref_name }))
    }

    fn serves(&mut self, tx: &mut Tx<'_>, project: ProjectId) -> Result<bool> {
        let Some(group) = self.runner.group_id else { return Ok(true) };
        if let Some(known) = self.in_group.get(&project) {
            return Ok(*known);
        }
        let known = lies_in(tx, project, group)?;
        self.in_group.insert(project, known);
        Ok(known)
    }
}

/// Which branches and tags of a project are protected, as far as was asked.
type Rules = HashMap<ProjectId, RefRules>;

fn lies_in(tx: &mut Tx<'_>, project: ProjectId, group: GroupId) -> Result<bool> {
    // No membership is looked at, so the day does not matter.
    let today = Timestamp(0).date();
    let directory = directory::load(tx, today, Place::Project(project), People::One(None))?;
    Ok(directory.groups_above(project).contains(&group))
}

/// Whether the job's project wants to be served by runners of that kind.
fn wanted(runner: &Runner, job: &Waiting) -> bool {
    match (runner.project_id, runner.group_id) {
        (Some(_), _) => true,
        (None, Some(_)) => job.group_runners,
        (None, None) => job.shared_runners,
    }
}

/// Whether a runner has all tags of a job, or takes jobs without any. Tags that cannot be read match nothing.
fn takes(runner: &Runner, tags: &str) -> bool {
    match serde_json::from_str::<Vec<String>>(tags) {
        Ok(wanted) if wanted.is_empty() => runner.run_untagged,
        Ok(wanted) => wanted.iter().all(|tag| runner.tags.contains(tag)),
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_domain::ids::RunnerId;

    fn runner(tags: &[&str], run_untagged: bool) -> Runner {
        Runner {
            id: RunnerId(1),
            runner_type: "instance_type".into(),
            group_id: None,
            project_id: None,
            description: String::new(),
            tags: tags.iter().map(|t| (*t).to_owned()).collect(),
            run_untagged,
            paused: false,
            locked: false,
            ref_protected: false,
            maximum_timeout: None,
            maintenance_note: None,
            created_at: Timestamp(0),
            contacted_at: None,
        }
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
