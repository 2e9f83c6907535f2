//! `!reference`: puts a value that stands elsewhere in its place.

use std::collections::HashMap;
use std::rc::Rc;

use crate::place::shown;
use crate::report::Report;
use crate::suggest;
use crate::yaml::budget;
use crate::yaml::node::{Entry, Kind, Node, Position};

/// Most references that may lead from one to the next.
const MAX_CHAIN: usize = 10;

/// The tree without references; `None` if one of them leads nowhere, which is reported.
pub(super) fn resolve(root: &Rc<Node>, report: &mut Report) -> Option<Rc<Node>> {
    if !root.size.refers {
        return Some(Rc::clone(root));
    }
    let index = root.entries().unwrap_or_default().iter().map(|entry| (&*entry.key, &entry.value)).collect();
    let mut resolver = Resolver { index, done: HashMap::new(), chain: Vec::new(), report, failed: false };
    let resolved = resolver.node(root);
    if resolver.failed {
        return None;
    }
    if let Err(problem) = budget::check_whole(resolved.size) {
        report.error(Position::START, problem);
        return None;
    }
    Some(resolved)
}

struct Resolver<'n, 'r> {
    /// The values at the top.
    index: HashMap<&'n str, &'n Rc<Node>>,
    done: HashMap<Vec<Rc<str>>, Rc<Node>>,
    /// The references that are being followed.
    chain: Vec<Vec<Rc<str>>>,
    report: &'r mut Report,
    failed: bool,
}

impl Resolver<'_, '_> {
    fn node(&mut self, node: &Rc<Node>) -> Rc<Node> {
        if !node.size.refers {
            return Rc::clone(node);
        }
        let kind = match &node.kind {
            Kind::Sequence(items) => Kind::Sequence(items.iter().map(|item| self.node(item)).collect()),
            Kind::Mapping(entries) => Kind::Mapping(entries.iter().map(|entry| self.entry(entry)).collect()),
            Kind::Reference(names) => return self.target(names, node),
            Kind::Scalar { .. } => return Rc::clone(node),
        };
        Rc::new(Node::new(kind, node.at))
    }

    fn entry(&mut self, entry: &Entry) -> Entry {
        Entry { value: self.node(&entry.value), ..entry.clone() }
    }

    /// The value a reference means; the reference itself if there is none, which is reported.
    fn target(&mut self, names: &[Rc<str>], at: &Rc<Node>) -> Rc<Node> {
        if let Some(known) = self.done.get(names) {
            return Rc::clone(known);
        }
        let problem = if self.chain.iter().any(|followed| followed == names) {
            "it leads back to itself".to_owned()
        } else if self.chain.len() >= MAX_CHAIN {
            format!("more than {MAX_CHAIN} references lead from one to the next")
        } else {
            self.chain.push(names.to_vec());
            let found = self.find(names).map(|found| self.node(&found));
            self.chain.pop();
            match found {
                Ok(value) => {
                    self.done.insert(names.to_vec(), Rc::clone(&value));
                    return value;
                }
                Err(problem) => problem,
            }
        };
        self.fail(names, at.at, &problem);
        Rc::clone(at)
    }

    fn find(&mut self, names: &[Rc<str>]) -> Result<Rc<Node>, String> {
        let mut found: Option<Rc<Node>> = None;
        for name in names {
            let next = match &found {
                None => self.index.get(&**name).map(|node| Rc::clone(node)),
                Some(node) => node.get(name).cloned(),
            };
            let Some(next) = next else { return Err(self.missing(name, found.as_deref())) };
            if next.is_null() {
                return Err(format!("`{}` is empty", shown(name)));
            }
            // What leads on may be a reference itself.
            found = Some(match &next.kind {
                Kind::Reference(onward) => self.target(onward, &next),
                _ => next,
            });
        }
        found.ok_or_else(|| "it names nothing".to_owned())
    }

    fn missing(&self, name: &str, inside: Option<&Node>) -> String {
        let hint = match inside {
            None => suggest::hint(name, self.index.keys().copied()),
            Some(node) => suggest::hint(name, node.entries().unwrap_or_default().iter().map(|entry| &*entry.key)),
        };
        format!("there is no `{}`{hint}", shown(name))
    }

    fn fail(&mut self, names: &[Rc<str>], at: Position, problem: &str) {
        // What a broken reference would bring along is reported once, where it is.
        let written: Vec<String> = names.iter().map(|name| shown(name)).collect();
        if !names.is_empty() {
            self.report.error(at, format!("`!reference [{}]` cannot be followed: {problem}", written.join(", ")));
        }
        self.failed = true;
    }
}
