//! One job: its name and its keywords.

mod finish;

pub(crate) use finish::{Condition, Job};

use std::rc::Rc;

use crate::allow_failure::{self, AllowFailure};
use crate::environment::Written;
use crate::inheritable::{self, Inheritable, Inherits};
use crate::keyword::JOB;
use crate::needs::{self, Dependency, Need};
use crate::only_except::{self, Policy};
use crate::parallel::{self, Parallel};
use crate::place::{Place, shown};
use crate::plan::Variable;
use crate::report::Report;
use crate::rules::{self, Of, Rule};
use crate::stages::{self, Stages};
use crate::tools::Tools;
use crate::variables::{self, Scope};
use crate::when::{self, Word};
use crate::yaml::node::{Entry, Kind, Node, Position};
use crate::{environment, resource_group, script, values};

/// Longest name, in characters.
pub(crate) const MAX_CHARS: usize = 255;
/// Words that YAML or the runner's protocol would take for something else.
const RESERVED: [&str; 4] = ["false", "nil", "null", "true"];

/// What all jobs are read with.
pub(crate) struct Surroundings<'a> {
    /// The stages; `None` if they could not be read.
    pub(crate) stages: Option<&'a Stages>,
    /// What a job has that does not say otherwise.
    pub(crate) defaults: &'a Inheritable,
    /// Compiled patterns and shared rules.
    pub(crate) tools: &'a Tools,
}

/// A job as far as it could be read.
#[derive(Default)]
struct Draft {
    /// The name and its place; the inner `None` if it could not be read.
    stage: Option<Option<(String, Position)>>,
    script: Option<Vec<String>>,
    own: Inheritable,
    inherits: Inherits,
    variables: Vec<Variable>,
    word: Option<Word>,
    /// The inner `None` if it could not be read.
    start_in: Option<Option<i64>>,
    allow_failure: Option<AllowFailure>,
    environment: Option<Written>,
    rules: Option<Vec<Rc<Rule>>>,
    only: Option<Policy>,
    except: Option<Policy>,
    needs: Option<Vec<Need>>,
    dependencies: Option<Vec<Dependency>>,
    parallel: Option<Parallel>,
    resource_group: Option<String>,
    manual_confirmation: Option<String>,
}

/// Reads a job. The result is worth something only if no error was reported.
pub(crate) fn read(entry: &Entry, with: &Surroundings<'_>, report: &mut Report) -> Option<Job> {
    let jobs = Place::root("jobs");
    let place = jobs.at(&entry.key);
    check_name(entry, report);
    let Kind::Mapping(keys) = &entry.value.kind else {
        let form = entry.value.form();
        report.error(entry.at, format!("`{place}` must be a mapping of keywords with a `script`, not {form}"));
        return None;
    };
    let mut draft = Draft::default();
    for key in keys {
        if !draft.own.keyword(key, place, report) {
            keyword(&mut draft, key, place, with.tools, report);
        }
    }
    check_together(keys, place, report);
    let stage = draft.stage.take().unwrap_or_else(|| Some((stages::DEFAULT_OF_JOB.to_owned(), entry.at)));
    let (stage, at) = stage?;
    if let Some(stages) = with.stages {
        stages.check(&stage, at, place, report);
    }
    draft.finish(entry, stage, with.defaults, report)
}

fn check_name(entry: &Entry, report: &mut Report) {
    let name = &*entry.key;
    if RESERVED.contains(&name) {
        report.error(entry.at, format!("a job cannot be called `{name}`: the word is reserved"));
    } else if name.chars().nth(MAX_CHARS).is_some() {
        report.error(entry.at, format!("the job's name `{}` has more than {MAX_CHARS} characters", shown(name)));
    } else if name.trim().is_empty() || name.chars().any(char::is_control) {
        let message = format!("the job's name `{}` must be visible text without line breaks", shown(name));
        report.error(entry.at, message);
    }
}

fn keyword(draft: &mut Draft, entry: &Entry, job: Place<'_>, tools: &Tools, report: &mut Report) {
    let (node, place) = (&entry.value, job.at(&entry.key));
    match &*entry.key {
        "stage" => draft.stage = Some(stages::name(node, place, report).map(|name| (name.to_owned(), node.at))),
        "script" => draft.script = Some(script::read_main(node, place, report).unwrap_or_default()),
        "variables" => draft.variables = variables::read(node, Scope::Job, place, report).unwrap_or_default(),
        "when" => draft.word = when::read(node, place, report),
        "start_in" => draft.start_in = Some(when::delay(node, place, report)),
        "allow_failure" => draft.allow_failure = allow_failure::read(node, place, report),
        "environment" => draft.environment = environment::read(node, place, report),
        "inherit" => draft.inherits = inheritable::read_inherit(node, place, report).unwrap_or_default(),
        "rules" => draft.rules = rules::read(node, Of::Job, place, tools, report),
        "only" => draft.only = only_except::read(node, place, tools, report),
        "except" => draft.except = only_except::read(node, place, tools, report),
        "needs" => draft.needs = needs::read(node, place, report),
        "dependencies" => draft.dependencies = needs::dependencies(node, place, report),
        "manual_confirmation" => draft.manual_confirmation = confirmation(node, place, report),
        "resource_group" => draft.resource_group = resource_group::read(node, place, report),
        "parallel" => draft.parallel = parallel::read(node, place, report),
        _ => JOB.refuse(entry, job, report),
    }
}

/// What whoever plays the job is asked to confirm.
fn confirmation(node: &Node, place: Place<'_>, report: &mut Report) -> Option<String> {
    let text = values::text(node, place, report)?;
    if text.trim().is_empty() || text.chars().nth(MAX_CHARS).is_some() {
        report.error(node.at, format!("`{place}` must have 1 to {MAX_CHARS} characters"));
        return None;
    }
    Some(text.to_owned())
}

/// Keywords that exclude each other.
fn check_together(keys: &[Entry], job: Place<'_>, report: &mut Report) {
    let find = |name: &str| keys.iter().find(|entry| &*entry.key == name);
    if find("rules").is_none() {
        return;
    }
    for name in ["only", "except", "start_in"] {
        if let Some(entry) = find(name) {
            report.error(entry.at, format!("`{}` cannot be used beside `rules`; put it into the rules", job.at(name)));
        }
    }
}
