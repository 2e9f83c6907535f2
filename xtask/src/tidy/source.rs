//! Just enough of Rust's grammar to tell code from comments and text.

/// Rust source with comments and literals blanked out, and the plain comments beside it.
pub(super) struct Masked {
    /// The source; every byte of a comment or literal is a space, newlines stay.
    pub(super) code: String,
    /// Line (from 1) and text of every plain line comment that stands alone; documentation is not among them.
    pub(super) comments: Vec<(usize, String)>,
}

/// A function found in the source.
pub(super) struct Function {
    pub(super) name: String,
    /// Line of its `fn`, from 1.
    pub(super) line: usize,
    /// Lines from `fn` to the closing brace, both counted.
    pub(super) lines: usize,
}

/// Blanks out comments and literals.
pub(super) fn mask(text: &str) -> Masked {
    let mut code = text.as_bytes().to_vec();
    let mut comments = Vec::new();
    let mut at = 0;
    while at < code.len() {
        let end = match literal_end(text.as_bytes(), at) {
            Some(end) => end.min(code.len()),
            None => {
                at += 1;
                continue;
            }
        };
        if let Some(comment) = plain_comment(text, at, end) {
            comments.push((line_of(text, at), comment));
        }
        code[at..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        at = end;
    }
    // Whole characters are blanked, so this is UTF-8 still; were it not, the odd byte would not matter to the rules.
    Masked { code: String::from_utf8_lossy(&code).into_owned(), comments }
}

/// If a comment or literal begins here, the index just after it.
fn literal_end(text: &[u8], at: usize) -> Option<usize> {
    let rest = &text[at..];
    match rest {
        [b'/', b'/', ..] => Some(at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len())),
        [b'/', b'*', ..] => Some(at + block_comment(rest)),
        [b'"', ..] => Some(at + quoted(rest, b'"')),
        [b'r', ..] if begins_word(text, at) => raw_string(rest).map(|length| at + length),
        [b'\'', b'\\', ..] => Some(at + quoted(rest, b'\'')),
        [b'\'', ..] => character(rest).map(|length| at + length),
        _ => None,
    }
}

/// Whether the `r` here may begin a raw string: alone or after the `b` or `c` of a prefix.
fn begins_word(text: &[u8], at: usize) -> bool {
    let part = |index: Option<usize>| {
        index.and_then(|index| text.get(index)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    let prefixed = at > 0 && matches!(text[at - 1], b'b' | b'c');
    !part(at.checked_sub(1)) || (prefixed && !part(at.checked_sub(2)))
}

/// The length of a block comment; they nest.
fn block_comment(rest: &[u8]) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at
}

/// The length of a literal with escapes, quotes included.
fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

/// The length of a raw string, if this `r` begins one and not a name such as `r#type`.
fn raw_string(rest: &[u8]) -> Option<usize> {
    let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
    if rest.get(1 + hashes) != Some(&b'"') {
        return None;
    }
    let closing: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let body = 2 + hashes;
    let length = rest[body..].windows(closing.len()).position(|window| window == closing);
    Some(length.map_or(rest.len(), |length| body + length + closing.len()))
}

/// The length of a character literal without escape; `None` for a lifetime.
fn character(rest: &[u8]) -> Option<usize> {
    let width = match rest.get(1)? {
        0x00..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xff => 4,
    };
    (rest.get(1 + width) == Some(&b'\'')).then_some(width + 2)
}

/// The text of the comment between two indices, if it is a plain line comment with nothing before it on its line.
fn plain_comment(text: &str, start: usize, end: usize) -> Option<String> {
    let comment = text.get(start..end)?.strip_prefix("//")?;
    let before = text[..start].rsplit('\n').next().unwrap_or("");
    let documentation = comment.starts_with('!') || (comment.starts_with('/') && !comment.starts_with("//"));
    (!documentation && before.trim().is_empty()).then(|| comment.to_owned())
}

/// The line (from 1) of a byte.
fn line_of(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count()
}

impl Masked {
    /// Every function with a body, closures not counted.
    pub(super) fn functions(&self) -> Vec<Function> {
        let part = |c: char| c.is_alphanumeric() || c == '_';
        let mut found = Vec::new();
        for (at, _) in self.code.match_indices("fn ") {
            let name: String = self.code[at + 3..].trim_start().chars().take_while(|c| part(*c)).collect();
            if name.is_empty() || self.code[..at].chars().next_back().is_some_and(part) {
                continue;
            }
            if let Some(end) = body_end(&self.code, at) {
                let lines = line_of(&self.code, end) - line_of(&self.code, at) + 1;
                found.push(Function { name, line: line_of(&self.code, at), lines });
            }
        }
        found
    }
}

/// The index of the brace that closes the function beginning here; `None` if it has no body.
fn body_end(code: &str, start: usize) -> Option<usize> {
    let mut brackets = 0_usize;
    let mut braces = 0_usize;
    for (offset, byte) in code.as_bytes()[start..].iter().enumerate() {
        match byte {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets = brackets.saturating_sub(1),
            b';' if braces == 0 && brackets == 0 => return None,
            b'{' => braces += 1,
            b'}' => {
                braces = braces.saturating_sub(1);
                if braces == 0 && brackets == 0 {
                    return Some(start + offset);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn blanks_comments_and_literals_and_keeps_the_rest_in_place() {
        for (text, code) in [
            ("a(\"b\"); // c", "a(   );     "),
            ("a /* b /* c */ d */ e", "a                   e"),
            ("r#\"a\"b\"# c", "         c"),
            ("br\"\\\" c", "b     c"),
            ("r#type b", "r#type b"),
            ("'a' b 'c", "    b 'c"),
            ("'\\'' a", "     a"),
            ("<'a>('b', '\u{e4}')", "<'a>(   ,     )"),
            ("\"\\\\\" a", "     a"),
            ("var\"a\" b", "var    b"),
        ] {
            assert_eq!(mask(text).code, code, "{text}");
        }
    }

    #[test]
    fn keeps_plain_comments_that_stand_alone() {
        let masked = mask("//! a\n/// b\n// c\nlet d; // e\n    // f\n");
        assert_eq!(masked.comments, [(3, " c".to_owned()), (5, " f".to_owned())]);
    }

    #[test]
    fn finds_functions_with_bodies() {
        let text = "trait A { fn a(&self); fn b() {} }\nfn c(x: fn(u8) -> u8, y: [u8; 3])\nwhere\n{\n    \"}\";\n}\n";
        let found: Vec<_> =
            mask(text).functions().into_iter().map(|function| (function.name, function.line, function.lines)).collect();
        assert_eq!(found, [("b".to_owned(), 1, 1), ("c".to_owned(), 2, 5)]);
    }
}
