//! Which file paths a commit made here may contain.

/// The longest path in bytes.
const LONGEST: usize = 4096;

/// Why this path must not be written, or `None` when it may be.
///
/// Everything a client's file system could take for `..` or for its own `.git` directory is refused.
pub(crate) fn refusal(path: &str) -> Option<&'static str> {
    if path.is_empty() {
        return Some("it is empty");
    }
    if path.len() > LONGEST {
        return Some("it is longer than 4096 bytes");
    }
    if path.starts_with('/') {
        return Some("it must be relative, without a leading '/'");
    }
    if path.chars().any(char::is_control) {
        return Some("it must not contain control characters");
    }
    // Windows takes a backslash for a separator, so each side of one must be harmless too.
    path.split(['/', '\\']).find_map(part_refusal)
}

/// True when every component of a path names something: nothing empty, no `.`, no `..`.
pub(crate) fn is_plain(path: &str) -> bool {
    !path.contains('\0') && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

fn part_refusal(part: &str) -> Option<&'static str> {
    if part.is_empty() || part == "." || part == ".." {
        return Some("it must not contain empty, '.' or '..' components");
    }
    is_dot_git(part).then_some("it must not contain a '.git' component")
}

/// True for `.git` as macOS (ignoring invisible characters) or Windows (ignoring what follows) would read it.
fn is_dot_git(part: &str) -> bool {
    let visible: String = part.chars().filter(|c| !is_ignored_by_hfs(*c)).collect();
    let folded = visible.to_lowercase();
    let rest = folded.strip_prefix(".git").or_else(|| folded.strip_prefix("git~1"));
    rest.is_some_and(|rest| rest.split(':').next().unwrap_or_default().chars().all(|c| matches!(c, ' ' | '.')))
}

fn is_ignored_by_hfs(c: char) -> bool {
    matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn ordinary_paths_pass() {
        for path in [
            "a",
            ".gitlab-ci.yml",
            ".gitignore",
            "dir/.gitkeep",
            "a b/ü",
            "x.git",
            "git",
            "...",
            "a:b",
            "a\\b",
            "git~2",
        ] {
            assert_eq!(refusal(path), None, "{path}");
        }
    }

    #[test]
    fn dangerous_paths_do_not() {
        let long = "a/".repeat(2048) + "a";
        for path in [
            "",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "a/../b",
            "a/./b",
            ".git",
            ".git/hooks/x",
            "a/.GIT/config",
            ".Git ",
            ".git.",
            ".git. .",
            ".git::$INDEX_ALLOCATION",
            "GIT~1",
            "git~1/x",
            ".g\u{200c}it",
            "\u{feff}.git",
            "a\\.git",
            "..\\a",
            "a\\",
            "a\nb",
            "a\0b",
            &long,
        ] {
            assert!(refusal(path).is_some(), "{path:?}");
        }
    }
}
