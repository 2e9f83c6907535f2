//! The variables that a condition can ask for.

use std::collections::{HashMap, HashSet};

use crate::expand::expand;
use crate::expression::Lookup;
use crate::input::Input;
use crate::plan::{Inherit, Variable};

/// How often a value may name a variable whose value names one, and so on.
const MAX_DEPTH: usize = 8;

/// The variables that all jobs share.
pub(crate) struct Shared<'a> {
    predefined: HashMap<&'a str, &'a str>,
    given: HashMap<&'a str, &'a str>,
    /// The names of those given that are empty in texts.
    secret: HashSet<&'a str>,
    /// The configuration's own.
    written: HashMap<&'a str, &'a str>,
}

fn map<'a>(variables: impl IntoIterator<Item = &'a Variable>) -> HashMap<&'a str, &'a str> {
    variables.into_iter().map(|variable| (variable.key.as_str(), variable.value.as_str())).collect()
}

impl<'a> Shared<'a> {
    /// Those from outside of the configuration, and those written in it for all jobs.
    pub(crate) fn new(input: &Input<'a>, written: impl IntoIterator<Item = &'a Variable>) -> Self {
        let secret = input.secret.iter().map(String::as_str).collect();
        Self { predefined: map(input.predefined), given: map(input.given), secret, written: map(written) }
    }
}

/// The variables of one job, or of the whole pipeline.
pub(crate) struct Scope<'s> {
    shared: &'s Shared<'s>,
    job: Option<Job<'s>>,
}

struct Job<'s> {
    name: &'s str,
    stage: &'s str,
    own: &'s [Variable],
    inherits: &'s Inherit,
}

impl<'s> Scope<'s> {
    /// The variables of the whole pipeline.
    pub(crate) fn of_pipeline(shared: &'s Shared<'s>) -> Self {
        Self { shared, job: None }
    }

    /// The variables of a job, by its name, its stage and its own variables.
    pub(crate) fn of_job(
        shared: &'s Shared<'s>,
        (name, stage): (&'s str, &'s str),
        own: &'s [Variable],
        inherits: &'s Inherit,
    ) -> Self {
        Self { shared, job: Some(Job { name, stage, own, inherits }) }
    }

    /// A text with the values of variables, and the values of those they name.
    pub(crate) fn expanded(&self, text: &str) -> String {
        self.expanded_to(text, MAX_DEPTH)
    }

    fn expanded_to(&self, text: &str, depth: usize) -> String {
        if !text.contains('$') {
            return text.to_owned();
        }
        expand(text, &|name| {
            if self.shared.secret.contains(name) {
                return Some(String::new());
            }
            let value = self.value(name)?;
            Some(if depth == 0 { value.to_owned() } else { self.expanded_to(value, depth - 1) })
        })
    }
}

impl Lookup for Scope<'_> {
    fn value(&self, name: &str) -> Option<&str> {
        if let Some(value) = self.shared.given.get(name) {
            return Some(value);
        }
        if let Some(job) = &self.job {
            if let Some(own) = job.own.iter().rev().find(|variable| variable.key == name) {
                return Some(&own.value);
            }
            match name {
                "CI_JOB_NAME" => return Some(job.name),
                "CI_JOB_STAGE" => return Some(job.stage),
                _ => {}
            }
        }
        let inherited = self.job.as_ref().is_none_or(|job| job.inherits.takes(name));
        let written = self.shared.written.get(name).filter(|_| inherited);
        written.or_else(|| self.shared.predefined.get(name)).copied()
    }
}
