//! Files with mistakes in keywords and jobs: every one is named, with its place.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use countersign_ci::{Input, Severity, read};

/// The diagnostics of a file that must not give a plan, as `line:column message`.
fn refused(text: &str) -> Vec<String> {
    let reading = read(&Input::of(text.as_bytes()));
    assert_eq!(reading.plan, None, "{text}");
    assert!(reading.diagnostics.iter().any(|found| found.severity == Severity::Error), "{text}");
    reading.diagnostics.iter().map(|found| format!("{}:{} {}", found.line, found.column, found.message)).collect()
}

fn check(cases: &[(&str, &str)]) {
    for (text, want) in cases {
        assert_eq!(refused(text), [*want], "{text}");
    }
}

/// The keys of one job whose name and script are right.
fn check_keys(cases: &[(&str, &str)]) {
    for (keys, want) in cases {
        let text = format!("a:\n  script: x\n  {keys}\n");
        assert_eq!(refused(&text), [*want], "{keys}");
    }
}

#[test]
fn keywords_of_the_file() {
    check(&[
        ("a: {script: x}\npages: {script: x}", "2:1 `pages` is not supported yet"),
        ("stagse: [b]\na: {script: x}", "1:1 unknown keyword `stagse`; did you mean `stages`?"),
        ("variable: {A: b}\na: {script: x}", "1:1 unknown keyword `variable`; did you mean `variables`?"),
        ("a: {script: x}\nfoo: 1", "2:1 `jobs:foo` must be a mapping of keywords with a `script`, not a single value"),
        ("a:", "1:1 `jobs:a` must be a mapping of keywords with a `script`, not nothing"),
        ("a: {script: x}\na: {script: y}", "2:1 the key `a` is given twice (first in line 1); keep one of them"),
        ("- a", "1:1 the file must be a mapping of keywords and jobs, not a list"),
        ("just text", "1:1 the file must be a mapping of keywords and jobs, not a single value"),
    ]);
}

#[test]
fn stages() {
    check(&[
        (
            "a: {script: x, stage: tset}",
            "1:23 `jobs:a`: the chosen stage `tset` does not exist; available stages are .pre, build, test, deploy, .post; \
             did you mean `test`?",
        ),
        (
            "stages: [one]\na: {script: x}",
            "2:1 `jobs:a`: the chosen stage `test` does not exist; available stages are .pre, one, .post",
        ),
        ("stages: one\na: {script: x}", "1:9 `stages` must be a list of texts, not a single value"),
        ("stages: [[test]]\na: {script: x}", "1:10 `stages` must be a text, not a list"),
        ("stages: ['', test]\na: {script: x}", "1:10 `stages`: a stage's name must have 1 to 255 printable characters"),
        ("a: {script: x, stage: [b]}", "1:23 `jobs:a:stage` must be a text, not a list"),
        (
            "a: {script: x, stage: .pre}\nb: {script: x, stage: .post}",
            "1:1 all jobs are in `.pre` or `.post`; at least one must be in another stage",
        ),
    ]);
}

#[test]
fn jobs() {
    check(&[
        ("a: {stage: test}", "1:1 `jobs:a` must contain a `script`"),
        ("a: {}", "1:1 `jobs:a` must contain a `script`"),
        ("true: {script: x}", "1:1 a job cannot be called `true`: the word is reserved"),
        ("\"a\\nb\": {script: x}", "1:1 the job's name `a\\nb` must be visible text without line breaks"),
        (".a: {script: x}", "1:1 the file defines no job; a job is a name (not beginning with `.`) with a `script`"),
    ]);
    let long = "n".repeat(256);
    let shown = "n".repeat(80);
    assert_eq!(
        refused(&format!("{long}: {{script: x}}")),
        [format!("1:1 the job's name `{shown}…` has more than 255 characters")]
    );
}

#[test]
fn keywords_of_a_job() {
    check_keys(&[
        ("trigger: b", "3:3 `jobs:a:trigger` is not supported yet"),
        ("resource_group: /b", "3:19 `jobs:a:resource_group` is called `/b`; the name must not start or end with `/`"),
        ("enviroment: b", "3:3 `jobs:a` has the unknown keyword `enviroment`; did you mean `environment`?"),
        ("artifact: b", "3:3 `jobs:a` has the unknown keyword `artifact`; did you mean `artifacts`?"),
        ("flavour: b", "3:3 `jobs:a` has the unknown keyword `flavour`"),
        (
            "when: manuel",
            "3:9 `jobs:a:when` must be one of `on_success`, `on_failure`, `manual`, `always`, `delayed`, not `manuel`; did you mean `manual`?",
        ),
        ("when:", "3:3 `jobs:a:when` must be a text, not nothing"),
        ("allow_failure: yes", "3:18 `jobs:a:allow_failure` must be `true` or `false` (without quotes), not `yes`"),
        ("allow_failure: 'true'", "3:18 `jobs:a:allow_failure` must be `true` or `false` (without quotes), not `true`"),
        ("tags: linux", "3:9 `jobs:a:tags` must be a list of texts, not a single value"),
        ("tags: ['']", "3:10 each of `jobs:a:tags` must have 1 to 255 characters"),
        ("tags: [[b]]", "3:10 `jobs:a:tags` must be a text, not a list"),
        ("script: y", "3:3 the key `script` is given twice (first in line 2); keep one of them"),
    ]);
    let tags = "t, ".repeat(51);
    check_keys(&[(&format!("tags: [{tags}]"), "3:9 `jobs:a:tags` has 51 entries; at most 50 are allowed")]);
}

