//! From text to a tree with positions, within limits.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag};

use crate::node::{Entry, Kind, Node, Position, Size};
use crate::place::shown;
use crate::report::Report;

/// Most levels of lists and mappings, with aliases written out.
const MAX_DEPTH: usize = 100;
/// Most values, with aliases written out.
const MAX_NODES: usize = 100_000;
/// Most bytes of text, with aliases written out.
const MAX_TEXT_BYTES: usize = 4 * 1024 * 1024;

/// The tree of a file's only document, or `None` with the reason reported. A tree may come with errors too (double
/// keys, tags), so that the problems of its content can be reported along with them.
pub(crate) fn load(text: &str, report: &mut Report) -> Option<Rc<Node>> {
    let mut loader = Loader { report, stack: Vec::new(), anchors: HashMap::new(), root: None, documents: 0 };
    let mut parser = Parser::new_from_str(text);
    while let Some(next) = parser.next_event() {
        let step = match next {
            Ok((event, span)) => loader.event(event, position(span.start)),
            Err(error) => loader.broken(&error),
        };
        step.ok()?;
    }
    let root = loader.root.take();
    match root {
        Some(root) if !root.is_null() => Some(root),
        _ => {
            report.error(Position::START, "the file is empty: define at least one job");
            None
        }
    }
}

fn position(mark: Marker) -> Position {
    Position { line: mark.line().max(1), column: mark.col().saturating_add(1) }
}

fn too_deep() -> String {
    format!("lists and mappings are nested more than {MAX_DEPTH} levels deep")
}

/// Reading cannot go on; the reason is reported.
struct Stop;

type Step = Result<(), Stop>;

/// An anchored value: `None` while it is still being read, when an alias to it would be a cycle.
type Anchor = Option<Rc<Node>>;

struct Loader<'r> {
    report: &'r mut Report,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Anchor>,
    root: Option<Rc<Node>>,
    documents: usize,
}

/// A list or mapping that is being read.
struct Frame {
    anchor: usize,
    at: Position,
    size: Size,
    content: Content,
}

enum Content {
    Sequence(Vec<Rc<Node>>),
    Mapping { entries: Vec<Entry>, seen: HashSet<Rc<str>>, key: Option<(Rc<str>, Position)> },
}

impl Frame {
    fn wants_key(&self) -> bool {
        matches!(self.content, Content::Mapping { key: None, .. })
    }
}

