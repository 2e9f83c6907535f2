//! Reads `.gitlab-ci.yml` into a pipeline plan with diagnostics.
//!
//! Pure: no I/O, no clock, no randomness, and no panics, whatever the bytes. The way of a file is
//! `source` (bytes to text), `load` (text to a tree with positions), `pipeline` (tree to plan, keyword by
//! keyword, one file each). Every keyword is either read or refused with its place: none is ignored.

mod allow_failure;
mod diagnostic;
mod environment;
mod expand;
mod job;
mod keyword;
mod load;
mod node;
mod pipeline;
mod place;
mod plan;
mod report;
mod script;
mod source;
mod stages;
mod suggest;
mod tags;
mod values;
mod variables;
mod when;

pub use diagnostic::{Diagnostic, Severity};
pub use expand::{Expansion, MAX_EXPANDED_BYTES, expand, expand_all, expand_variables};
pub use plan::{Action, EnvironmentPlan, JobPlan, Plan, Reading, Variable, When};

/// Largest file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;
/// Most jobs one file may define, hidden ones not counted.
pub const MAX_JOBS: usize = 1000;
/// Most entries `stages` may have, `.pre` and `.post` not counted.
pub const MAX_STAGES: usize = 50;

/// Reads the bytes of a `.gitlab-ci.yml`.
///
/// All problems are reported together, ordered by place (at most 100, then a note how many more there are).
/// [`Reading::plan`] is `None` exactly if one of them is an error. A plan without jobs is possible (every job is
/// `when: never`) and comes with a warning: nothing is to be run.
pub fn read(text: &[u8]) -> Reading {
    let mut report = report::Report::default();
    let plan = source::decode(text, &mut report)
        .and_then(|text| load::load(text, &mut report))
        .and_then(|root| pipeline::read(&root, &mut report));
    let plan = if report.has_errors() { None } else { plan };
    Reading { plan, diagnostics: report.finish() }
}
