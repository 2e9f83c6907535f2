//! From the main file to one tree: what it includes, refers to and extends is put in its place.

mod extends;
mod include;
mod merge;
mod reference;
mod wildcard;

use std::rc::Rc;

use crate::input::Input;
use crate::plan::Included;
use crate::report::Report;
use crate::tools::Tools;
use crate::yaml::node::Node;

/// A tree that stands for all files, without `include`, `!reference` and `extends`.
pub(crate) struct Assembled {
    /// The tree.
    pub(crate) root: Rc<Node>,
    /// What was included.
    pub(crate) includes: Vec<Included>,
}

/// Puts the files together. `None` if they cannot be read or lack a part; that is reported, and what would follow from
/// it is not.
pub(crate) fn assemble(input: &Input<'_>, tools: &Tools, report: &mut Report) -> Option<Assembled> {
    let (root, includes) = include::all(input, tools, report)?;
    // In this order: what a reference means is there with all it extends, and a reference is replaced, not merged.
    let root = extends::extend(&root, report)?;
    let root = reference::resolve(&root, report)?;
    Some(Assembled { root, includes })
}
