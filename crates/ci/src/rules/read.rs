//! Reads `rules`.

use std::rc::Rc;

use super::{Changes, Of, Rule};
use crate::keyword::{CHANGES, EXISTS, INCLUDE_RULE, Keywords, RULE, WORKFLOW_RULE};
use crate::place::Place;
use crate::report::Report;
use crate::tools::Tools;
use crate::variables::{self, Scope};
use crate::when::{self, Word};
use crate::yaml::node::{Entry, Kind, Node};
use crate::{expression, needs, values};

/// Most rules of one list.
const MAX_RULES: usize = 500;
/// Most path patterns of one rule.
const MAX_PATHS: usize = 50;
/// Longest path pattern, in characters.
const MAX_PATH_CHARS: usize = 1000;

/// The rules in their order, those of nested lists in place of the list. `None` if one cannot be read.
pub(crate) fn read(
    node: &Rc<Node>,
    of: Of,
    place: Place<'_>,
    tools: &Tools,
    report: &mut Report,
) -> Option<Vec<Rc<Rule>>> {
    let items = values::flattened(node, place, report)?;
    if items.len() > MAX_RULES {
        report.error(node.at, format!("`{place}` has {} rules; at most {MAX_RULES} are allowed", items.len()));
        return None;
    }
    if items.is_empty() {
        report.warning(node.at, format!("`{place}` has no rule, so none is ever met"));
    }
    let rules: Vec<Option<Rc<Rule>>> =
        items.into_iter().map(|item| tools.rule(item, || rule(item, of, place, tools, report))).collect();
    rules.into_iter().collect()
}

fn rule(node: &Rc<Node>, of: Of, place: Place<'_>, tools: &Tools, report: &mut Report) -> Option<Rule> {
    let Some(entries) = node.entries() else {
        report.error(node.at, format!("each of `{place}` must be a mapping such as `if: …`, not {}", node.form()));
        return None;
    };
    let mut draft = Draft { of, tools, whole: true, run: None, start_in: None, rule: empty(node) };
    if entries.is_empty() {
        report.error(node.at, format!("a rule of `{place}` is empty"));
        draft.whole = false;
    }
    for entry in entries {
        draft.keyword(entry, place, report);
    }
    draft.finish(node, place, report)
}

fn empty(node: &Node) -> Rule {
    Rule {
        at: node.at,
        condition: None,
        changes: None,
        exists: None,
        run: None,
        allow_failure: None,
        interruptible: None,
        variables: Vec::new(),
        needs: None,
    }
}

struct Draft<'t> {
    of: Of,
    tools: &'t Tools,
    whole: bool,
    run: Option<Word>,
    start_in: Option<Option<i64>>,
    rule: Rule,
}

impl Draft<'_> {
    /// What was read, if it could be.
    fn read<T>(&mut self, value: Option<T>) -> Option<T> {
        self.whole &= value.is_some();
        value
    }

    fn keyword(&mut self, entry: &Entry, rules: Place<'_>, report: &mut Report) {
        let (node, place) = (&entry.value, rules.at(&entry.key));
        let job = self.of == Of::Job;
        match &*entry.key {
            "if" => {
                let found = expression::read(node, place, &self.tools.patterns, report);
                self.rule.condition = self.read(found);
            }
            "changes" => {
                let found = changes(node, place, report);
                self.rule.changes = self.read(found);
            }
            "exists" => {
                let found = exists(node, place, report);
                self.rule.exists = self.read(found);
            }
            "when" => {
                let found =
                    if job { when::read_rule(node, place, report) } else { when::read_switch(node, place, report) };
                self.run = self.read(found);
            }
            "variables" if self.of != Of::Include => {
                let found = variables::read(node, Scope::Job, place, report);
                self.rule.variables = self.read(found).unwrap_or_default();
            }
            "allow_failure" if job => {
                let found = values::flag(node, place, report);
                self.rule.allow_failure = self.read(found);
            }
            "interruptible" if job => {
                let found = values::flag(node, place, report);
                self.rule.interruptible = self.read(found);
            }
            "needs" if job => {
                let found = needs::read(node, place, report);
                self.rule.needs = self.read(found).map(Rc::from);
            }
            "start_in" if job => {
                let found = when::delay(node, place, report);
                self.start_in = Some(self.read(found));
            }
            _ => {
                self.whole = false;
                self.keywords().refuse(entry, rules, report);
            }
        }
    }

    fn keywords(&self) -> &'static Keywords {
        match self.of {
            Of::Job => &RULE,
            Of::Workflow => &WORKFLOW_RULE,
            Of::Include => &INCLUDE_RULE,
        }
    }

    fn finish(mut self, node: &Node, place: Place<'_>, report: &mut Report) -> Option<Rule> {
        let run = when::with_delay(self.run, self.start_in);
        match run {
            Ok(run) => self.rule.run = run,
            Err(problem) => {
                report.error(node.at, format!("a rule of `{place}` {problem}"));
                self.whole = false;
            }
        }
        self.whole.then_some(self.rule)
    }
}

/// Reads `changes`: path patterns, or a mapping with `paths` and `compare_to`.
pub(crate) fn changes(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Changes> {
    let Kind::Mapping(entries) = &node.kind else {
        let paths = paths(node, place, report)?;
        return Some(Changes { paths, compare_to: None, at: node.at });
    };
    let (mut found, mut compare_to, mut whole) = (None, None, true);
    for entry in entries {
        let at = place.at(&entry.key);
        match &*entry.key {
            "paths" => found = Some(paths(&entry.value, at, report)),
            "compare_to" => {
                compare_to = values::text(&entry.value, at, report).map(str::to_owned);
                whole &= compare_to.is_some();
            }
            _ => {
                whole = false;
                CHANGES.refuse(entry, place, report);
            }
        }
    }
    if found.is_none() {
        report.error(node.at, format!("`{place}` needs `paths`"));
    }
    found?.filter(|_| whole).map(|paths| Changes { paths, compare_to, at: node.at })
}

fn exists(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<String>> {
    let Kind::Mapping(entries) = &node.kind else { return paths(node, place, report) };
    let mut found = None;
    let mut whole = true;
    for entry in entries {
        match &*entry.key {
            "paths" => found = Some(paths(&entry.value, place.at("paths"), report)),
            _ => {
                whole = false;
                EXISTS.refuse(entry, place, report);
            }
        }
    }
    if found.is_none() {
        report.error(node.at, format!("`{place}` needs `paths`"));
    }
    found?.filter(|_| whole)
}

/// Path patterns; one alone need not be in a list.
fn paths(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<String>> {
    values::texts(node, (MAX_PATHS, MAX_PATH_CHARS), place, report)
}
