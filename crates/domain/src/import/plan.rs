//! Which branches and tags a fetch moves.

use std::collections::{BTreeMap, BTreeSet};

/// The most branches and tags that are followed; a repository with more is not fetched at all.
pub const MOST_REFS: usize = 10_000;

/// One branch or tag by its full name, and where it is to move: from where it is here, `None` if it is not there, to
/// where it is at the other side, `None` if it is gone there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ref {
    /// Its full name.
    pub name: String,
    /// The object it names here.
    pub here: Option<String>,
    /// The object it names there.
    pub there: Option<String>,
}

/// What a fetch is to do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// The branches and tags that move: the default branch first, then branches, then tags.
    pub moves: Vec<Ref>,
    /// Those there that cannot be used here, by their full names.
    pub skipped: Vec<String>,
}

/// What a fetch is to do about the branches and tags here and there, both by full name. A mirror becomes what is there:
/// what is gone there goes here. Without that, a fetch only adds what is not here yet. A name that `usable` refuses is
/// left out.
///
/// # Errors
/// There are too many; the text says so of the other side.
pub fn plan(
    here: &BTreeMap<String, String>,
    there: &BTreeMap<String, String>,
    (mirror, default_branch): (bool, &str),
    usable: impl Fn(&str) -> bool,
) -> Result<Plan, String> {
    if there.len() > MOST_REFS {
        return Err(format!("has {} branches and tags; at most {MOST_REFS} are followed", there.len()));
    }
    let mut plan = Plan::default();
    for name in here.keys().chain(there.keys()).collect::<BTreeSet<_>>() {
        let (old, new) = (here.get(name), there.get(name));
        if new.is_some() && !usable(name) {
            plan.skipped.push(name.clone());
        } else if old != new && (mirror || old.is_none()) {
            plan.moves.push(Ref { name: name.clone(), here: old.cloned(), there: new.cloned() });
        }
    }
    let default = format!("refs/heads/{default_branch}");
    plan.moves.sort_by_key(|moved| (moved.name != default, !moved.name.starts_with("refs/heads/")));
    Ok(plan)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn refs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, sha)| ((*name).to_owned(), (*sha).to_owned())).collect()
    }

    fn planned(mirror: bool) -> Vec<String> {
        let here = refs(&[("refs/heads/gone", "1"), ("refs/heads/moved", "2"), ("refs/heads/same", "3")]);
        let there = refs(&[
            ("refs/heads/-bad", "9"),
            ("refs/heads/a", "5"),
            ("refs/heads/main", "6"),
            ("refs/heads/moved", "4"),
            ("refs/heads/same", "3"),
            ("refs/tags/v1", "7"),
        ]);
        let plan = plan(&here, &there, (mirror, "main"), |name| !name.contains('-')).unwrap();
        assert_eq!(plan.skipped, ["refs/heads/-bad"]);
        let side = |of: &Option<String>| of.clone().unwrap_or_else(|| "none".into());
        plan.moves.iter().map(|m| format!("{} {} {}", m.name, side(&m.here), side(&m.there))).collect()
    }

    #[test]
    fn a_mirror_becomes_what_is_there() {
        let expected = [
            "refs/heads/main none 6",
            "refs/heads/a none 5",
            "refs/heads/gone 1 none",
            "refs/heads/moved 2 4",
            "refs/tags/v1 none 7",
        ];
        assert_eq!(planned(true), expected);
    }

    #[test]
    fn an_import_only_adds() {
        assert_eq!(planned(false), ["refs/heads/main none 6", "refs/heads/a none 5", "refs/tags/v1 none 7"]);
    }

    #[test]
    fn too_many_are_not_followed_at_all() {
        let many: BTreeMap<_, _> = (0..=MOST_REFS).map(|n| (format!("refs/heads/{n}"), "1".to_owned())).collect();
        assert_eq!(
            plan(&BTreeMap::new(), &many, (true, "main"), |_| true).unwrap_err(),
            "has 10001 branches and tags; at most 10000 are followed"
        );
    }
}
