//! `script`, `before_script` and `after_script`.

use crate::place::Place;
use crate::report::Report;
use crate::yaml::node::{Kind, Node};

/// Deepest nesting of lists of commands, the outermost counted.
const MAX_NESTING: usize = 10;

/// The commands of a script: a text, or texts in lists of up to 10 levels, flattened.
pub(crate) fn read(node: &Node, place: Place<'_>, report: &mut Report) -> Option<Vec<String>> {
    let mut commands = Vec::new();
    let whole = match &node.kind {
        Kind::Sequence(_) => collect(node, place, 1, &mut commands, report),
        _ => command(node, place, &mut commands, report),
    };
    whole.then_some(commands)
}

/// The commands of a `script`, which must have at least one that is not blank.
pub(crate) fn read_main(node: &Node, place: Place<'_>, report: &mut Report) -> Option<Vec<String>> {
    let commands = read(node, place, report)?;
    if commands.iter().all(|command| command.trim().is_empty()) {
        report.error(node.at, format!("`{place}` must contain at least one command"));
        return None;
    }
    Some(commands)
}

fn collect(node: &Node, place: Place<'_>, level: usize, into: &mut Vec<String>, report: &mut Report) -> bool {
    let Kind::Sequence(items) = &node.kind else { return command(node, place, into, report) };
    if level > MAX_NESTING {
        report.error(node.at, format!("`{place}` is nested more than {MAX_NESTING} lists deep"));
        return false;
    }
    let mut whole = true;
    for item in items {
        whole &= collect(item, place, level + 1, into, report);
    }
    whole
}

fn command(node: &Node, place: Place<'_>, into: &mut Vec<String>, report: &mut Report) -> bool {
    if let Some(text) = node.text() {
        into.push(text.to_owned());
        return true;
    }
    let hint = match node.kind {
        Kind::Mapping(_) => ": a command that contains `: ` must be quoted as a whole",
        _ => "",
    };
    let form = node.form();
    report.error(node.at, format!("`{place}` must be a text or a list of texts; here is {form}{hint}"));
    false
}
