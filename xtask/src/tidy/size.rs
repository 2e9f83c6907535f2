//! Files and functions that outgrew what one can hold in mind.

use super::Violation;
use super::source::Masked;
use super::tree::File;

/// Lines of a file of code.
const FILE: usize = 500;
/// Lines of a file that holds tests only.
const TEST_FILE: usize = 800;
/// Lines of the README: a newcomer reads it whole.
const README: usize = 150;
/// Lines of a function, signature and braces included.
const FUNCTION: usize = 80;

/// Reports a file with too many lines.
pub(super) fn file(file: &File) -> Option<Violation> {
    let (limit, right) = match file {
        File { path, .. } if path == "README.md" => (README, "move the detail to docs/"),
        file if !file.is_code() => return None,
        file if file.is_test() => (TEST_FILE, "split the tests by subject"),
        _ => (FILE, "split it by subject into a directory of modules"),
    };
    let lines = file.text.lines().count();
    let what = format!("{lines} lines, at most {limit} are allowed");
    (lines > limit).then(|| Violation::new(&file.path, limit + 1, what, right))
}

/// Reports every function with too many lines.
pub(super) fn functions(file: &File, masked: &Masked) -> Vec<Violation> {
    let mut found = Vec::new();
    for function in masked.functions() {
        if function.lines > FUNCTION {
            let what =
                format!("function `{}` has {} lines, at most {FUNCTION} are allowed", function.name, function.lines);
            found.push(Violation::new(&file.path, function.line, what, "split it into steps with names"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::source::mask;
    use super::{File, file, functions};

    #[test]
    fn a_file_may_have_the_limit_and_not_one_line_more() {
        let of = |path: &str, lines: usize| file(&File::new(path, &"x\n".repeat(lines)));
        assert_eq!(of("crates/a/src/lib.rs", 500), None);
        let found = of("crates/a/src/lib.rs", 501).expect("one line too many");
        assert!(found.to_string().starts_with("crates/a/src/lib.rs:501: 501 lines, at most 500"), "{found}");
        assert_eq!(of("crates/a/src/b/tests.rs", 800), None);
        assert_eq!(of("tests/src/seeds.rs", 801).map(|found| found.line), Some(801));
        assert!(of("crates/a/tests/big.rs", 801).is_some());
        assert_eq!(of("docs/openapi.json", 9_000), None);
        assert!(of("README.md", 151).is_some());
    }

    #[test]
    fn a_function_counts_from_its_signature_to_its_brace() {
        let of = |body: usize| {
            let text = format!("//! x\n\nfn long(\n    a: u8,\n) {{\n{}}}\n", "    a;\n".repeat(body));
            functions(&File::new("a.rs", &text), &mask(&text))
        };
        assert!(of(76).is_empty());
        let found = of(77);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].line, found[0].what.contains("`long` has 81 lines")), (3, true), "{found:?}");
    }
}
