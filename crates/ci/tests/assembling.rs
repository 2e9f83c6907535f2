//! Files put together: merge keys, `!reference`, `extends` and `include:local`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use countersign_ci::{Changed, Input, Lookup, MAX_FILE_BYTES, Plan, Reading, Repository, Severity, Variable, read};

/// A commit made of texts.
struct Commit {
    paths: Vec<String>,
    texts: Vec<String>,
}

impl Commit {
    fn new(files: &[(&str, &str)]) -> Self {
        let mut files = files.to_vec();
        files.sort_unstable();
        let (paths, texts) = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).unzip();
        Self { paths, texts }
    }
}

impl Repository for Commit {
    fn file(&self, path: &str) -> Lookup {
        match self.paths.iter().position(|known| known == path) {
            Some(at) if self.texts[at] == "link" => Lookup::Link,
            Some(at) if self.texts[at] == "large" => Lookup::TooLarge,
            Some(at) => Lookup::File(self.texts[at].clone().into_bytes()),
            None if self.paths.iter().any(|known| known.starts_with(&format!("{path}/"))) => Lookup::Directory,
            None => Lookup::Missing,
        }
    }

    fn content_id(&self, path: &str) -> Option<String> {
        self.paths.iter().any(|known| known == path).then(|| path.to_owned())
    }

    fn paths(&self) -> Option<&[String]> {
        Some(&self.paths)
    }

    fn changed(&self, _since: Option<&str>) -> Changed {
        Changed::Everything
    }
}

fn reading(files: &[(&str, &str)]) -> Reading {
    let commit = Commit::new(files);
    let Lookup::File(text) = commit.file(".gitlab-ci.yml") else { panic!("a main file") };
    let tier = Variable { key: "TIER".into(), value: "prod".into(), raw: true };
    read(&Input { text: &text, repository: &commit, given: &[tier], ..Input::of(&[]) })
}

fn plan_of(files: &[(&str, &str)]) -> Plan {
    let reading = reading(files);
    assert_eq!(reading.diagnostics, [], "{files:?}");
    reading.plan.expect("no diagnostics, so a plan")
}

fn plan(text: &str) -> Plan {
    plan_of(&[(".gitlab-ci.yml", text)])
}

fn shown(reading: &Reading) -> Vec<String> {
    reading.diagnostics.iter().map(|d| format!("{} {}:{} {}", d.file, d.line, d.column, d.message)).collect()
}

#[track_caller]
fn refused_of(files: &[(&str, &str)], want: &[&str]) {
    let reading = reading(files);
    assert_eq!(shown(&reading), want);
    assert_eq!(reading.plan, None);
}

#[track_caller]
fn refused(text: &str, want: &str) {
    refused_of(&[(".gitlab-ci.yml", text)], &[&format!(".gitlab-ci.yml {want}")]);
}

#[test]
fn merge_keys() {
    let plan = plan(
        "
.a: &a {script: [a], tags: [a], when: always}
.b: &b {script: [b], stage: deploy}
one: {<<: *a}
two: {<<: *a, tags: [own]}
list: {<<: [*b, *a]}
twice:
  <<: *a
  <<: *b
variables:
  <<: {X: merged, Y: merged}
  Y: own
quoted: {script: x, variables: {<<: {A: b}}}
",
    );
    let job = |name: &str| plan.jobs.iter().find(|job| job.name == name).unwrap();
    assert_eq!((&job("one").script[..], &job("one").tags[..]), (&["a".to_owned()][..], &["a".to_owned()][..]));
    assert_eq!(job("two").tags, ["own"]);
    assert_eq!(
        (&job("list").script[0], job("list").stage.as_str(), job("list").tags.len()),
        (&"b".to_owned(), "deploy", 1)
    );
    assert_eq!((&job("twice").script[0], job("twice").stage.as_str()), (&"b".to_owned(), "deploy"));
    let values: Vec<_> = plan.variables.iter().map(|v| (v.key.as_str(), v.value.as_str())).collect();
    assert_eq!(values, [("X", "merged"), ("Y", "own")]);
}

#[test]
fn merge_keys_that_cannot_be_merged() {
    refused("a: {<<: x, script: x}", "1:5 `<<` must name a mapping or a list of mappings, not a single value");
    refused("a: {<<: [{}, x], script: x}", "1:5 `<<` must name a mapping or a list of mappings, not a single value");
    refused("a: {<<: , script: x}", "1:5 `<<` must name a mapping or a list of mappings, not nothing");
    let late = reading(&[(".gitlab-ci.yml", ".b: &b {when: manual}\na:\n  script: x\n  when: always\n  <<: *b")]);
    let message = ".gitlab-ci.yml 5:3 `<<` does not replace the key `when` of line 4: what is written in the mapping itself counts";
    assert_eq!(shown(&late), [message]);
    assert_eq!(late.plan.unwrap().jobs[0].when.as_str(), "always");
}

