//! Columns that hold one of a fixed set of words, or JSON.

use crate::{Error, Result, Row};
use serde::Serialize;

/// Something as the JSON that [`Row::json`] reads.
///
/// # Errors
/// It cannot be written so.
pub(crate) fn json(of: &impl Serialize) -> Result<String> {
    serde_json::to_string(of).map_err(|why| Error::Corrupt(format!("cannot be kept as JSON: {why}")))
}

impl Row<'_> {
    /// The word at `index`, as its type reads it.
    ///
    /// # Errors
    /// A word that the type does not know.
    pub fn word<T>(&self, index: usize, parse: impl Fn(&str) -> Option<T>) -> Result<T> {
        let word = self.get::<String>(index)?;
        parse(&word).ok_or_else(|| Error::Corrupt(format!("'{word}' in column {index} is not one of its words")))
    }

    /// The word at `index`, if there is one.
    ///
    /// # Errors
    /// As [`Row::word`].
    pub fn word_opt<T>(&self, index: usize, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        match self.get::<Option<String>>(index)? {
            None => Ok(None),
            Some(_) => self.word(index, parse).map(Some),
        }
    }
}
