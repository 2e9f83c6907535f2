//! Variables that a job leaves for later ones, in a file of lines `NAME=value`.

use crate::script::Variable;
use std::collections::BTreeMap;

/// The longest file that is taken, in bytes, as in GitLab.
pub const LONGEST: u64 = 5 * 1024;
/// The most variables in it.
const MOST: usize = 150;

/// Reads the lines of a file: what stands behind the first `=` is the value, without the quotes around it. There are no
/// comments and no values of several lines. Of two lines with one name the last counts.
///
/// # Errors
/// What is wrong, and in which line.
pub(super) fn parse(text: &[u8]) -> Result<Vec<Variable>, String> {
    let text = std::str::from_utf8(text).map_err(|_| "the dotenv report must be UTF-8".to_owned())?;
    let mut found = BTreeMap::new();
    for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line.trim())) {
        if line.is_empty() {
            continue;
        }
        let (key, value) = line.split_once('=').ok_or_else(|| format!("line {number} must be NAME=value"))?;
        let key = key.trim_end();
        if key.is_empty() || !key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
            return Err(format!("the name in line {number} must be letters, digits and '_'"));
        }
        found.insert(key.to_owned(), unquoted(value.trim()).to_owned());
    }
    if found.len() > MOST {
        return Err(format!("the dotenv report has {} variables; at most {MOST} are allowed", found.len()));
    }
    Ok(found.into_iter().map(|(key, value)| Variable { key, value, ..Variable::default() }).collect())
}

fn unquoted(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    within('"').or_else(|| within('\'')).unwrap_or(value)
}

/// Variables as they are kept.
pub(super) fn write(of: &[Variable]) -> String {
    serde_json::to_string(of).unwrap_or_else(|_| "[]".into())
}

/// Variables that were kept.
pub(super) fn read(kept: &str) -> Vec<Variable> {
    serde_json::from_str(kept).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lines_become_variables_and_a_mistake_is_named() {
        let found = parse(b"A=1\n\nB = two words\r\nC=\"a=b\"\nA=2\nD=\n").unwrap();
        let pairs: Vec<_> = found.iter().map(|v| (v.key.as_str(), v.value.as_str())).collect();
        assert_eq!(pairs, [("A", "2"), ("B", "two words"), ("C", "a=b"), ("D", "")]);
        assert_eq!(read(&write(&found)), found);
        for (text, why) in [
            (&b"A"[..], "line 1 must be NAME=value"),
            (b"A=1\nB-C=2", "line 2"),
            (b"=x", "line 1"),
            (b"\xff=1", "UTF-8"),
        ] {
            assert!(parse(text).unwrap_err().contains(why), "{text:?}");
        }
        let many: String = (0..151).map(|n| format!("A{n}=1\n")).collect();
        assert!(parse(many.as_bytes()).unwrap_err().contains("at most 150"));
    }
}
