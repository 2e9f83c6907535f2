//! What must hold whatever the input. `scripts/fuzz` looks for input for which it does not; the test `replay` asks it of
//! all input that was found to be of interest.

mod commit;
mod escape;
mod expressions;
mod patterns;
mod yaml;

pub(crate) use expressions::expressions;
pub(crate) use patterns::patterns;
pub(crate) use yaml::yaml;

use countersign_ci::{Input, Reading, Run, Severity, read};
use std::collections::BTreeSet;

/// The pipeline of a push to `main`.
const PUSH: Run<'_> = Run { source: "push", ref_name: "main", tag: false, project: "acme/shop" };

/// Reads, and checks what holds for every reading.
fn reading(input: &Input<'_>) -> Reading {
    let reading = read(input);
    assert_eq!(reading, read(input), "the same again gives the same");
    let error = reading.diagnostics.iter().any(|found| found.severity == Severity::Error);
    assert_eq!(reading.plan.is_none(), error, "either a plan or errors: {:?}", reading.diagnostics);
    assert!(reading.diagnostics.len() <= 101, "{} diagnostics", reading.diagnostics.len());
    for found in &reading.diagnostics {
        assert!(found.line > 0 && found.column > 0 && !found.message.contains('\n'), "{found:?}");
    }
    reading
}

/// The names of the jobs in the pipeline, where the file has no mistake.
fn names(reading: &Reading) -> Option<BTreeSet<&str>> {
    let plan = reading.plan.as_ref()?;
    Some(plan.jobs.iter().map(|job| job.name.as_str()).collect())
}
