//! `parallel`: several jobs made of one, by number or by the values of a matrix.

use std::rc::Rc;

use crate::keyword::PARALLEL;
use crate::place::{Place, shown};
use crate::plan::Variable;
use crate::report::Report;
use crate::yaml::node::{Kind, Node};
use crate::{values, variables};

/// Most jobs made of one.
const MAX_JOBS: usize = 200;

/// The jobs to be made of one.
#[derive(Debug, Clone)]
pub(crate) enum Parallel {
    /// That many alike.
    Number(usize),
    /// One for each combination of values.
    Matrix(Vec<Vec<(String, String)>>),
}

/// One of the jobs made of one.
pub(crate) struct Instance {
    /// What its name has behind the name of the job: ` 1/3` or `: [a, b]`.
    pub(crate) suffix: String,
    /// The variables that only it has.
    pub(crate) variables: Vec<Variable>,
    /// Its number, from 1.
    pub(crate) index: usize,
    /// How many there are.
    pub(crate) total: usize,
}

impl Parallel {
    /// All of the jobs.
    pub(crate) fn instances(&self) -> Vec<Instance> {
        match self {
            Self::Number(total) => (1..=*total)
                .map(|index| Instance {
                    suffix: format!(" {index}/{total}"),
                    variables: Vec::new(),
                    index,
                    total: *total,
                })
                .collect(),
            Self::Matrix(all) => {
                all.iter().enumerate().map(|(at, values)| of_matrix(values, at + 1, all.len())).collect()
            }
        }
    }
}

fn of_matrix(values: &[(String, String)], index: usize, total: usize) -> Instance {
    let texts: Vec<&str> = values.iter().map(|(_, value)| value.as_str()).collect();
    let variable = |(key, value): &(String, String)| Variable { key: key.clone(), value: value.clone(), raw: false };
    let variables = values.iter().map(variable).collect();
    Instance { suffix: format!(": [{}]", texts.join(", ")), variables, index, total }
}

/// Reads `parallel`.
pub(crate) fn read(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Parallel> {
    let Some(entries) = node.entries() else {
        let most = i64::try_from(MAX_JOBS).unwrap_or(i64::MAX);
        let number = values::number(node, (1, most), place, report)?;
        return usize::try_from(number).ok().map(Parallel::Number);
    };
    let mut found = None;
    for entry in entries {
        match &*entry.key {
            "matrix" => found = Some(matrix(&entry.value, place.at("matrix"), report)),
            _ => {
                PARALLEL.refuse(entry, place, report);
                return None;
            }
        }
    }
    if found.is_none() {
        report.error(node.at, format!("`{place}` must be a number, or a mapping with a `matrix`"));
    }
    found?.map(Parallel::Matrix)
}

/// All combinations of a matrix: of each of its entries every value of one variable with every value of the others.
pub(crate) fn matrix(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<Vec<(String, String)>>> {
    let items = values::flattened(node, place, report)?;
    if items.is_empty() {
        report.error(node.at, format!("`{place}` must have at least one entry"));
        return None;
    }
    let mut all = Vec::new();
    for item in items {
        let combined = combinations(item, place, report)?;
        if all.len() + combined.len() > MAX_JOBS {
            report.error(node.at, format!("`{place}` makes more than {MAX_JOBS} jobs"));
            return None;
        }
        all.extend(combined);
    }
    Some(all)
}

fn combinations(node: &Node, place: Place<'_>, report: &mut Report) -> Option<Vec<Vec<(String, String)>>> {
    let Some(entries) = node.entries().filter(|entries| !entries.is_empty()) else {
        report
            .error(node.at, format!("each of `{place}` must be a mapping of variables to values, not {}", node.form()));
        return None;
    };
    let mut all: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for entry in entries {
        let name = variables::name(entry, place.at(&entry.key), report)?;
        let values = values_of(&entry.value, place.at(&entry.key), report)?;
        if all.len().saturating_mul(values.len()) > MAX_JOBS {
            report.error(node.at, format!("`{place}` makes more than {MAX_JOBS} jobs"));
            return None;
        }
        all = all
            .into_iter()
            .flat_map(|known| {
                let name = &name;
                values.iter().map(move |value| [known.clone(), vec![(name.clone(), value.clone())]].concat())
            })
            .collect();
    }
    Some(all)
}

fn values_of(node: &Rc<Node>, place: Place<'_>, report: &mut Report) -> Option<Vec<String>> {
    let items = values::flattened(node, place, report)?;
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        match (&item.kind, item.text()) {
            (_, Some(text)) => found.push(text.to_owned()),
            (Kind::Scalar { .. }, None) => found.push(String::new()),
            _ => {
                report.error(item.at, format!("`{place}` must be a text or a list of texts; here is {}", item.form()));
                return None;
            }
        }
    }
    if found.is_empty() {
        report.error(node.at, format!("`{}` must have at least one value", shown(&place.to_string())));
        return None;
    }
    Some(found)
}
