//! The variables of a job that runs, in ascending precedence, with their final values.

use super::GIT_USER;
use crate::predefined::{self, Facts, Names};
use crate::script::{Script, Variable, read_variables};
use countersign_ci as ci;
use countersign_store::jobs::Job;
use countersign_store::pipelines::Pipeline;
use countersign_store::runners::Runner;
use countersign_wire::runner as wire;

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

/// Those with a secret in them.
const SECRET: [&str; 3] = ["CI_JOB_TOKEN", "CI_REPOSITORY_URL", "CI_REGISTRY_PASSWORD"];

/// All variables of a job: predefined ones, then the file's and the job's, then the pipeline's, then those it was
/// played with; and last those of its environment that nobody can override.
pub(super) fn all(
    facts: &Facts<'_>,
    (pipeline, job): (&Pipeline, &Job),
    runner: &Runner,
    names: Option<&Names<'_>>,
    script: &Script,
    job_token: &str,
) -> Vec<wire::Variable> {
    let mut given = predefined::of_pipeline(facts, pipeline);
    given.extend(predefined::of_job(facts, job));
    given.extend(of_runner(facts, runner, job_token));
    given.extend(names.map(predefined::of_environment).unwrap_or_default());
    let own = given.len();
    given.extend(script.variables.iter().cloned());
    given.extend(read_variables(&pipeline.variables));
    given.extend(script.played_with.iter().cloned());
    given.extend(names.map(predefined::fixed).unwrap_or_default());
    // The path of a file is the runner's to know as well.
    let asked = given.iter().map(|v| if v.file { marked(&v.key) } else { ci::Variable::from(v) });
    let asked: Vec<ci::Variable> = RUNNERS_OWN.into_iter().map(marked).chain(asked).collect();
    let values = ci::expand_all(&asked).into_iter().skip(RUNNERS_OWN.len()).zip(given).enumerate();
    values.map(|(at, (value, given))| if given.file { file(given) } else { finished(value, at < own) }).collect()
}

/// A variable whose value the runner is to put in.
fn marked(key: &str) -> ci::Variable {
    ci::Variable { key: key.into(), value: format!("{MARK}{key}{MARK}"), raw: true }
}

/// A variable whose value the runner writes to a file.
fn file(of: Variable) -> wire::Variable {
    wire::Variable { key: of.key, value: of.value, public: true, file: true, masked: false, raw: of.raw }
}

/// What the job knows of the runner and of its own token.
fn of_runner(facts: &Facts<'_>, runner: &Runner, job_token: &str) -> Vec<Variable> {
    let url = facts.config.external_url.trim_end_matches('/');
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let repository = format!("{scheme}://{GIT_USER}:{job_token}@{rest}/{}.git", facts.project.full_path);
    let tags = serde_json::to_string(&runner.tags).unwrap_or_else(|_| "[]".into());
    [
        ("CI_JOB_TOKEN", job_token.to_owned()),
        ("CI_REPOSITORY_URL", repository),
        ("CI_RUNNER_ID", runner.id.to_string()),
        ("CI_RUNNER_DESCRIPTION", runner.description.clone()),
        ("CI_RUNNER_TAGS", tags),
    ]
    .map(|(key, value)| Variable { key: key.into(), value, raw: true, file: false })
    .to_vec()
}

/// A variable as the runner gets it: final, unless something in it is for the runner to replace.
fn finished(of: ci::Variable, own: bool) -> wire::Variable {
    let secret = own && SECRET.contains(&of.key.as_str());
    let open = !own && of.value.contains(MARK);
    let value = if open { left_open(&of.value) } else { of.value };
    wire::Variable { key: of.key, value, public: !secret, file: false, masked: secret, raw: !open }
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
        let value = format!("{MARK}CI_PROJECT_DIR{MARK}/x costs $5");
        let open = finished(ci::Variable { key: "A".into(), value, raw: true }, false);
        assert_eq!((open.value.as_str(), open.raw), ("${CI_PROJECT_DIR}/x costs $$5", false));
        let plain = finished(ci::Variable { key: "A".into(), value: "$5".into(), raw: true }, false);
        assert_eq!((plain.value.as_str(), plain.raw, plain.masked), ("$5", true, false));
        let token = finished(ci::Variable { key: "CI_JOB_TOKEN".into(), value: "x".into(), raw: true }, true);
        assert!(token.masked && !token.public);
    }

    #[test]
    fn the_last_depth_counts() {
        let variable =
            |value: &str| wire::Variable { key: "GIT_DEPTH".into(), value: value.into(), ..wire::Variable::default() };
        assert_eq!(depth(&[variable("1"), variable("7")]), Some(7));
        assert_eq!(depth(&[variable("many")]), None);
    }
}
