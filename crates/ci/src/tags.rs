//! `tags`: which runners may take a job.

use crate::place::Place;
use crate::report::Report;
use crate::values;
use crate::yaml::node::Node;

/// Most tags of one job.
const MAX_TAGS: usize = 50;
/// Longest tag, in characters.
const MAX_CHARS: usize = 255;

/// The tags in the order of the file, each once.
pub(crate) fn read(node: &Node, place: Place<'_>, report: &mut Report) -> Option<Vec<String>> {
    let items = values::list(node, place, report)?;
    if items.len() > MAX_TAGS {
        report.error(node.at, format!("`{place}` has {} entries; at most {MAX_TAGS} are allowed", items.len()));
        return None;
    }
    let mut tags: Vec<String> = Vec::new();
    for item in items {
        let tag = values::text(item, place, report)?;
        if tag.trim().is_empty() || tag.chars().nth(MAX_CHARS).is_some() {
            report.error(item.at, format!("each of `{place}` must have 1 to {MAX_CHARS} characters"));
            return None;
        }
        if !tags.iter().any(|known| known == tag) {
            tags.push(tag.to_owned());
        }
    }
    Some(tags)
}
