//! What an `include` names.

use std::rc::Rc;

use crate::keyword::INCLUDE;
use crate::place::Place;
use crate::report::Report;
use crate::rules::{self, Of, Rule};
use crate::tools::Tools;
use crate::values;
use crate::yaml::node::{Entry, Kind, Node, Position};

/// Kinds of includes that bring in what is elsewhere.
const ELSEWHERE: [&str; 5] = ["artifact", "component", "project", "remote", "template"];
/// Keywords that only mean something beside one of those.
const BESIDE: [&str; 5] = ["cache", "file", "integrity", "job", "ref"];

/// A file to be included.
pub(super) struct Wanted {
    /// Its path as written.
    pub(super) path: String,
    /// Where that is written.
    pub(super) at: Position,
    /// The rules that decide whether it is.
    pub(super) rules: Option<Vec<Rc<Rule>>>,
}

/// The files to be included. What cannot be read is reported, and `whole` set to false.
pub(super) fn read(node: &Rc<Node>, tools: &Tools, report: &mut Report, whole: &mut bool) -> Vec<Wanted> {
    let items: &[Rc<Node>] = match &node.kind {
        Kind::Sequence(items) => items,
        _ => std::slice::from_ref(node),
    };
    let mut paths = Vec::with_capacity(items.len());
    for item in items {
        let path = match &item.kind {
            Kind::Mapping(entries) => mapping(item, entries, tools, report),
            _ => local(item, Place::root("include"), report).map(|(path, at)| Wanted { path, at, rules: None }),
        };
        match path {
            Some(path) => paths.push(path),
            None => *whole = false,
        }
    }
    paths
}

/// Why a path cannot be included.
pub(super) fn problem(path: &str) -> Option<&'static str> {
    if path.split('/').any(|part| part == "..") {
        return Some("it leads out of the repository; name a path from the repository's root");
    }
    if path.is_empty() || path.contains('\0') || path.split('/').any(|part| matches!(part, "" | ".")) {
        return Some("it must be a path from the repository's root");
    }
    let is_yaml = path.ends_with(".yml") || path.ends_with(".yaml");
    (!is_yaml).then_some("only files whose names end in `.yml` or `.yaml` can be included")
}

fn mapping(node: &Node, entries: &[Entry], tools: &Tools, report: &mut Report) -> Option<Wanted> {
    let place = Place::root("include");
    let elsewhere = entries.iter().find(|entry| ELSEWHERE.contains(&&*entry.key));
    if let Some(entry) = elsewhere {
        refuse(&entry.key, entry.at, report);
        return None;
    }
    let (mut found, mut rules) = (None, None);
    let mut whole = true;
    for entry in entries {
        match &*entry.key {
            "rules" => {
                rules = rules::read(&entry.value, Of::Include, place.at("rules"), tools, report);
                whole &= rules.is_some();
            }
            "local" => found = Some(local(&entry.value, place.at("local"), report)),
            key if BESIDE.contains(&key) => {
                whole = false;
                report.error(entry.at, format!("`{}` has no meaning beside `local`", place.at(key)));
            }
            _ => {
                whole = false;
                INCLUDE.refuse(entry, place, report);
            }
        }
    }
    if found.is_none() {
        report.error(node.at, "`include` needs a `local` with the path of a file");
    }
    let (path, at) = found?.filter(|_| whole)?;
    Some(Wanted { path, at, rules })
}

fn local(node: &Node, place: Place<'_>, report: &mut Report) -> Option<(String, Position)> {
    let path = values::text(node, place, report)?;
    if path.starts_with("http://") || path.starts_with("https://") {
        refuse("remote", node.at, report);
        return None;
    }
    Some((path.to_owned(), node.at))
}

fn refuse(kind: &str, at: Position, report: &mut Report) {
    report.error(
        at,
        format!("`include:{kind}` is not supported: only files of the same commit can be included, with `local`"),
    );
}
