//! Planning configurations, beside the parsing of their YAML alone.

use std::fmt::Write as _;
use std::hint::black_box;

use anyhow::{Result, bail};
use countersign_ci::{Input, NoRepository, Run, read};
use saphyr_parser::Parser;

use super::clock::{median, milliseconds, now};
use super::report::{Figure, Floor, Unit};

/// How often each size is read.
const TIMES: usize = 21;
/// The most milliseconds that the file of 300 jobs may take.
const MOST: f64 = 20.0;
/// The most that a job among 10,000 may take of the time of one among 100: the logarithms make it twice as much, and what no
/// longer fits into a cache as much again.
const GROWTH: f64 = 4.0;

/// When a job is part of the pipeline.
const CONDITION: &str = "$CI_COMMIT_BRANCH == \"main\" && $REGION =~ /^e/";

/// Measures a file of 300 jobs and 2,000 lines, and how the time for one job grows with their number.
///
/// # Errors
/// A file made here does not read.
pub(crate) fn measure() -> Result<Vec<Figure>> {
    let text = file(300, true);
    let lines = text.lines().count();
    let (planned, parsed) = (plan(&text, 300)?, parse(&text));
    let mut each = Vec::new();
    for jobs in [100, 1_000, 10_000] {
        each.push(plan(&file(jobs, false), jobs)? * 1_000.0 / jobs as f64);
    }
    let growth = each.last().zip(each.first()).map(|(last, first)| last / first);
    let shown: Vec<_> = each.iter().map(|micros| format!("{micros:.1}")).collect();
    Ok(vec![
        Figure {
            what: "plan 300 jobs",
            value: Some(planned),
            unit: Unit::Milliseconds,
            floor: Some(Floor::AtMost(MOST)),
            detail: format!(
                "median of {TIMES}; {lines} lines; parsing the YAML alone takes {parsed:.1} ms, {:.0} % of it",
                parsed / planned * 100.0
            ),
        },
        Figure {
            what: "a job of 10,000 beside one of 100",
            value: growth,
            unit: Unit::Times,
            floor: Some(Floor::AtMost(GROWTH)),
            detail: format!("{} microseconds a job among 100, 1,000 and 10,000", shown.join(", ")),
        },
    ])
}

/// A file of that many jobs in ten stages, with a template, rules and needs; each in seven lines, or in one.
fn file(jobs: usize, roomy: bool) -> String {
    let stages: Vec<_> = (0..10).map(|stage| format!("s{stage}")).collect();
    let mut text = format!("stages: [{}]\nvariables: {{REGION: eu}}\n", stages.join(", "));
    text.push_str(".base:\n  before_script: [setup]\n  rules: &on_main\n    - if: ");
    text.push_str(CONDITION);
    text.push('\n');
    for job in 0..jobs {
        let stage = job * 10 / jobs;
        // Some job of an earlier stage, where there is one.
        let needs = if stage == 0 { String::new() } else { format!("job-{}", job * 7 % (jobs * stage / 10)) };
        let _ = match roomy {
            true => write!(
                text,
                "job-{job}:\n  extends: .base\n  stage: s{stage}\n  script: [make part-{job}]\n  needs: [{needs}]\n  \
                 rules:\n    - if: {CONDITION}\n"
            ),
            false => writeln!(text, "job-{job}: {{stage: s{stage}, script: x, needs: [{needs}], rules: *on_main}}"),
        };
    }
    text
}

/// The median of the milliseconds that reading takes.
fn plan(text: &str, jobs: usize) -> Result<f64> {
    let run = Run { source: "push", ref_name: "main", tag: false, project: "acme/shop" };
    let branch = countersign_ci::Variable { key: "CI_COMMIT_BRANCH".into(), value: "main".into(), raw: true };
    let predefined = [branch];
    let input =
        Input { repository: &NoRepository, predefined: &predefined, run: Some(run), ..Input::of(text.as_bytes()) };
    let reading = read(&input);
    match &reading.plan {
        Some(plan) if plan.jobs.len() == jobs => {}
        _ => bail!("the file of {jobs} jobs does not read: {:?}", reading.diagnostics.first()),
    }
    Ok(repeated(|| drop(black_box(read(black_box(&input))))))
}

/// The median of the milliseconds that it takes to go through the YAML.
fn parse(text: &str) -> f64 {
    repeated(|| {
        let mut parser = Parser::new_from_str(black_box(text));
        while let Some(event) = parser.next_event() {
            drop(black_box(event));
        }
    })
}

fn repeated(mut work: impl FnMut()) -> f64 {
    let times: Vec<_> = (0..TIMES)
        .map(|_| {
            let begun = now();
            work();
            milliseconds(begun.elapsed())
        })
        .collect();
    median(&times)
}
