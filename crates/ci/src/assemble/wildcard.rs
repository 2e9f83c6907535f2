//! Paths with wildcards, as `include:local` knows them: `*` within a directory, `**` also across directories.

use regex::Regex;

/// Whether a path has wildcards.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains('*')
}

/// The paths that a pattern matches, in their order; `None` if the pattern is too long to be read.
pub(super) fn matches<'p>(pattern: &str, paths: &'p [String]) -> Option<Vec<&'p str>> {
    let mut text = String::from("^");
    let mut rest = pattern;
    while let Some(at) = rest.find('*') {
        text.push_str(&regex::escape(rest.get(..at).unwrap_or_default()));
        rest = rest.get(at..).unwrap_or_default();
        let (piece, width) = if rest.starts_with("**") { (".*", 2) } else { ("[^/]*", 1) };
        text.push_str(piece);
        rest = rest.get(width..).unwrap_or_default();
    }
    text.push_str(&regex::escape(rest));
    text.push('$');
    let matcher = Regex::new(&format!("(?s){text}")).ok()?;
    Some(paths.iter().map(String::as_str).filter(|path| matcher.is_match(path)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_star_stays_in_its_directory() {
        let paths =
            ["a.yml", "ci/a.yml", "ci/b.yaml", "ci/deep/c.yml", "ci/deep/er/d.yml", "cixa.yml"].map(String::from);
        let found = |pattern: &str| matches(pattern, &paths).unwrap_or_default();
        assert_eq!(found("ci/*.yml"), ["ci/a.yml"]);
        assert_eq!(found("ci/**.yml"), ["ci/a.yml", "ci/deep/c.yml", "ci/deep/er/d.yml"]);
        assert_eq!(found("ci/**/*.yml"), ["ci/deep/c.yml", "ci/deep/er/d.yml"]);
        assert_eq!(found("ci/*/*.yml"), ["ci/deep/c.yml"]);
        assert_eq!(found("*.yml"), ["a.yml", "cixa.yml"]);
        assert_eq!(found("c?/*.yml"), [""; 0]);
    }
}
