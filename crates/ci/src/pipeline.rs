//! The whole configuration: its own keywords, then its jobs.

use std::rc::Rc;

use crate::MAX_JOBS;
use crate::inheritable::{self, Inheritable};
use crate::input::Input;
use crate::job::{self, Job, Surroundings};
use crate::keyword::TOP;
use crate::place::{Place, shown};
use crate::plan::{Plan, Variable};
use crate::planning::{self, Read};
use crate::report::Report;
use crate::stages::{self, Stages};
use crate::tools::Tools;
use crate::variables::{self, Scope};
use crate::workflow::{self, Workflow};
use crate::yaml::node::{Entry, Kind, Node, Position};

/// Reads the tree of a configuration and plans the pipeline. The result is worth something only if no error was
/// reported.
pub(crate) fn read(root: &Rc<Node>, input: &Input<'_>, tools: &Tools, report: &mut Report) -> Option<Plan> {
    let Kind::Mapping(entries) = &root.kind else {
        let form = root.form();
        report.error(root.at, format!("the file must be a mapping of keywords and jobs, not {form}"));
        return None;
    };
    let mut top = Top { stages: Some(Stages::standard()), ..Top::default() };
    let mut jobs: Vec<&Entry> = Vec::new();
    for entry in entries {
        match &*entry.key {
            key if TOP.read.contains(&key) => top.keyword(entry, tools, report),
            key if TOP.later.contains(&key) => report.error(entry.at, format!("`{key}` is not supported yet")),
            key if key.starts_with('.') => {}
            _ if is_mistaken(entry) => unknown(entry, report),
            _ => jobs.push(entry),
        }
    }
    if !may_run(&jobs, report) {
        return None;
    }
    let with = Surroundings { stages: top.stages.as_ref(), defaults: &top.defaults, tools };
    let jobs: Vec<Job> = jobs.iter().filter_map(|entry| job::read(entry, &with, report)).collect();
    let stages = top.stages?;
    planning::check_graph(&jobs, &stages, report);
    check_stages(&jobs, report);
    if report.has_errors() {
        return None;
    }
    planning::plan(Read { stages, variables: top.variables, workflow: top.workflow, jobs }, input, tools, report)
}

/// The keywords of the whole file.
#[derive(Default)]
struct Top {
    stages: Option<Stages>,
    variables: Vec<Variable>,
    workflow: Workflow,
    defaults: Inheritable,
    /// The keywords that `default` or the file itself sets for all jobs.
    defaulted: Vec<Rc<str>>,
}

impl Top {
    fn keyword(&mut self, entry: &Entry, tools: &Tools, report: &mut Report) {
        match &*entry.key {
            "stages" => self.stages = Stages::read(&entry.value, report),
            "variables" => {
                let place = Place::root("variables");
                self.variables = variables::read(&entry.value, Scope::File, place, report).unwrap_or_default();
            }
            "workflow" => self.workflow = workflow::read(&entry.value, tools, report),
            "default" => {
                for inner in entry.value.entries().unwrap_or_default() {
                    self.once(inner, report);
                }
                let written = inheritable::read_default(&entry.value, report);
                let own = std::mem::take(&mut self.defaults);
                self.defaults = written.inherit(&own, &crate::plan::Inherit::All);
            }
            // What is included was put in its place before.
            "include" => {}
            _ => {
                self.once(entry, report);
                let mut alone = Inheritable::default();
                alone.keyword_at_root(entry, report);
                let before = std::mem::take(&mut self.defaults);
                self.defaults = alone.inherit(&before, &crate::plan::Inherit::All);
            }
        }
    }

    /// Reports a keyword that is set for all jobs in two ways.
    fn once(&mut self, entry: &Entry, report: &mut Report) {
        if self.defaulted.contains(&entry.key) {
            let key = shown(&entry.key);
            report.error(entry.at, format!("`{key}` is given at the top and in `default`; keep one of them"));
        }
        self.defaulted.push(Rc::clone(&entry.key));
    }
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

/// Reports a configuration all of whose jobs are around the others.
fn check_stages(jobs: &[Job], report: &mut Report) {
    if let Some(first) = jobs.first()
        && jobs.iter().all(|job| stages::is_edge(&job.plan.stage))
    {
        report.error(first.at, "all jobs are in `.pre` or `.post`; at least one must be in another stage");
    }
}
