//! From bytes to text: size, encoding, and no binary content.

use crate::MAX_FILE_BYTES;
use crate::report::Report;
use crate::yaml::node::Position;

/// The file as text without a byte order mark, or `None` with the reason reported.
pub(crate) fn decode<'a>(file: u16, bytes: &'a [u8], report: &mut Report) -> Option<&'a str> {
    if bytes.len() > MAX_FILE_BYTES {
        let size = bytes.len();
        report.error(
            Position::start_of(file),
            format!("the file has {size} bytes; at most {MAX_FILE_BYTES} are allowed"),
        );
        return None;
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let at = end_of(file, &String::from_utf8_lossy(good));
            report.error(at, "the file is not UTF-8 text: save it as UTF-8");
            return None;
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.char_indices().find(|(_, c)| is_forbidden(*c)) {
        None => Some(text),
        Some((index, c)) => {
            let at = end_of(file, text.get(..index).unwrap_or_default());
            let code = u32::from(c);
            report
                .error(at, format!("the file contains the control character U+{code:04X}, which YAML does not allow"));
            None
        }
    }
}

/// YAML's non-printable characters.
fn is_forbidden(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}')
        || matches!(c, '\u{fffe}' | '\u{ffff}' | '\u{feff}')
}

/// The position just behind a text.
fn end_of(file: u16, text: &str) -> Position {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).saturating_add(1);
    let last = text.rsplit('\n').next().unwrap_or_default();
    Position { file, line: number(text.matches('\n').count()), column: number(last.chars().count()) }
}
