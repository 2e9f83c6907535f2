//! Conditions: what is asked once and in other words decides alike.

use super::commit::Commit;
use super::escape::quoted;
use super::{PUSH, names, reading};
use countersign_ci::{Input, Variable};

/// What is known to the conditions.
const KNOWN: [(&str, &str); 6] =
    [("A", "alpha"), ("B", ""), ("C", "/^al/"), ("D", "$A"), ("E", "/(/"), ("CI_COMMIT_BRANCH", "main")];

/// Decides an expression alone, in brackets, with itself, and beside what is always and never met.
pub(crate) fn expressions(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let ways = [
        ("plain", text.to_owned()),
        ("bracketed", format!("({text})")),
        ("and itself", format!("({text}) && ({text})")),
        ("or itself", format!("({text}) || ({text})")),
        ("and always", format!("({text}) && $A")),
        ("or never", format!("({text}) || $B")),
        ("or always", format!("({text}) || $A")),
        ("and never", format!("({text}) && $B")),
    ];
    let alone = decided(&ways[..1]);
    let Some(alone) = alone else { return };
    // A longer one may be too long.
    let Some(all) = decided(&ways) else { return };
    for (way, _) in &ways[..6] {
        assert_eq!(all.contains(&(*way).to_owned()), alone.contains(&"plain".to_owned()), "{way}: {text:?}");
    }
    assert!(all.contains(&"or always".to_owned()) && !all.contains(&"and never".to_owned()), "{text:?}");
}

/// The jobs whose conditions are met; `None` if one cannot be read.
fn decided(ways: &[(&str, String)]) -> Option<Vec<String>> {
    let job = |(name, text): &(&str, String)| format!("{name}: {{script: x, rules: [{{if: {}}}]}}\n", quoted(text));
    let file: String = ways.iter().map(job).collect();
    let variable = |(key, value): (&str, &str)| Variable { key: key.into(), value: value.into(), raw: true };
    let known = KNOWN.map(variable);
    let commit = Commit::default();
    let input = Input { text: file.as_bytes(), repository: &commit, given: &known, run: Some(PUSH), ..Input::of(&[]) };
    let reading = reading(&input);
    names(&reading).map(|names| names.into_iter().map(str::to_owned).collect())
}
