//! `workflow`: whether there is a pipeline at all, and what it is called.

use std::rc::Rc;

use crate::keyword::WORKFLOW;
use crate::place::Place;
use crate::report::Report;
use crate::rules::{self, Of, Rule};
use crate::tools::Tools;
use crate::values;
use crate::yaml::node::Node;

/// Longest name of a pipeline, in characters.
const MAX_CHARS: usize = 255;

/// What `workflow` says.
#[derive(Default)]
pub(crate) struct Workflow {
    /// The rules; without any, there is a pipeline.
    pub(crate) rules: Option<Vec<Rc<Rule>>>,
    /// What the pipeline is called, with variables.
    pub(crate) name: Option<String>,
}

/// Reads `workflow`.
pub(crate) fn read(node: &Node, tools: &Tools, report: &mut Report) -> Workflow {
    let place = Place::root("workflow");
    let mut workflow = Workflow::default();
    let Some(entries) = node.entries() else {
        report.error(node.at, format!("`{place}` must be a mapping of keywords, not {}", node.form()));
        return workflow;
    };
    for entry in entries {
        let (value, at) = (&entry.value, place.at(&entry.key));
        match &*entry.key {
            "rules" => workflow.rules = rules::read(value, Of::Workflow, at, tools, report),
            "name" => workflow.name = name(value, at, report),
            _ => WORKFLOW.refuse(entry, place, report),
        }
    }
    workflow
}

fn name(node: &Node, place: Place<'_>, report: &mut Report) -> Option<String> {
    let name = values::text(node, place, report)?;
    if name.trim().is_empty() || name.chars().nth(MAX_CHARS).is_some() {
        report.error(node.at, format!("`{place}` must have 1 to {MAX_CHARS} characters"));
        return None;
    }
    Some(name.to_owned())
}
