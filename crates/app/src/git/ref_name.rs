//! Names of branches and tags, and object names: what git accepts, and what we accept.

/// The longest part of a ref name between slashes, in bytes: git appends `.lock` to the file it keeps it in.
const LONGEST_PART: usize = 240;

/// True for a full object name: 40 lower-case hexadecimal digits.
pub fn is_sha(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// True when `refs/heads/<name>` or `refs/tags/<name>` is a well-formed ref (the rules of `git check-ref-format`).
pub(crate) fn well_formed(name: &str) -> bool {
    let forbidden = |c: char| c.is_ascii_control() || matches!(c, ' ' | '~' | '^' | ':' | '?' | '*' | '[' | '\\');
    let part_ok = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    name.len() <= 1024
        && !name.contains(forbidden)
        && !name.contains("..")
        && !name.contains("@{")
        && !name.ends_with('.')
        && name.split('/').all(part_ok)
}

/// Why a person may not create this full ref, or `None` when it may be created.
///
/// Stricter than git itself: a name that looks like a commit would shadow that commit,
/// and one that looks like an option confuses every tool it is handed to.
pub fn refusal(full_name: &str) -> Option<&'static str> {
    let Some(name) = full_name.strip_prefix("refs/heads/").or_else(|| full_name.strip_prefix("refs/tags/")) else {
        return Some("only branches (refs/heads/) and tags (refs/tags/) can be pushed");
    };
    if !well_formed(name) {
        return Some("the name is not well-formed");
    }
    if name.len() == 40 && name.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Some("a name of 40 hexadecimal digits would be mistaken for a commit");
    }
    if name.split('/').any(|part| part.len() > LONGEST_PART) {
        return Some("a part of the name is longer than 240 bytes");
    }
    if name.starts_with('-') {
        return Some("a name must not start with '-'");
    }
    if name == "HEAD" || name == "@" || name.starts_with("refs/") {
        return Some("this name is reserved by git");
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    #[test]
    fn accepts_what_git_accepts() {
        for name in [
            "main",
            "feature/x",
            "ü",
            "a@b",
            "a'b\"c",
            "$(x)",
            "a;b",
            "%00",
            "a{b}",
            "a.lock/b".trim_end_matches("/b").trim_end_matches(".lock"),
        ] {
            assert!(well_formed(name), "{name}");
        }
    }

    #[test]
    fn refuses_what_git_refuses() {
        for name in [
            "", "/a", "a/", "a//b", ".a", "a/.b", "a..b", "a.lock", "a.lock/b", "a b", "a~b", "a^b", "a:b", "a?b",
            "a*b", "a[b", "a\\b", "a@{b", "a.", "a\nb", "a\0b",
        ] {
            assert!(!well_formed(name), "{name:?}");
        }
    }

    #[test]
    fn refuses_names_that_mislead() {
        let hex = format!("refs/heads/{}", "a".repeat(40));
        for name in [
            hex.as_str(),
            "refs/heads/-x",
            "refs/heads/HEAD",
            "refs/tags/refs/heads/a",
            "refs/pipelines/1",
            "refs/replace/x",
            "HEAD",
        ] {
            assert!(refusal(name).is_some(), "{name}");
        }
        assert_eq!(refusal("refs/heads/main"), None);
        assert_eq!(refusal("refs/tags/v1"), None);
    }

    #[test]
    fn object_names_are_full_and_lower_case() {
        assert!(is_sha(&"0a".repeat(20)));
        assert!(!is_sha(&"0A".repeat(20)));
        assert!(!is_sha("0a"));
    }
}