#[test]
fn references() {
    let plan = plan(
        "
.vars: {variables: {URL: http://x, DEEP: !reference [.other, variables, DEEP]}}
.other: {variables: {DEEP: found}}
.setup: {script: [one, two]}
.again: {script: [zero, !reference [.setup, script]]}
a:
  script:
    - !reference [.again, script]
    - three
  variables: !reference [.vars, variables]
b: {script: !reference [a, script], variables: {COPY: !reference [.vars, variables, DEEP]}}
c: {script: !reference [.through, script]}
.through: !reference [.setup]
",
    );
    assert_eq!(plan.jobs[0].script, ["zero", "one", "two", "three"]);
    assert_eq!(plan.jobs[0].variables[1].value, "found");
    assert_eq!(plan.jobs[1].script, plan.jobs[0].script);
    assert_eq!(plan.jobs[1].variables[0].value, "found");
    assert_eq!(plan.jobs[2].script, ["one", "two"]);
}

#[test]
fn references_that_lead_nowhere() {
    let broken = |what: &str| format!("a: {{script: [!reference {what}]}}\n.b: {{script: [x], when: ~}}");
    let tag = "`!reference` must be a list of names, such as `!reference [.job, script]`";
    for (what, want) in [
        ("[.c, script]", "1:14 `!reference [.c, script]` cannot be followed: there is no `.c`; did you mean `.b`?"),
        (
            "[.b, scirpt]",
            "1:14 `!reference [.b, scirpt]` cannot be followed: there is no `scirpt`; did you mean `script`?",
        ),
        ("[.b, script, x]", "1:14 `!reference [.b, script, x]` cannot be followed: there is no `x`"),
        ("[.b, when]", "1:14 `!reference [.b, when]` cannot be followed: `when` is empty"),
        ("[a, script]", "1:14 `!reference [a, script]` cannot be followed: it leads back to itself"),
        ("[]", &format!("1:14 {tag}")),
        ("[[.b]]", &format!("1:14 {tag}")),
        (".b", &format!("1:14 {tag}")),
        ("{a: b}", &format!("1:14 {tag}")),
    ] {
        refused(&broken(what), want);
    }
    let chain: String = (0..12).map(|n| format!(".c{n}: {{s: !reference [.c{}, s]}}\n", n + 1)).collect();
    let reading = reading(&[(".gitlab-ci.yml", &format!("a: {{script: !reference [.c0, s]}}\n{chain}.c12: {{s: x}}"))]);
    assert!(shown(&reading)[0].ends_with("more than 10 references lead from one to the next"), "{reading:?}");
}

#[test]
fn a_bomb_of_references_is_stopped() {
    let mut text = String::from(".a0: {s: [x, x, x, x, x, x, x, x, x, x]}\na: {script: x}\n");
    for level in 1..9 {
        let refs = vec![format!("!reference [.a{}, s]", level - 1); 10].join(", ");
        text.push_str(&format!(".a{level}: {{s: [{refs}]}}\n"));
    }
    let want = "1:1 the file has more than 400000 values once `!reference` and `extends` are written out";
    refused(&text, want);
}

#[test]
fn extends() {
    let plan = plan(
        "
.base:
  script: [base]
  tags: [base]
  variables: {A: base, B: base}
  when: manual
.more: {extends: .base, variables: {B: more}, allow_failure: false}
one: {extends: .base}
two: {extends: .more, tags: [own], variables: {C: own}}
both: {extends: [.base, .other]}
.other: {script: [other], stage: deploy}
none: {extends: .base, when: ~, variables: null}
part: {extends: .base, variables: {A: null}}
of a job: {extends: one, stage: deploy}
",
    );
    let job = |name: &str| plan.jobs.iter().find(|job| job.name == name).unwrap();
    let variables =
        |name: &str| -> Vec<String> { job(name).variables.iter().map(|v| format!("{}={}", v.key, v.value)).collect() };
    assert_eq!((job("one").when.as_str(), job("one").allow_failure), ("manual", true));
    assert_eq!(variables("two"), ["A=base", "B=more", "C=own"]);
    assert_eq!((&job("two").tags[..], job("two").allow_failure), (&["own".to_owned()][..], false));
    assert_eq!((&job("both").script[..], job("both").stage.as_str()), (&["other".to_owned()][..], "deploy"));
    assert_eq!((job("none").when.as_str(), job("none").variables.len()), ("on_success", 0));
    assert_eq!(variables("part"), ["B=base"]);
    assert_eq!((&job("of a job").script[..], job("of a job").stage.as_str()), (&["base".to_owned()][..], "deploy"));
}

#[test]
fn extends_that_cannot_be() {
    refused(
        ".abc: {}\na: {extends: .abd, script: x}",
        "2:14 `jobs:a:extends` names `.abd`, which is not there; did you mean `.abc`?",
    );
    refused(
        "variables: {A: b}\na: {extends: variables, script: x}",
        "2:14 `jobs:a:extends` names `variables`, which is a keyword, not a job",
    );
    refused(
        ".b: x\na: {extends: .b, script: x}",
        "2:14 `jobs:a:extends` names `.b`, which must be a mapping, not a single value",
    );
    refused("a: {extends: [], script: x}", "1:14 `jobs:a:extends` must name 1 to 50 jobs, not 0");
    refused("a: {extends: [[.b]], script: x}", "1:15 `jobs:a:extends` must be a text, not a list");
    refused("a: {extends: a, script: x}", "1:14 `jobs:a:extends` leads back to `a`: a -> a");
    refused(
        ".a: {extends: .b}\n.b: {extends: .c}\n.c: {extends: .b}\nj: {script: x}",
        "2:15 `jobs:.b:extends` leads back to `.b`: .b -> .c -> .b",
    );
    let chain = |levels: usize| {
        let bases: String = (1..levels).map(|n| format!(".b{n}: {{extends: .b{}}}\n", n + 1)).collect();
        format!("j: {{extends: .b1}}\n{bases}.b{levels}: {{script: x}}\n")
    };
    assert_eq!(plan(&chain(11)).jobs[0].script, ["x"]);
    let deep = reading(&[(".gitlab-ci.yml", &chain(12))]);
    assert!(shown(&deep)[0].contains("goes over more than 11 levels"), "{deep:?}");
}

#[test]
fn the_place_of_an_extended_mistake_is_where_it_was_written() {
    refused(
        ".b: {script: x, when: sometims}\na: {extends: .b}",
        "1:23 `jobs:a:when` must be one of `on_success`, `on_failure`, `manual`, `always`, `delayed`, not `sometims`",
    );
}

#[test]
fn includes() {
    let main = "
include:
  - /ci/build.yml
  - local: ci/$TIER.yml
  - 'ci/many/**.yml'
stages: [build, deploy]
build: {tags: [own], variables: {B: main}}
";
    let plan = plan_of(&[
        (".gitlab-ci.yml", main),
        (
            "ci/build.yml",
            "include: 'ci/nested.yaml'\nbuild: {stage: build, script: [make], variables: {A: ci, B: ci}}\nstages: [x]",
        ),
        ("ci/nested.yaml", ".nested: {script: [nested]}\nvariables: {N: nested}"),
        ("ci/prod.yml", "deploy: {stage: deploy, extends: .nested}"),
        ("ci/many/a.yml", "a: {stage: deploy, script: a}"),
        ("ci/many/deep/b.yml", "b: {stage: deploy, script: b}"),
        ("ci/many/no.txt", "["),
    ]);
    let names: Vec<_> = plan.jobs.iter().map(|job| (job.name.as_str(), &*job.file)).collect();
    let want =
        [("build", ".gitlab-ci.yml"), ("deploy", "ci/prod.yml"), ("a", "ci/many/a.yml"), ("b", "ci/many/deep/b.yml")];
    assert_eq!(names, want);
    let values: Vec<_> = plan.jobs[0].variables.iter().map(|v| v.value.as_str()).collect();
    assert_eq!((values, &plan.jobs[0].script[..]), (vec!["ci", "main"], &["make".to_owned()][..]));
    assert_eq!(plan.jobs[1].script, ["nested"]);
    assert_eq!(plan.variables[0].value, "nested");
    assert_eq!(plan.stages, ["build", "deploy"]);
}

#[test]
fn what_was_included_is_listed() {
    let files = [
        (".gitlab-ci.yml", "include: [a.yml, b.yml]\nj: {script: x}"),
        ("a.yml", "include: b.yml"),
        ("b.yml", ".b: {}"),
    ];
    let listed: Vec<_> = reading(&files).includes.into_iter().map(|i| (i.path, i.from)).collect();
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(listed, [pair("a.yml", ".gitlab-ci.yml"), pair("b.yml", "a.yml"), pair("b.yml", ".gitlab-ci.yml")]);
}

#[test]
fn includes_that_cannot_be() {
    let with = |what: &str| format!("include: {what}\na: {{script: x}}");
    for (what, want) in [
        ("gone.yml", "1:10 `include:local` names `gone.yml`, which is not in the commit"),
        (
            "../x.yml",
            "1:10 `include:local` names `../x.yml`: it leads out of the repository; name a path from the repository's root",
        ),
        (
            "a/../../x.yml",
            "1:10 `include:local` names `a/../../x.yml`: it leads out of the repository; name a path from the repository's root",
        ),
        ("a//x.yml", "1:10 `include:local` names `a//x.yml`: it must be a path from the repository's root"),
        (
            "x.txt",
            "1:10 `include:local` names `x.txt`: only files whose names end in `.yml` or `.yaml` can be included",
        ),
        ("link.yml", "1:10 `include:local` names `link.yml`, which is a symbolic link; include the file it points to"),
        ("dir.yml", "1:10 `include:local` names `dir.yml`, which is not a file"),
        ("large.yml", &format!("1:10 `include:local` names `large.yml`, which has more than {MAX_FILE_BYTES} bytes")),
        (
            "loop.yml",
            "1:10 `include:local` names `.gitlab-ci.yml`, which leads back to itself: .gitlab-ci.yml -> loop.yml -> .gitlab-ci.yml",
        ),
        ("{local: a.yml, ref: x}", "1:25 `include:ref` has no meaning beside `local`"),
        ("{local: b.yml, lokal: a.yml}", "1:25 `include` has the unknown keyword `lokal`; did you mean `local`?"),
        (
            "https://example.com/x.yml",
            "1:10 `include:remote` is not supported: only files of the same commit can be included, with `local`",
        ),
        (
            "[{project: a/b, file: x.yml}]",
            "1:12 `include:project` is not supported: only files of the same commit can be included, with `local`",
        ),
        (
            "{template: x}",
            "1:11 `include:template` is not supported: only files of the same commit can be included, with `local`",
        ),
        ("[[a.yml]]", "1:11 `include` must be a text, not a list"),
        ("{local: [a.yml]}", "1:18 `include:local` must be a text, not a list"),
    ] {
        let files = [
            (".gitlab-ci.yml", &with(what)[..]),
            ("link.yml", "link"),
            ("large.yml", "large"),
            ("dir.yml/x", ""),
            ("loop.yml", "include: .gitlab-ci.yml"),
        ];
        let reading = reading(&files);
        let file = if what == "loop.yml" { "loop.yml" } else { ".gitlab-ci.yml" };
        assert_eq!(shown(&reading)[0], format!("{file} {want}"), "{what}");
        assert!(reading.plan.is_none());
    }
}

#[test]
fn mistakes_in_included_files_name_them() {
    refused_of(
        &[
            (".gitlab-ci.yml", "include: [b.yml, c.yml, d.yml, e.yml]\na: {script: x}"),
            ("b.yml", "a: ["),
            ("c.yml", ""),
            ("d.yml", "- x"),
            ("e.yml", "a: {script: x}\na: {script: y}"),
        ],
        &[
            "b.yml 2:1 this is not valid YAML: while parsing a node, did not find expected node content",
            "c.yml 1:1 the file is empty",
            "d.yml 1:1 the file must be a mapping of keywords and jobs, not a list",
            "e.yml 2:1 the key `a` is given twice (first in line 1); keep one of them",
        ],
    );
    refused_of(
        &[(".gitlab-ci.yml", "include: b.yml\nb: {sript: x}"), ("b.yml", "a: {script: x, whne: y}\nb: {script: x}")],
        &[
            ".gitlab-ci.yml 2:5 `jobs:b` has the unknown keyword `sript`; did you mean `script`?",
            "b.yml 1:16 `jobs:a` has the unknown keyword `whne`; did you mean `when`?",
        ],
    );
}

#[test]
fn includes_are_limited() {
    let files: Vec<(String, String)> = (0..200).map(|n| (format!("f{n}.yml"), format!(".x{n}: {{}}"))).collect();
    let mut all: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    all.push((".gitlab-ci.yml", "include: 'f*.yml'\na: {script: x}"));
    let reading = reading(&all);
    assert!(shown(&reading)[0].contains("more than 150 files"), "{:?}", shown(&reading));
    let warned = super_star();
    assert_eq!(warned.diagnostics[0].severity, Severity::Warning);
    assert!(warned.plan.is_some());
    let whole = "x".repeat(1_000_000);
    let large: Vec<(String, String)> = (0..5).map(|n| (format!("l{n}.yml"), format!("# {whole}\n.a: {{}}"))).collect();
    let mut all: Vec<(&str, &str)> = large.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    all.push((".gitlab-ci.yml", "include: 'l*.yml'\na: {script: x}"));
    refused_of(
        &all,
        &[
            ".gitlab-ci.yml 1:10 `include:local` names `l4.yml`, with which all files together have more than 4194304 bytes",
        ],
    );
}

fn super_star() -> Reading {
    reading(&[(".gitlab-ci.yml", "include: 'ci/*.yml'\na: {script: x}")])
}
