//! From jobs with conditions to the jobs of one pipeline.

mod graph;
mod needed;
mod select;

pub(crate) use graph::check as check_graph;

use crate::MAX_JOBS;
use crate::decide::{self, Files, Scope, Shared};
use crate::input::Input;
use crate::job::Job;
use crate::plan::{LeftOut, Plan, Variable, Why};
use crate::report::Report;
use crate::stages::{self, Stages};
use crate::tools::Tools;
use crate::when::Run;
use crate::workflow::Workflow;
use crate::yaml::node::Position;
use select::Selected;

/// What was read of a configuration.
pub(crate) struct Read {
    /// The stages.
    pub(crate) stages: Stages,
    /// The file's variables.
    pub(crate) variables: Vec<Variable>,
    /// Whether there is a pipeline.
    pub(crate) workflow: Workflow,
    /// The jobs.
    pub(crate) jobs: Vec<Job>,
}

/// Plans the pipeline. The result is worth something only if no error was reported.
pub(crate) fn plan(read: Read, input: &Input<'_>, tools: &Tools, report: &mut Report) -> Option<Plan> {
    let files = Files::of(input.repository);
    let Read { stages, variables, workflow, jobs } = read;
    let mut plan = Plan { variables, on_new_commit: workflow.on_new_commit, ..Plan::default() };
    if !wanted(&mut plan, &workflow, input, &files, tools, report)? {
        plan.unwanted = true;
        plan.stages = stages.place(&mut []);
        return Some(plan);
    }
    let selected = {
        let shared = Shared::new(input, &plan.variables);
        plan.name = workflow.name.as_ref().map(|name| called(name, &shared)).filter(|name| !name.is_empty());
        select::all(jobs, &shared, input, (&files, tools), report)
    };
    let Selected { mut planned, left_out, .. } = selected.ok()?;
    plan.left_out = left_out;
    if planned.len() > MAX_JOBS {
        let message = format!("the configuration makes {} jobs; at most {MAX_JOBS} are allowed", planned.len());
        report.error(Position::START, message);
        return None;
    }
    needed::resolve(&mut planned, report);
    plan.jobs = planned.into_iter().map(|planned| planned.plan).collect();
    for cache in plan.jobs.iter_mut().flat_map(|job| &mut job.caches) {
        cache.key.resolve(|path| input.repository.content_id(path));
    }
    check(&mut plan, report);
    plan.stages = stages.place(&mut plan.jobs);
    Some(plan)
}

/// Whether `workflow` wants a pipeline; the variables of its rule become the plan's.
fn wanted(
    plan: &mut Plan,
    workflow: &Workflow,
    input: &Input<'_>,
    files: &Files<'_>,
    tools: &Tools,
    report: &mut Report,
) -> Option<bool> {
    let (Some(rules), Some(_)) = (&workflow.rules, input.run) else { return Some(true) };
    let shared = Shared::new(input, &plan.variables);
    let found = decide::first(rules, &Scope::of_pipeline(&shared), files, tools, report).ok()?;
    let Some(rule) = found.filter(|rule| rule.run != Some(Run::Never)) else { return Some(false) };
    plan.variables.extend(rule.variables.iter().cloned());
    Some(true)
}

fn called(name: &str, shared: &Shared<'_>) -> String {
    Scope::of_pipeline(shared).expanded(name).trim().chars().take(255).collect()
}

/// Says so if nothing would run.
fn check(plan: &mut Plan, report: &mut Report) {
    if plan.jobs.is_empty() {
        report.warning(Position::START, "the conditions of no job are met: no pipeline will run");
    } else if plan.jobs.iter().all(|job| stages::is_edge(&job.stage)) {
        let message = "only jobs in `.pre` and `.post` are left: no pipeline will run";
        report.warning(Position::START, message);
        let left = plan.jobs.drain(..).map(|job| LeftOut { name: job.name, why: Why::Alone });
        plan.left_out.extend(left);
    }
}
