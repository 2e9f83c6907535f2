//! `rules`: conditions, of which the first that is met decides.

mod read;

pub(crate) use read::{changes, read};

use std::rc::Rc;

use crate::expression::Expression;
use crate::needs::Need;
use crate::plan::Variable;
use crate::when::Run;
use crate::yaml::node::Position;

/// What the rules are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// A job.
    Job,
    /// The whole pipeline.
    Workflow,
    /// A file to be included.
    Include,
}

/// One rule: conditions that must all be met, and what then holds.
#[derive(Debug)]
pub(crate) struct Rule {
    /// Where it is written.
    pub(crate) at: Position,
    /// `if`.
    pub(crate) condition: Option<Expression>,
    /// `changes`.
    pub(crate) changes: Option<Changes>,
    /// `exists`: path patterns.
    pub(crate) exists: Option<Vec<String>>,
    /// `when`, with `start_in`.
    pub(crate) run: Option<Run>,
    /// `allow_failure`.
    pub(crate) allow_failure: Option<bool>,
    /// `interruptible`.
    pub(crate) interruptible: Option<bool>,
    /// `variables`.
    pub(crate) variables: Vec<Variable>,
    /// `needs`, in place of the job's own.
    pub(crate) needs: Option<Rc<[Need]>>,
}

/// Files of which one must have changed.
#[derive(Debug, Clone)]
pub(crate) struct Changes {
    /// Path patterns.
    pub(crate) paths: Vec<String>,
    /// The branch, tag or commit to compare with.
    pub(crate) compare_to: Option<String>,
    /// Where they are written.
    pub(crate) at: Position,
}
