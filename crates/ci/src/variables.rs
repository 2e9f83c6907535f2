//! `variables`, of the file and of jobs.

use crate::keyword::VARIABLE;
use crate::place::{Place, shown};
use crate::plan::Variable;
use crate::report::Report;
use crate::reread::reread;
use crate::values;
use crate::yaml::node::{Entry, Kind, Node};

/// Longest name of a variable, in characters.
const MAX_CHARS: usize = 255;

/// Whose variables are read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// The file's: may be described for people who start pipelines by hand.
    File,
    /// A job's.
    Job,
}

/// The variables in the order of the file.
pub(crate) fn read(node: &Node, scope: Scope, place: Place<'_>, report: &mut Report) -> Option<Vec<Variable>> {
    let Kind::Mapping(entries) = &node.kind else {
        report.error(node.at, format!("`{place}` must be a mapping of names to values, not {}", node.form()));
        return None;
    };
    let mut variables = Vec::with_capacity(entries.len());
    let mut whole = true;
    for entry in entries {
        match variable(entry, scope, place, report) {
            Some(variable) => variables.push(variable),
            None => whole = false,
        }
    }
    whole.then_some(variables)
}

fn variable(entry: &Entry, scope: Scope, place: Place<'_>, report: &mut Report) -> Option<Variable> {
    let place = place.at(&entry.key);
    let key = name(entry, place, report);
    let (value, raw) = match &entry.value.kind {
        Kind::Mapping(entries) => detailed(entry, entries, scope, place, report)?,
        _ => (scalar(&entry.value, place, report)?, false),
    };
    Some(Variable { key: key?, value, raw })
}

/// Whether a text can be the name of a variable.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && text.len() <= MAX_CHARS
}

/// The name of a variable, where it is the key of an entry.
pub(crate) fn name(entry: &Entry, place: Place<'_>, report: &mut Report) -> Option<String> {
    let good = is_name(&entry.key);
    if !good {
        let rule = format!("a variable's name must be 1 to {MAX_CHARS} letters (a-z, A-Z), digits and `_`");
        report.error(entry.at, format!("`{place}`: {rule}"));
    }
    good.then(|| entry.key.as_ref().to_owned())
}

fn scalar(node: &Node, place: Place<'_>, report: &mut Report) -> Option<String> {
    let text = node.text();
    if text.is_none() {
        let hint = if node.is_null() { "; write `\"\"` for an empty value" } else { "" };
        report.error(node.at, format!("`{place}` must be a text, number or boolean, not {}{hint}", node.form()));
    }
    if let Some((written, other)) = node.plain().and_then(|text| Some((text, reread(text)?))) {
        let stays = "here it stays as it is written. Put it between quotes";
        report.warning(node.at, format!("without quotes `{}` is `{other}` in GitLab; {stays}", shown(written)));
    }
    text.map(str::to_owned)
}

/// Value and rawness of a variable written as a mapping.
fn detailed(
    entry: &Entry,
    entries: &[Entry],
    scope: Scope,
    place: Place<'_>,
    report: &mut Report,
) -> Option<(String, bool)> {
    // A described variable of the file may leave its value to whoever starts the pipeline.
    let described = scope == Scope::File && entries.iter().any(|entry| &*entry.key == "description");
    let mut value = described.then(String::new);
    let mut expand = Some(true);
    let mut has_value = false;
    for entry in entries {
        match &*entry.key {
            "value" => {
                has_value = true;
                value = scalar(&entry.value, place.at("value"), report);
            }
            "expand" => expand = values::flag(&entry.value, place.at("expand"), report),
            "description" if scope == Scope::File => {
                values::text(&entry.value, place.at("description"), report);
            }
            "description" => {
                report.error(entry.at, format!("`{place}`: only the file's own `variables` can have a `description`"));
            }
            _ => VARIABLE.refuse(entry, place, report),
        }
    }
    if value.is_none() && !has_value {
        report.error(entry.at, format!("`{place}` needs a `value`"));
    }
    Some((value?, !expand?))
}