impl Loader<'_> {
    fn event(&mut self, event: Event<'_>, at: Position) -> Step {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) => self.document(at),
            Event::Alias(anchor) => self.alias(anchor, at),
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                self.tag(tag.as_deref(), at);
                self.scalar(&text, plain, anchor, at)
            }
            Event::SequenceStart(anchor, tag) => {
                self.tag(tag.as_deref(), at);
                self.open(anchor, at, Content::Sequence(Vec::new()))
            }
            Event::MappingStart(anchor, tag) => {
                self.tag(tag.as_deref(), at);
                self.open(anchor, at, Content::Mapping { entries: Vec::new(), seen: HashSet::new(), key: None })
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
        self.stop(position(*error.marker()), message)
    }

    fn document(&mut self, at: Position) -> Step {
        self.documents += 1;
        if self.documents > 1 {
            return self.stop(at, "a second YAML document begins here; the file must contain exactly one");
        }
        Ok(())
    }

    /// Refuses tags that would give a value another meaning.
    fn tag(&mut self, tag: Option<&Tag>, at: Position) {
        let Some(tag) = tag else { return };
        let handle = if tag.is_yaml_core_schema() { "!!" } else { &tag.handle };
        let name = shown(&format!("{handle}{}", tag.suffix));
        match name.as_str() {
            "!!str" | "!!seq" | "!!map" => {}
            "!reference" => self.report.error(at, "`!reference` is not supported yet"),
            _ => self.report.error(at, format!("the tag `{name}` is not supported; remove it")),
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

    fn scalar(&mut self, text: &str, plain: bool, anchor: usize, at: Position) -> Step {
        let size = Size { nodes: 1, bytes: text.len(), depth: 0 };
        // The parser places a missing value at whatever comes next, often lines below.
        let at = match self.stack.last().map(|frame| &frame.content) {
            Some(Content::Mapping { key: Some((_, key_at)), .. }) if plain && text.is_empty() => *key_at,
            _ => at,
        };
        let node = Rc::new(Node { kind: Kind::Scalar { text: text.into(), plain }, at, size });
        self.define(anchor, Some(Rc::clone(&node)));
        self.attach(node, at)
    }

    fn open(&mut self, anchor: usize, at: Position, content: Content) -> Step {
        if self.stack.last().is_some_and(Frame::wants_key) {
            return self
                .stop(at, "a list or mapping cannot be a key; quote the key if it begins with `[`, `{` or `- `");
        }
        if self.stack.len() >= MAX_DEPTH {
            return self.stop(at, too_deep());
        }
        self.define(anchor, None);
        self.stack.push(Frame { anchor, at, size: Size { nodes: 1, bytes: 0, depth: 1 }, content });
        Ok(())
    }

    fn close(&mut self) -> Step {
        let Some(frame) = self.stack.pop() else { return Ok(()) };
        let Frame { anchor, at, size, content } = frame;
        let kind = match content {
            Content::Sequence(items) => Kind::Sequence(items),
            Content::Mapping { entries, .. } => Kind::Mapping(entries),
        };
        let node = Rc::new(Node { kind, at, size });
        self.define(anchor, Some(Rc::clone(&node)));
        self.attach(node, at)
    }

    fn define(&mut self, anchor: usize, value: Anchor) {
        // The parser counts anchors from 1; 0 means none.
        if anchor != 0 {
            self.anchors.insert(anchor, value);
        }
    }

    /// Puts a finished value into the list or mapping being read.
    fn attach(&mut self, node: Rc<Node>, at: Position) -> Step {
        let level = self.stack.len();
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        frame.size.nodes = frame.size.nodes.saturating_add(node.size.nodes);
        frame.size.bytes = frame.size.bytes.saturating_add(node.size.bytes);
        frame.size.depth = frame.size.depth.max(node.size.depth.saturating_add(1));
        let problem = if level.saturating_add(node.size.depth) > MAX_DEPTH {
            too_deep()
        } else if frame.size.nodes > MAX_NODES {
            format!("the file has more than {MAX_NODES} values once its aliases are written out")
        } else if frame.size.bytes > MAX_TEXT_BYTES {
            format!("the file has more than {MAX_TEXT_BYTES} bytes of text once its aliases are written out")
        } else {
            return self.insert(node, at);
        };
        self.stop(at, problem)
    }

    fn insert(&mut self, node: Rc<Node>, at: Position) -> Step {
        let Some(frame) = self.stack.last_mut() else { return Ok(()) };
        match &mut frame.content {
            Content::Sequence(items) => items.push(node),
            Content::Mapping { entries, seen, key } => match key.take() {
                // Both are reported already, as keys; they name nothing that could be read.
                Some((key, _)) if matches!(&*key, "<<" | "") => {}
                Some((key, at)) => {
                    if seen.insert(Rc::clone(&key)) {
                        entries.push(Entry { key, at, value: node });
                    } else {
                        let message = format!("the key `{}` is given twice; keep one of them", shown(&key));
                        self.report.error(at, message);
                    }
                }
                None => return self.key(&node, at),
            },
        }
        Ok(())
    }

    fn key(&mut self, node: &Node, at: Position) -> Step {
        let Kind::Scalar { text, .. } = &node.kind else {
            return self.stop(at, "a list or mapping cannot be a key");
        };
        if &**text == "<<" {
            self.report.error(at, "the merge key `<<` is not supported yet");
        } else if text.is_empty() {
            self.report.error(at, "a key is missing before `:`");
        }
        if let Some(Frame { content: Content::Mapping { key, .. }, .. }) = self.stack.last_mut() {
            *key = Some((Rc::clone(text), at));
        }
        Ok(())
    }
}
