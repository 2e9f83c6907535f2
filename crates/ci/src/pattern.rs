//! Regular expressions as configurations write them: `/text/flags`. They are matched in time linear to the text.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::{Regex, RegexBuilder};

/// Longest pattern, in bytes.
const MAX_BYTES: usize = 4096;
/// Most memory one compiled pattern may take, in bytes.
const MAX_COMPILED: usize = 1024 * 1024;
/// Most patterns that are kept compiled.
const MAX_KEPT: usize = 10_000;

/// A pattern as written: where it ends in the text that begins with it, and what is between its slashes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Written<'t> {
    /// How many bytes it takes, slashes and flags included.
    pub(crate) len: usize,
    /// All of it.
    pub(crate) text: &'t str,
}

/// The pattern at the beginning of a text that begins with `/`; `None` if no slash ends it.
pub(crate) fn scan(text: &str) -> Option<Written<'_>> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '/' if !escaped => {
                let flags = text.get(at + 1..)?.chars().take_while(|c| matches!(c, 'i' | 's' | 'm' | 'U')).count();
                let len = at + 1 + flags;
                return Some(Written { len, text: text.get(..len)? });
            }
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

/// Compiled patterns, each kept for its next use.
#[derive(Default)]
pub(crate) struct Patterns {
    kept: RefCell<HashMap<String, Option<Rc<Regex>>>>,
}

impl Patterns {
    /// Compiles `/text/flags`. `None` if it is no pattern.
    pub(crate) fn get(&self, written: &str) -> Option<Rc<Regex>> {
        if let Some(known) = self.kept.borrow().get(written) {
            return known.clone();
        }
        let compiled = compile(written).ok().map(Rc::new);
        let mut kept = self.kept.borrow_mut();
        if kept.len() < MAX_KEPT {
            kept.insert(written.to_owned(), compiled.clone());
        }
        compiled
    }
}

/// Compiles `/text/flags`.
///
/// # Errors
/// Why it cannot be used, to be put behind "the pattern".
pub(crate) fn compile(written: &str) -> Result<Regex, String> {
    let whole = scan(written).filter(|found| written.starts_with('/') && found.len == written.len());
    let end = whole.and_then(|_| written.rfind('/')).filter(|end| *end > 0);
    let Some(end) = end else { return Err("must stand between slashes, such as `/^release-/`".to_owned()) };
    let inner = written.get(1..end).unwrap_or_default();
    let flags = written.get(end + 1..).unwrap_or_default();
    if inner.is_empty() {
        return Err("is empty".to_owned());
    }
    if inner.len() > MAX_BYTES {
        return Err(format!("has more than {MAX_BYTES} bytes"));
    }
    let has = |flag: char| flags.contains(flag);
    RegexBuilder::new(&inner.replace("\\/", "/"))
        .case_insensitive(has('i'))
        .dot_matches_new_line(has('s'))
        .multi_line(has('m'))
        .swap_greed(has('U'))
        .size_limit(MAX_COMPILED)
        .dfa_size_limit(MAX_COMPILED)
        .build()
        .map_err(|error| reason(&error))
}

fn reason(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "is too large once it is compiled".to_owned(),
        // The last line of the library's text is the reason; the others draw the pattern.
        other => {
            let text = other.to_string();
            let line = text.lines().last().unwrap_or_default();
            format!("cannot be read: {}", line.trim().trim_start_matches("error: "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_at_the_first_slash_that_is_not_escaped() {
        let len = |text| scan(text).map(|found| found.len);
        assert_eq!(len("/abc/ && x"), Some(5));
        assert_eq!(len(r"/a\/b/i == /c/"), Some(7));
        assert_eq!(len(r"/a\\/"), Some(5));
        assert_eq!(len("/ab/ismUx"), Some(8));
        assert_eq!(len("/abc"), None);
        assert_eq!(len("/"), None);
    }

    #[test]
    fn flags_and_reasons() {
        let hits = |written: &str, text: &str| compile(written).map(|regex| regex.is_match(text));
        assert_eq!(hits("/^REL/i", "release"), Ok(true));
        assert_eq!(hits("/^b$/", "a\nb"), Ok(false));
        assert_eq!(hits("/^b$/m", "a\nb"), Ok(true));
        assert_eq!(hits("/a.b/", "a\nb"), Ok(false));
        assert_eq!(hits("/a.b/s", "a\nb"), Ok(true));
        assert_eq!(hits(r"/^a\/b$/", "a/b"), Ok(true));
        assert_eq!(hits("//", ""), Err("is empty".into()));
        for bad in ["abc", "/", "", "/a/x", "/a/b/", "a/b/"] {
            assert!(hits(bad, "").is_err_and(|why| why.starts_with("must stand between slashes")), "{bad}");
        }
        assert!(hits("/(?=a)/", "").is_err_and(|why| why.contains("look-around")));
        assert!(hits("/a{1000}{1000}/", "").is_err_and(|why| why.contains("too large")));
        assert!(hits(&format!("/{}/", "a".repeat(5000)), "").is_err_and(|why| why.contains("4096 bytes")));
    }
}
