//! What reading needs again and again: compiled patterns, and rules that several jobs share.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::pattern::Patterns;
use crate::rules::Rule;
use crate::yaml::node::Node;

/// Shared by everything that reads one configuration.
#[derive(Default)]
pub(crate) struct Tools {
    /// Compiled patterns.
    pub(crate) patterns: Patterns,
    /// Rules by the node they were read from, which is kept so that no other takes its place.
    rules: RefCell<HashMap<*const Node, Known>>,
}

/// A rule that was read; `None` for one that cannot be used.
struct Known {
    rule: Option<Rc<Rule>>,
    _node: Rc<Node>,
}

impl Tools {
    /// The rule of a node, which is read at its first use only.
    pub(crate) fn rule(&self, node: &Rc<Node>, read: impl FnOnce() -> Option<Rule>) -> Option<Rc<Rule>> {
        let key = Rc::as_ptr(node);
        if let Some(known) = self.rules.borrow().get(&key) {
            return known.rule.clone();
        }
        let rule = read().map(Rc::new);
        self.rules.borrow_mut().insert(key, Known { rule: rule.clone(), _node: Rc::clone(node) });
        rule
    }
}
