//! Words that must not stay: markers of unfinished work, and paths of one machine.

use super::Violation;
use super::source::Masked;
use super::tree::File;

/// Markers of work left undone. In halves, so that this file does not hold them.
const MARKERS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];
/// Macros that stand for work left undone.
const MACROS: [&str; 3] = [concat!("to", "do!"), concat!("db", "g!"), concat!("unimple", "mented!")];
/// Beginnings of paths that exist on one machine only.
const MACHINE: [&str; 3] = [concat!("/ro", "ot/"), concat!("/ho", "me/"), concat!("/wo", "rk/")];

/// Reports markers in code and machine paths in any file.
pub(super) fn check(file: &File) -> Vec<Violation> {
    let mut found = Vec::new();
    let code = file.is_code();
    for (index, line) in file.text.lines().enumerate() {
        if code && let Some(marker) = MARKERS.into_iter().find(|marker| has_word(line, marker)) {
            let what = format!("the marker {marker}");
            found.push(Violation::new(
                &file.path,
                index + 1,
                what,
                "do it now, or open an issue and delete the marker",
            ));
        }
        if let Some(path) = MACHINE.into_iter().find(|path| has_machine_path(line, path)) {
            let what = format!("a path of one machine, below {path}");
            found.push(Violation::new(&file.path, index + 1, what, "use a path from the root of the workspace"));
        }
    }
    found
}

/// Reports the macros of unfinished work, wherever they are code.
pub(super) fn macros(file: &File, masked: &Masked) -> Vec<Violation> {
    let mut found = Vec::new();
    for (index, line) in masked.code.lines().enumerate() {
        if let Some(name) = MACROS.into_iter().find(|name| has_word(line, name)) {
            let what = format!("the macro {name}");
            found.push(Violation::new(&file.path, index + 1, what, "write what belongs here"));
        }
    }
    found
}

/// Whether a line holds a word with no letter, digit or underscore on either side.
fn has_word(line: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && (word.ends_with('!') || !after.is_some_and(is_part))
    })
}

/// Whether a line holds an absolute path that begins so. The web has such paths too: the administrator's namespace is
/// `root`, so what follows a host, and what ends in `.git` or goes on with `/-/`, is none of a machine.
fn has_machine_path(line: &str, prefix: &str) -> bool {
    line.match_indices(prefix).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let begins = before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '}' | ')' | '*')));
        let path: &str = line[at..].split(|c: char| c.is_whitespace() || "\"'`)>,;".contains(c)).next().unwrap_or("");
        let named = path.len() > prefix.len();
        let web = path.contains(".git") && !path.contains(".git-") && !path.contains(".gitlab") || path.contains("/-/");
        begins && named && !web
    })
}

#[cfg(test)]
mod tests {
    use super::super::source::mask;
    use super::{File, MACHINE, MACROS, MARKERS, check, macros};

    #[test]
    fn finds_markers_in_code_but_not_in_prose_or_longer_words() {
        let line = format!("//! x\n// {}: later\n", MARKERS[0]);
        let found = check(&File::new("crates/a/src/lib.rs", &line));
        assert_eq!(found.iter().map(|found| found.line).collect::<Vec<_>>(), [2]);
        assert!(check(&File::new("docs/a.md", &line)).is_empty());
        let longer = format!("mktemp a.{0}{0}\nlet MY_{0}_A = 1;\n", MARKERS[2]);
        assert!(check(&File::new("scripts/a.sh", &longer)).is_empty());
    }

    #[test]
    fn finds_macros_only_where_they_are_code() {
        let text = format!("fn a() {{ {}() }}\n// {}\nlet a = \"{}\";\n", MACROS[0], MACROS[0], MACROS[1]);
        let found = macros(&File::new("a.rs", &text), &mask(&text));
        assert_eq!(found.iter().map(|found| found.line).collect::<Vec<_>>(), [1]);
    }

    #[test]
    fn tells_paths_of_a_machine_from_paths_of_the_web() {
        let hits = |line: String| check(&File::new("a.md", &line)).len();
        let root = MACHINE[0];
        assert_eq!(hits(format!("see {root}notes.txt")), 1);
        assert_eq!(hits(format!("\"{}me/x\"", MACHINE[1])), 1);
        assert_eq!(hits(format!("file://{}x", MACHINE[2])), 1);
        assert_eq!(hits(format!("http://localhost{root}app")), 0);
        assert_eq!(hits(format!("http://localhost:8080{root}app")), 0);
        assert_eq!(hits(format!("GET {root}app.git/info/refs")), 0);
        assert_eq!(hits(format!("GET {root}app/-/environments")), 0);
        assert_eq!(hits(format!("{{base}}{root}app")), 0);
    }
}
