//! From bytes to a plan.

use super::commit::Commit;
use super::{PUSH, reading};
use countersign_ci::{Input, Plan, Variable, When, read_merged};
use std::collections::BTreeSet;

/// Reads files: to be checked only, and for a pipeline.
pub(crate) fn yaml(bytes: &[u8]) {
    let (main, commit) = Commit::split(bytes);
    let given = [Variable { key: "GIVEN".into(), value: "given".into(), raw: true }];
    let linted = Input { text: &main, repository: &commit, given: &given, ..Input::of(&[]) };
    let all = reading(&linted);
    let run = Input { run: Some(PUSH), ..linted };
    let decided = reading(&run);
    for found in [&all, &decided] {
        found.plan.iter().for_each(sound);
    }
    if let (Some(all), Some(decided)) = (&all.plan, &decided.plan) {
        nothing_is_lost(all, decided, bytes);
    }
    merged_reads_the_same(&run);
}

/// What holds for every plan.
fn sound(plan: &Plan) {
    let mut names = BTreeSet::new();
    for job in &plan.jobs {
        assert!(names.insert(&job.name), "{} is there twice", job.name);
        assert_eq!(plan.stages.get(job.stage_index), Some(&job.stage), "{}", job.name);
        assert!(!job.script.is_empty(), "{} does nothing", job.name);
        assert_eq!(job.start_in.is_some(), job.when == When::Delayed, "{}", job.name);
    }
    for job in &plan.jobs {
        for need in job.needs.iter().flatten() {
            let needed = plan.jobs.iter().find(|other| other.name == *need);
            let needed = needed.unwrap_or_else(|| panic!("{} needs {need}, which is not there", job.name));
            assert!(needed.stage_index <= job.stage_index, "{} needs {need}, which comes later", job.name);
        }
    }
    assert!(plan.left_out.iter().all(|left| names.insert(&left.name)), "left out, and in the plan: {plan:?}");
}

/// Every job there can be is in the pipeline or left out, unless none is wanted or a rule leaves out a whole file.
fn nothing_is_lost(all: &Plan, decided: &Plan, bytes: &[u8]) {
    if decided.unwanted || bytes.windows(7).any(|part| part == b"include") {
        return;
    }
    assert_eq!(names(all), names(decided));
}

fn names(plan: &Plan) -> BTreeSet<&str> {
    let left = plan.left_out.iter().map(|left| left.name.as_str());
    plan.jobs.iter().map(|job| job.name.as_str()).chain(left).collect()
}

/// All files put into one give the same plan, but for the places of jobs.
fn merged_reads_the_same(input: &Input<'_>) {
    let (first, merged) = read_merged(input);
    let (Some(plan), Some(merged)) = (first.plan, merged) else { return };
    let again = reading(&Input { text: merged.as_bytes(), ..*input });
    let same = again.plan.unwrap_or_else(|| panic!("{:?}\n{merged}", again.diagnostics));
    assert_eq!(placeless(same), placeless(plan), "{merged}");
}

fn placeless(mut plan: Plan) -> Plan {
    plan.jobs.iter_mut().for_each(|job| (job.file, job.line) = ("".into(), 0));
    plan
}
