//! Configurations as people write them, each with what is read from it: see the files in `corpus/` and their snapshots.
//!
//! Comments at the top of a file say what is known of the pipeline, as `# word: value`: `ref` or `tag`, `source`, `given`
//! (variables), `files` (of the commit), `changed` (by the push), `since REF` (changed since then). With `lint: yes`
//! nothing is decided. What a file includes is in the directory of its name with `.d` behind it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod corpus_support;

use corpus_support::{Commit, shown};
use countersign_ci::{Input, Plan, read, read_merged};

#[test]
fn every_file_reads_as_its_snapshot_says() {
    let files = Commit::all();
    assert!(files.len() >= 120, "{} files", files.len());
    for file in &files {
        let reading = read(&file.input());
        insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
            insta::assert_snapshot!(file.name.as_str(), shown(&reading));
        });
    }
}

#[test]
fn plans_are_the_same_each_time() {
    for file in Commit::all() {
        assert_eq!(read(&file.input()), read(&file.input()), "{}", file.name);
    }
}

#[test]
fn every_job_is_planned_left_out_or_reported() {
    for file in Commit::all() {
        let reading = read(&file.input());
        let errors = reading.diagnostics.iter().any(|found| found.severity.as_str() == "error");
        let Some(plan) = reading.plan else {
            assert!(errors, "{}: no plan and no error", file.name);
            continue;
        };
        assert!(!errors, "{}: a plan with errors", file.name);
        let lint = read(&countersign_ci::Input { run: None, ..file.input() });
        // Without a pipeline in view every job that can ever be is planned, but for those that never are.
        let mut all: Vec<String> =
            lint.plan.iter().flat_map(|plan| plan.jobs.iter().map(|job| job.name.clone())).collect();
        all.extend(lint.plan.iter().flat_map(|plan| plan.left_out.iter().map(|left| left.name.clone())));
        let mut decided: Vec<String> = plan.jobs.iter().map(|job| job.name.clone()).collect();
        decided.extend(plan.left_out.iter().map(|left| left.name.clone()));
        all.sort();
        decided.sort();
        let included = file.text().contains("rules:") && file.text().contains("include:");
        if !plan.unwanted && !included {
            assert_eq!(all, decided, "{}", file.name);
        }
    }
}

#[test]
fn no_job_needs_one_that_is_not_there_or_comes_later() {
    for file in Commit::all() {
        let Some(plan) = read(&file.input()).plan else { continue };
        for job in &plan.jobs {
            for need in job.needs.iter().flatten() {
                let needed = plan.jobs.iter().find(|other| other.name == *need).expect("a job");
                assert!(needed.stage_index <= job.stage_index, "{}: {} needs {need}", file.name, job.name);
            }
        }
    }
}

/// A plan without the places of its jobs.
fn placeless(mut plan: Plan) -> Plan {
    plan.jobs.iter_mut().for_each(|job| (job.file, job.line) = ("".into(), 0));
    plan
}

#[test]
fn what_is_merged_into_one_file_reads_as_the_same_plan() {
    for file in Commit::all() {
        let (reading, merged) = read_merged(&file.input());
        let Some(plan) = reading.plan else { continue };
        let merged = merged.expect("a plan comes of a tree");
        assert!(!merged.contains("include:") || file.text().contains("'include:"), "{}", file.name);
        let again = read(&Input { text: merged.as_bytes(), ..file.input() });
        let problems = &again.diagnostics;
        let same = again.plan.unwrap_or_else(|| panic!("{}: {problems:?}\n{merged}", file.name));
        assert_eq!(placeless(same), placeless(plan), "{}\n{merged}", file.name);
    }
}
