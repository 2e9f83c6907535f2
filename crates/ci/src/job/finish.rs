//! From a job's keywords to what is planned of it.

use std::rc::Rc;

use super::Draft;
use crate::allow_failure::AllowFailure;
use crate::inheritable::Inheritable;
use crate::needs::{Dependency, Need};
use crate::only_except::Policy;
use crate::parallel::Parallel;
use crate::place::Place;
use crate::plan::{JobPlan, When};
use crate::report::Report;
use crate::rules::Rule;
use crate::when::{self, Run, Word};
use crate::yaml::node::{Entry, Position};

/// A job with what decides about it.
pub(crate) struct Job {
    /// What is planned, if all conditions are met; without `needs`.
    pub(crate) plan: JobPlan,
    /// When it runs, if no rule says otherwise.
    pub(crate) run: Run,
    /// Whether it is part of a pipeline.
    pub(crate) condition: Condition,
    /// The jobs it needs.
    pub(crate) needs: Option<Rc<[Need]>>,
    /// The jobs whose files it wants.
    pub(crate) dependencies: Option<Rc<[Dependency]>>,
    /// The jobs to be made of it.
    pub(crate) parallel: Option<Parallel>,
    /// Where its environment names the job that stops it.
    pub(crate) on_stop: Option<Position>,
    /// Where its name is.
    pub(crate) at: Position,
}

/// What decides whether a job is part of a pipeline.
pub(crate) enum Condition {
    /// The first rule that is met.
    Rules(Vec<Rc<Rule>>),
    /// `only` and `except`.
    Policies(Box<Policies>),
}

/// `only` and `except` of a job.
pub(crate) struct Policies {
    /// What must fit.
    pub(crate) only: Option<Policy>,
    /// What must not.
    pub(crate) except: Option<Policy>,
}

impl Draft {
    pub(super) fn finish(
        self,
        entry: &Entry,
        stage: String,
        defaults: &Inheritable,
        report: &mut Report,
    ) -> Option<Job> {
        let jobs = Place::root("jobs");
        let place = jobs.at(&entry.key);
        // What runs without a script is refused by its own keyword.
        let other = entry.value.get("trigger").or_else(|| entry.value.get("run"));
        if self.script.is_none() && other.is_none() {
            report.error(entry.at, format!("`{place}` must contain a `script`"));
        }
        let run = match when::with_delay(self.word, self.start_in) {
            Ok(run) => run.unwrap_or(Run::When(When::OnSuccess, None)),
            // Beside rules, a `start_in` is refused already.
            Err(problem) => {
                if !(self.rules.is_some() && self.start_in.is_some()) {
                    report.error(entry.at, format!("`{place}` {problem}"));
                }
                return None;
            }
        };
        let manual = self.word == Some(Word::When(When::Manual));
        let (allow_failure, allowed_exit_codes) = match self.allow_failure {
            None => (manual, Vec::new()),
            Some(AllowFailure::Flag(flag)) => (flag, Vec::new()),
            Some(AllowFailure::ExitCodes(codes)) => (false, codes),
        };
        let on_stop = self.environment.as_ref().and_then(|written| written.on_stop);
        let all = self.own.inherit(defaults, &self.inherits.default);
        let plan = JobPlan {
            name: entry.key.as_ref().to_owned(),
            stage,
            script: self.script?,
            before_script: all.before_script.unwrap_or_default(),
            after_script: all.after_script.unwrap_or_default(),
            pre_get_sources: all.pre_get_sources.unwrap_or_default(),
            variables: self.variables,
            inherited_variables: self.inherits.variables,
            allow_failure,
            allowed_exit_codes,
            retry: all.retry,
            timeout: all.timeout,
            interruptible: all.interruptible.unwrap_or(false),
            manual_confirmation: self.manual_confirmation,
            tags: all.tags.unwrap_or_default(),
            environment: self.environment.map(|written| written.plan),
            resource_group: self.resource_group,
            artifacts: all.artifacts.filter(|artifacts| !artifacts.is_nothing()),
            caches: all.caches.unwrap_or_default(),
            image: all.image,
            services: all.services.unwrap_or_default(),
            file: report.file(entry.at.file).into(),
            line: usize::try_from(entry.at.line).unwrap_or(usize::MAX),
            ..JobPlan::default()
        };
        let condition = match self.rules {
            Some(rules) => Condition::Rules(rules),
            None => Condition::Policies(Box::new(Policies { only: self.only, except: self.except })),
        };
        let needs = self.needs.map(Rc::from);
        let dependencies = self.dependencies.map(Rc::from);
        Some(Job { plan, run, condition, needs, dependencies, parallel: self.parallel, on_stop, at: entry.at })
    }
}
