//! Hostile and broken files: diagnostics, in bounded time and memory.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use countersign_ci::{Input, MAX_FILE_BYTES, MAX_JOBS, MAX_STAGES, read};

fn refused(bytes: &[u8]) -> Vec<String> {
    let reading = read(&Input::of(bytes));
    assert_eq!(reading.plan, None);
    reading.diagnostics.iter().map(|found| format!("{}:{} {}", found.line, found.column, found.message)).collect()
}

#[track_caller]
fn check(bytes: impl AsRef<[u8]>, want: &str) {
    assert_eq!(refused(bytes.as_ref()), [want]);
}

#[test]
fn nothing_in_it() {
    for text in ["", " \n\n", "# only a comment\n", "---\n", "null", "~", "---\n...\n", "\u{feff}"] {
        check(text, "1:1 the file is empty: define at least one job");
    }
}

#[test]
fn not_text() {
    check(b"a: b\n\xe4\n", "2:1 the file is not UTF-8 text: save it as UTF-8");
    check(b"a: \0", "1:4 the file contains the control character U+0000, which YAML does not allow");
    check(b"\x7fELF\x02", "1:1 the file contains the control character U+007F, which YAML does not allow");
    check(b"\xff\xfea\0", "1:1 the file is not UTF-8 text: save it as UTF-8");
}

#[test]
fn not_yaml() {
    for text in [
        "a: [",
        "a: b: c",
        "a:\n\tb: c",
        "{",
        "a: 'b",
        "a: \"\\q\"",
        "@a",
        "a: *b",
        "]",
        "a:\n  b\n c: d",
        "%",
        "{a: |}",
        "[>]",
    ] {
        let found = refused(text.as_bytes());
        assert!(found.iter().any(|message| message.contains("this is not valid YAML: ")), "{text}: {found:?}");
    }
}

#[test]
fn huge() {
    check(vec![b'#'; MAX_FILE_BYTES + 1], "1:1 the file has 1048577 bytes; at most 1048576 are allowed");
    check(vec![b'#'; MAX_FILE_BYTES], "1:1 the file is empty: define at least one job");
}

#[test]
fn cycles() {
    check("a: &a [*a]", "1:8 this alias is inside the value it names: that never ends");
    check("&a a: &b {script: *b}", "1:19 this alias is inside the value it names: that never ends");
    check("a: &a\n  script: {x: [*a]}", "2:16 this alias is inside the value it names: that never ends");
}

#[test]
fn alias_bomb_of_values() {
    let mut text = String::from(".a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!(".a{level}: &a{level} [{aliases}]\n"));
    }
    let found = refused(text.as_bytes());
    assert_eq!(found.len(), 1);
    assert!(found[0].ends_with("the file has more than 400000 values once its aliases are written out"), "{found:?}");
}

#[test]
fn alias_bomb_of_text() {
    let text = format!(".a: &a \"{}\"\nb: {{script: [{}]}}", "x".repeat(500_000), "*a, ".repeat(50_000));
    let found = refused(text.as_bytes());
    assert!(
        found[0].ends_with("the file has more than 4194304 bytes of text once its aliases are written out"),
        "{found:?}"
    );
}

#[test]
fn deep_nesting() {
    let deep = "lists and mappings are nested more than 100 levels deep";
    check("[".repeat(101), &format!("1:101 {deep}"));
    check(format!("a: {}", "[".repeat(500_000)), &format!("1:259 {deep}"));
    check("{a: ".repeat(10_000), &format!("1:1021 {deep}"));
    let mut chain = String::from(".a0: &a0 [x]\n");
    for level in 1..200 {
        chain.push_str(&format!(".a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert_eq!(refused(chain.as_bytes()).len(), 1);
    assert!(refused(chain.as_bytes())[0].ends_with(deep));
    let fits = format!(".deep: {}{}\na: {{script: x}}", "[".repeat(99), "]".repeat(99));
    assert!(read(&Input::of(fits.as_bytes())).plan.is_some());
}

#[test]
fn several_documents() {
    check(
        "a: {script: x}\n---\nb: {script: x}",
        "2:1 a second YAML document begins here; the file must contain exactly one",
    );
    check("a: {script: x}\n---\n", "2:1 a second YAML document begins here; the file must contain exactly one");
}

#[test]
fn keys_that_are_none() {
    check("? [a]\n: b", "1:3 a list or mapping cannot be a key; quote the key if it begins with `[`, `{` or `- `");
    check("b: {script: x}\n: c", "2:1 a key is missing before `:`");
    check(".l: &l [a]\n*l : b", "2:1 a list or mapping cannot be a key");
}

#[test]
fn too_many_jobs_and_stages() {
    let jobs = |count: usize| (0..count).map(|n| format!("j{n}: {{script: x}}\n")).collect::<String>();
    assert_eq!(read(&Input::of(jobs(MAX_JOBS).as_bytes())).plan.map(|plan| plan.jobs.len()), Some(MAX_JOBS));
    check(jobs(MAX_JOBS + 1), "10001:1 the file defines 10001 jobs; at most 10000 are allowed");
    let stages = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| format!("s{n}")).collect();
        format!("stages: [{}]\na: {{script: x, stage: s0}}", names.join(", "))
    };
    assert!(read(&Input::of(stages(MAX_STAGES).as_bytes())).plan.is_some());
    check(stages(MAX_STAGES + 1), "1:9 `stages` has 51 entries; at most 50 are allowed");
}

#[test]
fn a_flood_of_mistakes_is_cut() {
    let keys: String = (0..5000).map(|n| format!("  wrong{n}: x\n")).collect();
    let found = refused(format!("a:\n  script: x\n{keys}").as_bytes());
    assert_eq!(found.len(), 101);
    assert_eq!(found[100], "1:1 4900 more problems are not shown");
}
