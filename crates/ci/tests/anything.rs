//! Whatever the input, reading and expanding end without a panic and keep their promises.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use countersign_ci::{Input, MAX_EXPANDED_BYTES, Severity, Variable, expand, expand_variables, read};
use proptest::prelude::*;

fn keeps_promises(bytes: &[u8]) {
    let reading = read(&Input::of(bytes));
    let error = reading.diagnostics.iter().any(|found| found.severity == Severity::Error);
    assert_eq!(reading.plan.is_none(), error, "{:?}", reading.diagnostics);
    assert!(
        reading.diagnostics.iter().all(|found| found.line > 0 && found.column > 0 && !found.message.contains('\n'))
    );
    let Some(plan) = reading.plan else { return };
    for job in &plan.jobs {
        assert_eq!(plan.stages.get(job.stage_index), Some(&job.stage));
        assert!(!job.script.is_empty());
    }
}

/// Text made of what means something in YAML and in this file.
fn yaml_like() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "a",
        "script",
        "stage",
        "stages",
        "variables",
        "environment",
        "name",
        "when",
        "manual",
        "test",
        "true",
        "~",
        "$A",
        ": ",
        ":",
        "- ",
        "-",
        "\n",
        "\n  ",
        "\n    ",
        " ",
        "\t",
        "[",
        "]",
        "{",
        "}",
        ", ",
        ",",
        "&x ",
        "*x",
        "!t ",
        "!!str ",
        "|\n",
        ">-\n",
        "|2",
        "'",
        "\"",
        "\\",
        "\\x4",
        "\\u00",
        "#",
        " # ",
        "?",
        "? ",
        "---",
        "\n---\n",
        "...",
        "\n...\n",
        "%",
        "%TAG ! x",
        "<<",
        "<<: *x",
        "@",
        "`",
        "\r",
        "\r\n",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "ü",
        "😀",
        "0",
        "1e9",
        "!<",
        ">",
    ]);
    prop::collection::vec(words, 0..60).prop_map(|words| words.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        keeps_promises(&bytes);
    }

    #[test]
    fn text(text in "\\PC{0,200}") {
        keeps_promises(text.as_bytes());
    }

    #[test]
    fn yaml(text in yaml_like()) {
        keeps_promises(text.as_bytes());
    }

    #[test]
    fn damaged_job(at in 0usize..200, len in 0usize..20, text in yaml_like()) {
        let good = "stages: [b, d]\nvariables: {A: 1}\np:\n  stage: d\n  script:\n    - x\n    - [y]\n  when: manual\n  \
                    environment:\n    name: ${A}\n    url: 'http://x'\n    action: start\n  tags: [t]\n";
        let at = at.min(good.len());
        let end = (at + len).min(good.len());
        keeps_promises(format!("{}{text}{}", &good[..at], &good[end..]).as_bytes());
    }

    #[test]
    fn expansion(values in prop::collection::vec(("[A-D]", "([A-D]|[$]|[{]|[}]|[$][A-D]|[$][{][A-D][}]|ü){0,12}", any::<bool>()), 0..8)) {
        let vars: Vec<Variable> = values.into_iter().map(|(key, value, raw)| Variable { key, value, raw }).collect();
        let expanded = expand_variables(&vars);
        prop_assert_eq!(expanded.variables.len(), vars.len());
        for (before, after) in vars.iter().zip(&expanded.variables) {
            prop_assert_eq!(&before.key, &after.key);
            prop_assert!(after.raw);
            prop_assert!(!before.raw || before.value == after.value);
            prop_assert!(after.value.len() <= MAX_EXPANDED_BYTES);
        }
        for var in &vars {
            let own = expand(&var.value, &|name| Some(format!("<{name}>")));
            prop_assert!(own.len() <= 4 * var.value.len() + 4);
        }
    }
}
