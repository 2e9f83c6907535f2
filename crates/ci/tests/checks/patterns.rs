//! Patterns of paths and of texts. The first line of an input is a pattern, the second what it is held against.

use super::commit::Commit;
use super::escape::quoted;
use super::{PUSH, names, reading};
use countersign_ci::{Input, Reading, Variable};

/// Holds a text against a pattern of either kind.
pub(crate) fn patterns(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let (pattern, text) = text.split_once('\n').unwrap_or((text, ""));
    of_texts(pattern, text);
    of_paths(pattern, text);
}

/// `=~` and `!~` contradict each other, whether the pattern is written there or comes from a variable.
fn of_texts(pattern: &str, text: &str) {
    let ways = [("matches", "$TEXT =~ $PATTERN"), ("differs", "$TEXT !~ $PATTERN")];
    let by_variable = reading_of(&jobs(&ways.map(|(name, text)| (name, text.to_owned()))), pattern, text);
    let written = [("matches", format!("$TEXT =~ {pattern}")), ("differs", format!("$TEXT !~ {pattern}"))];
    let written = reading_of(&jobs(&written), pattern, text);
    for reading in [&by_variable, &written] {
        let Some(names) = names(reading) else { continue };
        // What is no pattern by itself may be one with more behind it.
        let one = pattern.starts_with('/') && !pattern.contains(['&', '|', ' ', '\t', '(', ')']);
        assert!(!one || names.len() == 1, "{pattern:?} and {text:?}: {names:?}");
    }
}

/// A condition for each job.
fn jobs(ways: &[(&str, String)]) -> String {
    let job = |(name, text): &(&str, String)| format!("{name}: {{script: x, rules: [{{if: {}}}]}}\n", quoted(text));
    ways.iter().map(job).collect()
}

fn reading_of(file: &str, pattern: &str, text: &str) -> Reading {
    let given = [("PATTERN", pattern), ("TEXT", text)];
    let given = given.map(|(key, value)| Variable { key: key.into(), value: value.into(), raw: true });
    let commit = Commit::default();
    let input = Input { text: file.as_bytes(), repository: &commit, given: &given, run: Some(PUSH), ..Input::of(&[]) };
    reading(&input)
}

/// Files that changed are found as files that are there are; with other patterns beside it a pattern finds the same; and
/// what a simple one finds, a slow and simple search finds as well.
fn of_paths(pattern: &str, path: &str) {
    let (written, beside) = (quoted(pattern), quoted("none/such/*"));
    let file = format!(
        "changes: {{script: x, rules: [{{changes: [{written}]}}]}}\n\
         exists: {{script: x, rules: [{{exists: [{written}]}}]}}\n\
         beside: {{script: x, rules: [{{exists: [{beside}, {written}, {beside}]}}]}}\n"
    );
    let commit = Commit::of_paths([path]);
    let input = Input { text: file.as_bytes(), repository: &commit, run: Some(PUSH), ..Input::of(&[]) };
    let reading = reading(&input);
    let Some(names) = names(&reading) else { return };
    // A pattern for files that are there may begin with `/`, perhaps after a variable; and the one beside it may be found.
    let odd = pattern.starts_with(['/', '$']) || path.starts_with("none/such/");
    assert!(odd || names.is_empty() || names.len() == 3, "{pattern:?} and {path:?}: {names:?}");
    let simple = !pattern.contains(['[', ']', '{', '}', ',', '\\', '$']) && pattern.len() < 200 && path.len() < 200;
    if simple && !odd && !pattern.is_empty() {
        let (pattern, path): (Vec<char>, Vec<char>) = (pattern.chars().collect(), path.chars().collect());
        assert_eq!(!names.is_empty(), finds(&pattern, &path), "{pattern:?} and {path:?}");
    }
}

/// Whether a pattern of `*`, `?` and `**/` fits all of a path: each place of the one against each place of the other.
fn finds(pattern: &[char], path: &[char]) -> bool {
    let mut fits = vec![vec![false; path.len() + 1]; pattern.len() + 1];
    fits[pattern.len()][path.len()] = true;
    for at in (0..pattern.len()).rev() {
        let begins = at == 0 || pattern[at - 1] == '/';
        let across = begins && pattern[at..].starts_with(&['*', '*', '/']);
        for from in (0..=path.len()).rev() {
            let here = path.get(from);
            fits[at][from] = match pattern[at] {
                '*' if across => {
                    // Any number of whole directories, none among them.
                    fits[at + 3][from]
                        || (from + 1..path.len())
                            .take_while(|&to| path[to - 1] != '/')
                            .any(|to| path[to] == '/' && fits[at][to + 1])
                }
                '*' => fits[at + 1][from] || (here.is_some_and(|c| *c != '/') && fits[at][from + 1]),
                '?' => here.is_some_and(|c| *c != '/') && fits[at + 1][from + 1],
                c => here == Some(&c) && fits[at + 1][from + 1],
            };
        }
    }
    fits[0][0]
}
