//! What one line of a log shows: its text in pieces of one look each, after returns, erasures and section marks.

use super::style::Style;
use anstyle_parse::{DefaultCharAccumulator, Params, Parser, Perform};

/// A line of a log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Its text.
    pub(super) pieces: Vec<(Style, String)>,
    /// How many sections ended before its text.
    pub(super) ended: u32,
    /// Whether a section begins with it.
    pub(super) begins: bool,
    /// Whether a section begins or ends on it, or both.
    marked: bool,
    /// The look after it.
    pub(super) style: Style,
}

impl Line {
    /// Reads a line that begins in that look.
    pub(super) fn read(bytes: &[u8], style: Style) -> Line {
        let line = Line { pieces: Vec::new(), ended: 0, begins: false, marked: false, style };
        let mut reader = Reader { line, returned: false };
        let mut parser = Parser::<DefaultCharAccumulator>::new();
        // Lossily, so that no byte counts as a control of eight bits.
        for byte in String::from_utf8_lossy(bytes).bytes() {
            parser.advance(&mut reader, byte);
        }
        if reader.returned && mark(&reader.line.text()).is_some() {
            reader.begin_anew();
        }
        reader.line
    }

    /// Its text alone.
    pub(super) fn text(&self) -> String {
        self.pieces.iter().map(|(_, text)| text.as_str()).collect()
    }

    /// Whether it is there for the sake of a mark only.
    pub(super) fn is_mark(&self) -> bool {
        self.marked && self.pieces.iter().all(|(_, text)| text.trim().is_empty())
    }
}

/// What a runner says about sections within the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Start,
    End,
}

/// Reads `section_start:<seconds>:<name>`, perhaps with options in brackets, and `section_end` likewise.
fn mark(text: &str) -> Option<Mark> {
    let mut parts = text.split(':');
    let kind = match parts.next()? {
        "section_start" => Mark::Start,
        "section_end" => Mark::End,
        _ => return None,
    };
    let (seconds, name) = (parts.next()?, parts.next()?);
    let name = name.split('[').next().unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    let sound = !seconds.is_empty() && seconds.bytes().all(|b| b.is_ascii_digit());
    (sound && !name.is_empty() && name.chars().all(plain) && parts.next().is_none()).then_some(kind)
}

/// Follows a line as a terminal does.
struct Reader {
    line: Line,
    /// Whether the next character overwrites the line.
    returned: bool,
}

impl Reader {
    /// What is there is overwritten; if it was a mark, it counts.
    fn begin_anew(&mut self) {
        let mark = mark(&self.line.text());
        self.line.marked |= mark.is_some();
        match mark {
            Some(Mark::Start) => self.line.begins = true,
            Some(Mark::End) => {
                // What had begun on this line ends on it too.
                self.line.ended += u32::from(!std::mem::take(&mut self.line.begins));
            }
            None => {}
        }
        self.line.pieces.clear();
        self.returned = false;
    }

    fn put(&mut self, c: char) {
        if self.returned {
            self.begin_anew();
        }
        match self.line.pieces.last_mut().filter(|(style, _)| *style == self.line.style) {
            Some((_, text)) => text.push(c),
            None => self.line.pieces.push((self.line.style, c.to_string())),
        }
    }

    fn back(&mut self) {
        if let Some((_, text)) = self.line.pieces.last_mut() {
            text.pop();
            if text.is_empty() {
                self.line.pieces.pop();
            }
        }
    }
}

impl Perform for Reader {
    fn print(&mut self, c: char) {
        let shown = match c {
            c if c.is_control() => return,
            // These would let text be read in another order than it was written.
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => char::REPLACEMENT_CHARACTER,
            c => c,
        };
        self.put(shown);
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\r' => self.returned = true,
            b'\t' => self.put('\t'),
            8 => self.back(),
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &Params, intermediates: &[u8], ignore: bool, action: u8) {
        if ignore || !intermediates.is_empty() {
            return;
        }
        let first = params.iter().next().and_then(|param| param.first().copied()).unwrap_or_default();
        match action {
            b'm' => self.line.style = self.line.style.after(params.iter()),
            // To the first column; the whole line.
            b'G' if first <= 1 => self.returned = true,
            b'K' if first == 2 => self.returned = true,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(of: &str) -> String {
        Line::read(of.as_bytes(), Style::default()).text()
    }

    #[test]
    fn lines_show_what_a_terminal_shows() {
        let rows = [
            ("plain", "plain"),
            ("10 %\r50 %\r100 %", "100 %"),
            ("kept\r", "kept"),
            ("a\u{8}b", "b"),
            ("\u{8}\u{8}x", "x"),
            ("\u{1b}[31mred\u{1b}[0m", "red"),
            ("old\u{1b}[2Knew", "new"),
            ("old\u{1b}[1Gnew", "new"),
            ("old\u{1b}[Knew", "oldnew"),
            ("\u{1b}]0;title\u{7}shown", "shown"),
            ("\u{1b}]8;;https://evil.test\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}]never ends", ""),
            ("a\u{0}\u{9b}31mb", "a31mb"),
            ("tab\tbed", "tab\tbed"),
            ("user\u{202e}nimda", "user\u{fffd}nimda"),
            ("\u{1b}[", ""),
            ("\u{1b}(Bx", "x"),
        ];
        for (of, expected) in rows {
            assert_eq!(text(of), expected, "{of:?}");
        }
        assert_eq!(Line::read(b"a\xff\xfeb", Style::default()).text(), "a\u{fffd}\u{fffd}b");
    }

    #[test]
    fn sections_are_told_by_their_marks() {
        let of = |text: &str| {
            let line = Line::read(text.as_bytes(), Style::default());
            (line.text(), line.begins, line.ended, line.is_mark())
        };
        let start = "section_start:1560896352:build_it\r\u{1b}[0K";
        let end = "\u{1b}[0Ksection_end:1560896353:build_it\r\u{1b}[0K";
        assert_eq!(of(&format!("{start}Building")), ("Building".into(), true, 0, false));
        assert_eq!(of(end), (String::new(), false, 1, true));
        assert_eq!(of(&format!("{end}{start}Next")), ("Next".into(), true, 1, false));
        assert_eq!(of(&format!("{start}{end}")), (String::new(), false, 0, true));
        assert_eq!(of("section_start:12:name[collapsed=true]\rHeader"), ("Header".into(), true, 0, false));
        for none in ["section_start:x:y\rz", "section_start:1:<b>\rz", "section_middle:1:a\rz", "section_end:1\rz"] {
            assert_eq!(of(none), ("z".into(), false, 0, false), "{none:?}");
        }
    }
}
