//! The log of a job on a page: lines with numbers, colours as classes, sections, and nothing that a script could use to
//! put markup or an escape sequence into the page.
//!
//! A log is made of lines, and each is painted on its own: an escape sequence that never ends swallows nothing but the
//! rest of its line. Only the style, the depth of sections and the number go on from one line to the next ([`State`]), so
//! that a log painted in pieces looks as one that is painted whole.

mod cursor;
mod line;
mod read;
mod row;
mod split;
mod style;
#[cfg(test)]
mod tests;

pub(crate) use read::{Around, Found, Piece, Window, follow, search, window};
pub(crate) use row::State;
