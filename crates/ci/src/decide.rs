//! Decides conditions by what is known of the pipeline.

mod files;
mod policies;
mod scope;

pub(crate) use files::Files;
pub(crate) use policies::fits;
pub(crate) use scope::{Scope, Shared};

use std::rc::Rc;

use crate::expression;
use crate::place::shown;
use crate::report::Report;
use crate::rules::Rule;
use crate::tools::Tools;
use crate::yaml::node::Position;

/// A condition cannot be decided; the reason is reported.
pub(crate) struct Undecided;

/// The first rule that is met.
///
/// # Errors
/// One before it cannot be decided.
pub(crate) fn first<'r>(
    rules: &'r [Rc<Rule>],
    scope: &Scope<'_>,
    files: &Files<'_>,
    tools: &Tools,
    report: &mut Report,
) -> Result<Option<&'r Rule>, Undecided> {
    for rule in rules {
        if met(rule, scope, files, tools, report)? {
            return Ok(Some(rule));
        }
    }
    Ok(None)
}

fn met(
    rule: &Rule,
    scope: &Scope<'_>,
    files: &Files<'_>,
    tools: &Tools,
    report: &mut Report,
) -> Result<bool, Undecided> {
    if let Some(condition) = &rule.condition
        && !holds(condition, scope, tools, rule.at, report)
    {
        return Ok(false);
    }
    if let Some(changes) = &rule.changes
        && !files.changed(changes, scope, report)?
    {
        return Ok(false);
    }
    match &rule.exists {
        Some(paths) => files.exist(paths, rule.at, scope, report),
        None => Ok(true),
    }
}

/// Whether an expression holds.
pub(crate) fn holds(
    condition: &expression::Expression,
    scope: &Scope<'_>,
    tools: &Tools,
    at: Position,
    report: &mut Report,
) -> bool {
    let mut unmatched = |name: &str| {
        let name = shown(name);
        report.warning(at, format!("`${name}` holds no pattern such as `/^release-/`, so nothing matches it"));
    };
    expression::evaluate(condition, scope, &tools.patterns, &mut unmatched)
}
