//! What holds for the plan of every configuration: random jobs with stages, needs and rules.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use countersign_ci::{Input, Plan, Reading, Run, Severity, Variable, read};
use proptest::prelude::*;
use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;

/// What is written of one job.
#[derive(Debug, Clone)]
struct Job {
    stage: usize,
    /// The other jobs it needs, by number, and whether each may be missing; none of the keyword if there is none.
    needs: Option<Vec<(usize, bool)>>,
    rule: Rule,
}

/// The rules of a job.
#[derive(Debug, Clone, Copy)]
enum Rule {
    None,
    Met,
    Unmet,
    Never,
    Manual,
}

const STAGES: usize = 4;

fn jobs() -> impl Strategy<Value = Vec<Job>> {
    let rule = prop_oneof![
        4 => Just(Rule::None), 2 => Just(Rule::Met), 1 => Just(Rule::Unmet), 1 => Just(Rule::Never), 1 => Just(Rule::Manual),
    ];
    let needs = prop::option::of(prop::collection::vec((0usize..12, any::<bool>()), 0..4));
    let job = (0..STAGES, needs, rule).prop_map(|(stage, needs, rule)| Job { stage, needs, rule });
    prop::collection::vec(job, 1..12)
}

/// The configuration. Jobs need what stands before them, or anything where `wild`: then also themselves and each other.
fn written(jobs: &[Job], wild: bool) -> String {
    let mut text = String::from("stages: [s0, s1, s2, s3]\n");
    for (number, job) in jobs.iter().enumerate() {
        let _ = writeln!(text, "j{number}:\n  stage: s{}\n  script: [x]", job.stage);
        let earlier = |other: usize| jobs.get(other).is_some_and(|of| other < number && of.stage <= job.stage);
        if let Some(needs) = &job.needs {
            let chosen: BTreeSet<_> = needs.iter().filter(|(other, _)| wild || earlier(*other)).collect();
            let mut last = None;
            let listed = chosen.iter().filter(|(other, _)| last.replace(*other) != Some(*other));
            let listed: Vec<_> =
                listed.map(|(other, optional)| format!("{{job: j{other}, optional: {optional}}}")).collect();
            let _ = writeln!(text, "  needs: [{}]", listed.join(", "));
        }
        let rule = match job.rule {
            Rule::None => continue,
            Rule::Met => "{if: $YES}",
            Rule::Unmet => "{if: $NO}",
            Rule::Never => "{if: $YES, when: never}",
            Rule::Manual => "{when: manual}",
        };
        let _ = writeln!(text, "  rules: [{rule}]");
    }
    text
}

fn planned(text: &str) -> Reading {
    let yes = [Variable { key: "YES".into(), value: "1".into(), raw: true }];
    let run = Run { source: "push", ref_name: "main", tag: false, project: "a/b" };
    read(&Input { given: &yes, run: Some(run), ..Input::of(text.as_bytes()) })
}

fn has_errors(of: &Reading) -> bool {
    of.diagnostics.iter().any(|found| found.severity == Severity::Error)
}

/// Every job is in the plan or left out, once; nothing else is.
fn is_whole(plan: &Plan, jobs: usize) -> bool {
    let names = plan.jobs.iter().map(|job| &job.name).chain(plan.left_out.iter().map(|left| &left.name));
    let mut names: Vec<_> = names.cloned().collect();
    names.sort();
    let mut expected: Vec<_> = (0..jobs).map(|number| format!("j{number}")).collect();
    expected.sort();
    names == expected
}

/// No job needs one that is not there, one of a later stage, or, over others, itself.
fn is_ordered(plan: &Plan) -> bool {
    let stage: HashMap<&str, usize> = plan.jobs.iter().map(|job| (job.name.as_str(), job.stage_index)).collect();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    while done.len() < plan.jobs.len() {
        let ready = plan.jobs.iter().filter(|job| !done.contains(job.name.as_str()));
        let ready = ready.filter(|job| job.needs.iter().flatten().all(|need| done.contains(need.as_str())));
        let ready: Vec<_> = ready.map(|job| job.name.as_str()).collect();
        if ready.is_empty() {
            return false;
        }
        done.extend(ready);
    }
    let fits = |job: &countersign_ci::JobPlan| {
        job.needs.iter().flatten().all(|need| stage.get(need.as_str()).is_some_and(|of| *of <= job.stage_index))
    };
    plan.jobs.iter().all(fits)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn a_plan_is_whole_in_order_and_the_same_each_time(jobs in jobs()) {
        let text = written(&jobs, false);
        let reading = planned(&text);
        prop_assert_eq!(&reading, &planned(&text));
        match &reading.plan {
            Some(plan) => prop_assert!(is_whole(plan, jobs.len()) && is_ordered(plan), "{}\n{:?}", text, plan),
            // Only that a job is needed which is not there.
            None => prop_assert!(has_errors(&reading) && text.contains("optional: false"), "{}\n{:?}", text, reading),
        }
    }

    #[test]
    fn whatever_jobs_need_they_are_planned_left_out_or_diagnosed(jobs in jobs()) {
        let text = written(&jobs, true);
        let reading = planned(&text);
        prop_assert_eq!(&reading, &planned(&text));
        prop_assert_eq!(reading.plan.is_none(), has_errors(&reading), "{}", text);
        if let Some(plan) = &reading.plan {
            prop_assert!(is_whole(plan, jobs.len()) && is_ordered(plan), "{}\n{:?}", text, plan);
        }
    }
}
