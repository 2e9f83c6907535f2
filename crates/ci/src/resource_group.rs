//! A job's `resource_group`.

use crate::place::{Place, shown};
use crate::report::Report;
use crate::values;
use crate::yaml::node::Node;

/// Longest name, in characters.
const MAX_CHARS: usize = 255;

/// The name of a resource group, with variables.
pub(crate) fn read(node: &Node, place: Place<'_>, report: &mut Report) -> Option<String> {
    let name = values::text(node, place, report)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-_/${}. ".contains(c);
    let problem = if name.trim().is_empty() || name.chars().nth(MAX_CHARS).is_some() {
        "must have 1 to 255 characters"
    } else if !name.chars().all(allowed) {
        "may contain only letters, digits, spaces and `-`, `_`, `/`, `$`, `{`, `}`, `.`"
    } else if name.starts_with('/') || name.ends_with('/') {
        "must not start or end with `/`"
    } else {
        return Some(name.to_owned());
    };
    report.error(node.at, format!("`{place}` is called `{}`; the name {problem}", shown(name)));
    None
}
