//! `image` and `services`: what a runner with containers runs a job in, and beside.

use std::rc::Rc;

use crate::keyword::{DOCKER, IMAGE, KUBERNETES, Keywords, SERVICE};
use crate::place::{Place, shown};
use crate::plan::{Image, Service};
use crate::report::Report;
use crate::script;
use crate::values;
use crate::variables::{self, Scope};
use crate::yaml::node::{Entry, Kind, Node};

/// Longest name of an image, in characters.
const MAX_CHARS: usize = 1000;
/// Most services of one job.
const MAX_SERVICES: usize = 50;
/// When an image is pulled.
const PULL_POLICIES: [&str; 3] = ["always", "if-not-present", "never"];

/// Reads `image`.
pub(crate) fn read(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Image> {
    let mut draft = Draft::new(&IMAGE);
    draft.read(node, place, report)?;
    Some(draft.image)
}

/// Reads `services`.
pub(crate) fn services(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<Service>> {
    values::list(node, place, report)?;
    let items = values::flattened(node, place, report)?;
    if items.len() > MAX_SERVICES {
        report.error(node.at, format!("`{place}` has {} entries; at most {MAX_SERVICES} are allowed", items.len()));
        return None;
    }
    let found: Vec<Option<Service>> = items.into_iter().map(|item| service(item, place, report)).collect();
    found.into_iter().collect()
}

fn service(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Service> {
    let mut draft = Draft::new(&SERVICE);
    draft.read(node, place, report)?;
    let Draft { image, alias, command, variables, .. } = draft;
    Some(Service { image, alias, command, variables })
}

/// An image, and what a service has besides.
struct Draft {
    keywords: &'static Keywords,
    image: Image,
    alias: Option<String>,
    command: Vec<String>,
    variables: Vec<crate::plan::Variable>,
}

impl Draft {
    fn new(keywords: &'static Keywords) -> Self {
        Self { keywords, image: Image::default(), alias: None, command: Vec::new(), variables: Vec::new() }
    }

    fn read(&mut self, node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<()> {
        let Kind::Mapping(entries) = &node.kind else {
            self.image.name = name(node, place, report)?;
            return Some(());
        };
        let mut whole = true;
        for entry in entries {
            whole &= self.keyword(entry, place, report).is_some();
        }
        let named = entries.iter().any(|entry| &*entry.key == "name");
        if !named {
            report.error(node.at, format!("`{place}` needs a `name`"));
        }
        (whole && named).then_some(())
    }

    fn keyword(&mut self, entry: &Entry, image: Place<'_>, report: &mut Report) -> Option<()> {
        let (node, place) = (&entry.value, image.at(&entry.key));
        if !self.keywords.read.contains(&&*entry.key) {
            self.keywords.refuse(entry, image, report);
            return None;
        }
        match &*entry.key {
            "name" => self.image.name = name(node, place, report)?,
            "entrypoint" => self.image.entrypoint = command(node, place, report)?,
            "pull_policy" => self.image.pull_policy = policies(node, place, report)?,
            "docker" => {
                self.image.platform = option(node, "platform", &DOCKER, place, report)?.or(self.image.platform.take());
                self.image.user = option(node, "user", &DOCKER, place, report)?.or(self.image.user.take());
            }
            "kubernetes" => self.image.kubernetes_user = option(node, "user", &KUBERNETES, place, report)?,
            "alias" => self.alias = Some(values::text(node, place, report)?.to_owned()),
            "command" => self.command = command(node, place, report)?,
            _ => self.variables = variables::read(node, Scope::Job, place, report)?,
        }
        Some(())
    }
}

fn name(node: &Node, place: Place<'_>, report: &mut Report) -> Option<String> {
    let name = values::text(node, place, report)?;
    if name.trim().is_empty() || name.chars().nth(MAX_CHARS).is_some() {
        report.error(node.at, format!("`{place}` must have 1 to {MAX_CHARS} characters, not `{}`", shown(name)));
        return None;
    }
    Some(name.to_owned())
}

/// A command and its arguments; a text alone is a command without any.
fn command(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<String>> {
    script::read(node, place, report)
}

fn policies(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<String>> {
    let items = values::flattened(node, place, report)?;
    let mut found = Vec::new();
    for item in items {
        let word = values::text(item, place, report)?;
        if !PULL_POLICIES.contains(&word) {
            values::refuse_word(item, place, word, &PULL_POLICIES, report);
            return None;
        }
        found.push(word.to_owned());
    }
    Some(found)
}

/// One option of an executor; the inner `None` if it is not given.
fn option(
    node: &Node,
    wanted: &str,
    keywords: &Keywords,
    place: Place<'_>,
    report: &mut Report,
) -> Option<Option<String>> {
    let Some(entries) = node.entries() else {
        report.error(node.at, format!("`{place}` must be a mapping, not {}", node.form()));
        return None;
    };
    let mut found = None;
    for entry in entries {
        if !keywords.read.contains(&&*entry.key) {
            keywords.refuse(entry, place, report);
            return None;
        }
        if &*entry.key == wanted {
            found = Some(values::text(&entry.value, place.at(wanted), report)?.to_owned());
        }
    }
    Some(found)
}
