//! Checks which jobs name which, as far as it does not depend on the pipeline.

use std::collections::HashMap;
use std::rc::Rc;

use crate::job::{Condition, Job};
use crate::needs::Need;
use crate::place::{Place, shown};
use crate::plan::Action;
use crate::report::Report;
use crate::stages::Stages;
use crate::suggest;
use crate::yaml::node::Position;

/// Reports what would stop no environment, and needs and dependencies that can never be met: of jobs that are not defined, that are in later stages, or that
/// wait for each other.
pub(crate) fn check(jobs: &[Job], stages: &Stages, report: &mut Report) {
    let index: HashMap<&str, usize> = jobs.iter().enumerate().map(|(at, job)| (job.plan.name.as_str(), at)).collect();
    let graph = Graph { jobs, stages, index };
    let mut edges: Vec<Vec<(usize, Position)>> = vec![Vec::new(); jobs.len()];
    for (job, edges) in jobs.iter().zip(&mut edges) {
        for need in all_needs(job) {
            if need.optional && !graph.index.contains_key(&*need.job) {
                let name = shown(&need.job);
                report.warning(need.at, format!("the optional job `{name}` is not defined, so it is always missing"));
            } else if let Some(found) = graph.named(job, "needs", &need.job, need.at, report) {
                edges.push((found, need.at));
            }
        }
        graph.dependencies(job, report);
        graph.stop(job, report);
    }
    if let Some(cycle) = cycle(&edges) {
        graph.refuse(&cycle, report);
    }
}

/// The needs of a job, also those that only a rule gives it.
fn all_needs(job: &Job) -> impl Iterator<Item = &Need> {
    let of_rules = match &job.condition {
        Condition::Rules(rules) => rules.as_slice(),
        Condition::Policies(..) => &[],
    };
    let of_rules = of_rules.iter().filter_map(|rule| rule.needs.as_ref());
    job.needs.iter().chain(of_rules).flat_map(|needs: &Rc<[Need]>| needs.iter())
}

struct Graph<'j> {
    jobs: &'j [Job],
    stages: &'j Stages,
    index: HashMap<&'j str, usize>,
}

impl Graph<'_> {
    /// The name of a job that may have been meant; of several, that of the first.
    fn hint(&self, name: &str) -> String {
        suggest::hint(name, self.jobs.iter().map(|job| job.plan.name.as_str()))
    }

    /// The job that another names, if it is defined and not in a later stage.
    fn named(&self, job: &Job, keyword: &str, name: &str, at: Position, report: &mut Report) -> Option<usize> {
        let jobs = Place::root("jobs");
        let of = jobs.at(&job.plan.name);
        let place = of.at(keyword);
        let Some(found) = self.index.get(name).copied() else {
            let hint = self.hint(name);
            report.error(at, format!("`{place}` names `{}`, which is not defined{hint}", shown(name)));
            return None;
        };
        let other = self.jobs.get(found)?;
        if self.stages.position(&other.plan.stage) > self.stages.position(&job.plan.stage) {
            let (name, stage) = (shown(name), shown(&other.plan.stage));
            report.error(at, format!("`{place}` names `{name}`, which is in the later stage `{stage}`"));
            return None;
        }
        Some(found)
    }

    fn dependencies(&self, job: &Job, report: &mut Report) {
        let jobs = Place::root("jobs");
        let of = jobs.at(&job.plan.name);
        let place = of.at("dependencies");
        for dependency in job.dependencies.iter().flat_map(|all| all.iter()) {
            let found = self.named(job, "dependencies", &dependency.job, dependency.at, report);
            let Some(other) = found.and_then(|found| self.jobs.get(found)) else { continue };
            let name = shown(&dependency.job);
            let needed = job.needs.as_ref().map(|needs| needs.iter().any(|need| need.job == dependency.job));
            let earlier = self.stages.position(&other.plan.stage) < self.stages.position(&job.plan.stage);
            match needed {
                Some(false) => report
                    .error(dependency.at, format!("`{place}` names `{name}`, which is not among the job's `needs`")),
                None if !earlier => {
                    report.error(dependency.at, format!("`{place}` names `{name}`, which is not in an earlier stage"))
                }
                Some(true) | None => {}
            }
        }
    }

    /// Checks that what is to stop an environment does.
    fn stop(&self, job: &Job, report: &mut Report) {
        let (Some(environment), Some(at)) = (&job.plan.environment, job.on_stop) else { return };
        let Some(name) = &environment.on_stop else { return };
        let jobs = Place::root("jobs");
        let (of, keyword) = (jobs.at(&job.plan.name), "on_stop");
        let of = of.at("environment");
        let place = of.at(keyword);
        let Some(found) = self.index.get(name.as_str()).and_then(|found| self.jobs.get(*found)) else {
            let hint = self.hint(name);
            report.error(at, format!("`{place}` names `{}`, which is not defined{hint}", shown(name)));
            return;
        };
        let name = shown(name);
        let problem = match &found.plan.environment {
            None => "names no environment".to_owned(),
            Some(other) if other.name != environment.name => {
                format!("names the environment `{}`, not `{}`", shown(&other.name), shown(&environment.name))
            }
            Some(other) if other.action != Action::Stop => "must have `action: stop`".to_owned(),
            Some(_) => return,
        };
        report.error(at, format!("`{place}` names `{name}`, which {problem}"));
    }

    fn refuse(&self, cycle: &[(usize, Position)], report: &mut Report) {
        let names: Vec<String> =
            cycle.iter().filter_map(|(at, _)| self.jobs.get(*at)).map(|job| shown(&job.plan.name)).collect();
        let (Some(first), Some((_, at))) = (names.first(), cycle.first()) else { return };
        report.error(*at, format!("`needs` lead back to where they began: {} -> {first}", names.join(" -> ")));
    }
}

/// Some way along the edges that ends where it began: each job with the place of its need of the next. Not recursive, so
/// that a chain of any length is no danger to the stack.
fn cycle(edges: &[Vec<(usize, Position)>]) -> Option<Vec<(usize, Position)>> {
    let mut left: Vec<bool> = vec![true; edges.len()];
    let mut users: Vec<Vec<usize>> = vec![Vec::new(); edges.len()];
    let mut waiting: Vec<usize> = edges.iter().map(Vec::len).collect();
    for (job, needed) in
        edges.iter().enumerate().flat_map(|(job, all)| all.iter().map(move |(needed, _)| (job, *needed)))
    {
        users.get_mut(needed)?.push(job);
    }
    let mut ready: Vec<usize> = (0..edges.len()).filter(|job| waiting.get(*job) == Some(&0)).collect();
    while let Some(job) = ready.pop() {
        *left.get_mut(job)? = false;
        for user in users.get(job)? {
            let count = waiting.get_mut(*user)?;
            *count -= 1;
            if *count == 0 {
                ready.push(*user);
            }
        }
    }
    // Whoever is left needs somebody who is left: that way comes back to itself.
    let mut job = left.iter().position(|left| *left)?;
    let mut way: Vec<(usize, Position)> = Vec::new();
    let mut on_way: HashMap<usize, usize> = HashMap::new();
    loop {
        if let Some(first) = on_way.get(&job) {
            return Some(way.split_off(*first));
        }
        let (next, at) = *edges.get(job)?.iter().find(|(needed, _)| left.get(*needed) == Some(&true))?;
        on_way.insert(job, way.len());
        way.push((job, at));
        job = next;
    }
}
