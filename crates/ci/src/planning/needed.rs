//! Finds the jobs of the pipeline that others need.

use std::collections::HashMap;
use std::rc::Rc;

use super::select::Planned;
use crate::needs::Need;
use crate::place::{Place, shown};
use crate::plan::Variable;
use crate::report::Report;

/// Most jobs that one job may need, those made of one by `parallel` each counted.
const MAX_OF_JOB: usize = 250;
/// Most needs of all jobs together.
const MAX_TOGETHER: usize = 100_000;

/// Puts the names of the jobs needed into each plan, and of those whose files it gets. A job that is needed but no part of
/// the pipeline is reported, unless it is optional.
pub(super) fn resolve(planned: &mut [Planned], report: &mut Report) {
    if planned.iter().all(|job| job.needs.is_none() && job.dependencies.is_none()) {
        return;
    }
    let mut made: HashMap<Rc<str>, Vec<usize>> = HashMap::new();
    for (index, job) in planned.iter().enumerate() {
        made.entry(Rc::clone(&job.defined)).or_default().push(index);
    }
    let mut room = MAX_TOGETHER;
    let found: Vec<Option<Vec<String>>> = planned
        .iter()
        .map(|job| job.needs.as_ref().map(|needs| of_job(job, needs, planned, &made, &mut room, report)))
        .collect();
    let files: Vec<Option<Vec<String>>> = planned.iter().map(|job| files_from(job, planned, &made)).collect();
    for ((job, needs), files) in planned.iter_mut().zip(found).zip(files) {
        (job.plan.needs, job.plan.files_from) = (needs, files);
    }
}

/// The jobs whose files a job gets: those of its `dependencies`, else those it needs with their files; `None` if it says
/// neither. Dependencies that are no part of the pipeline have no files.
fn files_from(job: &Planned, planned: &[Planned], made: &HashMap<Rc<str>, Vec<usize>>) -> Option<Vec<String>> {
    let of = |name: &Rc<str>| made.get(name).into_iter().flatten().filter_map(|index| planned.get(*index));
    let names = |found: Vec<&Planned>| {
        let mut names: Vec<String> = Vec::with_capacity(found.len());
        for found in found {
            if !names.contains(&found.plan.name) {
                names.push(found.plan.name.clone());
            }
        }
        names
    };
    if let Some(dependencies) = &job.dependencies {
        return Some(names(dependencies.iter().flat_map(|dependency| of(&dependency.job)).collect()));
    }
    let wanted = job.needs.as_ref()?.iter().filter(|need| need.artifacts);
    Some(names(wanted.flat_map(|need| of(&need.job).filter(|found| selects(need, &found.matrix))).collect()))
}

fn of_job(
    job: &Planned,
    needs: &[Need],
    planned: &[Planned],
    made: &HashMap<Rc<str>, Vec<usize>>,
    room: &mut usize,
    report: &mut Report,
) -> Vec<String> {
    let jobs = Place::root("jobs");
    let of = jobs.at(&job.plan.name);
    let place = of.at("needs");
    let mut names: Vec<String> = Vec::new();
    for need in needs {
        let candidates = made.get(&need.job).into_iter().flatten().filter_map(|index| planned.get(*index));
        let before = names.len();
        for found in candidates.filter(|found| selects(need, &found.matrix)) {
            if names.len() >= MAX_OF_JOB || *room == 0 {
                report.error(need.at, format!("`{place}` names more jobs than are allowed ({MAX_OF_JOB} for each job, {MAX_TOGETHER} together)"));
                return names;
            }
            if !names.contains(&found.plan.name) {
                *room -= 1;
                names.push(found.plan.name.clone());
            }
        }
        if names.len() == before && !need.optional && !is_there(need, planned, made) {
            report.error(need.at, absent(&place.to_string(), need));
        }
    }
    names
}

/// Whether a job that was needed is part of the pipeline; it may have been named twice.
fn is_there(need: &Need, planned: &[Planned], made: &HashMap<Rc<str>, Vec<usize>>) -> bool {
    let mut candidates = made.get(&need.job).into_iter().flatten().filter_map(|index| planned.get(*index));
    candidates.any(|found| selects(need, &found.matrix))
}

/// Whether a need means the job with those values of its matrix.
fn selects(need: &Need, matrix: &[Variable]) -> bool {
    let equal = |values: &Vec<(String, String)>| {
        values.len() == matrix.len()
            && values.iter().all(|(key, value)| matrix.iter().any(|own| own.key == *key && own.value == *value))
    };
    need.matrix.is_empty() || need.matrix.iter().any(equal)
}

fn absent(place: &str, need: &Need) -> String {
    let job = shown(&need.job);
    if need.matrix.is_empty() {
        return format!(
            "`{place}` names `{job}`, which is no part of this pipeline; with `optional: true` it could be missing"
        );
    }
    format!("`{place}` names `{job}` with values of `parallel:matrix` that none of its jobs has")
}
