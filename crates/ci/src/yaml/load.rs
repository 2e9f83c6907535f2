//! From text to a tree with positions, within limits.

use std::collections::HashMap;
use std::rc::Rc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Span, Tag};

use super::budget::{Budget, MAX_DEPTH, too_deep};
use super::node::{Kind, Node, Position, Size, Style};
use super::open::{NOT_A_REFERENCE, Open};
use crate::place::shown;
use crate::report::Report;

/// The tree of a file's only document, or `None` with the reason reported. A tree may come with errors too (double
/// keys, tags), so that the problems of its content can be reported along with them.
pub(crate) fn load(file: u16, text: &str, budget: &mut Budget, report: &mut Report) -> Option<Rc<Node>> {
    let mut loader =
        Loader { file, report, budget, stack: Vec::new(), anchors: HashMap::new(), root: None, documents: 0 };
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        let step = match next {
            Ok((event, span)) => loader.event(event, span),
            Err(error) => loader.broken(&error),
        };
        step.ok()?;
    }
    let root = loader.root.take().filter(|root| !root.is_null());
    if root.is_none() {
        let hint = if file == 0 { ": define at least one job" } else { "" };
        report.error(Position::start_of(file), format!("the file is empty{hint}"));
    }
    root
}

/// Reading cannot go on; the reason is reported.
struct Stop;

type Step = Result<(), Stop>;

/// An anchored value: `None` while it is still being read, when an alias to it would be a cycle.
type Anchor = Option<Rc<Node>>;

struct Loader<'r> {
    file: u16,
    report: &'r mut Report,
    budget: &'r mut Budget,
    stack: Vec<Open>,
    anchors: HashMap<usize, Anchor>,
    root: Option<Rc<Node>>,
    documents: usize,
}

