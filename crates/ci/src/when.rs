//! `when`: what makes a job run, and `start_in`, how long it then waits.

use crate::duration;
use crate::place::Place;
use crate::plan::When;
use crate::report::Report;
use crate::values;
use crate::yaml::node::Node;

/// Longest delay of a job, in seconds: a week.
const MAX_DELAY: i64 = 7 * 24 * 3600;

/// A `when` as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// The job is part of the pipeline.
    When(When),
    /// The job is left out.
    Never,
}

/// What a `when` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Run {
    /// The job is part of the pipeline; delayed by that many seconds, if it is delayed.
    When(When, Option<i64>),
    /// The job is left out.
    Never,
}

const WORDS: [(&str, Word); 5] = [
    ("on_success", Word::When(When::OnSuccess)),
    ("on_failure", Word::When(When::OnFailure)),
    ("manual", Word::When(When::Manual)),
    ("always", Word::When(When::Always)),
    ("delayed", Word::When(When::Delayed)),
];
const RULE_WORDS: [(&str, Word); 6] = {
    let [a, b, c, d, e] = WORDS;
    [a, b, c, d, e, ("never", Word::Never)]
};

/// The word of a job, which cannot be `never`: as GitLab has it, only a rule leaves a job out.
pub(crate) fn read(node: &Node, place: Place<'_>, report: &mut Report) -> Option<Word> {
    if node.text() == Some("never") {
        let instead = "only a rule can leave a job out; a `.` before its name hides one that is never to run";
        report.error(node.at, format!("`{place}` cannot be `never`: {instead}"));
        return None;
    }
    one_of(&WORDS, node, place, report)
}

/// The word of a rule of a job.
pub(crate) fn read_rule(node: &Node, place: Place<'_>, report: &mut Report) -> Option<Word> {
    one_of(&RULE_WORDS, node, place, report)
}

fn one_of(words: &[(&str, Word)], node: &Node, place: Place<'_>, report: &mut Report) -> Option<Word> {
    let word = values::text(node, place, report)?;
    let found = words.iter().find(|(name, _)| *name == word).map(|(_, found)| *found);
    if found.is_none() {
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        values::refuse_word(node, place, word, &names, report);
    }
    found
}

/// `always` or `never`: whether a pipeline comes into being, or a file is included, at all.
pub(crate) fn read_switch(node: &Node, place: Place<'_>, report: &mut Report) -> Option<Word> {
    match values::text(node, place, report)? {
        "always" => Some(Word::When(When::Always)),
        "never" => Some(Word::Never),
        word => {
            values::refuse_word(node, place, word, &["always", "never"], report);
            None
        }
    }
}

/// `start_in`: how long a job waits once its turn has come, in seconds.
pub(crate) fn delay(node: &Node, place: Place<'_>, report: &mut Report) -> Option<i64> {
    let text = values::text(node, place, report)?;
    let span = duration::parse(text).filter(|seconds| *seconds <= MAX_DELAY);
    if span.is_none() {
        report.error(node.at, format!("`{place}` must be a span of time of at most a week, such as `30 minutes`"));
    }
    span
}

/// Puts a delay to the `when` it belongs to. The inner `None` is a delay that could not be read, which is reported.
///
/// # Errors
/// One is given without the other; the text says so.
pub(crate) fn with_delay(word: Option<Word>, start_in: Option<Option<i64>>) -> Result<Option<Run>, &'static str> {
    match (word, start_in) {
        (Some(Word::When(When::Delayed)), Some(seconds)) => Ok(Some(Run::When(When::Delayed, seconds))),
        (Some(Word::When(When::Delayed)), None) => Err("is `when: delayed` and needs a `start_in`"),
        (_, Some(_)) => Err("has a `start_in`, which only means something with `when: delayed`"),
        (Some(Word::When(when)), None) => Ok(Some(Run::When(when, None))),
        (Some(Word::Never), None) => Ok(Some(Run::Never)),
        (None, None) => Ok(None),
    }
}
