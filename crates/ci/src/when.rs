//! `when`: what makes a job run.

use crate::place::Place;
use crate::plan::When;
use crate::report::Report;
use crate::values;
use crate::yaml::node::Node;

/// Words that exist but are not supported yet.
const LATER: [&str; 2] = ["delayed", "on_failure"];

/// What a job's `when` asks for.
#[derive(Clone, Copy)]
pub(crate) enum Run {
    /// The job is part of the pipeline.
    When(When),
    /// The job is left out.
    Never,
}

/// The word as written.
pub(crate) fn read(node: &Node, place: Place<'_>, report: &mut Report) -> Option<Run> {
    let word = values::text(node, place, report)?;
    match word {
        "on_success" => Some(Run::When(When::OnSuccess)),
        "manual" => Some(Run::When(When::Manual)),
        "always" => Some(Run::When(When::Always)),
        "never" => Some(Run::Never),
        _ if LATER.contains(&word) => {
            report.error(node.at, format!("`{place}: {word}` is not supported yet"));
            None
        }
        _ => {
            values::refuse_word(node, place, word, &["on_success", "manual", "always", "never"], report);
            None
        }
    }
}