#[test]
fn scripts() {
    check(&[
        ("a: {script: []}", "1:13 `jobs:a:script` must contain at least one command"),
        ("a: {script: ' '}", "1:13 `jobs:a:script` must contain at least one command"),
        ("a: {script: }", "1:5 `jobs:a:script` must be a text or a list of texts; here is nothing"),
        (
            "a:\n  script:\n    - echo a: b",
            "3:7 `jobs:a:script` must be a text or a list of texts; here is a mapping: a command that contains `: ` must \
             be quoted as a whole",
        ),
        ("a: {script: [[[[[[[[[[[x]]]]]]]]]]]}", "1:23 `jobs:a:script` is nested more than 10 lists deep"),
        ("a: {script: !!binary eA==}", "1:13 the tag `!!binary` is not supported; remove it"),
    ]);
    check_keys(&[
        ("before_script: [~]", "3:19 `jobs:a:before_script` must be a text or a list of texts; here is nothing"),
        (
            "after_script: {}",
            "3:17 `jobs:a:after_script` must be a text or a list of texts; here is a mapping: a command that contains \
             `: ` must be quoted as a whole",
        ),
    ]);
}

#[test]
fn variables() {
    check_keys(&[
        ("variables: [A]", "3:14 `jobs:a:variables` must be a mapping of names to values, not a list"),
        ("variables: {A: [b]}", "3:18 `jobs:a:variables:A` must be a text, number or boolean, not a list"),
        (
            "variables: {A: }",
            "3:15 `jobs:a:variables:A` must be a text, number or boolean, not nothing; write `\"\"` for an empty value",
        ),
        (
            "variables: {A-B: c}",
            "3:15 `jobs:a:variables:A-B`: a variable's name must be 1 to 255 letters (a-z, A-Z), digits and `_`",
        ),
        ("variables: {A: {expand: false}}", "3:15 `jobs:a:variables:A` needs a `value`"),
        (
            "variables: {A: {value: b, description: c}}",
            "3:29 `jobs:a:variables:A`: only the file's own `variables` can have a `description`",
        ),
        (
            "variables: {A: {valeu: b, value: c}}",
            "3:19 `jobs:a:variables:A` has the unknown keyword `valeu`; did you mean `value`?",
        ),
        (
            "variables: {A: {value: b, expand: no}}",
            "3:37 `jobs:a:variables:A:expand` must be `true` or `false` (without quotes), not `no`",
        ),
    ]);
}

#[test]
fn environments() {
    check_keys(&[
        ("environment: {url: 'http://x'}", "3:16 `jobs:a:environment` needs a `name`"),
        ("environment: ''", "3:16 `jobs:a:environment` names the environment ``; the name must not be empty"),
        ("environment: [b]", "3:16 `jobs:a:environment` must be a text, not a list"),
        (
            "environment: /b",
            "3:16 `jobs:a:environment` names the environment `/b`; the name must not start or end with `/`",
        ),
        (
            "environment: {name: b*}",
            "3:23 `jobs:a:environment:name` names the environment `b*`; the name may contain only letters, digits, spaces \
             and `-`, `_`, `/`, `$`, `{`, `}`, `.`",
        ),
        (
            "environment: {name: b, action: strat}",
            "3:34 `jobs:a:environment:action` must be one of `start`, `stop`, `prepare`, `access`, `verify`, not `strat`; \
             did you mean `start`?",
        ),
        (
            "environment: {name: b, deployment_tier: prod}",
            "3:43 `jobs:a:environment:deployment_tier` must be one of `production`, `staging`, `testing`, `development`, \
             `other`, not `prod`",
        ),
        (
            "environment: {name: b, on_stop: cleanup}",
            "3:35 `jobs:a:environment:on_stop` names `cleanup`, which is not defined",
        ),
        (
            "environment: {name: b, auto_stop_in: soon}",
            "3:40 `jobs:a:environment:auto_stop_in` must be a span of time of at most ten years, such as `1 day`, or `never`",
        ),
        (
            "environment: {name: b, ulr: c}",
            "3:26 `jobs:a:environment` has the unknown keyword `ulr`; did you mean `url`?",
        ),
    ]);
}

#[test]
fn all_mistakes_at_once_in_order() {
    let text = "spec: x\na:\n  sript: x\n  when: sometimes\nstages: 3\nb:\n  script: []\n  release: []\n";
    let want = [
        "1:1 `spec` is not supported yet",
        "2:1 `jobs:a` must contain a `script`",
        "3:3 `jobs:a` has the unknown keyword `sript`; did you mean `script`?",
        "4:9 `jobs:a:when` must be one of `on_success`, `on_failure`, `manual`, `always`, `delayed`, not `sometimes`",
        "5:9 `stages` must be a list of texts, not a single value",
        "7:11 `jobs:b:script` must contain at least one command",
        "8:3 `jobs:b:release` is not supported yet",
    ];
    assert_eq!(refused(text), want);
}

#[test]
fn a_mistake_in_an_aliased_node_is_shown_where_it_was_written() {
    let text = ".s: &s []\na: {script: *s}\nb: {script: *s}";
    let want = [
        "1:5 `jobs:a:script` must contain at least one command",
        "1:5 `jobs:b:script` must contain at least one command",
    ];
    assert_eq!(refused(text), want);
    let twice = "a:\n  script:\n    - &m {x: y}\n    - *m";
    assert_eq!(refused(twice).len(), 1, "one mistake, used twice by one job");
}

#[test]
fn jobs_that_never_run_are_checked_too() {
    check(&[("a: {rules: [{when: never}]}", "1:1 `jobs:a` must contain a `script`")]);
}
