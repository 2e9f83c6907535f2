//! One job: its name and its keywords.

use crate::keyword::JOB;
use crate::place::{Place, shown};
use crate::plan::{EnvironmentPlan, JobPlan, Variable, When};
use crate::report::Report;
use crate::stages::{self, Stages};
use crate::variables::{self, Scope};
use crate::when::Run;
use crate::yaml::node::{Entry, Kind, Position};
use crate::{allow_failure, environment, script, tags, when};

/// Longest name, in characters.
const MAX_CHARS: usize = 255;
/// Words that YAML or the runner's protocol would take for something else.
const RESERVED: [&str; 4] = ["false", "nil", "null", "true"];

/// A job as far as it could be read.
#[derive(Default)]
struct Draft {
    /// The name and its place; the inner `None` if it could not be read.
    stage: Option<Option<(String, Position)>>,
    script: Vec<String>,
    has_script: bool,
    before_script: Vec<String>,
    after_script: Vec<String>,
    variables: Vec<Variable>,
    run: Option<Run>,
    allow_failure: Option<bool>,
    tags: Vec<String>,
    environment: Option<EnvironmentPlan>,
}

/// Reads a job; `None` if it is `when: never` or something was reported. `stages` is `None` if they are not known.
pub(crate) fn read(entry: &Entry, stages: Option<&Stages>, report: &mut Report) -> Option<JobPlan> {
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
        keyword(&mut draft, key, place, report);
    }
    if !draft.has_script {
        report.error(entry.at, format!("`{place}` must contain a `script`"));
    }
    let stage = draft.stage.take().unwrap_or_else(|| Some((stages::DEFAULT_OF_JOB.to_owned(), entry.at)));
    let (stage, at) = stage?;
    if let Some(stages) = stages {
        stages.check(&stage, at, place, report);
    }
    finish(draft, stage, entry, report)
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

fn keyword(draft: &mut Draft, entry: &Entry, job: Place<'_>, report: &mut Report) {
    let (node, place) = (&entry.value, job.at(&entry.key));
    match &*entry.key {
        "stage" => draft.stage = Some(stages::name(node, place, report).map(|name| (name.to_owned(), node.at))),
        "script" => {
            draft.has_script = true;
            draft.script = script::read_main(node, place, report).unwrap_or_default();
        }
        "before_script" => draft.before_script = script::read(node, place, report).unwrap_or_default(),
        "after_script" => draft.after_script = script::read(node, place, report).unwrap_or_default(),
        "variables" => draft.variables = variables::read(node, Scope::Job, place, report).unwrap_or_default(),
        "when" => draft.run = when::read(node, place, report),
        "allow_failure" => draft.allow_failure = allow_failure::read(node, place, report),
        "tags" => draft.tags = tags::read(node, place, report).unwrap_or_default(),
        "environment" => draft.environment = environment::read(node, place, report),
        _ => JOB.refuse(entry, job, report),
    }
}

fn finish(draft: Draft, stage: String, entry: &Entry, report: &Report) -> Option<JobPlan> {
    let when = match draft.run {
        None => When::OnSuccess,
        Some(Run::When(when)) => when,
        Some(Run::Never) => return None,
    };
    Some(JobPlan {
        name: entry.key.as_ref().to_owned(),
        stage,
        stage_index: 0,
        script: draft.script,
        before_script: draft.before_script,
        after_script: draft.after_script,
        variables: draft.variables,
        when,
        allow_failure: draft.allow_failure.unwrap_or(when == When::Manual),
        tags: draft.tags,
        environment: draft.environment,
        file: report.file(entry.at.file).into(),
        line: usize::try_from(entry.at.line).unwrap_or(usize::MAX),
    })
}
