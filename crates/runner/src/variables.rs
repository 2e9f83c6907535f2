//! What a job's scripts see as environment: the job's variables, expanded, with file variables as paths.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use countersign_wire::runner::Variable;

/// The job's variables, ready for use.
#[derive(Default)]
pub(crate) struct Variables {
    /// Names and values for the environment.
    pub(crate) environment: BTreeMap<String, String>,
    /// Names and contents of the files to write before a script runs.
    pub(crate) files: BTreeMap<String, String>,
    /// Values that must not appear in the log.
    pub(crate) hidden: Vec<String>,
    /// Names that cannot be exported and were left out.
    pub(crate) refused: Vec<String>,
}

impl Variables {
    /// A text with these variables put in.
    pub(crate) fn expand(&self, text: &str) -> String {
        expand(text, |name| self.get(name).to_owned())
    }

    /// The value of `name`, empty if there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.environment.get(name).map_or("", String::as_str)
    }
}

/// Resolves `given` and then `own`, which wins over it; files are to lie in `file_dir` under the variable's name.
pub(crate) fn resolve(given: &[Variable], own: &[(&str, String)], file_dir: &Path) -> Variables {
    let own: Vec<Variable> = own.iter().map(|(key, value)| variable(key, value)).collect();
    let mut resolved = Variables::default();
    let mut latest: HashMap<&str, &Variable> = HashMap::new();
    for variable in given.iter().chain(&own) {
        if is_exportable(variable) {
            latest.insert(&variable.key, variable);
        } else {
            resolved.refused.push(variable.key.clone());
        }
    }
    let path = |key: &str| file_dir.join(key).to_string_lossy().into_owned();
    let look_up = |key: &str| match latest.get(key) {
        Some(variable) if variable.file => path(key),
        Some(variable) => variable.value.clone(),
        None => String::new(),
    };
    for (key, variable) in &latest {
        let value = if variable.raw { variable.value.clone() } else { expand(&variable.value, look_up) };
        if variable.masked {
            resolved.hidden.push(value.clone());
        }
        let exported = if variable.file { path(key) } else { value.clone() };
        resolved.environment.insert((*key).to_owned(), exported);
        if variable.file {
            resolved.files.insert((*key).to_owned(), value);
        }
    }
    resolved
}

/// A variable of the runner's own.
fn variable(key: &str, value: &str) -> Variable {
    Variable { key: key.to_owned(), value: value.to_owned(), raw: true, ..Variable::default() }
}

/// Whether the operating system can carry a variable; its name also becomes a file name.
fn is_exportable(variable: &Variable) -> bool {
    !variable.key.is_empty() && variable.key.bytes().all(is_name_byte) && !variable.value.contains('\0')
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Replaces `$NAME` and `${NAME}` once, without looking into what was put in; `$$` is a plain `$`.
fn expand(text: &str, look_up: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some((name, after)) = reference(rest) {
            out.push_str(&look_up(name));
            rest = after;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    out
}

/// The name at the start of `text`, after a `$`, and what follows it.
fn reference(text: &str) -> Option<(&str, &str)> {
    let (name, after) = match text.strip_prefix('{') {
        Some(inside) => inside.split_once('}')?,
        None => {
            let end = text.bytes().position(|byte| !is_name_byte(byte)).unwrap_or(text.len());
            text.split_at(end)
        }
    };
    let named = name.bytes().next().is_some_and(|first| !first.is_ascii_digit()) && name.bytes().all(is_name_byte);
    named.then_some((name, after))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use countersign_wire::runner::Variable;

    use super::{Variables, resolve, variable};

    fn given(key: &str, value: &str) -> Variable {
        Variable { raw: false, ..variable(key, value) }
    }

    fn resolved(list: &[Variable]) -> Variables {
        resolve(list, &[("CI_SERVER", "yes".to_owned())], Path::new("/private"))
    }

    #[test]
    fn references_are_expanded_once() {
        let seen = resolved(&[
            given("A", "1"),
            given("B", "$A-${A}x$NONE|$A_"),
            given("C", "$B"),
            given("D", "cost $$5, $1, ${, ${A-x} and $"),
            Variable { raw: true, ..given("E", "$A") },
            given("F", "ü$A$CI_SERVER"),
        ]);
        assert_eq!(seen.get("B"), "1-1x|");
        assert_eq!(seen.get("C"), "$A-${A}x$NONE|$A_");
        assert_eq!(seen.get("D"), "cost $5, $1, ${, ${A-x} and $");
        assert_eq!((seen.get("E"), seen.get("F"), seen.get("ABSENT")), ("$A", "ü1yes", ""));
    }

    #[test]
    fn the_later_wins_and_the_runners_own_wins_over_all() {
        let seen = resolved(&[given("A", "1"), given("CI_SERVER", "no"), given("A", "2")]);
        assert_eq!((seen.get("A"), seen.get("CI_SERVER")), ("2", "yes"));
    }

    #[test]
    fn a_file_variable_is_a_path() {
        let seen = resolved(&[
            given("A", "1"),
            Variable { file: true, ..given("KEY", "content $A\n") },
            given("ARGS", "--key=$KEY"),
        ]);
        assert_eq!(seen.get("KEY"), "/private/KEY");
        assert_eq!(seen.get("ARGS"), "--key=/private/KEY");
        assert_eq!(seen.files["KEY"], "content 1\n");
    }

    #[test]
    fn masked_values_are_hidden_as_expanded() {
        let seen = resolved(&[given("A", "1"), Variable { masked: true, ..given("S", "x$A") }]);
        assert_eq!(seen.hidden, ["x1"]);
    }

    #[test]
    fn names_that_cannot_be_exported_are_left_out() {
        let seen = resolved(&[given("../x", "1"), given("", "1"), given("A=B", "1"), given("NUL", "a\0b")]);
        assert_eq!(seen.refused, ["../x", "", "A=B", "NUL"]);
        assert_eq!(seen.environment.len(), 1);
    }
}
