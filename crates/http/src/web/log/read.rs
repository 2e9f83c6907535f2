//! Reads the part of a log that a page shows, what came since, and where a text is found. Nothing is held of a log but
//! what is shown: logs are long, and there may be many readers.

use super::line::Line;
use super::row::State;
use super::split;
use super::style::Style;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// The most lines a page shows: compressed, they leave it below 30 kB unless they are noise.
pub(super) const MOST_LINES: usize = 400;
/// The most bytes of a log that a page shows, but for one line.
const MOST_BYTES: u64 = 32 * 1024;
/// How many lines before a wanted one are shown.
const BEFORE: u64 = 50;
/// The most bytes that a stream is sent at once.
const MOST_AT_ONCE: u64 = 64 * 1024;
/// The most lines that a search finds.
const MOST_FOUND: usize = 200;

/// Which part of a log is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Around {
    /// Its last lines.
    End,
    /// No more than so many of its last lines.
    Last(usize),
    /// Those around the line of that number.
    Line(u64),
}

/// The part of a log that a page shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Window {
    /// Its lines as rows of a page, the last perhaps unfinished.
    pub(crate) rows: String,
    /// The number of the first.
    pub(crate) first: u64,
    /// The number of the last; less than the first if there are none.
    pub(crate) last: u64,
    /// How many lines the log has.
    pub(crate) total: u64,
    /// How many bytes the log has.
    pub(crate) size: u64,
    /// Where a stream goes on, if the log is shown to its end.
    pub(crate) end: Option<State>,
}

impl Window {
    /// That of a log which has not begun.
    pub(crate) fn nothing() -> Window {
        Window { end: Some(State::default()), ..Window::default() }
    }
}

/// What came to a log since.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Piece {
    /// The lines that ended, as rows.
    pub(crate) rows: String,
    /// The line that has begun, as a row; empty if none has.
    pub(crate) rest: String,
    /// Where to go on.
    pub(crate) state: State,
    /// Whether there is more already.
    pub(crate) more: bool,
}

/// A line with a text that was searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// Its number.
    pub(crate) number: u64,
    /// Its text in pieces; those are searched for that say so.
    pub(crate) pieces: Vec<(bool, String)>,
}

/// Where a line begins.
#[derive(Debug, Clone, Copy)]
struct Start {
    offset: u64,
    number: u64,
}

/// Reads the part of a log that is to be shown.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn window(file: &File, around: Around) -> io::Result<Window> {
    let mut file = file;
    let (start, mut window) = find(file, around)?;
    let Some(start) = start else { return Ok(Window::nothing()) };
    file.seek(SeekFrom::Start(start.offset))?;
    let (mut state, mut count) = (State { offset: start.offset, number: start.number, ..State::default() }, 0);
    let (mut cut, mut seen) = (false, 0);
    window.first = start.number;
    let rest = file.take(window.size.saturating_sub(start.offset));
    split::lines(BufReader::new(rest), |at, line, next| {
        cut |= count >= MOST_LINES || (count > 0 && at.saturating_add(line.len() as u64) > MOST_BYTES);
        if cut {
            return;
        }
        (count, seen) = (count + 1, state.number);
        let mut after = state;
        after.paint(line, next.is_some(), &mut window.rows);
        if let Some(next) = next {
            state = State { offset: start.offset.saturating_add(next), ..after };
        }
    })?;
    window.last = seen;
    window.end = (!cut).then_some(state);
    Ok(window)
}

/// Finds the first line to show, and how long the log is.
fn find(file: &File, around: Around) -> io::Result<(Option<Start>, Window)> {
    let wanted = match around {
        Around::End | Around::Last(_) => u64::MAX,
        Around::Line(number) => number.saturating_sub(BEFORE).max(1),
    };
    let most = match around {
        Around::Last(most) => most.min(MOST_LINES),
        Around::End | Around::Line(_) => MOST_LINES,
    };
    let (mut total, mut latest, mut exact) = (0_u64, VecDeque::<Start>::new(), None);
    let size = split::lines(BufReader::new(file), |offset, line, _| {
        total += 1;
        let start = Start { offset, number: total };
        if total == wanted {
            exact = Some(start);
        }
        latest.push_back(start);
        let end = offset.saturating_add(line.len() as u64);
        let too_long = |first: &Start| end.saturating_sub(first.offset) > MOST_BYTES;
        while latest.len() > most || (latest.len() > 1 && latest.front().is_some_and(too_long)) {
            latest.pop_front();
        }
    })?;
    let start = exact.or_else(|| latest.front().copied());
    Ok((start, Window { total, size, ..Window::default() }))
}

/// Reads what came since; `None` if the log has become shorter: it is another one.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn follow(file: &File, from: State) -> io::Result<Option<Piece>> {
    let mut file = file;
    if file.metadata()?.len() < from.offset {
        return Ok(None);
    }
    file.seek(SeekFrom::Start(from.offset))?;
    let mut bytes = Vec::new();
    file.take(MOST_AT_ONCE).read_to_end(&mut bytes)?;
    let (mut state, mut done) = (from, 0);
    let (mut rows, mut rest) = (String::new(), String::new());
    while let Some((shown, taken)) = bytes.get(done..).and_then(split::first) {
        state.paint(bytes.get(done..done + shown).unwrap_or_default(), true, &mut rows);
        done += taken;
    }
    state.offset = from.offset.saturating_add(done as u64);
    let more = bytes.len() as u64 == MOST_AT_ONCE;
    if !more && done < bytes.len() {
        let mut after = state;
        after.paint(bytes.get(done..).unwrap_or_default(), false, &mut rest);
    }
    Ok(Some(Piece { rows, rest, state, more }))
}

/// The first lines with a text, in small letters or capitals, and whether there are more.
///
/// # Errors
/// The file cannot be read.
pub(crate) fn search(file: &File, text: &str) -> io::Result<(Vec<Found>, bool)> {
    let wanted = text.to_ascii_lowercase();
    let (mut found, mut number, mut more) = (Vec::new(), 0, false);
    split::lines(BufReader::new(file), |_, line, _| {
        number += 1;
        if more || wanted.is_empty() {
            return;
        }
        let line = Line::read(line, Style::default());
        let pieces = pieces(&line.text(), &wanted);
        if pieces.iter().any(|(hit, _)| *hit) {
            more = found.len() == MOST_FOUND;
            if !more {
                found.push(Found { number, pieces });
            }
        }
    })?;
    Ok((found, more))
}

/// A text cut around what is wanted, which is in small letters.
fn pieces(text: &str, wanted: &str) -> Vec<(bool, String)> {
    let (small, mut pieces, mut at) = (text.to_ascii_lowercase(), Vec::new(), 0);
    for (from, hit) in small.match_indices(wanted) {
        let to = from + hit.len();
        pieces.extend(text.get(at..from).filter(|piece| !piece.is_empty()).map(|piece| (false, piece.to_owned())));
        pieces.extend(text.get(from..to).map(|piece| (true, piece.to_owned())));
        at = to;
    }
    pieces.extend(text.get(at..).filter(|piece| !piece.is_empty()).map(|piece| (false, piece.to_owned())));
    pieces
}
