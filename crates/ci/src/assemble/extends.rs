//! `extends`: jobs that begin with what others say.

use std::collections::HashMap;
use std::rc::Rc;

use super::merge;
use crate::keyword::TOP;
use crate::place::{Place, shown};
use crate::report::Report;
use crate::yaml::budget;
use crate::yaml::node::{Entry, Kind, Node, Position, Size};
use crate::{suggest, values};

/// Most levels of `extends`.
const MAX_LEVELS: usize = 11;
/// Most jobs that one `extends` may name.
const MAX_NAMES: usize = 50;

/// The tree with every `extends` carried out; `None` if one of them cannot be, which is reported.
pub(super) fn extend(root: &Rc<Node>, report: &mut Report) -> Option<Rc<Node>> {
    let entries = root.entries().unwrap_or_default();
    if !entries.iter().any(extends) {
        return Some(Rc::clone(root));
    }
    let index = entries.iter().map(|entry| (&*entry.key, entry)).collect();
    let mut extender = Extender { index, done: HashMap::new(), way: Vec::new(), report, size: Size::default() };
    let mut whole = true;
    let mut extended = Vec::with_capacity(entries.len());
    for entry in entries {
        match extender.extended(entry) {
            Some(done) => extended.push(Entry { value: done.node, ..entry.clone() }),
            None => whole = false,
        }
    }
    whole.then(|| Rc::new(Node::new(Kind::Mapping(extended), root.at)))
}

fn extends(entry: &Entry) -> bool {
    !is_keyword(&entry.key) && entry.value.get("extends").is_some()
}

fn is_keyword(key: &str) -> bool {
    TOP.read.contains(&key) || TOP.later.contains(&key)
}

/// A job with all it extends.
#[derive(Clone)]
struct Done {
    node: Rc<Node>,
    /// How many levels of `extends` are in it.
    levels: usize,
}

struct Extender<'n, 'r> {
    index: HashMap<&'n str, &'n Entry>,
    /// `None` for one that cannot be carried out, which is reported.
    done: HashMap<&'n str, Option<Done>>,
    /// The jobs that are being extended, each named by the one before.
    way: Vec<&'n str>,
    report: &'r mut Report,
    /// The size of all that was made.
    size: Size,
}

impl<'n> Extender<'n, '_> {
    fn extended(&mut self, entry: &'n Entry) -> Option<Done> {
        let Some(named) = entry.value.get("extends").filter(|_| extends(entry)) else {
            return Some(Done { node: Rc::clone(&entry.value), levels: 0 });
        };
        if let Some(done) = self.done.get(&*entry.key) {
            return done.clone();
        }
        if let Some(problem) = self.leads_astray(&entry.key) {
            self.refuse(entry, named.at, &problem);
            return None;
        }
        self.way.push(&entry.key);
        let done = self.carry_out(entry, named);
        self.way.pop();
        self.done.insert(&entry.key, done.clone());
        done
    }

    /// Why a job cannot be reached on the way taken.
    fn leads_astray(&self, key: &str) -> Option<String> {
        if let Some(first) = self.way.iter().position(|on_the_way| *on_the_way == key) {
            let way: Vec<String> = self.way.iter().skip(first).map(|name| shown(name)).collect();
            return Some(format!("leads back to `{}`: {} -> {0}", shown(key), way.join(" -> ")));
        }
        (self.way.len() >= MAX_LEVELS).then(too_deep)
    }

    fn carry_out(&mut self, entry: &'n Entry, named: &'n Rc<Node>) -> Option<Done> {
        let bases = self.bases(entry, named)?;
        let mut levels = 0;
        let mut node = Rc::new(Node::new(Kind::Mapping(Vec::new()), entry.value.at));
        for base in bases {
            let base = self.extended(base)?;
            levels = levels.max(base.levels);
            node = merge::deep(&node, &base.node, false);
        }
        levels += 1;
        if levels > MAX_LEVELS {
            self.refuse(entry, named.at, &too_deep());
            return None;
        }
        let node = merge::deep(&node, &merge::without(&entry.value, "extends"), true);
        self.count(node.size)?;
        Some(Done { node, levels })
    }

    /// The jobs an `extends` names.
    fn bases(&mut self, entry: &Entry, named: &'n Rc<Node>) -> Option<Vec<&'n Entry>> {
        let jobs = Place::root("jobs");
        let job = jobs.at(&entry.key);
        let place = job.at("extends");
        let items: &[Rc<Node>] = match &named.kind {
            Kind::Sequence(items) => items,
            _ => std::slice::from_ref(named),
        };
        if items.is_empty() || items.len() > MAX_NAMES {
            self.report.error(named.at, format!("`{place}` must name 1 to {MAX_NAMES} jobs, not {}", items.len()));
            return None;
        }
        let mut bases = Vec::with_capacity(items.len());
        for item in items {
            let name = values::text(item, place, self.report)?;
            match self.base(name) {
                Ok(base) => bases.push(base),
                Err(problem) => {
                    self.refuse(entry, item.at, &format!("names `{}`, {problem}", shown(name)));
                    return None;
                }
            }
        }
        Some(bases)
    }

    fn base(&self, name: &str) -> Result<&'n Entry, String> {
        let Some(base) = self.index.get(name) else {
            let hint = suggest::hint(name, self.index.keys().copied().filter(|key| !is_keyword(key)));
            return Err(format!("which is not there{hint}"));
        };
        if is_keyword(name) {
            return Err("which is a keyword, not a job".to_owned());
        }
        match base.value.entries() {
            Some(_) => Ok(base),
            None => Err(format!("which must be a mapping, not {}", base.value.form())),
        }
    }

    fn count(&mut self, made: Size) -> Option<()> {
        let sum = |a: u32, b: u32| a.saturating_add(b);
        let all = Size { nodes: sum(self.size.nodes, made.nodes), bytes: sum(self.size.bytes, made.bytes), ..made };
        self.size = all;
        match budget::check_whole(all) {
            Ok(()) => Some(()),
            Err(problem) => {
                self.report.error(Position::START, problem);
                None
            }
        }
    }

    fn refuse(&mut self, entry: &Entry, at: Position, problem: &str) {
        let jobs = Place::root("jobs");
        let job = jobs.at(&entry.key);
        self.report.error(at, format!("`{}` {problem}", job.at("extends")));
    }
}

fn too_deep() -> String {
    format!("goes over more than {MAX_LEVELS} levels")
}
