//! Finds the word someone probably meant.

/// Longest word that is compared; keywords are far shorter.
const MAX_LENGTH: usize = 40;

/// The candidate nearest to a word, if it is near enough to be worth naming.
pub(crate) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word: Vec<char> = word.chars().take(MAX_LENGTH + 1).flat_map(char::to_lowercase).collect();
    if word.len() > MAX_LENGTH {
        return None;
    }
    let near = if word.len() <= 4 { 1 } else { 2 };
    candidates
        .into_iter()
        .map(|candidate| (distance(&word, &candidate.chars().collect::<Vec<_>>()), candidate))
        .filter(|(distance, _)| *distance <= near)
        // Of several the first by the alphabet, in whatever order they come.
        .min()
        .map(|(_, candidate)| candidate)
}

/// `; did you mean ...?` for the nearest candidate, or nothing.
pub(crate) fn hint<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    nearest(word, candidates).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// Fewest insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let mut previous = None;
    for (row, &x) in a.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, &y) in b.iter().enumerate() {
            let at = |line: &[usize], index: usize| line.get(index).copied().unwrap_or(usize::MAX / 2);
            let replaced = at(&last, column) + usize::from(x != y);
            let mut best = replaced.min(at(&last, column + 1) + 1).min(at(&current, column) + 1);
            let left = column.checked_sub(1);
            if let (Some(before), Some(left)) = (previous, left)
                && b.get(left) == Some(&x)
                && before == y
            {
                best = best.min(at(&before_last, left) + 1);
            }
            current.push(best);
        }
        before_last = std::mem::replace(&mut last, current);
        previous = Some(x);
    }
    last.last().copied().unwrap_or(a.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(a: &str, b: &str) -> usize {
        distance(&a.chars().collect::<Vec<_>>(), &b.chars().collect::<Vec<_>>())
    }

    #[test]
    fn counts_edits() {
        for (a, b, want) in [
            ("", "", 0),
            ("", "ab", 2),
            ("ab", "", 2),
            ("script", "script", 0),
            ("scrpit", "script", 1),
            ("scirtp", "script", 2),
            ("sript", "script", 1),
            ("stages", "stage", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(apart(a, b), want, "{a} {b}");
        }
    }

    #[test]
    fn names_only_what_is_near() {
        let words = ["script", "stage", "stages", "tags", "when"];
        assert_eq!(nearest("Script", words), Some("script"));
        assert_eq!(nearest("stag", words), Some("stage"));
        assert_eq!(nearest("tgas", words), Some("tags"));
        assert_eq!(nearest("whne", words), Some("when"));
        assert_eq!(nearest("deploy", words), None);
        assert_eq!(nearest(&"s".repeat(100_000), words), None);
    }
}
