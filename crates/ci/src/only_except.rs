//! `only` and `except`: the older way to say for which refs and variables a job is there.

use std::rc::Rc;

use crate::expression::{self, Expression};
use crate::keyword::ONLY_EXCEPT;
use crate::pattern;
use crate::place::{Place, shown};
use crate::report::Report;
use crate::rules::{self, Changes};
use crate::tools::Tools;
use crate::values;
use crate::yaml::node::{Kind, Node, Position};

/// Most entries of each kind.
const MAX_ENTRIES: usize = 50;

/// Conditions of one of the two.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    /// Where it is written.
    pub(crate) at: Option<Position>,
    /// Refs, of which one must fit.
    pub(crate) refs: Option<Vec<Ref>>,
    /// Conditions, of which one must be met.
    pub(crate) variables: Option<Vec<Expression>>,
    /// Files, of which one must have changed.
    pub(crate) changes: Option<Changes>,
}

/// One of the refs.
#[derive(Debug, Clone)]
pub(crate) struct Ref {
    /// A word such as `branches`, a name, or a pattern.
    pub(crate) text: String,
    /// The project it is restricted to, by its full path.
    pub(crate) project: Option<String>,
}

/// Reads `only` or `except`.
pub(crate) fn read(node: &Rc<Node>, place: Place<'_>, tools: &Tools, report: &mut Report) -> Option<Policy> {
    let mut policy = Policy { at: Some(node.at), ..Policy::default() };
    let Kind::Mapping(entries) = &node.kind else {
        policy.refs = Some(refs(node, place, report)?);
        return Some(policy);
    };
    let mut whole = true;
    for entry in entries {
        let (value, at) = (&entry.value, place.at(&entry.key));
        let read = match &*entry.key {
            "refs" => refs(value, at, report).map(|refs| policy.refs = Some(refs)),
            "variables" => conditions(value, at, tools, report).map(|found| policy.variables = Some(found)),
            "changes" => rules::changes(value, at, report).map(|changes| policy.changes = Some(changes)),
            _ => {
                ONLY_EXCEPT.refuse(entry, place, report);
                None
            }
        };
        whole &= read.is_some();
    }
    if entries.is_empty() {
        report.error(node.at, format!("`{place}` is empty"));
        return None;
    }
    whole.then_some(policy)
}

fn refs(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<Ref>> {
    let items = values::flattened(node, place, report)?;
    if items.len() > MAX_ENTRIES {
        report.error(node.at, format!("`{place}` has {} entries; at most {MAX_ENTRIES} are allowed", items.len()));
        return None;
    }
    let found: Vec<Option<Ref>> = items.into_iter().map(|item| one_ref(item, place, report)).collect();
    found.into_iter().collect()
}

fn one_ref(node: &Node, place: Place<'_>, report: &mut Report) -> Option<Ref> {
    let text = values::text(node, place, report)?;
    // A pattern may contain `@`; what comes behind its flags is the project.
    let (name, project) = match pattern::scan(text).filter(|_| text.starts_with('/')) {
        Some(found) => (found.text, text.get(found.len..).unwrap_or_default().strip_prefix('@')),
        None => text.rsplit_once('@').map_or((text, None), |(name, project)| (name, Some(project))),
    };
    let problem = if text.trim().is_empty() {
        Some("is empty".to_owned())
    } else if text.starts_with('/') {
        pattern::compile(name).err().map(|why| format!("is a pattern that {why}"))
    } else {
        None
    };
    if let Some(problem) = problem {
        report.error(node.at, format!("`{place}`: `{}` {problem}", shown(text)));
        return None;
    }
    Some(Ref { text: name.to_owned(), project: project.map(str::to_owned) })
}

fn conditions(node: &Rc<Node>, place: Place<'_>, tools: &Tools, report: &mut Report) -> Option<Vec<Expression>> {
    let items = values::flattened(node, place, report)?;
    if items.len() > MAX_ENTRIES {
        report.error(node.at, format!("`{place}` has {} entries; at most {MAX_ENTRIES} are allowed", items.len()));
        return None;
    }
    let found: Vec<Option<Expression>> =
        items.into_iter().map(|item| expression::read(item, place, &tools.patterns, report)).collect();
    found.into_iter().collect()
}
