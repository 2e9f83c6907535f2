//! Path patterns of `changes` and `exists`: `*`, `?` and `[…]` within a directory, `**/` across directories, `{a,b}`.

use std::rc::Rc;

use regex::{Regex, RegexBuilder};

/// Most memory the patterns of one rule may take once compiled, in bytes.
const MAX_COMPILED: usize = 4 * 1024 * 1024;
/// Deepest nesting of `{…}`.
const MAX_NESTING: usize = 10;

/// Path patterns, of which one must match.
#[derive(Clone)]
pub(crate) struct Globs {
    any: Rc<Regex>,
}

impl Globs {
    /// Reads patterns; `None` if they are too large together.
    pub(crate) fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Option<Self> {
        let each: Vec<String> = patterns.into_iter().map(|pattern| format!("(?:{})", translate(pattern))).collect();
        // No pattern at all matches nothing.
        let all = if each.is_empty() { "[^\\s\\S]".to_owned() } else { each.join("|") };
        let built = RegexBuilder::new(&format!("^(?:{all})$"))
            .dot_matches_new_line(true)
            .size_limit(MAX_COMPILED)
            .dfa_size_limit(MAX_COMPILED)
            .build();
        built.ok().map(|any| Self { any: Rc::new(any) })
    }

    /// Whether one of the patterns matches a path.
    pub(crate) fn matches(&self, path: &str) -> bool {
        self.any.is_match(path)
    }
}

/// A pattern as a regular expression without anchors.
fn translate(pattern: &str) -> String {
    let chars: Vec<char> = pattern.chars().collect();
    let mut out = String::new();
    let mut open = 0;
    let mut at = 0;
    while let Some(&c) = chars.get(at) {
        at += 1;
        match c {
            '*' => at = star(&chars, at, &mut out),
            '?' => out.push_str("[^/]"),
            '[' => at = class(&chars, at, &mut out),
            '{' if open < MAX_NESTING && closes(&chars, at) => {
                open += 1;
                out.push_str("(?:");
            }
            ',' if open > 0 => out.push('|'),
            '}' if open > 0 => {
                open -= 1;
                out.push(')');
            }
            '\\' => {
                let next = chars.get(at).copied();
                at += usize::from(next.is_some());
                literal(next.unwrap_or('\\'), &mut out);
            }
            c => literal(c, &mut out),
        }
    }
    out.extend(std::iter::repeat_n(')', open));
    out
}

fn literal(c: char, out: &mut String) {
    out.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
}

/// What one or more `*` mean; where to go on.
fn star(chars: &[char], at: usize, out: &mut String) -> usize {
    let begins = at < 2 || chars.get(at - 2) == Some(&'/');
    if begins && chars.get(at) == Some(&'*') && chars.get(at + 1) == Some(&'/') {
        out.push_str("(?:[^/]+/)*");
        return at + 2;
    }
    out.push_str("[^/]*");
    at
}

/// A set of characters; without its `]` the `[` is a plain character. Where to go on.
fn class(chars: &[char], at: usize, out: &mut String) -> usize {
    let negated = matches!(chars.get(at), Some('!' | '^'));
    let first = at + usize::from(negated);
    // A `]` that comes first is one of the set.
    let end = (first + 1..chars.len()).find(|index| chars.get(*index) == Some(&']'));
    let Some(end) = end else {
        literal('[', out);
        return at;
    };
    out.push_str(if negated { "[^/" } else { "[" });
    for (index, &c) in chars.iter().enumerate().take(end).skip(first) {
        let is_range = c == '-' && index > first && index + 1 < end && ordered(chars, index);
        match c {
            '-' if is_range => out.push('-'),
            '/' => {}
            c => literal(c, out),
        }
    }
    // A set of nothing but slashes matches nothing.
    if out.ends_with('[') {
        out.push_str("^\\s\\S");
    }
    out.push(']');
    end + 1
}

/// Whether the characters around a `-` are a range the right way round.
fn ordered(chars: &[char], dash: usize) -> bool {
    matches!((chars.get(dash - 1), chars.get(dash + 1)), (Some(from), Some(to)) if from <= to)
}

/// Whether a `{` has its `}`.
fn closes(chars: &[char], at: usize) -> bool {
    chars.iter().skip(at).any(|c| *c == '}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(pattern: &str, path: &str) -> bool {
        Globs::new([pattern]).is_some_and(|globs| globs.matches(path))
    }

    #[test]
    fn patterns() {
        for (pattern, path, want) in [
            ("Dockerfile", "Dockerfile", true),
            ("Dockerfile", "sub/Dockerfile", false),
            ("*.md", "README.md", true),
            ("*.md", "docs/a.md", false),
            ("*", ".hidden", true),
            ("docs/*", "docs/a", true),
            ("docs/*", "docs/a/b", false),
            ("docs/**", "docs/a", true),
            ("docs/**", "docs/a/b", false),
            ("docs/**/*", "docs/a", true),
            ("docs/**/*", "docs/a/b/c", true),
            ("docs/**/*", "docsx/a", false),
            ("**/*.rb", "a.rb", true),
            ("**/*.rb", "x/y/.z/a.rb", true),
            ("a**/b", "axx/b", true),
            ("a**/b", "a/x/b", false),
            ("**/a/**/b", "x/a/y/z/b", true),
            ("**/a/**/b", "a/b", true),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[^a]x", "/x", false),
            ("[]x]y", "]y", true),
            ("[c-a]x", "-x", true),
            ("[/]x", "/x", false),
            ("[abc", "[abc", true),
            ("*.{rb,md}", "a.md", true),
            ("*.{rb,md}", "a.rs", false),
            ("{a,b{c,d}}/x", "bd/x", true),
            ("{a,b", "{a,b", true),
            ("a}b,c", "a}b,c", true),
            ("{a}}", "a}", true),
            (r"a\*", "a*", true),
            (r"a\*", "ab", false),
            (r"a\", r"a\", true),
            ("ü/*", "ü/ö", true),
            ("a.b", "axb", false),
            ("(a|b)+", "(a|b)+", true),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(hits(pattern, path), want, "{pattern} {path}");
        }
    }

    #[test]
    fn any_of_several_and_none_of_none() {
        let globs = Globs::new(["a", "b/*"]);
        assert!(globs.is_some_and(|globs| globs.matches("a") && globs.matches("b/c") && !globs.matches("c")));
        assert!(Globs::new([]).is_some_and(|none| !none.matches("") && !none.matches("a")));
        assert!(Globs::new(["{a,b}{a,b}[a-z]*".repeat(5000).as_str()]).is_none());
    }
}
