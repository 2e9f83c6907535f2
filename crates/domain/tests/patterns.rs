//! Matching names with wildcards agrees with a naive matcher.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use countersign_domain::pattern::matches;
use proptest::prelude::*;

/// As the sentence says it: a `*` stands for nothing, or for one character and whatever it stands for then.
fn naive(pattern: &[char], name: &[char]) -> bool {
    match (pattern.split_first(), name.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => naive(rest, name),
        (Some(('*', rest)), Some((_, after))) => naive(rest, name) || naive(pattern, after),
        (Some((p, rest)), Some((n, after))) => p == n && naive(rest, after),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn matching_agrees_with_a_naive_matcher(pattern in "[ab*é/]{0,8}", name in "[abé/]{0,10}") {
        let (p, n): (Vec<_>, Vec<_>) = (pattern.chars().collect(), name.chars().collect());
        prop_assert_eq!(matches(&pattern, &name), naive(&p, &n), "{:?} {:?}", pattern, name);
    }
}
