//! Branches whose history only grows: a push that would rewrite it is refused as a whole, before anything is stored.

/// The environment variable that tells the hook of them: full names, one a line.
pub(crate) const NAMES: &str = "COUNTERSIGN_ONLY_GROW";

/// The most bytes of names that are handed over; a program's environment has a limit.
const MOST: usize = 64 * 1024;

/// Runs while what was pushed is still in quarantine.
pub(crate) const HOOK: &str = r#"#!/bin/sh
# Written at every start; changes are lost. Refuses to rewrite the history of branches that only grow.
set -eu
names="
${COUNTERSIGN_ONLY_GROW:-}
"
refused=0
while read -r old new name; do
    case "$names" in
        *"
$name
"*) ;;
        *) continue ;;
    esac
    case "$old $new" in
        *0000000000000000000000000000000000000000*) continue ;;
    esac
    if ! git merge-base --is-ancestor "$old" "$new"; then
        echo "You are not allowed to force push to the protected branch '${name#refs/heads/}': its history only grows." >&2
        refused=1
    fi
done
exit "$refused"
"#;

/// Whether no branch of the push may be rewritten, and the names to hand to the hook. When there are too many names,
/// all branches of the push are treated like them.
pub(crate) fn setting(only_grow: &[String]) -> (bool, String) {
    let names = only_grow.join("\n");
    if names.len() > MOST { (true, String::new()) } else { (false, names) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_names_make_all_branches_strict() {
        assert_eq!(
            setting(&["refs/heads/a".into(), "refs/heads/b".into()]),
            (false, "refs/heads/a\nrefs/heads/b".into())
        );
        let many: Vec<String> = (0..10_000).map(|number| format!("refs/heads/{number}")).collect();
        assert_eq!(setting(&many), (true, String::new()));
    }
}
