//! Decides `only` and `except`.

use super::{Files, Scope, Undecided, holds};
use crate::input::Run;
use crate::only_except::{Policy, Ref};
use crate::report::Report;
use crate::tools::Tools;
use crate::yaml::node::Position;

/// What a policy says of a pipeline.
pub(crate) struct Verdict {
    /// All kinds of conditions that it has are met.
    pub(crate) all: bool,
    /// One of them is.
    pub(crate) any: bool,
}

/// Asks all kinds of conditions of a policy.
///
/// # Errors
/// One of them cannot be decided.
pub(crate) fn fits(
    policy: &Policy,
    run: &Run<'_>,
    scope: &Scope<'_>,
    files: &Files<'_>,
    tools: &Tools,
    report: &mut Report,
) -> Result<Verdict, Undecided> {
    let at = policy.at.unwrap_or(Position::START);
    let mut verdict = Verdict { all: true, any: false };
    let mut note = |met: bool| {
        verdict.all &= met;
        verdict.any |= met;
    };
    if let Some(refs) = &policy.refs {
        note(refs.iter().any(|wanted| is_ref(wanted, run, tools)));
    }
    if let Some(conditions) = &policy.variables {
        note(conditions.iter().any(|condition| holds(condition, scope, tools, at, report)));
    }
    if let Some(changes) = &policy.changes {
        note(files.changed(changes, scope, report)?);
    }
    Ok(verdict)
}

/// Whether a pipeline is for a ref: by a word for its kind or source, by name, or by pattern.
fn is_ref(wanted: &Ref, run: &Run<'_>, tools: &Tools) -> bool {
    let Ref { text, project } = wanted;
    if project.as_ref().is_some_and(|project| project != run.project) {
        return false;
    }
    match text.as_str() {
        "branches" => !run.tag,
        "tags" => run.tag,
        pattern if pattern.starts_with('/') => {
            tools.patterns.get(pattern).is_some_and(|pattern| pattern.is_match(run.ref_name))
        }
        word => word == run.ref_name || word == run.source || word == plural(run.source),
    }
}

fn plural(source: &str) -> String {
    match source {
        "push" => "pushes".to_owned(),
        other => format!("{other}s"),
    }
}
