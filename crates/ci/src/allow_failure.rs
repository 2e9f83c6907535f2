//! `allow_failure`: whether a job's failure leaves its pipeline unharmed.

use crate::place::Place;
use crate::report::Report;
use crate::values;
use crate::yaml::node::{Kind, Node};

/// The flag as written.
pub(crate) fn read(node: &Node, place: Place<'_>, report: &mut Report) -> Option<bool> {
    if let Kind::Mapping(entries) = &node.kind
        && entries.iter().any(|entry| &*entry.key == "exit_codes")
    {
        report.error(node.at, format!("`{}` is not supported yet", place.at("exit_codes")));
        return None;
    }
    values::flag(node, place, report)
}
