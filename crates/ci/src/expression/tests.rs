//! What expressions mean, and what is said of broken ones.

use super::*;

struct Values(&'static [(&'static str, &'static str)]);

impl Lookup for Values {
    fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| *key == name).map(|(_, value)| *value)
    }
}

const VALUES: Values = Values(&[
    ("A", "alpha"),
    ("B", "beta"),
    ("SAME", "alpha"),
    ("EMPTY", ""),
    ("BLANK", " "),
    ("REF", "release/1.2"),
    ("PATTERN", "/^ALP/i"),
    ("NONE", "alp"),
    ("DOLLAR", "$A"),
]);

fn read(text: &str) -> Result<Expression, Problem> {
    token::tokens(text).and_then(|tokens| parse::parse(&tokens, text, &Patterns::default()))
}

#[track_caller]
fn holds(text: &str) -> bool {
    let expression = read(text).unwrap_or_else(|problem| panic!("{text}: {problem:?}"));
    evaluate(&expression, &VALUES, &Patterns::default(), &mut |_| {})
}

#[test]
fn values() {
    for (text, want) in [
        ("$A", true),
        ("$GONE", false),
        ("$EMPTY", false),
        ("$BLANK", false),
        ("\"x\"", true),
        ("''", false),
        ("null", false),
        ("$A == \"alpha\"", true),
        ("$A == 'alpha'", true),
        ("\"alpha\" == $A", true),
        ("$A==\"alpha\"", true),
        ("$A == $SAME", true),
        ("$A == $B", false),
        ("$A != $B", true),
        ("$A != \"alpha\"", false),
        ("$GONE == null", true),
        ("$EMPTY == null", false),
        ("$EMPTY == \"\"", true),
        ("$GONE == \"\"", false),
        ("$GONE != null", false),
        ("$GONE == $GONE_TOO", true),
        ("null == null", true),
        ("$DOLLAR == \"alpha\"", false),
        ("$DOLLAR == '$A'", true),
    ] {
        assert_eq!(holds(text), want, "{text}");
    }
}

#[test]
fn patterns() {
    for (text, want) in [
        ("$A =~ /^al/", true),
        ("$A =~ /^AL/", false),
        ("$A =~ /^AL/i", true),
        ("$A !~ /^al/", false),
        ("$REF =~ /^release\\/\\d+/", true),
        ("$REF =~ /x|^release/ && $A", true),
        ("$A =~ $PATTERN", true),
        ("$B =~ $PATTERN", false),
        ("$B !~ $PATTERN", true),
        ("$A =~ $NONE", false),
        ("$A !~ $NONE", true),
        ("$A =~ $GONE", false),
        ("$A !~ $GONE", true),
        ("$GONE =~ /^$/", true),
        ("$GONE =~ /./", false),
        ("'text' =~ /ex/", true),
    ] {
        assert_eq!(holds(text), want, "{text}");
    }
    let mut named = Vec::new();
    let expression = read("$A =~ $NONE || $A =~ $GONE").unwrap();
    evaluate(&expression, &VALUES, &Patterns::default(), &mut |name| named.push(name.to_owned()));
    assert_eq!(named, ["NONE"]);
}

#[test]
fn and_binds_more_than_or() {
    for (text, want) in [
        ("$A || $GONE && $GONE", true),
        ("($A || $GONE) && $GONE", false),
        ("$GONE && $A || $B", true),
        ("$GONE && ($A || $B)", false),
        ("$A && $B && $SAME", true),
        ("$GONE || $EMPTY || $B", true),
        ("(($A))", true),
        ("($A == \"alpha\" && $B =~ /b/) || $GONE", true),
        ("$A&&$B||$GONE", true),
        ("\n  $A ==\n  \"alpha\"\n", true),
    ] {
        assert_eq!(holds(text), want, "{text}");
    }
}

#[test]
fn mistakes_are_said_where_they_are() {
    for (text, at, message) in [
        ("", 0, "the expression is empty"),
        ("  ", 0, "the expression is empty"),
        ("$A = \"b\"", 3, "`=` has no meaning here; to compare, write `==` or `=~`"),
        ("$A & $B", 3, "`&` has no meaning here; write `&&`"),
        ("$A | $B", 3, "`|` has no meaning here; write `||`"),
        ("!$A", 0, "`!` has no meaning here; only `!=` and `!~` begin with it"),
        ("$A == beta", 6, "`beta` has no meaning here; write `\"beta\"` for a text, `$beta` for a variable"),
        ("A == \"b\"", 0, "`A` has no meaning here; write `\"A\"` for a text, `$A` for a variable"),
        ("$A == true", 6, "`true` has no meaning here; write `\"true\"` for a text, `$true` for a variable"),
        ("${A}", 0, "write the variable without braces, such as `$NAME`"),
        ("$ == 1", 0, "`$` must be followed by the name of a variable"),
        ("$A == \"b", 6, "the text that begins here has no closing `\"`"),
        ("$A =~ /b", 6, "the pattern that begins here has no closing `/`"),
        ("$A ==", 5, "a variable or a text is missing at the end"),
        ("$A && ", 6, "a variable or a text is missing at the end"),
        ("&& $A", 0, "a variable or a text is missing before `&&`"),
        ("$A == == $B", 6, "a variable or a text is missing before `==`"),
        ("$A $B", 3, "`$B` is one too many; join conditions with `&&` or `||`"),
        ("($A", 0, "this `(` has no `)` behind it"),
        ("$A)", 2, "this `)` has no `(` before it"),
        ("()", 1, "a variable or a text is missing before `)`"),
        ("$A == $B == $C", 9, "comparisons cannot be chained; join them with `&&` or `||`"),
        ("($A) == $B", 5, "`==` compares variables and texts, not conditions"),
        ("/a/ == $A", 0, "a pattern can only be on the right of `=~` or `!~`"),
        ("$A == /a/", 6, "a pattern can only be on the right of `=~` or `!~`"),
        ("$A =~ \"a\"", 6, parse::NO_PATTERN),
        ("$A =~", 5, parse::NO_PATTERN),
        ("$Ü =~ /(/", 0, "`$` must be followed by the name of a variable"),
        ("\"ü\" =~ /(/", 7, "the pattern cannot be read: unclosed group"),
        (
            "$A =~ /(?=x)/",
            6,
            "the pattern cannot be read: look-around, including look-ahead and look-behind, is not supported",
        ),
    ] {
        let found = read(text).expect_err(text);
        assert_eq!((found.at, found.message.as_str()), (at, message), "{text}");
    }
}

#[test]
fn endless_expressions_are_refused() {
    let deep = format!("{}$A{}", "(".repeat(60), ")".repeat(60));
    assert!(read(&deep).is_err_and(|problem| problem.message.contains("more than 50 levels")));
    let long = vec!["$A"; 400].join(" && ");
    assert!(read(&long).is_err_and(|problem| problem.message.contains("more than 500 words")));
    assert!(holds(&vec!["$A"; 250].join(" && ")));
}
