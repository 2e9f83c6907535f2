//! `include`: other files of the same commit, laid under the file that names them.

mod entry;

use std::collections::HashMap;
use std::rc::Rc;

use super::{merge, wildcard};
use crate::MAX_FILE_BYTES;
use crate::decide::{self, Scope, Shared, Undecided};
use crate::expand::expand;
use crate::input::{Input, Lookup};
use crate::place::shown;
use crate::plan::Included;
use crate::report::Report;
use crate::tools::Tools;
use crate::when::Run;
use crate::yaml::budget::Budget;
use crate::yaml::node::{Node, Position};
use crate::yaml::{load, source};
use entry::Wanted;

/// Most files that one configuration may include, each counted as often as it is named.
const MAX_FILES: usize = 150;
/// Most bytes of all files together.
const MAX_BYTES: usize = 4 * MAX_FILE_BYTES;

/// The tree of the main file laid over those it includes, and what these are; `None` if one of them cannot be used.
pub(super) fn all(input: &Input<'_>, tools: &Tools, report: &mut Report) -> Option<(Rc<Node>, Vec<Included>)> {
    let mut files = Files {
        input,
        tools,
        conditions: (Shared::new(input, []), decide::Files::of(input.repository)),
        report,
        budget: Budget::default(),
        bytes: 0,
        loaded: HashMap::new(),
        stack: vec![input.path.trim_start_matches('/').to_owned()],
        includes: Vec::new(),
    };
    let root = files.parse(0, input.text)?;
    let tree = files.laid_over(&root)?;
    Some((tree, files.includes))
}

struct Files<'i> {
    input: &'i Input<'i>,
    tools: &'i Tools,
    /// What the rules of includes are decided by.
    conditions: (Shared<'i>, decide::Files<'i>),
    report: &'i mut Report,
    budget: Budget,
    bytes: usize,
    /// Files by path; `None` for one that cannot be used, which is reported where it was named first.
    loaded: HashMap<String, Option<Rc<Node>>>,
    /// The files on the way to the one that is being read, the main file first.
    stack: Vec<String>,
    includes: Vec<Included>,
}

impl Files<'_> {
    fn parse(&mut self, file: u16, bytes: &[u8]) -> Option<Rc<Node>> {
        let text = source::decode(file, bytes, self.report)?;
        self.bytes = self.bytes.saturating_add(text.len());
        load::load(file, text, &mut self.budget, self.report)
    }

    /// A file laid over what it includes.
    fn laid_over(&mut self, root: &Rc<Node>) -> Option<Rc<Node>> {
        let Some(named) = root.get("include").cloned() else { return Some(Rc::clone(root)) };
        let mut whole = true;
        let mut below: Option<Rc<Node>> = None;
        for wanted in entry::read(&named, self.tools, self.report, &mut whole) {
            if !self.is_wanted(&wanted, &mut whole) {
                continue;
            }
            for path in self.paths(&wanted.path, wanted.at, &mut whole) {
                match self.include(&path, wanted.at) {
                    Some(tree) => {
                        below = Some(below.map_or(Rc::clone(&tree), |below| merge::deep(&below, &tree, false)))
                    }
                    None => whole = false,
                }
            }
        }
        let own = merge::without(root, "include");
        whole.then(|| below.map_or(Rc::clone(&own), |below| merge::deep(&below, &own, false)))
    }

    /// Whether the rules of an include let it be; where no pipeline is in view, they do.
    fn is_wanted(&mut self, wanted: &Wanted, whole: &mut bool) -> bool {
        let (Some(rules), Some(_)) = (&wanted.rules, self.input.run) else { return true };
        let (shared, files) = &self.conditions;
        match decide::first(rules, &Scope::of_pipeline(shared), files, self.tools, self.report) {
            Ok(found) => found.is_some_and(|rule| rule.run != Some(Run::Never)),
            Err(Undecided) => {
                *whole = false;
                false
            }
        }
    }

    /// The paths a text stands for: one, or all that match its wildcards.
    fn paths(&mut self, written: &str, at: Position, whole: &mut bool) -> Vec<String> {
        let path = expand(written, &|name| self.input.value(name).map(str::to_owned));
        let path = path.trim_start_matches('/');
        if let Some(problem) = entry::problem(path) {
            self.report.error(at, format!("`include:local` names `{}`: {problem}", shown(path)));
            *whole = false;
            return Vec::new();
        }
        if !wildcard::is_pattern(path) {
            return vec![path.to_owned()];
        }
        let Some(found) = self.input.repository.paths().and_then(|paths| wildcard::matches(path, paths)) else {
            let message =
                format!("`include:local` names `{}`, but what is in the commit is not known here", shown(path));
            self.report.error(at, message);
            *whole = false;
            return Vec::new();
        };
        if found.is_empty() {
            self.report.warning(at, format!("`include:local` names `{}`, which matches no file", shown(path)));
        }
        found.into_iter().map(str::to_owned).collect()
    }

    fn include(&mut self, path: &str, at: Position) -> Option<Rc<Node>> {
        let problem = if let Some(first) = self.stack.iter().position(|on_the_way| on_the_way == path) {
            let way: Vec<String> = self.stack.iter().skip(first).map(|path| shown(path)).collect();
            Some(format!(
                "`include:local` names `{}`, which leads back to itself: {} -> {0}",
                shown(path),
                way.join(" -> ")
            ))
        } else if self.includes.len() >= MAX_FILES {
            Some(format!("`include` names more than {MAX_FILES} files, each counted as often as it is named"))
        } else {
            None
        };
        if let Some(problem) = problem {
            self.report.error(at, problem);
            return None;
        }
        let from = self.report.file(at.file).to_owned();
        self.includes.push(Included { path: path.to_owned(), from });
        if let Some(known) = self.loaded.get(path) {
            return known.clone();
        }
        self.stack.push(path.to_owned());
        let tree = self.fetch(path, at).and_then(|root| self.laid_over(&root));
        self.stack.pop();
        self.loaded.insert(path.to_owned(), tree.clone());
        tree
    }

    fn fetch(&mut self, path: &str, at: Position) -> Option<Rc<Node>> {
        let problem = match self.input.repository.file(path) {
            Lookup::File(content) if self.bytes.saturating_add(content.len()) > MAX_BYTES => {
                format!("with which all files together have more than {MAX_BYTES} bytes")
            }
            Lookup::File(content) => {
                let file = self.report.add_file(path);
                let root = self.parse(file, &content)?;
                if root.entries().is_some() {
                    return Some(root);
                }
                let form = root.form();
                self.report.error(root.at, format!("the file must be a mapping of keywords and jobs, not {form}"));
                return None;
            }
            Lookup::Missing => "which is not in the commit".to_owned(),
            Lookup::Link => "which is a symbolic link; include the file it points to".to_owned(),
            Lookup::Directory => "which is not a file".to_owned(),
            Lookup::TooLarge => format!("which has more than {MAX_FILE_BYTES} bytes"),
            Lookup::Unknown => "but what is in the commit is not known here".to_owned(),
        };
        self.report.error(at, format!("`include:local` names `{}`, {problem}", shown(path)));
        None
    }
}
