//! Decides which jobs are part of a pipeline, and how they run in it.

use std::collections::HashSet;
use std::rc::Rc;

use crate::decide::{self, Files, Scope, Shared, Undecided};
use crate::input::Input;
use crate::job::{Condition, Job, MAX_CHARS};
use crate::needs::{Dependency, Need};
use crate::parallel::Instance;
use crate::place::shown;
use crate::plan::{JobPlan, LeftOut, Variable, Why};
use crate::report::Report;
use crate::rules::Rule;
use crate::tools::Tools;
use crate::when::Run;
use crate::yaml::node::Position;

/// A job of the pipeline whose needs are still to be found.
pub(super) struct Planned {
    /// What is planned, without `needs`.
    pub(super) plan: JobPlan,
    /// The name of the job as defined.
    pub(super) defined: Rc<str>,
    /// The values that its matrix gave it.
    pub(super) matrix: Vec<Variable>,
    /// The jobs it needs.
    pub(super) needs: Option<Rc<[Need]>>,
    /// The jobs whose files it wants, if it says so.
    pub(super) dependencies: Option<Rc<[Dependency]>>,
}

/// The jobs that are part of the pipeline, and the others.
#[derive(Default)]
pub(super) struct Selected {
    pub(super) planned: Vec<Planned>,
    pub(super) left_out: Vec<LeftOut>,
    /// The names of both.
    names: HashSet<String>,
    undecided: bool,
}

/// Decides about all jobs.
///
/// # Errors
/// Something about one of them cannot be decided; all of it is reported.
pub(super) fn all(
    jobs: Vec<Job>,
    shared: &Shared<'_>,
    input: &Input<'_>,
    with: (&Files<'_>, &Tools),
    report: &mut Report,
) -> Result<Selected, Undecided> {
    let mut selected = Selected::default();
    for job in jobs {
        let defined: Rc<str> = job.plan.name.as_str().into();
        match &job.parallel {
            None => selected.one(&job, &defined, None, shared, input, with, report),
            Some(parallel) => {
                for instance in parallel.instances() {
                    selected.one(&job, &defined, Some(instance), shared, input, with, report);
                }
            }
        }
    }
    if selected.undecided { Err(Undecided) } else { Ok(selected) }
}

/// What a condition makes of a job.
enum Decision<'r> {
    /// It is part of the pipeline; by that rule, if there is one.
    In(Option<&'r Rule>),
    Out(Why),
}

impl Selected {
    #[expect(clippy::too_many_arguments, reason = "a job, and all that decides about it")]
    fn one(
        &mut self,
        job: &Job,
        defined: &Rc<str>,
        instance: Option<Instance>,
        shared: &Shared<'_>,
        input: &Input<'_>,
        with: (&Files<'_>, &Tools),
        report: &mut Report,
    ) {
        let mut plan = job.plan.clone();
        let mut matrix = Vec::new();
        if let Some(instance) = instance {
            plan.name.push_str(&instance.suffix);
            plan.parallel = Some((instance.index, instance.total));
            plan.variables.extend(instance.variables.iter().cloned());
            matrix = instance.variables;
            check_name(&plan.name, job.at, report);
        }
        if !self.names.insert(plan.name.clone()) {
            let why = "two values of a matrix are the same, or another job has that name";
            report.error(job.at, format!("`parallel` makes `{}` twice: {why}", shown(&plan.name)));
        }
        let decision = {
            let names = (plan.name.as_str(), plan.stage.as_str());
            let scope = Scope::of_job(shared, names, &plan.variables, &plan.inherited_variables);
            decide(job, &scope, input, with, report)
        };
        let rule = match decision {
            Err(Undecided) => {
                self.undecided = true;
                return;
            }
            Ok(Decision::Out(why)) => return self.left_out.push(LeftOut { name: plan.name, why }),
            Ok(Decision::In(rule)) => rule,
        };
        let run = rule.and_then(|rule| rule.run).unwrap_or(job.run);
        let Run::When(when, start_in) = run else {
            return self.left_out.push(LeftOut { name: plan.name, why: Why::Rule });
        };
        (plan.when, plan.start_in) = (when, start_in);
        let mut needs = job.needs.clone();
        if let Some(rule) = rule {
            apply(rule, &mut plan);
            needs = rule.needs.clone().or(needs);
        }
        let dependencies = job.dependencies.clone();
        self.planned.push(Planned { plan, defined: Rc::clone(defined), matrix, needs, dependencies });
    }
}

fn check_name(name: &str, at: Position, report: &mut Report) {
    if name.chars().nth(MAX_CHARS).is_some() {
        let message =
            format!("`parallel` makes the name `{}`, which has more than {MAX_CHARS} characters", shown(name));
        report.error(at, message);
    }
}

fn apply(rule: &Rule, plan: &mut JobPlan) {
    plan.variables.extend(rule.variables.iter().cloned());
    plan.interruptible = rule.interruptible.unwrap_or(plan.interruptible);
    if let Some(allowed) = rule.allow_failure {
        plan.allow_failure = allowed;
        plan.allowed_exit_codes = Vec::new();
    }
}

fn decide<'j>(
    job: &'j Job,
    scope: &Scope<'_>,
    input: &Input<'_>,
    (files, tools): (&Files<'_>, &Tools),
    report: &mut Report,
) -> Result<Decision<'j>, Undecided> {
    let Some(run) = &input.run else { return Ok(Decision::In(None)) };
    match &job.condition {
        Condition::Rules(rules) => Ok(match decide::first(rules, scope, files, tools, report)? {
            Some(rule) => Decision::In(Some(rule)),
            None => Decision::Out(Why::NoRule),
        }),
        Condition::Policies(policies) => {
            if let Some(only) = &policies.only
                && !decide::fits(only, run, scope, files, tools, report)?.all
            {
                return Ok(Decision::Out(Why::Only));
            }
            match &policies.except {
                Some(except) if decide::fits(except, run, scope, files, tools, report)?.any => {
                    Ok(Decision::Out(Why::Except))
                }
                _ => Ok(Decision::In(None)),
            }
        }
    }
}
