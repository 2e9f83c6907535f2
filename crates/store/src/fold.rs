//! Folded text: what look-ups and searches compare, so that both engines agree on case.

/// The longest pattern that is searched for; no search column comes near it, so a longer one finds nothing anyway.
const LONGEST_PATTERN: usize = 2000;

/// Text in the form in which it is looked up: lower case, and without the one character PostgreSQL cannot hold.
pub fn fold(text: &str) -> String {
    text.to_lowercase().replace('\0', "\u{fffd}")
}

/// A pattern for `LIKE … ESCAPE '!'` that finds `text` anywhere in a folded column.
pub fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in fold(text).chars().take(LONGEST_PATTERN) {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_folded_and_patterns_are_literal() {
        assert_eq!(fold("ÄRGER/Ops\0"), "ärger/ops\u{fffd}");
        assert_eq!(pattern("50%_a!"), "%50!%!_a!!%");
        assert!(pattern(&"x".repeat(100_000)).len() < 2100);
    }
}
