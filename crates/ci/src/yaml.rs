//! From the bytes of one file to a tree with positions.

pub(crate) mod budget;
pub(crate) mod load;
mod merge_key;
pub(crate) mod node;
mod open;
pub(crate) mod source;
pub(crate) mod write;
