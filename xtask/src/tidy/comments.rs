//! What comments owe the reader: a header on every file, and no code that was merely switched off.

use super::Violation;
use super::source::Masked;
use super::tree::File;

/// Reports a Rust file that does not begin by saying what it is for.
pub(super) fn header(file: &File) -> Option<Violation> {
    let first = file.text.lines().find(|line| {
        let line = line.trim();
        // Attributes of the file and plain comments (a licence) may stand before the header.
        !(line.is_empty() || line.starts_with("#![") || line.starts_with("// "))
    });
    let said = first.and_then(|line| line.strip_prefix("//!")).is_some_and(|text| !text.trim().is_empty());
    let right = "begin it with a line `//! what this file is for`";
    (!said).then(|| Violation::new(&file.path, 1, "no header", right))
}

/// Reports comments that are code.
pub(super) fn dead_code(file: &File, masked: &Masked) -> Vec<Violation> {
    let mut found = Vec::new();
    for (line, text) in &masked.comments {
        if looks_like_code(text) {
            let right = "delete it; git remembers";
            found.push(Violation::new(&file.path, *line, "code in a comment", right));
        }
    }
    found
}

/// Whether the text of a plain comment reads as code rather than prose.
fn looks_like_code(text: &str) -> bool {
    let text = text.trim();
    let statement =
        text.ends_with(';') && (text.ends_with(");") || text.contains(" = ") || text.starts_with("return "));
    let opens = text.ends_with(" {") || text.ends_with("=> {");
    let closes = matches!(text, "}" | "};" | "})" | "});" | "},");
    let item = text.starts_with("#[") || text.starts_with("use ") && text.ends_with(';');
    // Prose may end in "(see below);": a call or macro has its bracket right after a name.
    let call = !text.ends_with(");") || text.contains(" = ") || names_a_call(text);
    (statement && call) || opens || closes || item
}

/// Whether the text begins with a name, path or field that is called: `a(`, `a.b(`, `a::b(`, `a!(`.
fn names_a_call(text: &str) -> bool {
    let name = |c: char| c.is_alphanumeric() || "_.:!?&*".contains(c);
    text.find('(').is_some_and(|at| at > 0 && text[..at].chars().all(name))
}

#[cfg(test)]
mod tests {
    use super::super::source::mask;
    use super::{File, dead_code, header};

    #[test]
    fn a_file_begins_with_its_header() {
        let of = |text: &str| header(&File::new("a.rs", text)).is_none();
        assert!(of("//! What it is for.\n"));
        assert!(of("#![allow(dead_code)]\n\n//! What it is for.\n"));
        assert!(!of("//!\nfn a() {}\n"));
        assert!(!of("use a::b;\n//! Too late.\n"));
        assert!(!of(""));
    }

    #[test]
    fn tells_code_from_prose() {
        let of = |line: &str| !dead_code(&File::new("a.rs", line), &mask(line)).is_empty();
        for code in [
            "// let a = 1;",
            "// call(a, b);",
            "// self.a.call(b)?.c();",
            "// if a {",
            "// }",
            "// use a::b;",
            "// #[test]",
        ] {
            assert!(of(code), "{code}");
        }
        for prose in [
            "// A reason; another.",
            "// It is late (see below);",
            "// the count is right;",
            "/// let a = 1;",
            "//! use a::b;",
            "let a = \"// let b = 1;\";",
        ] {
            assert!(!of(prose), "{prose}");
        }
    }
}
