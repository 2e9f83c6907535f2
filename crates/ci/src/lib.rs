//! Reads `.gitlab-ci.yml` into a pipeline plan with diagnostics.
//!
//! Pure: no I/O, no clock, no randomness, and no panics, whatever the bytes. The way of a file is `yaml` (bytes to a
//! tree with positions), `assemble` (what is included, referred to and extended is put in its place), `pipeline` (tree
//! to plan, keyword by keyword, one file each). Every keyword is either read or refused with its place: none is ignored.

mod allow_failure;
mod artifacts;
mod assemble;
mod cache;
mod decide;
mod diagnostic;
mod duration;
mod environment;
mod expand;
mod expression;
mod glob;
mod image;
mod inheritable;
mod input;
mod job;
mod keyword;
mod needs;
mod only_except;
mod parallel;
mod pattern;
mod pipeline;
mod place;
mod plan;
mod planning;
mod report;
mod reread;
mod resource_group;
mod retry;
mod rules;
mod script;
mod stages;
mod suggest;
mod tags;
mod tools;
mod values;
mod variables;
mod when;
mod workflow;
mod yaml;

use std::rc::Rc;

pub use diagnostic::{Diagnostic, Severity};
pub use environment::span_seconds;
pub use expand::{Expansion, MAX_EXPANDED_BYTES, expand, expand_all, expand_variables};
pub use input::{Changed, Input, Lookup, NoRepository, Repository, Run};
pub use plan::{
    Action, Artifacts, Cache, CacheKey, CachePolicy, EnvironmentPlan, Expiry, Image, Included, Inherit, JobPlan,
    LeftOut, OnNewCommit, Plan, Reading, Retry, SaveWhen, Service, Variable, When, Why,
};

/// Largest file that is read, in bytes.
pub const MAX_FILE_BYTES: usize = 1024 * 1024;
/// Most jobs one configuration may define, hidden ones not counted.
pub const MAX_JOBS: usize = 10_000;
/// Most entries `stages` may have, `.pre` and `.post` not counted.
pub const MAX_STAGES: usize = 50;

/// Reads a `.gitlab-ci.yml` with the files it includes.
///
/// All problems are reported together, ordered by file and place (at most 100, then a note how many more there are).
/// [`Reading::plan`] is `None` exactly if one of them is an error. A plan without jobs is possible (the
/// conditions of no job are met) and comes with a warning: nothing is to be run.
pub fn read(input: &Input<'_>) -> Reading {
    assembled(input).0
}

/// As [`read`]; also the configuration as one file, without `include`, `extends` and `!reference`: `None` if it cannot be put
/// together, or would be too large.
pub fn read_merged(input: &Input<'_>) -> (Reading, Option<String>) {
    let (reading, root) = assembled(input);
    (reading, root.and_then(|root| yaml::write::write(&root)))
}

fn assembled(input: &Input<'_>) -> (Reading, Option<Rc<yaml::node::Node>>) {
    let mut report = report::Report::new(input.path);
    let tools = tools::Tools::default();
    let assembled = assemble::assemble(input, &tools, &mut report);
    let plan = assembled.as_ref().and_then(|assembled| pipeline::read(&assembled.root, input, &tools, &mut report));
    let plan = if report.has_errors() { None } else { plan };
    let (root, includes) = assembled.map(|assembled| (assembled.root, assembled.includes)).unzip();
    (Reading { plan, includes: includes.unwrap_or_default(), diagnostics: report.finish() }, root)
}
