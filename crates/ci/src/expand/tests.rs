//! Expansion of single texts and of variables that name each other.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;

fn var(key: &str, value: &str) -> Variable {
    Variable { key: key.into(), value: value.into(), raw: false }
}

fn raw(key: &str, value: &str) -> Variable {
    Variable { raw: true, ..var(key, value) }
}

#[test]
fn one_text() {
    let lookup = |name: &str| match name {
        "A" => Some("a".to_owned()),
        "A_1" => Some("one".to_owned()),
        "REF" => Some("$A".to_owned()),
        _ => None,
    };
    for (text, want) in [
        ("", ""),
        ("plain", "plain"),
        ("$A", "a"),
        ("${A}", "a"),
        ("x$A-${A}x", "xa-ax"),
        ("$A_1", "one"),
        ("${A}_1", "a_1"),
        ("$AB", ""),
        ("$UNKNOWN!", "!"),
        ("$REF", "$A"),
        ("$$A", "$A"),
        ("$$$A", "$a"),
        ("$", "$"),
        ("$-", "$-"),
        ("100$", "100$"),
        ("${", "${"),
        ("${A", "${A"),
        ("${}", "${}"),
        ("${A-b}", "${A-b}"),
        ("$1", "$1"),
        ("ü$A😀", "üa😀"),
    ] {
        assert_eq!(expand(text, &lookup), want, "{text}");
    }
}

#[test]
fn variables_that_name_each_other() {
    let vars =
        [var("C", "$B!"), var("B", "${A}-b"), var("A", "a"), var("D", "$NONE.$$A"), raw("R", "$A"), var("E", "$R")];
    let done = expand_all(&vars);
    let values: Vec<&str> = done.iter().map(|var| var.value.as_str()).collect();
    assert_eq!(values, ["a-b!", "a-b", "a", ".$A", "$A", "$A"]);
    assert!(done.iter().all(|var| var.raw), "nothing is left to expand");
}

#[test]
fn the_last_of_a_name_counts() {
    let done = expand_all(&[var("A", "first"), var("B", "$A"), var("A", "last")]);
    assert_eq!(done.iter().map(|var| var.value.as_str()).collect::<Vec<_>>(), ["first", "last", "last"]);
}

#[test]
fn cycles_stay_as_written() {
    let done = expand_variables(&[
        var("A", "$B"),
        var("B", "$A"),
        var("S", "$S"),
        var("T", "t$A"),
        var("U", "u"),
        var("V", "$U"),
    ]);
    assert_eq!(done.cyclic, ["A", "B", "S", "T"]);
    let values: Vec<&str> = done.variables.iter().map(|var| var.value.as_str()).collect();
    assert_eq!(values, ["$B", "$A", "$S", "t$A", "u", "u"]);
}

#[test]
fn growth_is_bounded() {
    let mut vars = vec![var("V0", &"ü".repeat(50))];
    vars.extend((1..40).map(|n| var(&format!("V{n}"), &format!("${{V{}}}", n - 1).repeat(10))));
    let done = expand_variables(&vars);
    assert_eq!(done.truncated.first().map(String::as_str), Some("V3"));
    assert!(done.variables.iter().all(|var| var.value.len() <= MAX_EXPANDED_BYTES));
    assert_eq!(expand("$A$A", &|_| Some("x".repeat(60_000))).len(), MAX_EXPANDED_BYTES);
}

#[test]
fn the_sum_is_bounded() {
    let mut vars = vec![var("BIG", &"x".repeat(60_000))];
    vars.extend((0..5_000).map(|n| var(&format!("V{n}"), "$BIG")));
    let sum: usize = expand_all(&vars).iter().map(|var| var.value.len()).sum();
    assert!(sum <= MAX_SUM_BYTES + 60_000, "{sum}");
}

#[test]
fn a_long_chain_is_no_danger() {
    let mut vars: Vec<Variable> = (0..50_000).map(|n| var(&format!("V{n}"), &format!("$V{}", n + 1))).collect();
    vars.push(var("V50000", "end"));
    assert!(expand_all(&vars).iter().all(|var| var.value == "end"));
}
