//! `workflow`: whether there is a pipeline at all, and what it is called.

use std::rc::Rc;

use crate::keyword::{AUTO_CANCEL, WORKFLOW};
use crate::place::Place;
use crate::plan::OnNewCommit;
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
    /// What a newer commit means for the pipeline.
    pub(crate) on_new_commit: OnNewCommit,
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
            "auto_cancel" => workflow.on_new_commit = auto_cancel(value, at, report).unwrap_or_default(),
            "name" => workflow.name = name(value, at, report),
            _ => WORKFLOW.refuse(entry, place, report),
        }
    }
    workflow
}

fn auto_cancel(node: &Node, place: Place<'_>, report: &mut Report) -> Option<OnNewCommit> {
    let Some(entries) = node.entries() else {
        report.error(node.at, format!("`{place}` must be a mapping with `on_new_commit`, not {}", node.form()));
        return None;
    };
    let mut found = None;
    for entry in entries {
        let at = place.at(&entry.key);
        if &*entry.key != "on_new_commit" {
            AUTO_CANCEL.refuse(entry, place, report);
            continue;
        }
        let word = values::text(&entry.value, at, report)?;
        found = OnNewCommit::ALL.into_iter().find(|what| what.as_str() == word);
        if found.is_none() {
            values::refuse_word(&entry.value, at, word, &OnNewCommit::ALL.map(OnNewCommit::as_str), report);
        }
    }
    found
}

fn name(node: &Node, place: Place<'_>, report: &mut Report) -> Option<String> {
    let name = values::text(node, place, report)?;
    if name.trim().is_empty() || name.chars().nth(MAX_CHARS).is_some() {
        report.error(node.at, format!("`{place}` must have 1 to {MAX_CHARS} characters"));
        return None;
    }
    Some(name.to_owned())
}
