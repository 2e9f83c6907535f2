//! Where the painting of a log stands, as a text that a page carries and a stream goes on from.

use super::row::{DEEPEST, State};
use super::style::Style;
use std::fmt;
use std::str::FromStr;

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}.{}", self.offset, self.number, self.depth, self.style.write())
    }
}

/// The text is none that [`State`] is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoCursor;

impl FromStr for State {
    type Err = NoCursor;

    fn from_str(text: &str) -> Result<State, NoCursor> {
        let mut parts = text.split('.');
        let mut next = || parts.next().ok_or(NoCursor);
        let state = State {
            offset: next()?.parse().map_err(|_| NoCursor)?,
            number: next()?.parse().map_err(|_| NoCursor)?,
            depth: next()?.parse().ok().filter(|depth| *depth <= DEEPEST).ok_or(NoCursor)?,
            style: Style::read(next()?).ok_or(NoCursor)?,
        };
        if parts.next().is_none() && state.number > 0 { Ok(state) } else { Err(NoCursor) }
    }
}
