//! `needs` and `dependencies`: the jobs that a job waits for, and those whose files it wants.

use std::rc::Rc;

use crate::keyword::{MATRIX_OF_NEED, NEED};
use crate::parallel;
use crate::place::{Place, shown};
use crate::report::Report;
use crate::values;
use crate::yaml::node::{Entry, Kind, Node, Position};

/// Most jobs that one job may need.
pub(crate) const MAX_NEEDS: usize = 50;
/// Keywords of needs of other pipelines.
const ELSEWHERE: [&str; 3] = ["pipeline", "project", "ref"];

/// A job that is needed.
#[derive(Debug, Clone)]
pub(crate) struct Need {
    /// Its name as defined.
    pub(crate) job: Rc<str>,
    /// Where it is named.
    pub(crate) at: Position,
    /// Whether it may be absent.
    pub(crate) optional: bool,
    /// Whether its files are wanted.
    pub(crate) artifacts: bool,
    /// Of a job with a matrix, the values of those that are needed; all if there are none.
    pub(crate) matrix: Vec<Vec<(String, String)>>,
}

/// A job whose files are wanted.
#[derive(Debug, Clone)]
pub(crate) struct Dependency {
    /// Its name as defined.
    pub(crate) job: Rc<str>,
    /// Where it is named.
    pub(crate) at: Position,
}

/// Reads `needs`.
pub(crate) fn read(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<Need>> {
    if !matches!(node.kind, Kind::Sequence(_)) {
        report.error(node.at, format!("`{place}` must be a list of jobs, not {}", node.form()));
        return None;
    }
    let items = values::flattened(node, place, report)?;
    if items.len() > MAX_NEEDS {
        report.error(node.at, format!("`{place}` names {} jobs; at most {MAX_NEEDS} are allowed", items.len()));
        return None;
    }
    let needs: Vec<Option<Need>> = items.into_iter().map(|item| need(item, place, report)).collect();
    needs.into_iter().collect()
}

/// Reads `dependencies`.
pub(crate) fn dependencies(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<Dependency>> {
    values::list(node, place, report)?;
    let items = values::flattened(node, place, report)?;
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        found.push(Dependency { job: values::text(item, place, report)?.into(), at: item.at });
    }
    Some(found)
}

fn need(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Need> {
    let Some(entries) = node.entries() else {
        let job = values::text(node, place, report)?.into();
        return Some(Need { job, at: node.at, optional: false, artifacts: true, matrix: Vec::new() });
    };
    if let Some(entry) = entries.iter().find(|entry| ELSEWHERE.contains(&&*entry.key)) {
        let key = shown(&entry.key);
        report.error(
            entry.at,
            format!("`{}` is not supported: only jobs of the same pipeline can be needed", place.at(&key)),
        );
        return None;
    }
    let mut found = Need { job: "".into(), at: node.at, optional: false, artifacts: true, matrix: Vec::new() };
    let (mut named, mut whole) = (false, true);
    for entry in entries {
        let (value, at) = (&entry.value, place.at(&entry.key));
        let read = match &*entry.key {
            "job" => {
                named = true;
                values::text(value, at, report).map(|job| (found.job, found.at) = (job.into(), value.at))
            }
            "optional" => values::flag(value, at, report).map(|flag| found.optional = flag),
            "artifacts" => values::flag(value, at, report).map(|flag| found.artifacts = flag),
            "parallel" => matrix(entry, place, report).map(|matrix| found.matrix = matrix),
            _ => {
                NEED.refuse(entry, place, report);
                None
            }
        };
        whole &= read.is_some();
    }
    if !named {
        report.error(node.at, format!("each of `{place}` needs a `job`"));
    }
    (named && whole).then_some(found)
}

/// The combinations of values that `parallel:matrix` selects.
fn matrix(entry: &Entry, place: Place<'_>, report: &mut Report) -> Option<Vec<Vec<(String, String)>>> {
    let place = place.at("parallel");
    let Some(entries) = entry.value.entries() else {
        report.error(entry.at, format!("`{place}` must be a mapping with a `matrix`, not {}", entry.value.form()));
        return None;
    };
    let mut found = None;
    for entry in entries {
        match &*entry.key {
            "matrix" => found = Some(parallel::matrix(&entry.value, place.at("matrix"), report)),
            _ => {
                MATRIX_OF_NEED.refuse(entry, place, report);
                return None;
            }
        }
    }
    if found.is_none() {
        report.error(entry.at, format!("`{place}` needs a `matrix`"));
    }
    found?
}
