//! The whole file: its own keywords, then its jobs.

use crate::MAX_JOBS;
use crate::job;
use crate::keyword::TOP;
use crate::place::{Place, shown};
use crate::plan::{JobPlan, Plan, Variable};
use crate::report::Report;
use crate::stages::{self, Stages};
use crate::variables::{self, Scope};
use crate::yaml::node::{Entry, Kind, Node, Position};

/// Reads the tree of a file. The result is worth something only if no error was reported.
pub(crate) fn read(root: &Node, report: &mut Report) -> Option<Plan> {
    let Kind::Mapping(entries) = &root.kind else {
        let form = root.form();
        report.error(root.at, format!("the file must be a mapping of keywords and jobs, not {form}"));
        return None;
    };
    let mut stages = Some(Stages::standard());
    let mut variables: Vec<Variable> = Vec::new();
    let mut jobs: Vec<&Entry> = Vec::new();
    for entry in entries {
        match &*entry.key {
            "stages" => stages = Stages::read(&entry.value, report),
            "variables" => {
                let place = Place::root("variables");
                variables = variables::read(&entry.value, Scope::File, place, report).unwrap_or_default();
            }
            key if TOP.later.contains(&key) => report.error(entry.at, format!("`{key}` is not supported yet")),
            key if key.starts_with('.') => {}
            _ if is_mistaken(entry) => unknown(entry, report),
            _ => jobs.push(entry),
        }
    }
    if !may_run(&jobs, report) {
        return None;
    }
    let mut jobs: Vec<JobPlan> = jobs.iter().filter_map(|entry| job::read(entry, stages.as_ref(), report)).collect();
    if !report.has_errors() {
        check_planned(&jobs, report);
    }
    let stages = stages?.place(&mut jobs);
    Some(Plan { stages, variables, jobs })
}

/// Whether a key is rather a misspelt keyword than a job: it is near to one, and its value is not a job.
fn is_mistaken(entry: &Entry) -> bool {
    let is_job = match &entry.value.kind {
        Kind::Mapping(keys) => keys.iter().any(|key| &*key.key == "script" || &*key.key == "stage"),
        _ => false,
    };
    !is_job && !TOP.hint(&entry.key).is_empty()
}

fn unknown(entry: &Entry, report: &mut Report) {
    report.error(entry.at, format!("unknown keyword `{}`{}", shown(&entry.key), TOP.hint(&entry.key)));
}

/// Reports a number of jobs that no pipeline can have.
fn may_run(jobs: &[&Entry], report: &mut Report) -> bool {
    if jobs.is_empty() {
        let message = "the file defines no job; a job is a name (not beginning with `.`) with a `script`";
        report.error(Position::START, message);
    }
    if let Some(first_too_many) = jobs.get(MAX_JOBS) {
        let message = format!("the file defines {} jobs; at most {MAX_JOBS} are allowed", jobs.len());
        report.error(first_too_many.at, message);
    }
    (1..=MAX_JOBS).contains(&jobs.len())
}

/// Says so if nothing would run.
fn check_planned(jobs: &[JobPlan], report: &mut Report) {
    let Some(first) = jobs.first() else {
        report.warning(Position::START, "every job is `when: never`: no pipeline will run");
        return;
    };
    if jobs.iter().all(|job| stages::is_edge(&job.stage)) {
        let line = u32::try_from(first.line).unwrap_or(u32::MAX);
        let at = Position { line, ..Position::START };
        report.error(at, "all jobs are in `.pre` or `.post`; at least one must be in another stage");
    }
}