impl Loader<'_> {
    fn position(&self, mark: Marker) -> Position {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position { file: self.file, line: number(mark.line()).max(1), column: number(mark.col()).saturating_add(1) }
    }

    fn event(&mut self, event: Event<'_>, span: Span) -> Step {
        let at = self.position(span.start);
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => self.document(at),
            Event::Alias(anchor) => self.alias(anchor, at),
            Event::Scalar(text, written, anchor, tag) => {
                if self.tag(tag.as_deref(), at) {
                    return self.stop(at, NOT_A_REFERENCE);
                }
                // Between `[` or `{` the parser takes for a text what only begins a block outside of them.
                if written == ScalarStyle::Plain && text.starts_with(['|', '>']) {
                    return self
                        .stop(at, "this is not valid YAML: a text that begins with `|` or `>` needs quotes here");
                }
                self.scalar(&text, style(written, tag.is_some(), span), anchor, at)
            }
            Event::SequenceStart(anchor, tag) => {
                let reference = self.tag(tag.as_deref(), at);
                self.open(Open::sequence(anchor, at, reference), at)
            }
            Event::MappingStart(anchor, tag) => {
                if self.tag(tag.as_deref(), at) {
                    return self.stop(at, NOT_A_REFERENCE);
                }
                self.open(Open::mapping(anchor, at), at)
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(),
        }
    }

    fn stop(&mut self, at: Position, message: impl Into<String>) -> Step {
        self.report.error(at, message);
        Err(Stop)
    }

    fn broken(&mut self, error: &ScanError) -> Step {
        let message = match error.info() {
            // The parser's own limit on `[` and `{`, met when it reads far ahead of the events it gives.
            "recursion limit exceeded" => too_deep(),
            info => format!("this is not valid YAML: {info}"),
        };
        let at = self.position(*error.marker());
        self.stop(at, message)
    }

    fn document(&mut self, at: Position) -> Step {
        self.documents += 1;
        if self.documents > 1 {
            return self.stop(at, "a second YAML document begins here; the file must contain exactly one");
        }
        Ok(())
    }

    /// Whether this is the tag `!reference`. Refuses tags that would give a value another meaning.
    fn tag(&mut self, tag: Option<&Tag>, at: Position) -> bool {
        let Some(tag) = tag else { return false };
        let handle = if tag.is_yaml_core_schema() { "!!" } else { &tag.handle };
        let name = shown(&format!("{handle}{}", tag.suffix));
        match name.as_str() {
            "!!str" | "!!seq" | "!!map" => false,
            "!reference" => true,
            _ => {
                self.report.error(at, format!("the tag `{name}` is not supported; remove it"));
                false
            }
        }
    }

    fn alias(&mut self, anchor: usize, at: Position) -> Step {
        match self.anchors.get(&anchor) {
            Some(Some(node)) => {
                let node = Rc::clone(node);
                self.attach(node, at)
            }
            Some(None) => self.stop(at, "this alias is inside the value it names: that never ends"),
            None => self.stop(at, "this alias names an anchor that is not defined before it"),
        }
    }

    fn scalar(&mut self, text: &str, style: Style, anchor: usize, at: Position) -> Step {
        // The parser places a missing value at whatever comes next, often lines below.
        let missing = matches!(style, Style::Plain | Style::PlainLines) && text.is_empty();
        let key_at = self.stack.last().and_then(Open::key_at).filter(|_| missing);
        let node = Rc::new(Node::new(Kind::Scalar { text: text.into(), style }, key_at.unwrap_or(at)));
        self.define(anchor, Some(Rc::clone(&node)));
        self.attach(node, at)
    }

    fn open(&mut self, open: Open, at: Position) -> Step {
        if self.stack.last().is_some_and(Open::wants_key) {
            return self
                .stop(at, "a list or mapping cannot be a key; quote the key if it begins with `[`, `{` or `- `");
        }
        if self.stack.len() >= MAX_DEPTH {
            return self.stop(at, too_deep());
        }
        self.define(open.anchor, None);
        self.stack.push(open);
        Ok(())
    }

    fn close(&mut self) -> Step {
        let Some(open) = self.stack.pop() else { return Ok(()) };
        let anchor = open.anchor;
        let node = Rc::new(open.close(self.report));
        self.define(anchor, Some(Rc::clone(&node)));
        // What is inside was counted when it was read.
        self.put(node, Size { nodes: 1, ..Size::default() })
    }

    fn define(&mut self, anchor: usize, value: Anchor) {
        // The parser counts anchors from 1; 0 means none.
        if anchor != 0 {
            self.anchors.insert(anchor, value);
        }
    }

    /// Puts a value that is there as a whole, a scalar or an alias, where it belongs.
    fn attach(&mut self, node: Rc<Node>, at: Position) -> Step {
        if self.stack.len().saturating_add(usize::from(node.size.depth)) > MAX_DEPTH {
            return self.stop(at, too_deep());
        }
        if self.stack.last().is_some_and(Open::wants_key) {
            return self.key(&node, at);
        }
        let size = node.size;
        self.put(node, size)
    }

    /// Puts a value into the list or mapping being read, and counts it.
    fn put(&mut self, node: Rc<Node>, counted: Size) -> Step {
        if let Err(problem) = self.budget.take(counted) {
            let at = node.at;
            return self.stop(at, problem);
        }
        match self.stack.last_mut() {
            Some(open) => open.value(node, self.report),
            None => self.root = Some(node),
        }
        Ok(())
    }

    fn key(&mut self, node: &Node, at: Position) -> Step {
        let Kind::Scalar { text, style } = &node.kind else {
            return self.stop(at, "a list or mapping cannot be a key");
        };
        if let Some(open) = self.stack.last_mut() {
            let plain = matches!(style, Style::Plain | Style::PlainLines);
            open.key(text, plain, at, self.report);
        }
        Ok(())
    }
}

fn style(written: ScalarStyle, tagged: bool, span: Span) -> Style {
    let one_line = span.start.line() == span.end.line();
    match written {
        ScalarStyle::Plain if tagged => Style::Other,
        ScalarStyle::Plain if one_line => Style::Plain,
        ScalarStyle::Plain => Style::PlainLines,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted if one_line && !tagged => Style::Quoted,
        _ => Style::Other,
    }
}
