//! Names with wildcards, as those of protected branches and tags.

/// Whether `pattern` stands for `name`: each `*` stands for any text, slashes and nothing at all included, everything
/// else for itself. Takes time linear in both.
pub fn matches(pattern: &str, name: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == name };
    let (middle, last) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(mut left) = name.strip_prefix(first).and_then(|left| left.strip_suffix(last)) else { return false };
    // Whatever lies between two wildcards may as well be found as early as possible.
    for part in middle.split('*') {
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_stand_for_any_text() {
        for (pattern, name) in [
            ("main", "main"),
            ("*", ""),
            ("*", "a/b"),
            ("release/*", "release/"),
            ("release/*", "release/1/2"),
            ("*-stable", "1-0-stable"),
            ("*gitlab*", "my/gitlab/x"),
            ("v*.*", "v1.0"),
            ("a**b", "ab"),
            ("a*b*b", "abb"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("main", "Main"),
            ("main", "main2"),
            ("release/*", "release"),
            ("*-stable", "stable"),
            ("ab*ba", "aba"),
            ("a*b*b", "ab"),
            ("v*.*", "v1"),
            ("", "a"),
            ("m.in", "main"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_made_to_be_slow_is_not() {
        let (pattern, name) = (format!("{}b", "a*".repeat(20_000)), "a".repeat(200_000));
        assert!(!matches(&pattern, &name));
    }
}
