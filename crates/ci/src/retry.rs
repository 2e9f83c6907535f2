//! `retry`: how often, and after which failures, a job is tried again by itself.

use std::rc::Rc;

use crate::keyword::RETRY;
use crate::place::Place;
use crate::plan::Retry;
use crate::report::Report;
use crate::values;
use crate::yaml::node::{Kind, Node};

/// Most times.
const MAX: i64 = 2;
/// The failures that `when` can name.
const REASONS: [&str; 16] = [
    "always",
    "unknown_failure",
    "script_failure",
    "api_failure",
    "stuck_or_timeout_failure",
    "runner_system_failure",
    "runner_unsupported",
    "stale_schedule",
    "job_execution_timeout",
    "archived_failure",
    "unmet_prerequisites",
    "scheduler_failure",
    "data_integrity_failure",
    "image_pull_failure",
    "runner_interrupted",
    "runner_configuration_error",
];

/// Reads `retry`: a number, or a mapping of `max`, `when` and `exit_codes`.
pub(crate) fn read(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Retry> {
    let Kind::Mapping(entries) = &node.kind else {
        let max = times(node, place, report)?;
        return Some(Retry { max, ..Retry::default() });
    };
    let mut retry = Retry { max: 0, ..Retry::default() };
    let mut whole = true;
    for entry in entries {
        let (value, at) = (&entry.value, place.at(&entry.key));
        let read = match &*entry.key {
            "max" => times(value, at, report).map(|max| retry.max = max),
            "when" => reasons(value, at, report).map(|when| retry.when = when),
            "exit_codes" => exit_codes(value, at, report).map(|codes| retry.exit_codes = codes),
            _ => {
                RETRY.refuse(entry, place, report);
                None
            }
        };
        whole &= read.is_some();
    }
    whole.then_some(retry)
}

/// Codes a script may end with: one, or a list.
pub(crate) fn exit_codes(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<i64>> {
    let items = values::flattened(node, place, report)?;
    let codes: Vec<Option<i64>> = items.into_iter().map(|item| values::number(item, (0, 255), place, report)).collect();
    codes.into_iter().collect()
}

fn times(node: &Node, place: Place<'_>, report: &mut Report) -> Option<u8> {
    values::number(node, (0, MAX), place, report).and_then(|number| u8::try_from(number).ok())
}

fn reasons(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<String>> {
    let items = values::flattened(node, place, report)?;
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        let word = values::text(item, place, report)?;
        if !REASONS.contains(&word) {
            values::refuse_word(item, place, word, &REASONS, report);
            return None;
        }
        found.push(word.to_owned());
    }
    Some(found)
}
