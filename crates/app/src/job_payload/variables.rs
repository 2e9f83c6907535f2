//! The variables of a job that runs, in ascending precedence, with their final values.

use crate::predefined::{self, Facts, Names};
use crate::script::{Script, Variable};
use countersign_ci as ci;
use countersign_store::jobs::Job;
use countersign_store::pipelines::Pipeline;
use countersign_store::runners::Runner;
use countersign_wire::runner as wire;
use std::collections::HashSet;

/// What only the runner knows: references to these are left for it to replace.
const RUNNERS_OWN: [&str; 13] = [
    "CI_BUILDS_DIR",
    "CI_CONCURRENT_ID",
    "CI_CONCURRENT_PROJECT_ID",
    "CI_JOB_STATUS",
    "CI_JOB_TIMEOUT",
    "CI_PROJECT_DIR",
    "CI_RUNNER_EXECUTABLE_ARCH",
    "CI_RUNNER_REVISION",
    "CI_RUNNER_SHORT_TOKEN",
    "CI_RUNNER_VERSION",
    "CI_SHARED_ENVIRONMENT",
    "GITLAB_ENV",
    "RUNNER_TEMP_PROJECT_DIR",
];

/// Stands around a name of [`RUNNERS_OWN`] while values are put together; no text that people write contains it.
const MARK: char = '\u{1}';

/// All variables of a job, each name once: predefined ones, then the file's and the job's, then those that earlier jobs
/// `left`, then those `given` from outside of the file; and last those of its environment that nobody can override.
pub(super) fn all(
    facts: &Facts<'_>,
    (pipeline, job, script): (&Pipeline, &Job, &Script),
    runner: &Runner,
    names: Option<&Names<'_>>,
    (left, given): (&[Variable], &[Variable]),
    job_token: &str,
) -> Vec<wire::Variable> {
    let mut all = predefined::of_pipeline(facts, pipeline);
    all.extend(predefined::of_job(facts, job));
    all.extend(of_runner(facts, runner, job_token));
    all.extend(names.map(predefined::of_environment).unwrap_or_default());
    let own = all.len();
    all.extend(over_predefined(script, left, given, names));
    // The path of a file is the runner's to know as well.
    let asked = all.iter().map(|v| if v.file { marked(&v.key) } else { ci::Variable::from(v) });
    let asked: Vec<ci::Variable> = RUNNERS_OWN.into_iter().map(marked).chain(asked).collect();
    let values = ci::expand_all(&asked).into_iter().skip(RUNNERS_OWN.len()).zip(all).enumerate();
    latest(values.map(|(at, (value, given))| finished(value.value, given, at < own)).collect())
}

/// What wins over the predefined variables, in ascending precedence: what the file says, what jobs `left`, what was `given`,
/// and what nobody can override.
pub(super) fn over_predefined<'v>(
    script: &Script,
    left: impl IntoIterator<Item = &'v Variable>,
    given: &'v [Variable],
    names: Option<&Names<'_>>,
) -> Vec<Variable> {
    let mut all = script.variables.clone();
    all.extend(left.into_iter().chain(given).cloned());
    all.extend(names.map(predefined::fixed).unwrap_or_default());
    all
}

/// Of several variables with one name the last: what it overrides may be a secret, and is nothing to the job.
fn latest(mut all: Vec<wire::Variable>) -> Vec<wire::Variable> {
    let mut seen = HashSet::new();
    all.reverse();
    all.retain(|variable| seen.insert(variable.key.clone()));
    all.reverse();
    all
}

/// A variable whose value the runner is to put in.
fn marked(key: &str) -> ci::Variable {
    ci::Variable { key: key.into(), value: format!("{MARK}{key}{MARK}"), raw: true }
}

/// What the job knows of the runner and of its own token.
fn of_runner(facts: &Facts<'_>, runner: &Runner, job_token: &str) -> Vec<Variable> {
    let repository = super::repository_url(&facts.config.external_url, &facts.project.full_path, job_token);
    let tags = serde_json::to_string(&runner.tags).unwrap_or_else(|_| "[]".into());
    let variable = |key: &str, value: String| Variable { key: key.into(), value, raw: true, ..Variable::default() };
    let secret = |key: &str, value: String| Variable { masked: true, private: true, ..variable(key, value) };
    vec![
        secret("CI_JOB_TOKEN", job_token.to_owned()),
        secret("CI_REPOSITORY_URL", repository),
        variable("CI_RUNNER_ID", runner.id.to_string()),
        variable("CI_RUNNER_DESCRIPTION", runner.description.clone()),
        variable("CI_RUNNER_TAGS", tags),
    ]
}

/// A variable as the runner gets it, with its value after expansion: final, unless something in it is for the runner to
/// replace. What goes into a file is left to the runner altogether.
fn finished(value: String, of: Variable, own: bool) -> wire::Variable {
    let Variable { key, file, masked, private, .. } = of;
    let open = !own && !file && value.contains(MARK);
    let (value, raw) = match (file, open) {
        (true, _) => (of.value, of.raw),
        (false, true) => (left_open(&value), false),
        (false, false) => (value, true),
    };
    wire::Variable { key, value, public: !private, file, masked, raw }
}

/// Puts references back where marks are, and makes every other `$` plain.
fn left_open(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for (at, piece) in value.split(MARK).enumerate() {
        match at % 2 {
            0 => text.push_str(&piece.replace('$', "$$")),
            _ => text.extend(["${", piece, "}"]),
        }
    }
    text
}

/// How many commits the variables ask for.
pub(super) fn depth(variables: &[wire::Variable]) -> Option<u32> {
    variables.iter().rev().find(|v| v.key == "GIT_DEPTH").and_then(|v| v.value.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_the_runner_knows_is_left_to_it_and_a_plain_dollar_stays_one() {
        let variable = || Variable { key: "A".into(), value: "written".into(), ..Variable::default() };
        let open = finished(format!("{MARK}CI_PROJECT_DIR{MARK}/x costs $5"), variable(), false);
        assert_eq!((open.value.as_str(), open.raw), ("${CI_PROJECT_DIR}/x costs $$5", false));
        let plain = finished("$5".into(), variable(), false);
        assert_eq!((plain.value.as_str(), plain.raw, plain.masked, plain.public), ("$5", true, false, true));
        let own = finished(format!("{MARK}CI_PROJECT_DIR{MARK}"), variable(), true);
        assert!(own.raw && own.value.contains(MARK));
        let file = finished(format!("{MARK}A{MARK}"), Variable { file: true, masked: true, ..variable() }, false);
        assert_eq!((file.value.as_str(), file.file, file.raw, file.masked), ("written", true, false, true));
    }

    #[test]
    fn of_one_name_only_the_last_is_told() {
        let variable =
            |key: &str, value: &str| wire::Variable { value: value.into(), key: key.into(), ..Default::default() };
        let told = latest(vec![variable("A", "1"), variable("B", "2"), variable("A", "3")]);
        assert_eq!(told.iter().map(|v| v.value.as_str()).collect::<Vec<_>>(), ["2", "3"]);
    }

    #[test]
    fn the_last_depth_counts() {
        let variable =
            |value: &str| wire::Variable { key: "GIT_DEPTH".into(), value: value.into(), ..wire::Variable::default() };
        assert_eq!(depth(&[variable("1"), variable("7")]), Some(7));
        assert_eq!(depth(&[variable("many")]), None);
    }
}
