//! Files that can be used, and what is read from them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use countersign_ci::{Action, EnvironmentPlan, Input, JobPlan, Plan, Severity, Variable, When, read};

fn plan(text: &str) -> Plan {
    let reading = read(&Input::of(text.as_bytes()));
    assert_eq!(reading.diagnostics, [], "{text}");
    reading.plan.expect("no diagnostics, so a plan")
}

fn job(text: &str) -> JobPlan {
    let mut plan = plan(text);
    assert_eq!(plan.jobs.len(), 1, "{text}");
    plan.jobs.remove(0)
}

fn variable(key: &str, value: &str, raw: bool) -> Variable {
    Variable { key: key.into(), value: value.into(), raw }
}

/// The example of the documentation this product fulfils, indented as it is printed there.
#[test]
fn documented_example() {
    let text = r#"
   stages:
     - deploy

   production:
     stage: deploy
     script:
       - 'echo "Deploying to ${CI_ENVIRONMENT_NAME}"'
     environment:
       name: ${CI_JOB_NAME}
"#;
    let want = JobPlan {
        name: "production".into(),
        stage: "deploy".into(),
        stage_index: 0,
        script: vec![r#"echo "Deploying to ${CI_ENVIRONMENT_NAME}""#.into()],
        environment: Some(EnvironmentPlan {
            name: "${CI_JOB_NAME}".into(),
            url: None,
            action: Action::Start,
            deployment_tier: None,
            ..EnvironmentPlan::default()
        }),
        file: ".gitlab-ci.yml".into(),
        line: 5,
        ..JobPlan::default()
    };
    assert_eq!(plan(text), Plan { stages: vec!["deploy".into()], jobs: vec![want], ..Plan::default() });
}

#[test]
fn every_keyword_together() {
    let text = r#"
variables: {REGION: eu, COUNT: 3}
stages: [build, ship]
compile:
  stage: build
  script: make
ship it:
  stage: ship
  before_script: [echo before]
  script: |
    first
    second
  after_script:
    - echo after
  variables:
    TARGET: "$REGION-1"
  when: manual
  allow_failure: false
  tags: [linux, docker, linux]
  environment:
    name: prod/$REGION
    url: https://$REGION.example.com
    action: start
    deployment_tier: production
"#;
    let plan = plan(text);
    assert_eq!(plan.stages, ["build", "ship"]);
    assert_eq!(plan.variables, [variable("REGION", "eu", false), variable("COUNT", "3", false)]);
    let ship = &plan.jobs[1];
    assert_eq!((ship.name.as_str(), ship.stage.as_str(), ship.stage_index, ship.line), ("ship it", "ship", 1, 7));
    assert_eq!(ship.script, ["first\nsecond\n"]);
    assert_eq!(
        (&ship.before_script[..], &ship.after_script[..]),
        (&["echo before".into()][..], &["echo after".into()][..])
    );
    assert_eq!(ship.variables, [variable("TARGET", "$REGION-1", false)]);
    assert_eq!((ship.when, ship.allow_failure), (When::Manual, false));
    assert_eq!(ship.tags, ["linux", "docker"]);
    let environment = ship.environment.as_ref().unwrap();
    assert_eq!(environment.url.as_deref(), Some("https://$REGION.example.com"));
    assert_eq!(environment.deployment_tier.as_deref(), Some("production"));
}

#[test]
fn stages_and_their_numbers() {
    let cases: [(&str, &[&str], &[usize]); 6] = [
        ("a: {script: x}", &["build", "test", "deploy"], &[1]),
        ("a: {script: x, stage: deploy}", &["build", "test", "deploy"], &[2]),
        ("a: {script: x, stage: .pre}\nb: {script: x}", &[".pre", "build", "test", "deploy"], &[0, 2]),
        ("a: {script: x, stage: .post}\nb: {script: x}", &["build", "test", "deploy", ".post"], &[3, 1]),
        ("stages: [.post, two, .pre, one]\na: {script: x, stage: one}", &["two", "one"], &[1]),
        ("stages: [1, 2]\na: {script: x, stage: 2}", &["1", "2"], &[1]),
    ];
    for (text, stages, indices) in cases {
        let plan = plan(text);
        assert_eq!(plan.stages, stages, "{text}");
        assert_eq!(plan.jobs.iter().map(|job| job.stage_index).collect::<Vec<_>>(), indices, "{text}");
    }
}

#[test]
fn jobs_keep_the_order_of_the_file() {
    let plan = plan("z: {script: x}\n.hidden: {nonsense: 1}\na: {script: x}\nm: {script: x}");
    assert_eq!(plan.jobs.iter().map(|job| job.name.as_str()).collect::<Vec<_>>(), ["z", "a", "m"]);
}

#[test]
fn when_and_allow_failure() {
    for (keys, when, allow_failure) in [
        ("", When::OnSuccess, false),
        (", when: on_success", When::OnSuccess, false),
        (", when: always", When::Always, false),
        (", when: manual", When::Manual, true),
        (", when: 'manual', allow_failure: false", When::Manual, false),
        (", allow_failure: true", When::OnSuccess, true),
    ] {
        let job = job(&format!("a: {{script: x{keys}}}"));
        assert_eq!((job.when, job.allow_failure), (when, allow_failure), "{keys}");
    }
}

#[test]
fn scripts_are_flattened() {
    let cases: [(&str, &[&str]); 7] = [
        ("make", &["make"]),
        ("[a, b]", &["a", "b"]),
        ("[a, [b, [c, d]], e]", &["a", "b", "c", "d", "e"]),
        ("[[[[[[[[[[ten]]]]]]]]]]", &["ten"]),
        ("['true', false, 12]", &["true", "false", "12"]),
        ("[a, '', b]", &["a", "", "b"]),
        ("\"a\\tb\"", &["a\tb"]),
    ];
    for (script, want) in cases {
        assert_eq!(job(&format!("a: {{script: {script}}}")).script, want, "{script}");
    }
    assert_eq!(job("a: {script: x, before_script: []}").before_script, [""; 0]);
}

#[test]
fn variables_keep_their_spelling() {
    for (written, value, raw) in [
        ("text", "text", false),
        ("'quoted'", "quoted", false),
        ("'1.10'", "1.10", false),
        ("1.5", "1.5", false),
        ("0o17", "0o17", false),
        ("true", "true", false),
        ("''", "", false),
        ("'null'", "null", false),
        ("{value: v}", "v", false),
        ("{value: $V, expand: false}", "$V", true),
        ("{value: $V, expand: true}", "$V", false),
        ("{value: v, description: why}", "v", false),
        ("{description: why}", "", false),
    ] {
        let plan = plan(&format!("variables:\n  A_1: {written}\na: {{script: x}}"));
        assert_eq!(plan.variables, [variable("A_1", value, raw)], "{written}");
    }
}

#[test]
fn what_gitlab_reads_as_another_text_is_warned_of_once_wherever_it_is_used() {
    let text = ".base: {script: x, variables: {A: 1.10}}\na: {extends: .base}\nb: {extends: .base}\n";
    let reading = read(&Input::of(text.as_bytes()));
    let [warning] = &reading.diagnostics[..] else { panic!("one warning: {:?}", reading.diagnostics) };
    let message = "without quotes `1.10` is `1.1` in GitLab; here it stays as it is written. Put it between quotes";
    assert_eq!((warning.severity, warning.column, warning.message.as_str()), (Severity::Warning, 35, message));
    let plan = reading.plan.expect("a warning leaves a plan");
    assert!(plan.jobs.iter().all(|job| job.variables == [variable("A", "1.10", false)]));
}

#[test]
fn environments() {
    for (written, name, url, action, tier) in [
        ("production", "production", None, Action::Start, None),
        ("review/$CI_COMMIT_REF_SLUG", "review/$CI_COMMIT_REF_SLUG", None, Action::Start, None),
        ("{name: a b.c-d_e}", "a b.c-d_e", None, Action::Start, None),
        ("{name: a, action: stop}", "a", None, Action::Stop, None),
        ("{name: a, action: prepare}", "a", None, Action::Prepare, None),
        ("{name: a, action: access}", "a", None, Action::Access, None),
        ("{name: a, action: verify, url: 'http://x'}", "a", Some("http://x"), Action::Verify, None),
        ("{name: a, deployment_tier: other}", "a", None, Action::Start, Some("other")),
        ("{name: a, deployment_tier: $TIER}", "a", None, Action::Start, Some("$TIER")),
        ("2024", "2024", None, Action::Start, None),
    ] {
        let environment = job(&format!("a:\n  script: x\n  environment: {written}")).environment.unwrap();
        assert_eq!(environment.name, name, "{written}");
        assert_eq!(environment.url.as_deref(), url, "{written}");
        assert_eq!(environment.action, action, "{written}");
        assert_eq!(environment.deployment_tier.as_deref(), tier, "{written}");
    }
}

#[test]
fn anchors_and_aliases() {
    let text = "
.commands: &commands [one, two]
.env: &env {name: production}
a: &a
  script: *commands
  environment: *env
b:
  script: [zero, *commands]
c: *a
";
    let plan = plan(text);
    assert_eq!(plan.jobs[0].script, ["one", "two"]);
    assert_eq!(plan.jobs[1].script, ["zero", "one", "two"]);
    assert_eq!(plan.jobs[2].script, plan.jobs[0].script);
    assert_eq!(plan.jobs[2].environment, plan.jobs[0].environment);
}

#[test]
fn yaml_forms() {
    for text in [
        "\u{feff}a: {script: x}",
        "---\na: {script: x}\n",
        "---\na: {script: x}\n...\n",
        "# comment\r\na:\r\n  script: x\r\n",
        "\"a\": {\"script\": [\"x\"]}",
        "? a\n: {script: x}",
        "a: {script: !!str x}",
        "%YAML 1.2\n---\na: {script: x}",
    ] {
        assert_eq!((job(text).name.as_str(), &job(text).script[..]), ("a", &["x".to_owned()][..]), "{text}");
    }
}

#[test]
fn long_names_are_counted_in_characters() {
    let name = "ü".repeat(255);
    assert_eq!(job(&format!("{name}: {{script: x}}")).name, name);
}

#[test]
fn warnings_leave_a_plan() {
    for (text, line, message) in [
        ("a:\n  script: x\n  coverage: /x/", 3, "`jobs:a:coverage` has no effect here: it is not supported"),
        ("stages: [s,\n s]\na: {script: x, stage: s}", 2, "the stage `s` is listed twice; the first place counts"),
    ] {
        let reading = read(&Input::of(text.as_bytes()));
        assert!(reading.plan.is_some(), "{text}");
        let [warning] = &reading.diagnostics[..] else { panic!("one warning for {text}") };
        assert_eq!((warning.severity, warning.line, warning.message.as_str()), (Severity::Warning, line, message));
    }
}

#[test]
fn three_hundred_jobs() {
    let one = |n: usize| format!("job{n}:\n  stage: test\n  script: [a, b, c]\n  variables: {{N: {n}}}\n  tags: [t]\n");
    let text: String = (0..300).map(one).collect();
    assert_eq!(plan(&text).jobs.len(), 300);
}
