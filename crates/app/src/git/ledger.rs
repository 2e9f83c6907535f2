//! Comparing the refs a database knows with the refs a repository has.

use std::collections::BTreeMap;

/// The object name that means "there is none": the old side of a creation, the new side of a deletion.
pub const NO_OBJECT: &str = "0000000000000000000000000000000000000000";

/// One ref that moved from one object to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefUpdate {
    /// The object before; [`NO_OBJECT`] when the ref was created.
    pub old: String,
    /// The object after; [`NO_OBJECT`] when the ref was deleted.
    pub new: String,
    /// The full name, such as `refs/heads/main`.
    pub name: String,
}

impl RefUpdate {
    /// True when the ref did not exist before.
    pub fn is_creation(&self) -> bool {
        self.old == NO_OBJECT
    }

    /// True when the ref does not exist any more.
    pub fn is_deletion(&self) -> bool {
        self.new == NO_OBJECT
    }
}

/// The updates that lead from the `ledger` to the `actual` refs, in order of the names.
///
/// Run at start: what a crash between a push and its pipeline swallowed shows up here.
pub fn missed(ledger: &BTreeMap<String, String>, actual: &BTreeMap<String, String>) -> Vec<RefUpdate> {
    let side = |refs: &BTreeMap<String, String>, name: &String| refs.get(name).map_or(NO_OBJECT, |sha| sha).to_owned();
    let mut names: Vec<&String> = ledger.keys().chain(actual.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|name| RefUpdate { old: side(ledger, name), new: side(actual, name), name: name.clone() })
        .filter(|update| update.old != update.new)
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn refs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, sha)| ((*name).to_owned(), sha.repeat(40))).collect()
    }

    #[test]
    fn nothing_is_missed_when_both_agree() {
        assert!(missed(&refs(&[("refs/heads/a", "1")]), &refs(&[("refs/heads/a", "1")])).is_empty());
    }

    #[test]
    fn creations_moves_and_deletions_are_found() {
        let ledger = refs(&[("refs/heads/gone", "1"), ("refs/heads/moved", "2"), ("refs/heads/same", "3")]);
        let actual = refs(&[("refs/heads/moved", "4"), ("refs/heads/new", "5"), ("refs/heads/same", "3")]);
        let found = missed(&ledger, &actual);
        let shape: Vec<_> = found.iter().map(|u| (u.name.as_str(), &u.old[..1], &u.new[..1])).collect();
        assert_eq!(
            shape,
            [("refs/heads/gone", "1", "0"), ("refs/heads/moved", "2", "4"), ("refs/heads/new", "0", "5")]
        );
        assert!(found[0].is_deletion() && found[2].is_creation() && !found[1].is_creation());
    }
}
