//! `artifacts`: the files that a job leaves for later jobs and for people.

use std::rc::Rc;

use crate::keyword::{ARTIFACTS, REPORTS};
use crate::place::Place;
use crate::plan::{Artifacts, Expiry, SaveWhen};
use crate::report::Report;
use crate::yaml::node::{Entry, Node};
use crate::{duration, values};

/// Most patterns of one list.
const MAX_PATTERNS: usize = 250;
/// Longest pattern or name, in characters.
const MAX_CHARS: usize = 1000;

/// Reads `artifacts`.
pub(crate) fn read(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Artifacts> {
    let Some(entries) = node.entries() else {
        report.error(node.at, format!("`{place}` must be a mapping with `paths`, not {}", node.form()));
        return None;
    };
    let mut artifacts = Artifacts::default();
    let mut whole = true;
    for entry in entries {
        whole &= keyword(&mut artifacts, entry, place, report).is_some();
    }
    if whole && artifacts.is_nothing() {
        report.warning(node.at, format!("`{place}` keeps nothing: it has neither `paths` nor `untracked`"));
    }
    whole.then_some(artifacts)
}

fn keyword(artifacts: &mut Artifacts, entry: &Entry, of: Place<'_>, report: &mut Report) -> Option<()> {
    let (node, place) = (&entry.value, of.at(&entry.key));
    match &*entry.key {
        "paths" => artifacts.paths = patterns(node, place, report)?,
        "exclude" => artifacts.exclude = patterns(node, place, report)?,
        "untracked" => artifacts.untracked = values::flag(node, place, report)?,
        "name" => artifacts.name = Some(name(node, place, report)?),
        "when" => artifacts.when = when(node, place, report)?,
        "expire_in" => artifacts.expire_in = Some(expiry(node, place, report)?),
        "reports" => artifacts.dotenv = reports(node, place, report)?,
        _ => {
            ARTIFACTS.refuse(entry, of, report);
            return ARTIFACTS.ignored.contains(&&*entry.key).then_some(());
        }
    }
    Some(())
}

/// Patterns of files, each below the work tree.
pub(crate) fn patterns(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<String>> {
    values::texts(node, (MAX_PATTERNS, MAX_CHARS), place, report)
}

fn name(node: &Node, place: Place<'_>, report: &mut Report) -> Option<String> {
    let text = values::text(node, place, report)?;
    if text.trim().is_empty() || text.chars().nth(MAX_CHARS).is_some() {
        report.error(node.at, format!("`{place}` must have 1 to {MAX_CHARS} characters"));
        return None;
    }
    Some(text.to_owned())
}

/// After which ends of the script files are kept.
pub(crate) fn when(node: &Node, place: Place<'_>, report: &mut Report) -> Option<SaveWhen> {
    let text = values::text(node, place, report)?;
    let found = SaveWhen::ALL.into_iter().find(|when| when.as_str() == text);
    if found.is_none() {
        values::refuse_word(node, place, text, &SaveWhen::ALL.map(SaveWhen::as_str), report);
    }
    found
}

fn expiry(node: &Node, place: Place<'_>, report: &mut Report) -> Option<Expiry> {
    let text = values::text(node, place, report)?;
    if text.trim() == "never" {
        return Some(Expiry::Never);
    }
    let span = duration::parse(text).map(Expiry::Seconds);
    if span.is_none() {
        report
            .error(node.at, format!("`{place}` must be `never` or a span of time, such as `1 week` or `3 mins 4 sec`"));
    }
    span
}

/// Reads `reports`: the files with variables for later jobs.
fn reports(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<String>> {
    let Some(entries) = node.entries() else {
        report.error(node.at, format!("`{place}` must be a mapping of reports to files, not {}", node.form()));
        return None;
    };
    let mut dotenv = Some(Vec::new());
    for entry in entries {
        match &*entry.key {
            "dotenv" => dotenv = patterns(&entry.value, place.at("dotenv"), report),
            _ => REPORTS.refuse(entry, place, report),
        }
    }
    dotenv
}
