//! Where a page of a list begins.

/// The place of a row in the order of its list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The text by which the list is ordered; empty where the id alone orders it.
    pub text: String,
    /// The id, which breaks ties.
    pub id: i64,
}

/// Where a page of a list begins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Seek {
    /// After as many rows as the offset says; all rows are counted.
    #[default]
    Offset,
    /// At the first row; nothing is counted.
    First,
    /// Behind the row with that key, whether it is still there or not; nothing is counted.
    After(Key),
}
